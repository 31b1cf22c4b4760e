//! Tests of responses: shapes that generators mishandle, and the checker that compares responses with the contract.

use agora_runtime::Violation;
use agora_torture::apis::torture as api;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::probe::{ID, Probe, TRACE};
use super::server::{ACT, ANSWERS};

#[tokio::test]
async fn a_default_response_is_harmless() {
    let probe = Probe::start().await;
    probe.get("/default-only", &[]).await.is(204);
    for (act, status) in [("fail", 418), ("raw", 409)] {
        let seen = probe.get("/default-only", &[(ACT, act)]).await;
        seen.is(status);
        let status = StatusCode::from_u16(status).expect("a status");
        assert_eq!(ANSWERS.violations(&api::GET_DEFAULT_ONLY, status, &seen.headers, &seen.body), []);
        let reported = ANSWERS.violations(&api::GET_DEFAULT_ONLY, status, &seen.headers, b"[]");
        assert_eq!(rules(&reported), ["body body type"], "the default response is checked by its schema");
    }
}

#[tokio::test]
async fn a_class_of_statuses_documents_each_of_them() {
    let probe = Probe::start().await;
    probe.get("/client-errors", &[]).await.is(200);
    let seen = probe.get("/client-errors", &[(ACT, "fail")]).await;
    seen.is(418);
    let faults = |status| ANSWERS.violations(&api::GET_CLIENT_ERRORS, status, &seen.headers, &seen.body);
    assert_eq!(faults(StatusCode::IM_A_TEAPOT), []);
    assert_eq!(rules(&faults(StatusCode::SERVICE_UNAVAILABLE)), ["body status undocumented"]);
}

#[tokio::test]
async fn a_header_that_one_answer_needs_is_not_needed_by_another() {
    let probe = Probe::start().await;
    let seen = probe.get(&format!("/headers/{ID}"), &[("x-trace", TRACE), (ACT, "bare")]).await;
    seen.is(202);
    assert!(!seen.headers.contains_key("x-echo"));
    let reported =
        ANSWERS.violations(&api::GET_HEADERS, StatusCode::OK, &json_headers(), br#"{"done":true}"#);
    assert_eq!(rules(&reported), ["header X-Echo required"]);
}

#[test]
fn responses_that_break_the_contract_are_reported() {
    let id = HeaderValue::from_static(ID);
    let with = |change: fn(&mut HeaderMap)| {
        let mut headers = json_headers();
        headers.insert("x-echo", id.clone());
        change(&mut headers);
        headers
    };
    let good = with(|_| {});
    let text_plain =
        with(|headers| drop(headers.insert("content-type", HeaderValue::from_static("text/plain"))));
    let untyped = with(|headers| drop(headers.remove("content-type")));
    let without_echo = with(|headers| drop(headers.remove("x-echo")));
    let odd_echo = with(|headers| drop(headers.insert("x-echo", HeaderValue::from_static("x"))));
    let odd_times = with(|headers| drop(headers.insert("x-times", HeaderValue::from_static("x"))));
    let done = r#"{"done":true}"#;
    let cases: [(u16, &HeaderMap, &str, &[&str]); 13] = [
        (200, &good, done, &[]),
        (200, &good, "{}", &["body done required"]),
        (200, &good, r#"{"done":"yes"}"#, &["body done type"]),
        (200, &good, "", &["body body syntax"]),
        (200, &good, "{", &["body body syntax"]),
        (200, &text_plain, done, &["header Content-Type undocumented"]),
        (200, &untyped, done, &["header Content-Type required"]),
        (200, &without_echo, done, &["header X-Echo required"]),
        (200, &odd_echo, "{}", &["header X-Echo format", "body done required"]),
        (200, &odd_times, done, &["header X-Times type"]),
        (201, &good, done, &["body status undocumented"]),
        (202, &without_echo, "", &[]),
        (202, &good, done, &["body body undocumented"]),
    ];
    for (status, headers, body, faults) in cases {
        let status = StatusCode::from_u16(status).expect("a status");
        let reported = ANSWERS.violations(&api::GET_HEADERS, status, headers, body.as_bytes());
        assert_eq!(rules(&reported), faults, "{status} {body}");
    }
}

fn json_headers() -> HeaderMap {
    HeaderMap::from_iter([(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"))])
}

fn rules(faults: &[Violation]) -> Vec<String> {
    let place = |fault: &Violation| format!("{:?}", fault.location).to_lowercase();
    faults.iter().map(|fault| format!("{} {} {}", place(fault), fault.field, fault.rule)).collect()
}
