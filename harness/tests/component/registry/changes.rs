//! Lifecycle of a record: created, replaced, updated, deleted, and created again.

use agora_api::models::RegistryUser;
use agora_harness::TestApp;
use insta::assert_json_snapshot;
use serde_json::json;

use super::{USERS, digest, entered, noa, path, with, without};

#[tokio::test]
async fn a_record_is_entered_read_replaced_patched_and_removed() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let created = user.post(USERS).json(&noa()).await;
    assert_eq!(
        (created.status.as_u16(), created.header("location")),
        (201, "/api/v1/registry/users/123456782")
    );
    assert_json_snapshot!("record", created.json());
    assert_eq!(user.get(&path("123456782")).await.body, created.body);
    let other =
        json!({"id": "123456782", "name": "Noa Katz", "phone": "+16502530000", "address": "7 Main Street"});
    let replaced = user.put(&path("123456782")).json(&other).await;
    assert_eq!((replaced.status.as_u16(), replaced.json()), (200, other.clone()));
    let again = user.put(&path("123456782")).json(&without(noa(), "id")).await;
    assert_eq!((again.status.as_u16(), again.json()), (200, noa()), "the path tells the id");
    for (member, value) in [("name", "N"), ("phone", "+1 650-253-0000"), ("address", "A")] {
        let patched = user.patch(&path("123456782")).json(&json!({member: value})).await;
        assert_eq!((patched.status.as_u16(), patched.json()), (200, with(noa(), member, value)));
        user.patch(&path("123456782")).json(&noa()).await.body_at::<RegistryUser>(200);
    }
    let before = digest(&app).await;
    for nothing in [json!({}), json!({"id": "123456782"})] {
        let untouched = user.patch(&path("123456782")).json(&nothing).await;
        assert_eq!((untouched.status.as_u16(), untouched.json()), (200, noa()));
        assert_eq!(untouched.header("etag"), user.get(&path("123456782")).await.header("etag"));
    }
    assert_eq!(digest(&app).await, before);
    assert_eq!(user.delete(&path("123456782")).await.status, 204);
    for _ in 0..2 {
        assert_eq!(user.delete(&path("123456782")).await.status, 404);
        assert_eq!(user.get(&path("123456782")).await.status, 404);
        assert_eq!(user.patch(&path("123456782")).json(&json!({})).await.status, 404);
    }
}

#[tokio::test]
async fn an_id_that_was_removed_is_entered_again_and_the_old_row_is_kept() {
    let app = TestApp::start().await;
    let user = app.user().await;
    entered(&user, "123456782").await;
    user.patch(&path("123456782")).json(&json!({"name": "Before"})).await.body_at::<RegistryUser>(200);
    assert_eq!(user.delete(&path("123456782")).await.status, 204);
    entered(&user, "123456782").await;
    assert_eq!(user.get(&path("123456782")).await.json(), noa());
    assert_eq!(user.get(USERS).await.json(), json!([noa()]));
    let kept = "select count(*) from registry_users where name = 'Before' and deleted_at is not null";
    assert_eq!(app.database.count(kept).await, 1);
}

#[tokio::test]
async fn a_stale_etag_changes_nothing() {
    let app = TestApp::start().await;
    let user = app.user().await;
    entered(&user, "123456782").await;
    let etag = user.get(&path("123456782")).await.header("etag").to_owned();
    let known = user.get(&path("123456782")).header("if-none-match", &etag).await;
    assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));
    let renamed =
        user.patch(&path("123456782")).header("if-match", &etag).json(&json!({"name": "Noa Katz"})).await;
    assert_eq!(renamed.status, 200);
    let before = digest(&app).await;
    assert_eq!(user.put(&path("123456782")).header("if-match", &etag).json(&noa()).await.status, 412);
    assert_eq!(user.patch(&path("123456782")).header("if-match", &etag).json(&json!({})).await.status, 412);
    assert_eq!(user.delete(&path("123456782")).header("if-match", &etag).await.status, 412);
    assert_eq!(digest(&app).await, before);
    let current = renamed.header("etag");
    assert_eq!(user.get(&path("123456782")).header("if-none-match", &etag).await.status, 200);
    assert_eq!(user.delete(&path("123456782")).header("if-match", current).await.status, 204);
}

#[tokio::test]
async fn a_retry_gets_the_first_answer() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let enter =
        |key: &str, id: &str| user.post(USERS).header("idempotency-key", key).json(&with(noa(), "id", id));
    let first = enter("k1", "123456782").await;
    let again = enter("k1", "123456782").await;
    assert_eq!((first.status.as_u16(), again.status.as_u16(), &again.body), (201, 201, &first.body));
    assert_eq!(
        (again.header("idempotency-replayed"), again.header("location")),
        ("true", first.header("location"))
    );
    assert_eq!(enter("k1", "00018").await.status, 422);
    assert_eq!(enter("k2", "123456782").await.status, 409);
    let rename =
        || user.patch(&path("123456782")).header("idempotency-key", "k3").json(&json!({"name": "Noa Katz"}));
    let renamed = rename().await;
    user.patch(&path("123456782")).json(&json!({"name": "Noa"})).await.body_at::<RegistryUser>(200);
    assert_eq!(rename().await.body, renamed.body);
    assert_eq!(user.get(&path("123456782")).await.json()["name"], "Noa", "done once");
}

#[tokio::test]
async fn of_many_changes_with_one_etag_one_is_made() {
    let app = TestApp::start().await;
    let user = app.user().await;
    assert_eq!(user.post(USERS).json(&noa()).await.status, 201);
    for round in 0..5 {
        let etag = user.get(&path("123456782")).await.header("etag").to_owned();
        let calls: Vec<_> = (0..30)
            .map(|index| {
                let name = json!({"name": format!("Noa {round} {index}")});
                let call = user.patch(&path("123456782")).header("if-match", &etag).json(&name);
                tokio::spawn(async move { call.until_served().await.status.as_u16() })
            })
            .collect();
        let mut made = 0;
        for call in calls {
            made += usize::from(call.await.expect("responds") == 200);
        }
        assert_eq!(made, 1, "changes were made with one tag in round {round}");
    }
}
