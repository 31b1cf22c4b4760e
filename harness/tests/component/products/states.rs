//! States of products: who sees a draft and an archived product, and where.

use agora_api::models::{Product, ProductState};
use agora_harness::{Client, TestApp};
use serde_json::{Value, json};

const PRODUCTS: &str = "/api/v1/products";

async fn draft(app: &TestApp) -> Product {
    let body = json!({
        "title": "Unseen zither", "description": "x", "price": 1, "image": "", "categories": [1],
        "tags": ["019b8d7d-f1c0-7700-8000-000000000001"], "state": "DRAFT", "stock": {"available": 3}
    });
    app.user().await.post(PRODUCTS).json(&body).await.body_at(201)
}

/// Returns the lists that have the product.
async fn listed_in<A>(client: &Client<A>, product: &Product) -> Vec<&'static str> {
    let mut found = Vec::new();
    for list in [
        "?limit=100",
        "?search=zither",
        "?category=men's%20clothing",
        "?owner=johnd",
        "?owner=1&category=men's%20clothing",
        "?owner=1&search=zither",
        "?category=men's%20clothing&search=zither",
        "/by-categories?categoryIds=1",
        "?tag=travel",
        "?tag=travel&category=men's%20clothing&owner=1",
    ] {
        let response = client.get(&format!("{PRODUCTS}{list}")).await;
        let body = response.json();
        let rows = body.get("results").unwrap_or(&body).as_array().expect("a list").clone();
        let is_listed = rows.iter().any(|row| row["id"] == product.id);
        let counted: usize = response.header("x-total-count").parse().expect("a count");
        assert_eq!(counted, rows.len(), "{list}: the count has what the list has");
        if is_listed {
            found.push(list);
        }
    }
    found
}

#[tokio::test]
async fn a_draft_is_seen_by_its_owner_and_staff_only() {
    let app = TestApp::start().await;
    let draft = draft(&app).await;
    assert_eq!(draft.state, ProductState::ProductDraft);
    let path = format!("{PRODUCTS}/{}", draft.id);
    let by_uuid = format!("{PRODUCTS}/{}", draft.uuid);
    let rating = format!("{path}/rating");
    for path in [&path, &by_uuid, &rating, &format!("{path}/ratings")] {
        assert_eq!(app.anonymous().get(path).await.status, 404, "{path}");
        assert_eq!(app.other_user().await.get(path).await.status, 404, "{path}");
        assert_eq!(app.user().await.get(path).await.status, 200, "{path}");
        assert_eq!(app.staff().await.get(path).await.status, 200, "{path}");
    }
    let stranger = app.other_user().await;
    assert_eq!(stranger.patch(&path).json(&json!({"price": 2})).await.status, 404);
    assert_eq!(stranger.delete(&path).await.status, 404);
    assert_eq!(stranger.post(&format!("{path}/publish")).await.status, 404);
    assert_eq!(stranger.post(&rating).json(&json!({"value": 5})).await.status, 404);
    assert_eq!(stranger.delete(&rating).await.status, 404);
    let line = json!({"products": [{"productId": draft.id, "quantity": 1}]});
    assert_eq!(
        app.user().await.post("/api/v1/carts").json(&line).await.status,
        400,
        "it cannot be bought yet"
    );
    assert_eq!(listed_in(&app.anonymous(), &draft).await, [""; 0]);
    assert_eq!(listed_in(&app.user().await, &draft).await, [""; 0], "lists are the same for all");
}

#[tokio::test]
async fn publishing_lists_a_product_and_archiving_takes_it_off() {
    let app = TestApp::start().await;
    let owner = app.user().await;
    let draft = draft(&app).await;
    let path = format!("{PRODUCTS}/{}", draft.id);
    let act = async |name: &str| match name {
        "publish" => owner.post(&format!("{path}/publish")).await,
        _ => owner.post(&format!("{path}/archive")).await,
    };
    assert_eq!(act("archive").await.problem_at(409).detail, "Only an active product can be archived");
    for round in 0..2 {
        let listed: Product = act("publish").await.body_at(200);
        assert_eq!(listed.state, ProductState::ProductActive, "{round}");
        assert!(listed.updated_at.is_some());
        assert_eq!(act("publish").await.json(), json!(listed), "the same state again changes nothing");
        assert_eq!(listed_in(&app.anonymous(), &draft).await.len(), 10, "{round}");
        assert_eq!(app.anonymous().get(&path).await.json(), json!(listed));
        let archived: Product = act("archive").await.body_at(200);
        assert_eq!(archived.state, ProductState::ProductArchived, "{round}");
        assert_eq!(act("archive").await.json(), json!(archived));
        assert_eq!(app.anonymous().get(&path).await.status, 404);
        assert_eq!(listed_in(&app.anonymous(), &draft).await.len(), 0, "{round}");
    }
}

