//! The caller's own addresses.

use agora_api::models::{Address, User};
use agora_harness::TestApp;
use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::{Value, json};

use crate::users::{DIGEST, all, signed_in};

const ADDRESSES: &str = "/api/v1/users/me/addresses";

fn mesa() -> Value {
    json!({"city": "mesa", "street": "vally view ln", "number": 1342, "zipcode": "96378-0245", "geolocation": null})
}

fn path(address: &Address) -> String {
    format!("{ADDRESSES}/{}", address.id)
}

#[tokio::test]
async fn an_address_is_made_replaced_patched_and_deleted_and_the_first_is_the_users() {
    let app = TestApp::start().await;
    let user = app.user().await;
    assert_json_snapshot!("addresses", user.get(ADDRESSES).await.json());
    let response = user.post(ADDRESSES).json(&mesa()).await;
    let second: Address = response.body_at(201);
    assert_eq!(response.header("location"), path(&second));
    let list = user.get(&format!("{ADDRESSES}?limit=1&page=2")).await;
    assert_eq!((list.json()[0].clone(), list.header("x-total-count")), (response.json(), "2"));
    let shown = async || app.anonymous().get("/api/v1/users/1").await.json()["address"]["city"].clone();
    assert_eq!(shown().await, "kilcoole", "the first is shown");
    let at = json!({"geolocation": {"lat": "-90", "long": "180.0"}, "number": 0});
    let patched = user.patch(&format!("{ADDRESSES}/{}", second.uuid)).json(&at).await;
    let after: Address = patched.body_at(200);
    assert_eq!((after.city.as_str(), after.number), ("mesa", 0));
    assert!(after.updated_at.is_some_and(|at| at > after.created_at));
    assert_eq!(user.patch(&path(&second)).json(&json!({})).await.body, patched.body);
    assert_eq!(user.put(&path(&second)).json(&mesa()).await.json()["geolocation"], Value::Null);
    assert_eq!(user.delete(&format!("{ADDRESSES}/1")).await.status, 204);
    assert_eq!(user.delete(&format!("{ADDRESSES}/1")).await.status, 404);
    assert_eq!(shown().await, "mesa", "the next one is the first now");
    assert_eq!(user.delete(&path(&second)).await.status, 204);
    assert_eq!(shown().await, Value::Null);
    assert_eq!(user.get(ADDRESSES).await.json(), json!([]));
}

#[tokio::test]
async fn s11_me_is_not_shadowed_by_a_user_of_any_name() {
    let app = TestApp::start().await;
    let user = app.user().await;
    assert_eq!(user.get(ADDRESSES).await.body_at::<Vec<Address>>(200).len(), 1);
    assert_eq!(app.anonymous().get(ADDRESSES).await.status, 401, "the addresses, not a user");
    assert_eq!(user.get("/api/v1/users/me").await.status, 404, "nobody is called so");
    assert_eq!(user.get("/api/v1/users/johnd/addresses").await.status, 404, "there is no such path");
    let body = json!({"email": "me@example.com", "username": "me", "password": "a-long-enough-secret"});
    assert_eq!(user.post("/api/v1/users").json(&body).await.status, 400);
    let body =
        json!({"email": "me@example.com", "username": "addresses", "password": "a-long-enough-secret"});
    let created: User = user.post("/api/v1/users").json(&body).await.body_at(201);
    assert_eq!(app.anonymous().get("/api/v1/users/addresses").await.body_at::<User>(200).id, created.id);
    let own = signed_in(&app, "addresses", "a-long-enough-secret").await;
    assert_eq!(own.get(ADDRESSES).await.json(), json!([]));
}

