//! Changes to carts.

use agora_api::models::Cart;
use agora_harness::TestApp;
use insta::assert_json_snapshot;
use serde_json::json;

use super::{CARTS, created, line, lines, path, read};

#[tokio::test]
async fn a_cart_is_made_read_replaced_patched_and_deleted() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let body = json!({"userId": 1, "date": "2026-02-03", "products": [line(9, 2), line(1, 1)]});
    let response = user.post("/api/carts/").json(&body).await;
    let cart: Cart = response.body_at(201);
    assert_eq!(response.header("location"), path(&cart));
    assert_json_snapshot!("cart_made", response.json(), {".uuid" => "[uuid]", ".created_at" => "[time]"});
    assert_eq!(app.anonymous().get(&path(&cart)).await.body, response.body);
    let replaced = user.put(&path(&cart)).json(&json!({"products": [line(5, 4), line(9, 1)]})).await;
    let after: Cart = replaced.body_at(200);
    assert_eq!(lines(&after), [(5, 4), (9, 1)], "nothing of before, and in the order of the request");
    assert_eq!((&after.date, after.user_id), (&cart.date, 1), "what is absent stays");
    assert!(after.updated_at.is_some_and(|at| at > after.created_at));
    assert_eq!(app.anonymous().get(&path(&cart)).await.body, replaced.body);
    let patched = user.patch(&path(&cart)).json(&json!({"add": [line(9, 2)], "date": "2026-03-01"})).await;
    assert_eq!(lines(&patched.body_at(200)), [(5, 4), (9, 3)]);
    assert_eq!(patched.json()["date"], "2026-03-01");
    assert_eq!(app.anonymous().get(&path(&cart)).await.header("etag"), patched.header("etag"));
    let untouched = user.patch(&path(&cart)).json(&json!({})).await;
    assert_eq!(untouched.body, patched.body);
    assert_eq!(user.delete(&path(&cart)).await.status, 204);
    assert_eq!(user.delete(&path(&cart)).await.status, 404);
}

#[tokio::test]
async fn what_is_absent_is_the_callers_and_of_today() {
    let app = TestApp::start().await;
    let cart = created(&app.other_user().await).await;
    assert_eq!(cart.user_id, 2);
    let today: i64 = app
        .database
        .count(&format!("select count(*) from carts where id = {} and date = app_now()::date", cart.id))
        .await;
    assert_eq!(today, 1);
    let empty: Cart = app.user().await.post(CARTS).json(&json!({"products": []})).await.body_at(201);
    assert!(empty.products.is_empty());
    let nothing: Cart = app.user().await.post(CARTS).json(&json!({})).await.body_at(201);
    assert!(nothing.products.is_empty());
}

#[tokio::test]
async fn add_then_update_then_remove() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let cart = created(&user).await;
    let patch = async |body| lines(&user.patch(&path(&cart)).json(&body).await.body_at(200));
    let added = patch(json!({"add": [line(1, 5), line(3, 1)]})).await;
    assert_eq!(added, [(1, 7), (2, 3), (3, 1)], "increments, and creates");
    let updated = patch(json!({"update": [line(1, 4), line(4, 9)]})).await;
    assert_eq!(updated, [(1, 4), (2, 3), (3, 1), (4, 9)], "sets, and creates");
    assert_eq!(patch(json!({"remove": [3, 2]})).await, [(1, 4), (4, 9)]);
    let all = json!({
        "remove": [4, 5],
        "update": [line(1, 2), line(4, 1), line(6, 8)],
        "add": [line(1, 100), line(5, 1), line(6, 1)],
    });
    assert_eq!(patch(all).await, [(1, 2), (6, 8)], "in their order, whatever that of the body");
}

#[tokio::test]
async fn a_product_named_twice_adds_up_and_of_updates_the_last_counts() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let twice = [line(7, 1), line(8, 1), line(7, 2)];
    let cart: Cart = user.post(CARTS).json(&json!({"products": twice})).await.body_at(201);
    assert_eq!(lines(&cart), [(7, 3), (8, 1)]);
    let patch = async |body| lines(&user.patch(&path(&cart)).json(&body).await.body_at(200));
    assert_eq!(patch(json!({"add": twice})).await, [(7, 6), (8, 2)]);
    assert_eq!(patch(json!({"update": twice})).await, [(7, 2), (8, 1)]);
    assert_eq!(patch(json!({"remove": [8, 8]})).await, [(7, 2)]);
    let replaced = user.put(&path(&cart)).json(&json!({"products": twice})).await;
    assert_eq!(lines(&replaced.body_at(200)), [(7, 3), (8, 1)]);
}

#[tokio::test]
async fn what_is_removed_need_not_be_there() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let cart = created(&user).await;
    let body = json!({"remove": [17, 999, -1, i64::MAX]});
    assert_eq!(lines(&user.patch(&path(&cart)).json(&body).await.body_at(200)), lines(&cart));
}

#[tokio::test]
async fn a_date_or_a_time_of_it_is_a_day() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let cart = created(&user).await;
    for (sent, reported) in [
        ("2020-03-02", "2020-03-02"),
        ("2020-03-02T00:00:00.000Z", "2020-03-02"),
        ("2020-03-02T23:30:00-01:00", "2020-03-03"),
        ("0000-01-01", "0000-01-01"),
        ("9999-12-31", "9999-12-31"),
    ] {
        let response = user.patch(&path(&cart)).json(&json!({"date": sent})).await;
        assert_eq!(response.json()["date"], reported);
        assert_eq!(app.anonymous().get(&path(&cart)).await.body, response.body);
    }
}

#[tokio::test]
async fn a_stale_etag_changes_nothing() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let cart = created(&user).await;
    let etag = app.anonymous().get(&path(&cart)).await.header("etag").to_owned();
    let add =
        |etag: &str| user.patch(&path(&cart)).header("if-match", etag).json(&json!({"add": [line(1, 1)]}));
    let first = add(&etag).await;
    assert_eq!(first.status, 200);
    assert_eq!(add(&etag).await.status, 412);
    let replace = user.put(&path(&cart)).header("if-match", &etag).json(&json!({"products": []}));
    assert_eq!(replace.await.status, 412);
    assert_eq!(user.delete(&path(&cart)).header("if-match", &etag).await.status, 412);
    assert_eq!(lines(&read(&app, &path(&cart)).await), [(1, 3), (2, 3)]);
    assert_eq!(user.delete(&path(&cart)).header("if-match", first.header("etag")).await.status, 204);
}

#[tokio::test]
async fn a_retry_adds_once() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let cart = created(&user).await;
    let add = || {
        let call = user.patch(&path(&cart)).header("idempotency-key", "k1");
        call.json(&json!({"add": [line(1, 1)], "remove": [2]}))
    };
    let first = add().await;
    assert_eq!(lines(&first.body_at(200)), [(1, 3)]);
    let again = add().await;
    assert_eq!((&again.body, again.header("idempotency-replayed")), (&first.body, "true"));
    assert_eq!(lines(&read(&app, &path(&cart)).await), [(1, 3)]);
    let make = || user.post(CARTS).header("idempotency-key", "k2").json(&json!({"products": []}));
    assert_eq!(make().await.body, make().await.body);
    let other = user.post(CARTS).header("idempotency-key", "k2").json(&json!({"products": [line(1, 1)]}));
    assert_eq!(other.await.status, 422);
}
