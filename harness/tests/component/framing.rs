//! Message framing: header fields that describe a request body are honoured or refused by every operation.

mod memory;

use std::time::Duration;

use agora_api::models::ProblemCode;
use agora_harness::{Client, TestApp, TestResponse, User, raw};
use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::json;

const PATH: &str = "/api/v1/categories";

/// Deadline that is longer than any bound of the server and shorter than the timeout of a test.
const PATIENCE: Duration = Duration::from_secs(20);

/// Creates a category with raw header fields, which are sent verbatim.
async fn create(app: &TestApp, user: &Client<User>, fields: &str, body: &[u8]) -> TestResponse {
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nConnection: close\r\n{fields}\r\n",
        user.token().expect("signed in"),
    );
    let length = if fields.contains("Transfer-Encoding") {
        String::new()
    } else {
        format!("Content-Length: {}\r\n", body.len())
    };
    let request =
        [head.trim_end_matches("\r\n").as_bytes(), b"\r\n", length.as_bytes(), b"\r\n", body].concat();
    let text = String::from_utf8(request).expect("a request of this file is text");
    let seen = raw::exchange(app.address(), text.as_bytes(), PATIENCE).await.expect("the server closes");
    let last = seen.rsplit("HTTP/1.1 ").next().unwrap_or_default();
    TestResponse::read("POST", PATH, &format!("HTTP/1.1 {last}"))
}

fn named(name: &str) -> Vec<u8> {
    json!({"name": name}).to_string().into_bytes()
}

#[tokio::test]
async fn a_coded_body_is_415_and_says_which_coding_is_taken() {
    let app = TestApp::start().await;
    let user = app.user().await;
    for coding in ["gzip", "br", "x-gzip", "identity, gzip", "gzip, identity", "\"gzip\"", "unknown"] {
        let fields = format!("Content-Type: application/json\r\nContent-Encoding: {coding}\r\n");
        let refused = create(&app, &user, &fields, &named("garden")).await;
        assert_eq!(refused.problem_at(415).error.code, ProblemCode::UnsupportedMediaType, "{coding}");
        assert_eq!(refused.header("accept-encoding"), "identity", "{coding}");
    }
    let two = "Content-Type: application/json\r\nContent-Encoding: identity\r\nContent-Encoding: deflate\r\n";
    let refused = create(&app, &user, two, &named("garden")).await;
    assert_eq!(refused.status, 415, "the second line counts");
    assert_json_snapshot!("coded_body", refused.json(), {".request_id" => "[id]"});
    let plain = "Content-Type: application/json\r\nContent-Encoding: Identity\r\n";
    assert_eq!(create(&app, &user, plain, &named("garden")).await.status, 201);
    let other = create(&app, &user, "Content-Type: text/plain\r\n", &named("cellar")).await;
    assert_eq!((other.status.as_u16(), other.header("accept-encoding")), (415, ""), "it was not the coding");
}

#[tokio::test]
async fn a_transfer_coding_other_than_chunked_is_refused() {
    let app = TestApp::start().await;
    let user = app.user().await;
    for coding in ["gzip, chunked", "gzip\r\nTransfer-Encoding: chunked"] {
        let fields = format!("Content-Type: application/json\r\nTransfer-Encoding: {coding}\r\n");
        let refused = create(&app, &user, &fields, b"11\r\n{\"name\":\"garden\"}\r\n0\r\n\r\n").await;
        assert_eq!(refused.status, 400, "{coding}");
        assert_eq!(
            refused.json()["error"]["details"]["fields"]["Transfer-Encoding"][0]["rule"],
            "enum",
            "{coding}"
        );
    }
}

#[tokio::test]
async fn a_part_of_a_body_is_not_taken_for_the_whole() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let created = user.post(PATH).json(&json!({"name": "garden"})).await;
    let path = created.header("location").to_owned();
    for (method, path) in [(Method::PUT, &*path), (Method::PATCH, &*path), (Method::POST, PATH)] {
        let call = user.call(method.clone(), path).header("content-range", "bytes 0-16/40");
        let refused = call.json(&json!({"name": "cellar"})).await;
        assert_eq!(refused.problem_at(400).error.code, ProblemCode::ValidationError, "{method}");
        assert_eq!(
            refused.json()["error"]["details"]["fields"]["Content-Range"][0]["rule"],
            "absent",
            "{method}"
        );
    }
    assert_eq!(user.get(&path).await.json()["name"], "garden");
}

