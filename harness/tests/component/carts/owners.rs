//! Owners of carts, and transfer to another owner.

use agora_harness::{Call, TestApp};
use reqwest::Method;
use serde_json::json;

use super::{CARTS, created, digest, path, read};

/// Returns every method that changes a cart, with its body, if it has one.
fn changes() -> [(Method, Option<serde_json::Value>); 3] {
    [
        (Method::PUT, Some(json!({"products": []}))),
        (Method::PATCH, Some(json!({"remove": [1]}))),
        (Method::DELETE, None),
    ]
}

fn with(call: Call, body: Option<&serde_json::Value>) -> Call {
    match body {
        Some(body) => call.json(body),
        None => call,
    }
}

#[tokio::test]
async fn only_its_owner_and_staff_change_a_cart() {
    let app = TestApp::start().await;
    let (owner, other) = (app.user().await, app.other_user().await);
    let (staff, admin) = (app.staff().await, app.admin().await);
    let cart = created(&owner).await;
    let before = digest(&app).await;
    for (method, body) in changes() {
        let nobody = app.anonymous().call(method.clone(), &path(&cart));
        assert_eq!(with(nobody, body.as_ref()).await.status, 401, "{method}");
        let stranger = other.call(method.clone(), &path(&cart));
        assert_eq!(with(stranger, body.as_ref()).await.status, 403, "{method}");
    }
    assert_eq!(app.anonymous().post(CARTS).json(&json!({"products": []})).await.status, 401);
    assert_eq!(digest(&app).await, before);
    for (method, body) in changes() {
        for target in
            [path(&created(&owner).await), path(&created(&owner).await), path(&created(&owner).await)]
                .iter()
                .zip([owner.token(), staff.token(), admin.token()])
        {
            let (target, token) = target;
            let client = app.anonymous().with_token(token.expect("signed in"));
            let status = with(client.call(method.clone(), target), body.as_ref()).await.status;
            assert!(status.is_success(), "{method} {status}");
        }
    }
}

/// Regression test: a predecessor of this system let users transfer carts to others.
#[tokio::test]
async fn only_staff_transfer_a_cart_to_another_user() {
    let app = TestApp::start().await;
    let (owner, staff) = (app.user().await, app.staff().await);
    let cart = created(&owner).await;
    let before = digest(&app).await;
    for user in [2, 999, 0, -1, i64::MAX] {
        let body = json!({"userId": user, "products": []});
        assert_eq!(owner.post(CARTS).json(&body).await.status, 403, "{user}");
        assert_eq!(owner.put(&path(&cart)).json(&body).await.status, 403, "{user}");
        let patch = json!({"userId": user, "remove": [1]});
        assert_eq!(owner.patch(&path(&cart)).json(&patch).await.status, 403, "{user}");
    }
    let stolen = app.other_user().await.patch(&path(&cart)).json(&json!({"userId": 2})).await;
    assert_eq!(stolen.status, 403);
    assert_eq!(digest(&app).await, before);
    assert_eq!(owner.patch(&path(&cart)).json(&json!({"userId": 1})).await.status, 200, "it is theirs");
    assert_eq!(staff.patch(&path(&cart)).json(&json!({"userId": 2})).await.status, 200);
    assert_eq!(read(&app, &path(&cart)).await.user_id, 2);
    assert_eq!(owner.patch(&path(&cart)).json(&json!({"add": []})).await.status, 403, "theirs no more");
    let back = json!({"userId": 1, "products": []});
    assert_eq!(staff.put(&path(&cart)).json(&back).await.json()["userId"], 1);
    let for_other = json!({"userId": 3, "products": []});
    assert_eq!(staff.post(CARTS).json(&for_other).await.json()["userId"], 3);
}

#[tokio::test]
async fn a_cart_is_of_no_user_that_is_not_there() {
    let app = TestApp::start().await;
    let staff = app.staff().await;
    let gone = "update users set deleted_at = app_now() where id = 9";
    app.database.client().batch_execute(gone).await.expect("runs");
    let before = digest(&app).await;
    for user in [999, 9, 0, -1, i64::MAX] {
        let body = json!({"userId": user, "products": []});
        for call in [staff.post(CARTS), staff.put("/api/v1/carts/1")] {
            let problem = call.json(&body).await.problem_at(400);
            assert_eq!(problem.error.details["fields"]["userId"][0]["rule"], "exists", "{user}");
        }
        assert_eq!(staff.patch("/api/v1/carts/1").json(&json!({"userId": user})).await.status, 400);
    }
    assert_eq!(digest(&app).await, before);
}

#[tokio::test]
async fn credentials_come_first_then_the_body_then_existence_then_ownership() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let (good, bad) = (json!({"add": []}), json!({"add": 1}));
    assert_eq!(app.anonymous().patch("/api/v1/carts/999").json(&bad).await.status, 401);
    assert_eq!(user.patch("/api/v1/carts/999").json(&bad).await.status, 400);
    assert_eq!(user.patch("/api/v1/carts/3").json(&bad).await.status, 400);
    assert_eq!(user.patch("/api/v1/carts/999").json(&good).await.status, 404);
    assert_eq!(user.patch("/api/v1/carts/3").json(&good).await.status, 403);
    let unknown = json!({"add": [{"productId": 999, "quantity": 1}]});
    assert_eq!(user.patch("/api/v1/carts/999").json(&unknown).await.status, 404);
    assert_eq!(user.patch("/api/v1/carts/3").json(&unknown).await.status, 403);
}
