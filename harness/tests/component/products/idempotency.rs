//! `Idempotency-Key`: a retry returns the first response, and the work is done once.

use agora_api::models::ProblemCode;
use agora_harness::{Call, TestApp, User};
use serde_json::json;

const CATEGORIES: &str = "/api/v1/categories";

fn keyed(client: &agora_harness::Client<User>, key: &str, name: &str) -> Call {
    client.post(CATEGORIES).header("idempotency-key", key).json(&json!({"name": name}))
}

#[tokio::test]
async fn a_retry_gets_the_first_answer_byte_for_byte() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let first = keyed(&user, "k1", "garden").await;
    assert_eq!((first.status.as_u16(), first.header("idempotency-replayed")), (201, ""));
    for _ in 0..3 {
        let again = keyed(&user, "k1", "garden").await;
        assert_eq!((again.status, &again.body), (first.status, &first.body));
        assert_eq!(again.header("idempotency-replayed"), "true");
        assert_eq!(again.header("location"), first.header("location"));
        assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
    }
    assert_eq!(app.database.count("select count(*) from categories where name = 'garden'").await, 1);
}

#[tokio::test]
async fn another_request_with_the_key_is_422() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let path = format!("{CATEGORIES}/{}", keyed(&user, "k1", "garden").await.json()["id"]);
    assert_eq!(
        keyed(&user, "k1", "cellar").await.problem_at(422).error.code,
        ProblemCode::IdempotencyMismatch
    );
    let other_operation =
        user.patch(&path).header("idempotency-key", "k1").json(&json!({"name": "garden"})).await;
    assert_eq!(other_operation.status, 422);
    assert_eq!(keyed(&user, "k2", "cellar").await.status, 201);
}

#[tokio::test]
async fn replacing_and_changing_by_the_same_body_are_two_requests() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let path = keyed(&user, "k1", "garden").await.header("location").to_owned();
    let cellar = json!({"name": "cellar"});
    assert_eq!(user.put(&path).header("idempotency-key", "k2").json(&cellar).await.status, 200);
    assert_eq!(user.patch(&path).header("idempotency-key", "k2").json(&cellar).await.status, 422);
}

#[tokio::test]
async fn another_spelling_of_the_media_type_is_the_same_request() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let sent = |media_type: &str| {
        let call = user.post(CATEGORIES).header("idempotency-key", "k1").header("content-type", media_type);
        call.body(r#"{"name":"garden"}"#)
    };
    let first = sent("application/json").await;
    assert_eq!(first.status, 201);
    for spelling in
        ["Application/JSON", "application/json; charset=utf-8", "application/json;charset=\"UTF8\";v=1"]
    {
        let again = sent(spelling).await;
        assert_eq!((again.status, &again.body), (first.status, &first.body), "{spelling}");
        assert_eq!(again.header("idempotency-replayed"), "true", "{spelling}");
    }
}

#[tokio::test]
async fn keys_are_each_ones_own() {
    let app = TestApp::start().await;
    assert_eq!(keyed(&app.user().await, "k1", "garden").await.status, 201);
    assert_eq!(keyed(&app.other_user().await, "k1", "cellar").await.status, 201);
}

#[tokio::test]
async fn a_refusal_found_after_work_began_is_kept_and_others_are_not() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let taken = keyed(&user, "k1", "electronics").await;
    assert_eq!(taken.status, 409);
    assert_eq!(app.staff().await.delete("/api/v1/categories/3").await.status, 204);
    let replayed = keyed(&user, "k1", "electronics").await;
    assert_eq!((replayed.status.as_u16(), replayed.header("idempotency-replayed")), (409, "true"));
    let invalid = keyed(&user, "k2", "").await;
    assert_eq!(invalid.status, 400);
    assert_eq!(keyed(&user, "k2", "fine now").await.status, 201, "a 400 is not kept");
}

#[tokio::test]
async fn a_retry_without_credentials_is_401_and_not_the_stored_answer() {
    let app = TestApp::start().await;
    assert_eq!(keyed(&app.user().await, "k1", "garden").await.status, 201);
    let revoked = app
        .anonymous()
        .post(CATEGORIES)
        .header("idempotency-key", "k1")
        .json(&json!({"name": "garden"}))
        .await;
    assert_eq!(revoked.status, 401);
}

#[tokio::test]
async fn odd_keys_are_400() {
    let app = TestApp::start().await;
    let user = app.user().await;
    for key in ["", "with blank", &"x".repeat(256)] {
        assert_eq!(keyed(&user, key, "garden").await.status, 400, "{key}");
    }
    assert_eq!(keyed(&user, &"x".repeat(255), "garden").await.status, 201);
}

#[tokio::test]
async fn of_two_at_once_one_works_and_the_other_waits_or_replays() {
    let app = TestApp::start().await;
    let user = app.user().await;
    for round in 0..10 {
        let name = format!("garden {round}");
        let (one, two) = tokio::join!(
            keyed(&user, &name.replace(' ', "-"), &name),
            keyed(&user, &name.replace(' ', "-"), &name)
        );
        for response in [&one, &two] {
            match response.status.as_u16() {
                201 => {}
                409 => assert_eq!(response.header("retry-after"), "1"),
                other => panic!("{other}: {}", response.text()),
            }
        }
        assert!(one.status == 201 || two.status == 201);
        let sql = format!("select count(*) from categories where name = '{name}'");
        assert_eq!(app.database.count(&sql).await, 1);
    }
}

#[tokio::test]
async fn while_the_first_still_runs_the_second_is_409_in_bounded_time() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let locked =
        "begin; insert into idempotency_keys (principal, key, fingerprint) values ('user:1', 'k1', '\\x00')";
    app.database.client().batch_execute(locked).await.expect("runs");
    let started = std::time::Instant::now();
    let second = keyed(&user, "k1", "garden").await;
    assert_eq!((second.status.as_u16(), second.header("retry-after")), (409, "1"));
    assert!(started.elapsed().as_millis() < 1500);
    app.database.client().batch_execute("rollback").await.expect("runs");
    assert_eq!(keyed(&user, "k1", "garden").await.status, 201);
}

#[tokio::test]
async fn keys_older_than_a_day_are_new_again() {
    let app = TestApp::start().await;
    let user = app.user().await;
    assert_eq!(keyed(&user, "k1", "garden").await.status, 201);
    let older = "update idempotency_keys set created_at = created_at - interval '24 hours'";
    app.database.client().batch_execute(older).await.expect("runs");
    let again = keyed(&user, "k1", "cellar").await;
    assert_eq!((again.status.as_u16(), again.header("idempotency-replayed")), (201, ""));
}

#[tokio::test]
async fn a_stale_etag_is_not_kept_and_a_good_one_is_replayed_though_stale_by_then() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let path = format!("{CATEGORIES}/{}", keyed(&user, "k1", "garden").await.json()["id"]);
    let etag = app.anonymous().get(&path).await.header("etag").to_owned();
    let rename = |etag: &str| {
        let call = user.patch(&path).header("idempotency-key", "k2").header("if-match", etag);
        call.json(&json!({"name": "cellar"}))
    };
    assert_eq!(rename("\"stale\"").await.status, 412);
    let first = rename(&etag).await;
    assert_eq!(first.status, 200, "the key is free again");
    let again = rename(&etag).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(again.header("idempotency-replayed"), "true");
}