#[tokio::test]
async fn anothers_address_is_not_there_for_anybody() {
    let app = TestApp::start().await;
    let (owner, other, staff, admin) =
        (app.user().await, app.other_user().await, app.staff().await, app.admin().await);
    let uuid = owner.get(ADDRESSES).await.body_at::<Vec<Address>>(200)[0].uuid;
    let before = app.database.count(DIGEST).await;
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        for key in ["1".to_owned(), uuid.to_string(), "999".to_owned()] {
            let target = format!("{ADDRESSES}/{key}");
            let filled = |call: agora_harness::Call| match method {
                Method::DELETE => call,
                _ => call.json(&mesa()),
            };
            assert_eq!(filled(app.anonymous().call(method.clone(), &target)).await.status, 401);
            assert_eq!(filled(other.call(method.clone(), &target)).await.status, 404, "{method} {key}");
            assert_eq!(filled(staff.call(method.clone(), &target)).await.status, 404, "{method} {key}");
            assert_eq!(filled(admin.call(method.clone(), &target)).await.status, 404, "{method} {key}");
        }
    }
    assert_eq!(app.database.count(DIGEST).await, before);
    assert_eq!(staff.get(ADDRESSES).await.json(), json!([]), "staff have none, and see none");
}

#[tokio::test]
async fn violations_of_an_address_are_reported_and_nothing_is_written() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let before = app.database.count(DIGEST).await;
    let two = user.post(ADDRESSES).json(&json!({"city": "x".repeat(101), "id": 7})).await.problem_at(400);
    assert_json_snapshot!("address_faults", two.error.details);
    for (body, field, rule) in [
        (r#"{"number":1.5}"#, "number", "type"),
        (r#"{"number":"1"}"#, "number", "type"),
        (r#"{"number":null}"#, "number", "type"),
        (r#"{"number":18446744073709551616}"#, "number", "maximum"),
        (r#"{"city":"a","city":"b"}"#, "city", "duplicate"),
        (r#"{"geolocation":{}}"#, "geolocation.lat", "required"),
        (r#"{"geolocation":{"lat":"1","long":"181"}}"#, "geolocation.long", "pattern"),
        (r#"{"user_id":2}"#, "user_id", "unknown"),
        ("", "body", "required"),
    ] {
        let problem = user.patch(&format!("{ADDRESSES}/1")).text(body).await.problem_at(400);
        assert_eq!(
            problem.error.details["fields"][field][0]["rule"], rule,
            "{body}: {:?}",
            problem.error.details
        );
    }
    for key in ["x", "0", "-1", "9999999999999999999"] {
        assert_eq!(user.delete(&format!("{ADDRESSES}/{key}")).await.status, 400, "{key}");
    }
    assert_eq!(app.database.count(DIGEST).await, before);
}

#[tokio::test]
async fn changes_of_user_and_address_at_once_lose_nothing() {
    let app = TestApp::start().await;
    let user = app.user().await;
    for n in 0..20 {
        let (city, street) = (format!("city {n}"), format!("street {n}"));
        let calls = [
            user.patch("/api/v1/users/1").json(&json!({"address": {"city": city}})),
            user.patch(&format!("{ADDRESSES}/1")).json(&json!({"street": street})),
        ];
        let calls = calls.map(|call| tokio::spawn(async move { call.await.status.as_u16() }));
        assert_eq!(all(calls.into()).await, [200, 200]);
        let address: Address = user.get(ADDRESSES).await.body_at::<Vec<Address>>(200).remove(0);
        assert_eq!((address.city, address.street), (city, street), "one of them was lost");
    }
}

#[tokio::test]
async fn a_stale_etag_leaves_an_address_alone() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let target = format!("{ADDRESSES}/1");
    let first = user.patch(&target).json(&json!({"number": 1})).await.header("etag").to_owned();
    let patch = |number: u32| user.patch(&target).header("if-match", &first).json(&json!({"number": number}));
    assert_eq!(patch(2).await.status, 200);
    assert_eq!(patch(3).await.status, 412);
    assert_eq!(user.put(&target).header("if-match", &first).json(&mesa()).await.status, 412);
    assert_eq!(user.delete(&target).header("if-match", &first).await.status, 412);
    assert_eq!(user.get(ADDRESSES).await.json()[0]["number"], 2);
}
