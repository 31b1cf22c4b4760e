//! Updates with the stored values change nothing, neither the modification time nor the `ETag`.

use agora_harness::{Client, Staff, TestApp, TestResponse};
use serde_json::{Value, json};

/// Sends `PUT` and `PATCH` with the stored values, then a `PATCH` with other values.
async fn is_left(client: &Client<Staff>, path: &str, replace: &Value, patch: &Value, other: &Value) {
    let before = client.get(path).await;
    assert_eq!(before.status, 200, "{path}");
    for response in [client.put(path).json(replace).await, client.patch(path).json(patch).await] {
        assert_eq!(response.text(), before.text(), "{path}");
    }
    assert_eq!(etag(&client.get(path).await), etag(&before), "{path}");
    let changed = client.patch(path).json(other).await;
    assert_ne!(etag(&client.get(path).await), etag(&before), "{path}: {}", changed.text());
}

fn etag(response: &TestResponse) -> &str {
    response.header("etag")
}

fn members(response: &TestResponse, names: &[&str]) -> Value {
    let body = response.json();
    names
        .iter()
        .map(|name| ((*name).to_owned(), body[*name].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[tokio::test]
async fn what_is_stored_already_moves_neither_the_time_of_change_nor_the_etag() {
    let app = TestApp::start().await;
    let client = app.staff().await;

    let product = client.get("/api/v1/products/1").await;
    let mut body = members(&product, &["title", "description", "price", "image"]);
    body["categories"] = json!([1]);
    body["tags"] = product.json()["tags"].clone();
    let patch = json!({"price": "109.95", "categories": [1]});
    is_left(&client, "/api/v1/products/1", &body, &patch, &json!({"price": 1})).await;

    let name = members(&client.get("/api/v1/categories/1").await, &["name"]);
    is_left(&client, "/api/v1/categories/1", &name, &name, &json!({"name": "other"})).await;

    let cart = members(&client.get("/api/v1/carts/1").await, &["products", "date", "userId"]);
    let patch = json!({"update": cart["products"], "remove": [20], "date": cart["date"], "userId": 1});
    is_left(&client, "/api/v1/carts/1", &cart, &patch, &json!({"remove": [1]})).await;

    let user = client.get("/api/v1/users/1").await;
    let mut body = members(&user, &["email", "username", "name", "address", "phone"]);
    body["password"] = json!("m38rmF$-m38rmF$");
    assert_eq!(
        client.patch("/api/v1/users/1").json(&json!({"password": body["password"]})).await.status,
        200
    );
    let patch = json!({"email": body["email"], "address": {"number": 7682}, "password": body["password"]});
    is_left(&client, "/api/v1/users/1", &body, &patch, &json!({"address": {"number": 1}})).await;

    let address = json!({"city": "mesa", "street": "main", "number": 1, "zipcode": "1", "geolocation": null});
    let created = client.post("/api/v1/users/me/addresses").json(&address).await;
    let path = created.header("location").to_owned();
    is_left(&client, &path, &address, &json!({"city": "mesa"}), &json!({"city": "york"})).await;

    let record = json!({"id": "000000018", "name": "Dana", "phone": "+16502530000", "address": "Haifa"});
    assert_eq!(client.post("/api/v1/registry/users").json(&record).await.status, 201);
    let path = "/api/v1/registry/users/000000018";
    is_left(&client, path, &record, &json!({"name": "Dana"}), &json!({"name": "Dina"})).await;
}