#[tokio::test]
async fn changes_of_an_archived_product_do_not_list_it() {
    let app = TestApp::start().await;
    let owner = app.user().await;
    let draft = draft(&app).await;
    let path = format!("{PRODUCTS}/{}", draft.id);
    assert_eq!(
        owner.patch(&path).json(&json!({"title": "Hidden zither", "categories": [1, 2]})).await.status,
        200
    );
    assert_eq!(listed_in(&app.anonymous(), &draft).await.len(), 0);
    let read: Product = owner.get(&path).await.body_at(200);
    assert_eq!((read.state, read.categories.len()), (ProductState::ProductDraft, 2));
    let by_second = format!("{PRODUCTS}/by-categories?categoryIds=2");
    let ids = async || -> Vec<Value> {
        let response = app.anonymous().get(&by_second).await.json();
        response.as_array().expect("a list").iter().map(|row| row["id"].clone()).collect()
    };
    assert!(!ids().await.contains(&json!(draft.id)));
    assert_eq!(owner.post(&format!("{path}/publish")).await.status, 200);
    assert!(ids().await.contains(&json!(draft.id)), "the new relation is listed with the product");
}

#[tokio::test]
async fn a_cart_keeps_the_line_of_a_product_that_was_archived() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let line = json!({"products": [{"productId": 11, "quantity": 2}]});
    let cart = user.post("/api/v1/carts").json(&line).await.json();
    assert_eq!(user.post("/api/v1/products/11/archive").await.status, 200);
    let path = format!("/api/v1/carts/{}", cart["id"]);
    let read = user.get(&path).await.json();
    assert_eq!(read["products"], cart["products"]);
    assert_eq!(user.put(&path).json(&read).await.status, 200, "what was read can be sent back");
    // Others do not learn of it, and no cart takes it anew.
    for client in [app.other_user().await, app.user().await] {
        let refused = client.post("/api/v1/carts").json(&line).await.problem_at(400);
        assert_eq!(refused.error.details["missing"], json!([11]));
    }
    let other = user.post("/api/v1/carts").json(&json!({})).await.json();
    let add = json!({"add": [{"productId": 11, "quantity": 1}]});
    assert_eq!(user.patch(&format!("/api/v1/carts/{}", other["id"])).json(&add).await.status, 400);
    assert_eq!(user.patch(&path).json(&add).await.json()["products"][0]["quantity"], 3);
    assert_eq!(user.post("/api/v1/products/11/publish").await.status, 200);
}

#[tokio::test]
async fn a_product_of_a_deleted_account_is_published_and_archived_by_staff() {
    let app = TestApp::start().await;
    let staff = app.staff().await;
    let behind = "update users set deleted_at = app_now() where id = 9;
        insert into products (uuid, title, description, price, owner_id, state)
        values ('0198c0de-0000-7000-8000-000000000299', 'x', 'x', 1, 9, 'ARCHIVED')";
    app.database.client().batch_execute(behind).await.expect("runs");
    let path = format!("{PRODUCTS}/0198c0de-0000-7000-8000-000000000299");
    let same: Product = staff.post(&format!("{path}/archive")).await.body_at(200);
    assert_eq!((same.category, same.owner, same.updated_at), (None, None, None));
    let published: Product = staff.post(&format!("{path}/publish")).await.body_at(200);
    assert_eq!((published.category, published.owner), (None, None));
    let archived = staff.post("/api/v1/products/19/archive").await.json();
    for call in [staff.patch("/api/v1/products/19"), staff.put("/api/v1/products/19")] {
        assert_eq!(call.json(&archived).await.json(), archived, "what was read can be sent back");
    }
}
