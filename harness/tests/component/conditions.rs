//! Conditional requests (RFC 9110, section 13), whatever the resource.

use agora_api::models::ProblemCode;
use agora_harness::TestApp;
use serde_json::json;

const CATEGORY: &str = "/api/v1/categories/3";

#[tokio::test]
async fn lines_of_a_condition_are_one_list() {
    let app = TestApp::start().await;
    let staff = app.staff().await;
    let etag = staff.get(CATEGORY).await.header("etag").to_owned();
    let known =
        app.anonymous().get(CATEGORY).header("if-none-match", "\"a\", \"b\"").header("if-none-match", &etag);
    assert_eq!(known.await.status, 304);
    let rename = |first: &str, second: &str| {
        let call = staff.patch(CATEGORY).header("if-match", first).header("if-match", second);
        call.json(&json!({"name": "gadgets"}))
    };
    assert_eq!(rename("\"a\"", "\"b\"").await.status, 412);
    assert_eq!(rename("\"a\"", &etag).await.status, 200);
}

#[tokio::test]
async fn a_star_within_quotes_is_a_letter_of_a_tag() {
    let app = TestApp::start().await;
    let staff = app.staff().await;
    assert_eq!(app.anonymous().get(CATEGORY).header("if-none-match", "\"x,*,y\"").await.status, 200);
    assert_eq!(staff.delete(CATEGORY).header("if-match", "\"a,*,b\"").await.status, 412);
    assert_eq!(staff.get(CATEGORY).await.status, 200);
}

#[tokio::test]
async fn a_malformed_condition_is_refused_before_anything_is_done() {
    let app = TestApp::start().await;
    let staff = app.staff().await;
    let etag = staff.get(CATEGORY).await.header("etag").to_owned();
    for malformed in ["\"x\", *", "*, \"x\"", "x", "\"x", ",", etag.trim_matches('"')] {
        let read = app.anonymous().get(CATEGORY).header("if-none-match", malformed).await;
        let change = staff.delete(CATEGORY).header("if-match", malformed).await;
        for (answer, field) in [(read, "If-None-Match"), (change, "If-Match")] {
            let problem = answer.problem_at(400);
            assert_eq!(problem.error.code, ProblemCode::ValidationError, "{malformed}");
            let told = &answer.json()["error"]["details"]["fields"][field][0];
            assert_eq!(told["rule"], "syntax", "{malformed}: {}", answer.text());
        }
    }
    let twice = staff.delete(CATEGORY).header("if-match", "*").header("if-match", &etag).await;
    assert_eq!(twice.status, 400);
    assert_eq!(staff.get(CATEGORY).await.header("etag"), etag);
}
