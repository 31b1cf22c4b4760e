//! Patches a cart: the server's statements in one transaction, pipelined as in the server.

use std::sync::LazyLock;

use agora_api::models;
use agora_runtime::Timestamp;
use axum::body::Bytes;
use axum::extract::{Path, State};
use tokio_postgres::Row;
use uuid::Uuid;

use super::{Bare, Json, json, labelled, rows};
use crate::statements::BEGIN;

static BEGIN_TEXT: LazyLock<String> = LazyLock::new(|| BEGIN.join("; "));
static LOCK_CART: LazyLock<&str> = LazyLock::new(|| labelled("carts.lock_cart"));
static LIST_LINES: LazyLock<&str> = LazyLock::new(|| labelled("carts.list_lines"));
static FIND_MISSING: LazyLock<&str> = LazyLock::new(|| labelled("catalog.find_unlisted_products"));
static ADD_LINES: LazyLock<&str> = LazyLock::new(|| labelled("carts.add_lines"));
static UPDATE_LINES: LazyLock<&str> = LazyLock::new(|| labelled("carts.update_lines"));
static DELETE_LINES: LazyLock<&str> = LazyLock::new(|| labelled("carts.delete_lines"));
static UPDATE_CART: LazyLock<&str> = LazyLock::new(|| labelled("carts.update_cart"));

pub(super) async fn change(State(bare): State<Bare>, Path(id): Path<i64>, body: Bytes) -> Json {
    let body: models::CartPatch = serde_json::from_slice(&body).expect("a body that the contract takes");
    let (added, more) = columns(body.add);
    let (updated, quantities) = columns(body.update);
    let removed = body.remove.unwrap_or_default();
    let named: Vec<i64> = added.iter().chain(&updated).copied().collect();
    let (key, no_uuid, no_date, no_owner) = (Some(id), None::<Uuid>, None::<chrono::NaiveDate>, None::<i64>);
    let client = bare.client().await;
    // Each statement is sent when its future is first polled, so that they run in this order. The lock on the cart row
    // serializes concurrent changes.
    let (begun, locked, _, missing) = tokio::join!(
        client.batch_execute(&BEGIN_TEXT),
        rows(&client, &LOCK_CART, [&key, &no_uuid]),
        rows(&client, &LIST_LINES, [&key, &no_uuid]),
        rows(&client, &FIND_MISSING, [&named]),
    );
    begun.expect("a transaction begins");
    assert!(locked.len() == 1 && missing.is_empty(), "only what is there is asked for");
    let (_, _, _, cart, lines) = tokio::join!(
        rows(&client, &ADD_LINES, [&id, &added, &more]),
        rows(&client, &UPDATE_LINES, [&id, &updated, &quantities]),
        rows(&client, &DELETE_LINES, [&id, &removed]),
        rows(&client, &UPDATE_CART, [&id, &no_date, &no_owner]),
        rows(&client, &LIST_LINES, [&key, &no_uuid]),
    );
    client.batch_execute("commit").await.expect("the transaction is committed");
    json(&wire(&cart[0], &lines))
}

fn columns(lines: Option<Vec<models::CartLine>>) -> (Vec<i64>, Vec<i64>) {
    lines.unwrap_or_default().into_iter().map(|line| (line.product_id, line.quantity)).unzip()
}

fn wire(cart: &Row, lines: &[Row]) -> models::Cart {
    let line =
        |row: &Row| models::CartLine { product_id: row.get("product_id"), quantity: row.get("quantity") };
    models::Cart {
        id: cart.get("id"),
        uuid: cart.get("uuid"),
        user_id: cart.get("user_id"),
        date: cart.get("date"),
        products: lines.iter().map(line).collect(),
        created_at: Timestamp(cart.get("created_at")),
        updated_at: cart.get::<_, Option<_>>("updated_at").map(Timestamp),
    }
}
