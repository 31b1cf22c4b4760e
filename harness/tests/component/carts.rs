//! Carts: reads, access rules, changes, and refused changes.

mod changes;
mod faults;
mod owners;
mod races;
mod reading;

use agora_api::models::Cart;
use agora_harness::{Client, TestApp};
use serde_json::{Value, json};

const CARTS: &str = "/api/v1/carts";

/// Query for a digest of all carts; it differs after any change to any cart.
const DIGEST: &str = "select hashtextextended(
        coalesce((select string_agg(cart::text, ',' order by id) from carts as cart), '')
        || coalesce((select string_agg(line::text, ',' order by position) from cart_lines as line), ''), 0)";

async fn digest(app: &TestApp) -> i64 {
    app.database.count(DIGEST).await
}

/// Creates a cart with two of product 1 and three of product 2.
async fn created<A>(client: &Client<A>) -> Cart {
    let body = json!({"products": [{"productId": 1, "quantity": 2}, {"productId": 2, "quantity": 3}]});
    client.post(CARTS).json(&body).await.body_at(201)
}

fn path(cart: &Cart) -> String {
    format!("{CARTS}/{}", cart.id)
}

/// Returns the product and the quantity of each line.
fn lines(cart: &Cart) -> Vec<(i64, i64)> {
    cart.products.iter().map(|line| (line.product_id, line.quantity)).collect()
}

async fn read(app: &TestApp, path: &str) -> Cart {
    app.anonymous().get(path).await.body_at(200)
}

fn line(product_id: i64, quantity: i64) -> Value {
    json!({"productId": product_id, "quantity": quantity})
}
