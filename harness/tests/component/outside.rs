//! The server at its public URL, and behind trusted and untrusted proxies.

use std::time::Duration;

use agora_harness::{TestApp, raw};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(20);
const HSTS: &str = "max-age=31536000; includeSubDomains";
const LIST: &str = "/api/v1/products?limit=1";
const NEXT: &str = "/api/v1/products?limit=1&page=2";

/// Header fields of a proxy that forwards requests to `https://shop.test`.
const USUAL: [(&str, &str); 3] =
    [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-proto", "https"), ("x-forwarded-host", "shop.test")];
const STANDARD: [(&str, &str); 1] = [("forwarded", "for=203.0.113.9;proto=https;host=shop.test")];

/// Requests a list with these header fields; returns its `next` and `Strict-Transport-Security`.
async fn next_and_hsts(app: &TestApp, fields: &[(&str, &str)]) -> (String, String) {
    let call = app.anonymous().get(LIST);
    let call = fields.iter().fold(call, |call, (name, value)| call.header(name, value));
    let response = call.await;
    let next = response.json()["next"].as_str().expect("there is more").to_owned();
    assert!(
        response.header("link").contains(&format!("<{next}>; rel=\"next\"")),
        "{}",
        response.header("link")
    );
    (next, response.header("strict-transport-security").to_owned())
}

#[tokio::test]
async fn a_trusted_proxy_says_which_scheme_and_host_the_client_called() {
    let settings = [("TRUSTED_PROXIES", "127.0.0.0/8"), ("ALLOWED_HOSTS", "shop.test,inner.test")];
    let app = TestApp::start_with(&settings).await;
    let called = (format!("https://shop.test{NEXT}"), HSTS.to_owned());
    assert_eq!(next_and_hsts(&app, &USUAL).await, called);
    assert_eq!(next_and_hsts(&app, &STANDARD).await, called);
    let inner = [("host", "inner.test")];
    assert_eq!(next_and_hsts(&app, &[&inner[..], &USUAL].concat()).await, called, "before its own Host");
    assert_eq!(next_and_hsts(&app, &inner).await, (format!("http://inner.test{NEXT}"), String::new()));
    let plain = [("x-forwarded-proto", "http"), ("x-forwarded-host", "shop.test:8080")];
    assert_eq!(next_and_hsts(&app, &plain).await, (format!("http://shop.test:8080{NEXT}"), String::new()));
    // A forwarded host must be allowed like any other.
    let evil = [USUAL[0], USUAL[1], ("x-forwarded-host", "evil.test")];
    assert_eq!(next_and_hsts(&app, &evil).await, (NEXT.to_owned(), HSTS.to_owned()));
    let odd = [("host", "inner.test"), ("x-forwarded-host", "a b"), ("x-forwarded-proto", "gopher")];
    assert_eq!(next_and_hsts(&app, &odd).await, (format!("http://inner.test{NEXT}"), String::new()));
}

#[tokio::test]
async fn what_others_forward_is_ignored() {
    for proxies in ["", "10.0.0.0/8", "127.0.0.2", "::1"] {
        let settings = [("TRUSTED_PROXIES", proxies), ("ALLOWED_HOSTS", "shop.test,inner.test")];
        let app = TestApp::start_with(&settings).await;
        let expected = (format!("http://inner.test{NEXT}"), String::new());
        for fields in [&USUAL[..], &STANDARD] {
            let fields = [&[("host", "inner.test")], fields].concat();
            assert_eq!(next_and_hsts(&app, &fields).await, expected, "{proxies:?}");
        }
    }
}

#[tokio::test]
async fn links_are_relative_where_the_host_is_not_known() {
    let app = TestApp::start_with(&[("ALLOWED_HOSTS", "shop.test")]).await;
    for (host, base) in [
        ("shop.test", "http://shop.test"),
        ("SHOP.test", "http://SHOP.test"),
        ("shop.test.", "http://shop.test."),
        ("other.test", ""),
    ] {
        let (next, _) = next_and_hsts(&app, &[("host", host)]).await;
        assert_eq!(next, format!("{base}{NEXT}"), "{host}");
    }
}

#[tokio::test]
async fn the_public_url_counts_before_what_a_request_names() {
    let app = TestApp::start_production(&[("TRUSTED_PROXIES", "127.0.0.1")]).await;
    let call = async |fields: &[(&str, &str)]| {
        let call = app.anonymous().get("/api/v1/unknown");
        let response = fields.iter().fold(call, |call, (name, value)| call.header(name, value)).await;
        response.header("strict-transport-security").to_owned()
    };
    assert_eq!(call(&[]).await, HSTS, "PUBLIC_URL is https");
    assert_eq!(call(&[("x-forwarded-proto", "https")]).await, HSTS);
    assert_eq!(call(&[("x-forwarded-proto", "http")]).await, "", "its client has not called by https");
    let app =
        TestApp::start_with(&[("PUBLIC_URL", "https://shop.example"), ("TRUSTED_PROXIES", "127.0.0.1")])
            .await;
    let expected = (format!("https://shop.example{NEXT}"), HSTS.to_owned());
    assert_eq!(next_and_hsts(&app, &[("host", "localhost")]).await, expected);
    assert_eq!(next_and_hsts(&app, &USUAL).await, expected);
    let app = TestApp::start_with(&[("PUBLIC_URL", "http://shop.example")]).await;
    assert_eq!(next_and_hsts(&app, &[]).await, (format!("http://shop.example{NEXT}"), String::new()));
}

#[tokio::test]
async fn every_reference_has_the_prefix_of_the_public_url() {
    let app = TestApp::start_with(&[("PUBLIC_URL", "https://Shop.example:443/shop/")]).await;
    let url = "https://shop.example/shop";
    let (next, _) = next_and_hsts(&app, &[]).await;
    assert_eq!(next, format!("{url}{NEXT}"));
    // The creation and its replay have the same `Location`, and the stored response does not contain the prefix.
    let user = app.user().await;
    for _ in 0..2 {
        let created = user
            .post("/api/v1/categories")
            .json(&json!({"name": "garden"}))
            .header("idempotency-key", "k")
            .await;
        let id = created.json()["id"].as_i64().expect("an id");
        assert_eq!(created.header("location"), format!("/shop/api/v1/categories/{id}"));
    }
    let ask = async |path: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let seen =
            raw::exchange(app.address(), request.as_bytes(), PATIENCE).await.expect("the server closes");
        seen.split_once("\r\n\r\n").expect("a header and a body").1.to_owned()
    };
    let problem: Value = serde_json::from_str(&ask("/api/v1/nowhere").await).expect("is JSON");
    assert_eq!(problem["instance"], "/shop/api/v1/nowhere");
    let document: Value = serde_json::from_str(&ask("/api/schema.json").await).expect("is JSON");
    assert_eq!(document["servers"], json!([{"url": url, "description": "This server."}]));
    assert!(
        ask("/api/schema")
            .await
            .contains(&format!("\nservers:\n  - url: {url}\n    description: This server.\n"))
    );
    for path in ["/", "/api/docs"] {
        let page = ask(path).await;
        let starts = ["href=\"", "src=\"", "spec-url=\""];
        let references = starts.iter().flat_map(|start| page.split(start).skip(1));
        let references: Vec<&str> = references.filter(|reference| !reference.starts_with("data:")).collect();
        assert!(references.len() >= 3 && !page.contains("{{"), "{path}: {page}");
        for reference in references {
            assert!(reference.starts_with("/shop/"), "{path}: {reference}");
        }
    }
}

#[tokio::test]
async fn connections_of_trusted_proxies_are_not_counted() {
    const LIVE: &[u8] = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
    for (proxies, is_served) in [("127.0.0.1", true), ("127.0.0.2", false)] {
        let settings = [("AGORA_CONNECTIONS_PER_ADDRESS", "1"), ("TRUSTED_PROXIES", proxies)];
        let app = TestApp::start_with(&settings).await;
        let mut first = raw::connect(app.address()).await;
        raw::fetch(&mut first, LIVE, PATIENCE).await.expect("is answered");
        let mut second = raw::connect(app.address()).await;
        let seen = raw::fetch(&mut second, LIVE, PATIENCE).await.expect("is answered");
        assert_eq!(seen.starts_with("HTTP/1.1 200"), is_served, "{proxies}: {seen}");
    }
}
