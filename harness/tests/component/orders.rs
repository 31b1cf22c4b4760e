//! Orders: placing, confirming, cancelling, expiring, paying, and who sees what.

use std::time::{Duration, Instant};

use agora_api::models::{Order, OrderState, Product};
use agora_harness::{Client, Database, TestApp, TestResponse};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stock::WRONG_SUMS;

mod expiry;
mod kills;
mod lists;
mod payments;
mod placing;
mod provider;
mod races;
mod strangers;
mod transitions;

const ORDERS: &str = "/api/v1/orders";

/// Maximum time for the work that the server does by itself.
const SOON: Duration = Duration::from_secs(20);

/// Builds the body of an order.
fn basket(items: &[(i64, i64)]) -> Value {
    let item = |(product, quantity): &(i64, i64)| json!({"product_id": product, "quantity": quantity});
    json!({"items": items.iter().map(item).collect::<Vec<_>>()})
}

/// Sends an order with a new key. Retries it while the server is busy.
async fn place<A>(client: &Client<A>, items: &[(i64, i64)]) -> TestResponse {
    let call = client.post(ORDERS).header("idempotency-key", &Uuid::now_v7().to_string());
    call.json(&basket(items)).until_served().await
}

/// Places an order that must succeed.
async fn placed<A>(client: &Client<A>, items: &[(i64, i64)]) -> Order {
    place(client, items).await.body_at(201)
}

fn path(order: &Order) -> String {
    format!("{ORDERS}/{}", order.id)
}

async fn confirm<A>(client: &Client<A>, order: &Order, token: &str) -> TestResponse {
    let call = client.post(&format!("{ORDERS}/{}/confirm", order.id));
    let call = call.header("idempotency-key", &Uuid::now_v7().to_string());
    call.json(&json!({"payment": {"method": "card", "token": token}})).until_served().await
}

async fn cancel<A>(client: &Client<A>, order: &Order) -> TestResponse {
    let call = client.post(&format!("{ORDERS}/{}/cancel", order.id));
    call.header("idempotency-key", &Uuid::now_v7().to_string()).until_served().await
}

async fn read<A>(client: &Client<A>, order: &Order) -> Order {
    client.get(&path(order)).until_served().await.body_at(200)
}

/// Reads an order until it is in a state.
async fn until<A>(client: &Client<A>, order: &Order, state: OrderState) -> Order {
    let deadline = Instant::now() + SOON;
    loop {
        let order = read(client, order).await;
        if order.state == state {
            return order;
        }
        assert!(Instant::now() < deadline, "the order remains {:?}", order.state);
    }
}

/// Returns the available and the reserved units of a product.
async fn units(app: &TestApp, product: i64) -> (i64, i64) {
    let product: Product =
        app.anonymous().get(&format!("/api/v1/products/{product}")).until_served().await.body_at(200);
    (product.stock.available, product.stock.reserved)
}

/// Orders whose events are not numbered without gaps, or do not end in their state.
const WRONG_EVENTS: &str = "
select count(*)
from orders
left join lateral (
    select count(*) as number, max(version) as last, (array_agg(state order by version desc))[1] as state
    from order_events
    where order_id = orders.id
) as history on true
where (history.number, history.last, history.state) is distinct from (orders.version, orders.version, orders.state)";

/// Products with other reserved units than those of the orders that have not ended.
const WRONG_RESERVATIONS: &str = "
select count(*)
from stock
left join lateral (
    select
        coalesce(sum(quantity) filter (where state in ('PENDING_CONFIRMATION', 'CONFIRMED')), 0) as reserved,
        coalesce(sum(quantity) filter (where state = 'ACCEPTED'), 0) as sold
    from order_lines
    join orders on orders.id = order_lines.order_id
    where order_lines.product_id = stock.product_id
) as lines on true
where (stock.reserved, stock.sold) is distinct from (lines.reserved, lines.sold)";

/// Checks that orders, their events, the stock and its ledger agree.
async fn books_agree(app: &TestApp) {
    books_of(&app.database).await;
}

/// As [`books_agree`], in a database.
async fn books_of(database: &Database) {
    for wrong in [WRONG_SUMS, WRONG_EVENTS, WRONG_RESERVATIONS] {
        assert_eq!(database.count(wrong).await, 0, "{wrong}");
    }
    let followed = "select count(*) from order_sellers join orders on orders.id = order_id
        where order_sellers.state <> orders.state";
    assert_eq!(database.count(followed).await, 0);
}