#[tokio::test]
async fn every_spelling_of_utf_8_is_taken_and_no_other_charset() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let taken = [
        "application/json; charset=utf8",
        "application/json; charset=\"UTF-8\"",
        "application/json;charset=UTF8",
        "APPLICATION/JSON ; Charset=\"utf8\"",
        "application/json;",
    ];
    for (index, media_type) in taken.into_iter().enumerate() {
        let fields = format!("Content-Type: {media_type}\r\n");
        let name = named(&format!("garden {index}"));
        assert_eq!(create(&app, &user, &fields, &name).await.status, 201, "{media_type}");
    }
    let refused = [
        "application/json; charset=latin1",
        "application/json; charset=\"us-ascii\"",
        "application/json; charset=utf-8; charset=utf-16",
        "application/json; charset=\"utf-8",
        "application/json; charset",
        "application/json, application/json",
        "application/",
        "json",
        "\"application/json\"",
    ];
    for media_type in refused {
        let response =
            create(&app, &user, &format!("Content-Type: {media_type}\r\n"), &named("cellar")).await;
        assert_eq!(response.status, 415, "{media_type}: {}", response.text());
    }
    let twice = "Content-Type: application/json\r\nContent-Type: text/plain\r\n";
    let response = create(&app, &user, twice, &named("cellar")).await;
    assert_eq!(response.problem_at(400).error.code, ProblemCode::ValidationError);
    assert_eq!(response.json()["error"]["details"]["fields"]["Content-Type"][0]["rule"], "repeated");
}

#[tokio::test]
async fn a_byte_order_mark_before_json_is_skipped() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let response = user.post(PATH).text("\u{feff}{\"name\":\"garden\"}").await;
    assert_eq!((response.status.as_u16(), &response.json()["name"]), (201, &json!("garden")));
    assert_eq!(user.post(PATH).text("\u{feff}\u{feff}{\"name\":\"cellar\"}").await.status, 400);
}

#[tokio::test]
async fn a_body_of_too_many_values_is_read_no_further() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let sent = async |zeros: usize| {
        let body = format!("{{\"title\":1,\"categories\":[{}]}}", vec!["0"; zeros].join(","));
        let refused = user.post("/api/v1/products").text(body).await;
        assert_eq!(refused.problem_at(400).error.code, ProblemCode::ValidationError, "{zeros}");
        refused.json()["error"]["details"]["fields"].clone()
    };
    assert_eq!(sent(10_000).await["body"][0]["rule"], "maxValues");
    let read = sent(9_000).await;
    assert_eq!(
        (&read["title"][0]["rule"], &read["categories"][0]["rule"]),
        (&json!("type"), &json!("maxItems"))
    );
}

#[tokio::test]
async fn trailers_are_read_and_dropped() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let fields = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nTrailer: Content-Range\r\n";
    let chunks =
        b"7\r\n{\"name\"\r\na\r\n:\"garden\"}\r\n0\r\nContent-Range: bytes 0-1/2\r\nIf-Match: \"x\"\r\n\r\n";
    let created = create(&app, &user, fields, chunks).await;
    assert_eq!(
        (created.status.as_u16(), &created.json()["name"]),
        (201, &json!("garden")),
        "{}",
        created.text()
    );
}

#[tokio::test]
async fn unknown_expectations_are_ignored_and_100_is_sent_when_the_body_is_read() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let odd = "Content-Type: application/json\r\nExpect: 200-ok\r\n";
    assert_eq!(create(&app, &user, odd, &named("garden")).await.status, 201);
    let head = |token: &str| {
        format!(
            "POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Expect: 100-continue\r\nContent-Length: 17\r\nConnection: close\r\n\r\n"
        )
    };
    let good = head(user.token().expect("signed in"));
    let mut stream = raw::connect(app.address()).await;
    tokio::io::AsyncWriteExt::write_all(&mut stream, good.as_bytes()).await.expect("is read");
    let mut seen = [0; 25];
    tokio::io::AsyncReadExt::read_exact(&mut stream, &mut seen).await.expect("is asked to go on");
    assert_eq!(&seen, b"HTTP/1.1 100 Continue\r\n\r\n");
    tokio::io::AsyncWriteExt::write_all(&mut stream, b"{\"name\":\"cellar\"}").await.expect("is read");
    let created = raw::until_closed(&mut stream, PATIENCE).await.expect("the server closes");
    assert!(created.starts_with("HTTP/1.1 201"), "{created}");
    let refused = raw::exchange(app.address(), head("bad").as_bytes(), PATIENCE).await;
    let refused = refused.expect("the server closes");
    assert!(refused.starts_with("HTTP/1.1 401"), "without asking for the body: {refused}");
}
