//! The lists of records and of ids.

use agora_api::models::RegistryUser;
use agora_harness::TestApp;
use serde_json::json;

use super::{USERS, entered, noa, path, with};

const IDS: &str = "/api/v1/registry/users/ids";
/// Ids in the order of creation, which is not their sort order.
const FIVE: [&str; 5] = ["123456782", "00018", "12344", "000018", "100000009"];

#[tokio::test]
async fn lists_are_in_the_order_of_coming_and_follow_every_write() {
    let app = TestApp::start().await;
    let user = app.user().await;
    for target in [USERS, IDS] {
        let response = user.get(target).await;
        assert_eq!((response.json(), response.header("x-total-count")), (json!([]), "0"));
    }
    for id in FIVE {
        entered(&user, id).await;
    }
    user.patch(&path("00018")).json(&json!({"name": "Changed"})).await.body_at::<RegistryUser>(200);
    let records: Vec<_> = FIVE.iter().map(|id| with(noa(), "id", *id)).collect();
    let mut records = json!(records);
    records[1]["name"] = json!("Changed");
    assert_eq!(user.get(USERS).await.json(), records);
    let ids = user.get(IDS).await;
    assert_eq!((ids.json(), ids.header("x-total-count")), (json!(FIVE), "5"));
    assert_eq!(user.delete(&path("12344")).await.status, 204);
    let ids = user.get(IDS).await;
    assert_eq!((ids.json(), ids.header("x-total-count")), (json!([FIVE[0], FIVE[1], FIVE[3], FIVE[4]]), "4"));
    assert_eq!(user.get(USERS).await.header("x-total-count"), "4");
    assert_eq!(user.get(USERS).await.header("cache-control"), "no-store");
}

#[tokio::test]
async fn lists_go_by_pages() {
    let app = TestApp::start().await;
    let user = app.user().await;
    for id in FIVE {
        entered(&user, id).await;
    }
    for target in [USERS, IDS] {
        let page = user.get(&format!("{target}?page=2&limit=2")).await;
        let ids: Vec<_> = page.body_at::<Vec<serde_json::Value>>(200).into_iter().collect();
        let ids: Vec<&str> =
            ids.iter().filter_map(|item| item.as_str().or_else(|| item["id"].as_str())).collect();
        assert_eq!((ids.as_slice(), page.header("x-total-count")), (&FIVE[2..4], "5"));
        let base = &app.base;
        assert_eq!(
            page.header("link"),
            format!(
                "<{base}{target}?limit=2&page=3>; rel=\"next\", <{base}{target}?limit=2&page=1>; rel=\"prev\""
            )
        );
        assert_eq!(user.get(&format!("{target}?page=9")).await.json(), json!([]), "past the end");
    }
}

#[tokio::test]
async fn a_page_has_a_hundred_at_most() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let many = "insert into registry_users (israeli_id, name, phone, address)
        select lpad(n::text, 9, '0'), 'N', '+16502530000', 'A' from generate_series(1, 101) as n";
    app.database.client().batch_execute(many).await.expect("runs");
    for target in [USERS, IDS] {
        let response = user.get(target).await;
        assert_eq!(response.body_at::<Vec<serde_json::Value>>(200).len(), 100);
        assert_eq!(response.header("x-total-count"), "101");
        assert!(response.header("link").contains("page=2"));
    }
}

#[tokio::test]
async fn the_path_of_the_ids_is_not_taken_for_a_record() {
    let app = TestApp::start().await;
    let user = app.user().await;
    entered(&user, "123456782").await;
    for target in [IDS, "/metadata/api/users/ids", "/metadata/api/users/ids/"] {
        assert_eq!(user.get(target).await.json(), json!(["123456782"]), "{target}");
    }
    let wrong = user.delete(IDS).await;
    assert_eq!((wrong.status.as_u16(), wrong.header("allow")), (405, "GET, HEAD"));
}
