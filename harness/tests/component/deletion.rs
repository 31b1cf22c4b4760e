//! Effects of a deleted account or product on other resources.

use agora_api::models::{Cart, Product, User};
use agora_harness::TestApp;
use serde_json::{Value, json};

const PRODUCT: &str = "/api/v1/products/1";

#[tokio::test]
async fn products_of_a_deleted_account_show_no_owner() {
    let app = TestApp::start().await;
    let reader = app.anonymous();
    let before: Product = reader.get(PRODUCT).await.body_at(200);
    assert_eq!(before.owner.map(|owner| owner.username).as_deref(), Some("johnd"));
    assert_eq!(app.user().await.delete("/api/v1/users/1").await.status, 204);
    assert_eq!(reader.get(PRODUCT).await.json()["owner"], Value::Null);
    let lists = [
        "/api/v1/products?limit=1",
        "/api/v1/products?category=men%27s+clothing&limit=1",
        "/api/v1/products?search=fjallraven",
    ];
    for list in lists {
        let page = reader.get(list).await.json();
        assert_eq!(
            (&page["results"][0]["id"], &page["results"][0]["owner"]),
            (&json!(1), &Value::Null),
            "{list}"
        );
    }
    let listed = reader.get("/api/v1/products/by-categories?categoryIds=1&limit=1").await.json();
    assert_eq!((&listed[0]["id"], &listed[0]["owner"]), (&json!(1), &Value::Null));
    for owner in ["johnd", "1"] {
        assert_eq!(
            reader.get(&format!("/api/v1/products?owner={owner}")).await.json()["count"],
            0,
            "{owner}"
        );
    }
    let changed = app.staff().await.patch(PRODUCT).json(&json!({"title": "Backpack"})).await;
    assert_eq!((changed.status.as_u16(), &changed.json()["owner"]), (200, &Value::Null));
}

#[tokio::test]
async fn carts_go_with_their_user() {
    let app = TestApp::start().await;
    assert_eq!(app.user().await.delete("/api/v1/users/1").await.status, 204);
    let left: Vec<Cart> = app.anonymous().get("/api/v1/carts").await.body_at(200);
    assert!(left.iter().all(|cart| cart.user_id != 1) && left.len() == 5, "{left:?}");
    assert_eq!(app.anonymous().get("/api/v1/carts/1").await.status, 404);
    assert_eq!(app.anonymous().get("/api/v1/carts?userId=1").await.json(), json!([]));
    assert_eq!(app.staff().await.delete("/api/v1/carts/1").await.status, 404);
}

#[tokio::test]
async fn a_cart_can_be_sent_back_as_it_was_read_when_one_of_its_products_is_deleted() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let line = |id, quantity| json!({"productId": id, "quantity": quantity});
    let lines = json!({"products": [line(1, 2), line(2, 3), line(3, 1)]});
    let created: Cart = user.post("/api/v1/carts").json(&lines).await.body_at(201);
    let path = format!("/api/v1/carts/{}", created.id);
    assert_eq!(app.staff().await.delete("/api/v1/products/2").await.status, 204);
    let left = json!([line(1, 2), line(3, 1)]);
    let read = user.get(&path).await;
    assert_eq!(read.json()["products"], left);
    let listed = user.get("/api/v1/carts?userId=1").await.json();
    let listed = listed.as_array().expect("an array").iter().find(|cart| cart["id"] == created.id);
    assert_eq!(listed.expect("is listed")["products"], left);
    let body = json!({"products": read.json()["products"]});
    let put = user.put(&path).header("if-match", read.header("etag")).json(&body).await;
    assert_eq!((put.status.as_u16(), &put.json()["products"]), (200, &left));
    let patched = user.patch(&path).json(&json!({"add": [line(4, 1)]})).await.json();
    assert_eq!(patched["products"], json!([line(1, 2), line(3, 1), line(4, 1)]));
}

#[tokio::test]
async fn staff_are_as_unknown_by_their_carts_as_by_their_names() {
    let app = TestApp::start().await;
    let staff: User = app.staff().await.get("/api/v1/users/staff").await.body_at(200);
    for user in [staff.id.to_string(), staff.uuid.to_string()] {
        for path in [format!("/api/v1/users/{user}"), format!("/api/v1/carts/users/{user}")] {
            assert_eq!(app.anonymous().get(&path).await.status, 404, "{path}");
            assert_eq!(app.user().await.get(&path).await.status, 404, "{path}");
            assert_eq!(app.staff().await.get(&path).await.status, 200, "{path}");
        }
    }
}
