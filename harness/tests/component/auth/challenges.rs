//! `WWW-Authenticate` challenges of refused requests, and `Authorization` headers that do not count as credentials.

use std::time::{Duration, Instant};

use agora_harness::{Call, Client, TestApp, TestResponse, TokenForge, User};
use serde_json::json;

const ME: &str = "/api/v1/auth/me";
const PRODUCT: &str = "/api/v1/products/1";

fn reported(response: &TestResponse) -> (u16, String, String) {
    let code = response.json()["error"]["code"].as_str().unwrap_or_default().to_owned();
    (response.status.as_u16(), code, response.header("www-authenticate").to_owned())
}

fn with(call: Call, authorization: &str) -> Call {
    call.header("authorization", authorization)
}

#[tokio::test]
async fn missing_expired_revoked_and_malformed_tokens_are_distinguishable() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let forge = TokenForge::like(user.token().expect("signed in"));
    let bad = |code: &str, why: &str| {
        let challenge = format!(
            "Bearer realm=\"agora\", error=\"invalid_token\", error_description=\"The credential {why}\""
        );
        (401, code.to_owned(), challenge)
    };
    let missing = app.anonymous().get(ME).await;
    assert_eq!(reported(&missing), (401, "UNAUTHORIZED".to_owned(), "Bearer realm=\"agora\"".to_owned()));
    let expired = app.anonymous().with_token(&forge.token(&[("exp", json!(1_000_000_000))]));
    let foreign = app.anonymous().with_token(&forge.of_another_key());
    // A bad credential is refused even where credentials are optional: its sender expects to be signed in.
    for path in [ME, PRODUCT] {
        assert_eq!(reported(&expired.get(path).await), bad("TOKEN_EXPIRED", "has expired"), "{path}");
        assert_eq!(
            reported(&foreign.get(path).await),
            bad("TOKEN_INVALID", "is malformed or unknown"),
            "{path}"
        );
        for malformed in ["Bearer", "Bearer ", "bearer x", "Bearer x.y.z", "Bearer a b"] {
            let response = with(app.anonymous().get(path), malformed).await;
            assert_eq!(
                reported(&response),
                bad("TOKEN_INVALID", "is malformed or unknown"),
                "{path}: {malformed}"
            );
        }
    }
    assert_eq!(user.post("/api/v1/auth/logout-all").await.status, 200);
    assert_eq!(reported(&user.get(ME).await), bad("TOKEN_INVALID", "was revoked"));
}

#[tokio::test]
async fn tokens_without_the_scope_get_its_name() {
    let app = TestApp::start().await;
    let forge = TokenForge::like(app.user().await.token().expect("signed in"));
    let reader = app.anonymous().with_token(&forge.token(&[("scope", json!("read"))]));
    let response = reader.post("/api/v1/categories").json(&json!({"name": "garden"})).await;
    let challenge = "Bearer realm=\"agora\", error=\"insufficient_scope\", scope=\"write\"";
    assert_eq!(reported(&response), (403, "FORBIDDEN".to_owned(), challenge.to_owned()));
}

/// A proxy with Basic authentication forwards its `Authorization` header.
#[tokio::test]
async fn a_scheme_that_an_operation_does_not_declare_is_no_credential() {
    let app = TestApp::start().await;
    for scheme in ["Basic dTpw", "Digest username=\"u\"", "Negotiate YII=", "basic", "Bearerx y", "Token abc"]
    {
        assert_eq!(with(app.anonymous().get(PRODUCT), scheme).await.status, 200, "{scheme}");
        let response = with(app.anonymous().get(ME), scheme).await;
        assert_eq!(
            reported(&response),
            (401, "UNAUTHORIZED".to_owned(), "Bearer realm=\"agora\"".to_owned()),
            "{scheme}"
        );
    }
    let token = app.user().await.token().expect("signed in").to_owned();
    let both = app.anonymous().with_token(&token).get(ME).header("authorization", "Basic dTpw").await;
    assert_eq!(both.status, 200, "beside a token of ours");
}

#[tokio::test]
async fn a_revocation_that_is_committed_late_is_heard_of_in_the_end() {
    let app = TestApp::start().await;
    let (early, late) = (app.other_user().await, app.user().await);
    let revoke = |user: i64, at: &str| {
        format!(
            "update sessions set revoked_at = app_now() + interval '{at}', revoked_for = 'logout' where user_id = {user}"
        )
    };
    let database = app.database.client();
    // The feed has already seen later times than the revocation that becomes visible now.
    database.batch_execute(&revoke(2, "1 minute")).await.expect("runs");
    is_refused(&early).await;
    database.batch_execute(&revoke(1, "-30 seconds")).await.expect("runs");
    is_refused(&late).await;
}

/// Waits until the server refuses the session.
async fn is_refused(client: &Client<User>) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while client.get(ME).await.status != 401 {
        assert!(Instant::now() < deadline, "the session goes on");
    }
}
