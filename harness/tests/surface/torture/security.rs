//! Tests of authentication, which is complete before any other part of the request is checked.

use agora_torture::apis::torture as api;
use http::Method;
use serde_json::json;

use super::probe::{JSON, JSON_HEAD, Probe};
use super::server::CONTRACT;

const GOOD: (&str, &str) = ("authorization", "Bearer good");
const BAD: (&str, &str) = ("authorization", "Bearer hunter2");
const KEY: (&str, &str) = ("x-api-key", "good");

#[tokio::test]
async fn an_operation_with_oauth2_only_is_protected_and_its_scopes_arrive() {
    let probe = Probe::start().await;
    let alternatives = CONTRACT.security(&api::GET_OAUTH2_ONLY);
    assert_eq!((alternatives.len(), alternatives[0].len()), (1, 1));
    assert_eq!(
        (alternatives[0][0].scheme.as_str(), &*alternatives[0][0].scopes),
        ("oauth", &["things:read".to_owned()][..])
    );
    probe.get("/oauth2-only", &[]).await.is(401);
    for bad in ["Bearer things:write", "Basic things:read", "things:read"] {
        probe.get("/oauth2-only", &[("authorization", bad)]).await.is(401);
    }
    let seen = probe.get("/oauth2-only", &[("authorization", "Bearer things:write+things:read")]).await;
    assert_eq!(seen.json(), json!({"done": true}));
}

#[tokio::test]
async fn optional_security_takes_no_credentials_and_refuses_bad_ones() {
    let probe = Probe::start().await;
    assert_eq!(probe.get("/optional-security", &[]).await.json(), json!({"done": false}));
    assert_eq!(probe.get("/optional-security", &[GOOD]).await.json(), json!({"done": true}));
    probe.get("/optional-security", &[BAD]).await.is(401);
}

#[tokio::test]
async fn combined_security_needs_both() {
    let probe = Probe::start().await;
    for too_little in [&[][..], &[GOOD], &[KEY], &[GOOD, ("x-api-key", "bad")], &[BAD, KEY]] {
        probe.get("/combined-security", too_little).await.is(401);
    }
    assert_eq!(probe.get("/combined-security", &[GOOD, KEY]).await.json(), json!({"done": true}));
}

#[tokio::test]
async fn without_security_credentials_are_not_looked_at() {
    let probe = Probe::start().await;
    assert_eq!(CONTRACT.security(&api::CREATE_TEXT), &[] as &[Vec<_>]);
    probe.send(Method::POST, "/text", &[JSON, BAD], br#"{"text":"x"}"#.to_vec()).await.is(201);
}

#[tokio::test]
async fn a_caller_is_known_before_the_body_is_touched() {
    let probe = Probe::start().await;
    let target = "/parse-after-authentication?unknown=1";
    for body in [&b"{"[..], br#"{"text":"x"}"#] {
        let seen =
            probe.send(Method::POST, target, &[BAD, ("content-type", "text/plain")], body.to_vec()).await;
        seen.is(401);
        assert!(!seen.body_was_touched());
    }
    let seen = probe.send(Method::POST, target, &[GOOD, JSON], b"{".to_vec()).await;
    seen.faults(&["body body syntax", "query unknown unknown"]);
    assert!(seen.body_was_touched(), "or else this test could not fail");
}

#[tokio::test]
async fn a_body_that_never_arrives_does_not_hold_up_a_refusal() {
    let probe = Probe::start().await;
    for more in
        ["Content-Length: 50", "Content-Length: 50\r\nExpect: 100-continue", "Transfer-Encoding: chunked"]
    {
        let request = format!("POST /parse-after-authentication HTTP/1.1\r\n{JSON_HEAD}{more}\r\n\r\n");
        let response = probe.raw(&request).await;
        assert!(response.starts_with("HTTP/1.1 401 "), "{more}: {response}");
    }
    let refused = [("text/plain", 50, "415"), ("application/json", 2049, "413")];
    for (media_type, length, status) in refused {
        let head = format!(
            "Host: torture\r\nConnection: close\r\nContent-Type: {media_type}\r\nContent-Length: {length}"
        );
        let response = probe.raw(&format!("POST /bounds HTTP/1.1\r\n{head}\r\n\r\n")).await;
        assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{response}");
    }
}
