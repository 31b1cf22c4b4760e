//! The outbox: every change of a product, a stock, an order, a user or a follow writes an event in its own transaction.

use std::time::{Duration, Instant};

use agora_api::models::{Order, OrderState, Product, Stock, User};
use agora_harness::{Database, TestApp};
use serde_json::{Value, json};
use tokio_postgres::Client;
use uuid::Uuid;

/// Maximum time for the work that the server does by itself.
const SOON: Duration = Duration::from_secs(20);

/// An event: its type, the number of its aggregate, and its payload.
type Event = (String, i64, Value);

const TAKE: &str = "
with taken as (delete from outbox returning id, type, aggregate_id, payload::text as payload)
select type, aggregate_id, payload from taken order by id";

/// Reads and deletes the events in their order.
async fn take(database: &Database) -> Vec<Event> {
    let rows = database.client().query(TAKE, &[]).await.expect("the statement runs");
    let payload = |text: &str| serde_json::from_str(text).expect("the payload is JSON");
    rows.iter().map(|row| (row.get(0), row.get(1), payload(row.get(2)))).collect()
}

/// Returns the types of the events, with the numbers of their aggregates.
fn types(events: &[Event]) -> Vec<(&str, i64)> {
    events.iter().map(|(name, id, _)| (name.as_str(), *id)).collect()
}

/// Runs a statement as the server's role, and returns the types of its events.
async fn changed(database: &Database, sql: &str) -> Vec<(String, i64)> {
    let app = database.client_as_app().await;
    app.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    take(database).await.into_iter().map(|(name, id, _)| (name, id)).collect()
}

#[tokio::test]
async fn every_change_of_a_row_writes_one_event() {
    let database = Database::create().await;
    let uuid = Uuid::now_v7();
    let made = format!(
        "insert into users (id, uuid, username, email, password_hash) values (90, '{uuid}', 'nina', 'nina@agora.example', 'secret')"
    );
    let product = format!(
        "insert into products (id, uuid, title, description, price, owner_id) values (90, '{uuid}', 'Lamp', '', 1, 90)"
    );
    let order_of = |uuid: Uuid, buyer: i64| {
        format!(
            "insert into orders (uuid, buyer_id, currency, total, units, expires_at) values ('{uuid}', {buyer}, 'USD', 1, 1, now())"
        )
    };
    let order = order_of(uuid, 90);
    assert_eq!(take(&database).await, [], "the dataset is no change");
    let number = {
        let client = database.client_as_app().await;
        client.batch_execute(&order_of(Uuid::now_v7(), 1)).await.expect("runs");
        take(&database).await[0].1 + 1
    };
    let mine = format!("where uuid = '{uuid}'");
    let table: [(&str, &[(&str, i64)]); 20] = [
        (&made, &[("user.created", 90)]),
        ("update users set phone = '1' where id = 90", &[("user.updated", 90)]),
        ("update users set password_hash = 'other' where id = 90", &[]),
        ("update users set phone = phone where id = 90", &[]),
        (&product, &[("product.created", 90), ("stock.changed", 90)]),
        ("update products set price = 2 where id = 90", &[("product.updated", 90)]),
        ("update products set price = 2 where id = 90", &[]),
        ("update products set rating_sum = 5, rating_count = 1 where id = 90", &[("product.updated", 90)]),
        ("insert into product_tags (product_id, tag_id) values (90, 1)", &[("product.updated", 90)]),
        ("update stock set available = 3, supplied = 3 where product_id = 90", &[("stock.changed", 90)]),
        ("update stock set available = 3, supplied = 3 where product_id = 90", &[]),
        (&order, &[("order.created", number)]),
        (
            "update products set deleted_at = now() where id = 90; delete from product_tags where product_id = 90",
            &[("product.deleted", 90)],
        ),
        ("update products set title = 'Desk lamp' where id = 90", &[]),
        (&format!("update orders set state = 'CONFIRMED' {mine}"), &[("order.confirmed", number)]),
        (&format!("update orders set state = 'CANCELLED' {mine}"), &[("order.cancelled", number)]),
        ("insert into follows (follower_id, followed_id) values (4, 5)", &[("follow.created", 4)]),
        ("insert into follows (follower_id, followed_id) values (4, 5) on conflict do nothing", &[]),
        ("delete from follows where follower_id = 4", &[("follow.deleted", 4)]),
        ("update users set deleted_at = now() where id = 90", &[("user.deleted", 90)]),
    ];
    for (sql, expected) in table {
        let events = changed(&database, sql).await;
        let events: Vec<(&str, i64)> = events.iter().map(|(name, id)| (name.as_str(), *id)).collect();
        assert_eq!(events, expected, "{sql}");
    }
    let many = "update stock set available = available + 1, supplied = supplied + 1 where product_id <= 20";
    assert_eq!(changed(&database, many).await.len(), 20, "one event for each row");
}

#[tokio::test]
async fn changes_over_http_write_their_events() {
    let app = TestApp::start().await;
    let (user, admin) = (app.user().await, app.admin().await);
    let body = json!({"title": "Lamp", "price": "12.50", "description": "A lamp", "image": "", "categories": [1], "tags": [], "stock": {"available": 4}});
    let product: Product = user.post("/api/v1/products").json(&body).await.body_at(201);
    let events = take(&app.database).await;
    assert_eq!(types(&events), [("product.created", product.id), ("stock.changed", product.id)]);
    assert_eq!(
        events[0].2,
        json!({"id": product.id, "uuid": product.uuid, "owner_id": 1, "state": "ACTIVE"})
    );
    assert_eq!(events[1].2, json!({"product_id": product.id, "available": 4}));
    let path = format!("/api/v1/products/{}", product.id);
    let _: Product = user.patch(&path).json(&json!({"categories": [2]})).await.body_at(200);
    assert_eq!(types(&take(&app.database).await), [("product.updated", product.id)]);
    let _: Stock = user.put(&format!("{path}/stock")).json(&json!({"available": 7})).await.body_at(200);
    assert_eq!(types(&take(&app.database).await), [("stock.changed", product.id)]);
    assert_eq!(user.delete(&path).await.status, 204);
    assert_eq!(types(&take(&app.database).await), [("product.deleted", product.id)]);
    let body = json!({"username": "nina", "email": "nina@agora.example", "password": "a long secret 1"});
    let created: User = admin.post("/api/v1/users").json(&body).await.body_at(201);
    let events = take(&app.database).await;
    assert_eq!(types(&events), [("user.created", created.id)]);
    assert_eq!(events[0].2, json!({"id": created.id, "uuid": created.uuid, "username": "nina"}));
}

/// Returns the type of each event of an order and of its stock, in their order.
async fn names(app: &TestApp) -> Vec<String> {
    take(&app.database).await.into_iter().map(|(name, ..)| name).collect()
}

#[tokio::test]
async fn an_order_writes_its_states_and_its_stock() {
    let app = TestApp::start().await;
    let buyer = app.user().await;
    let call = |path: &str| {
        buyer.post(&format!("/api/v1/orders{path}")).header("idempotency-key", &Uuid::now_v7().to_string())
    };
    let basket = json!({"items": [{"product_id": 9, "quantity": 2}, {"product_id": 10, "quantity": 1}]});
    let order: Order = call("").json(&basket).await.body_at(201);
    let events = take(&app.database).await;
    let mut found = types(&events);
    found.sort_unstable();
    assert_eq!(found[1..], [("stock.changed", 9), ("stock.changed", 10)]);
    let content = &events.iter().find(|event| event.0 == "order.created").expect("the order has an event").2;
    assert_eq!(*content, json!({"uuid": order.id, "buyer_id": 1, "state": "PENDING_CONFIRMATION"}));
    let _: Order = call(&format!("/{}/cancel", order.id)).await.body_at(200);
    let mut found = names(&app).await;
    found.sort_unstable();
    assert_eq!(found, ["order.cancelled", "stock.changed", "stock.changed"]);
    let paid: Order = call("").json(&basket).await.body_at(201);
    names(&app).await;
    let payment = json!({"payment": {"method": "card", "token": "tok_visa"}});
    let confirmed: Order = call(&format!("/{}/confirm", paid.id)).json(&payment).await.body_at(200);
    assert_eq!(confirmed.state, OrderState::OrderConfirmed);
    let deadline = Instant::now() + SOON;
    let mut found = Vec::new();
    while found.len() < 4 {
        assert!(Instant::now() < deadline, "only {found:?}");
        found.extend(names(&app).await);
    }
    assert_eq!(found[0], "order.confirmed");
    found.sort_unstable();
    assert_eq!(found, ["order.accepted", "order.confirmed", "stock.changed", "stock.changed"]);
}

#[tokio::test]
async fn a_refused_order_writes_no_event() {
    let app = TestApp::start().await;
    let buyer = app.user().await;
    let basket = json!({"items": [{"product_id": 9, "quantity": 2}, {"product_id": 10, "quantity": 101}]});
    let call = buyer.post("/api/v1/orders").header("idempotency-key", &Uuid::now_v7().to_string());
    assert_eq!(call.json(&basket).await.status, 409);
    assert_eq!(take(&app.database).await, []);
}

#[tokio::test]
async fn a_transaction_that_is_rolled_back_writes_no_event() {
    let database = Database::create().await;
    let undone = "begin; update products set price = price + 1; update stock set sold = sold; rollback";
    assert_eq!(changed(&database, undone).await, []);
    assert_eq!(
        changed(&database, "begin; update products set price = 3 where id = 1; commit").await.len(),
        1
    );
}

/// The way in which a relay reads: rows of open transactions are not visible, those of other relays are locked.
const RELAY: &str = "
delete from outbox
where id = any(array(select id from outbox order by id limit 100 for update skip locked))
returning aggregate_id";

async fn relay(client: &Client) -> Vec<i64> {
    let rows = client.query(RELAY, &[]).await.expect("the statement runs");
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn an_event_that_commits_late_is_found_behind_later_ones() {
    let database = Database::create().await;
    let (early, late) = (database.client_as_app().await, database.client_as_app().await);
    let change = |product: i64| format!("update products set price = price + 1 where id = {product}");
    early.batch_execute(&format!("begin; {}", change(1))).await.expect("runs");
    late.batch_execute(&change(2)).await.expect("runs");
    let later = database.count("select max(id) from outbox").await;
    assert_eq!(relay(database.client()).await, [2]);
    early.batch_execute("commit").await.expect("commits");
    let id = database.count("select id from outbox").await;
    assert!(id < later, "the first transaction took its id first, or else this test could not fail");
    assert_eq!(relay(database.client()).await, [1], "a smaller id appeared after a larger one");
    assert_eq!(relay(database.client()).await, [0; 0]);
}

#[tokio::test]
async fn two_relays_take_different_events() {
    let database = Database::create().await;
    let (first, second) = (database.client_as_app().await, Database::from_url(database.url()).await);
    first.batch_execute("update products set price = price + 1 where id <= 3").await.expect("runs");
    let client = database.client();
    client.batch_execute("begin").await.expect("begins");
    let mut taken = relay(client).await;
    taken.sort_unstable();
    assert_eq!(taken, [1, 2, 3]);
    assert_eq!(relay(second.client()).await, [0; 0], "they are locked");
    client.batch_execute("rollback").await.expect("rolls back");
    assert_eq!(relay(second.client()).await.len(), 3, "a relay that fails loses nothing");
}

#[tokio::test]
async fn no_event_has_credentials_or_personal_data() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let secrets = ["nina@agora.example", "a long secret 1", "Niedermayer", "+49 30 901820"];
    let name = json!({"firstname": "Nina", "lastname": secrets[2]});
    let body = json!({"username": "nina", "email": secrets[0], "password": secrets[1], "name": name, "phone": secrets[3]});
    let created: User = admin.post("/api/v1/users").json(&body).await.body_at(201);
    let path = format!("/api/v1/users/{}", created.id);
    assert_eq!(admin.patch(&path).json(&json!({"phone": "+49 30 901821"})).await.status, 200);
    let hash: String = {
        let sql = "select password_hash from users where username = 'nina'";
        app.database.client().query_one(sql, &[]).await.expect("runs").get(0)
    };
    let sql = "select coalesce(string_agg(outbox::text, ' '), '') from outbox";
    let events: String = app.database.client().query_one(sql, &[]).await.expect("runs").get(0);
    assert!(events.contains("user.created") && events.contains("user.updated"), "{events}");
    for secret in secrets.into_iter().chain([hash.as_str(), "argon2", "90182"]) {
        assert!(!events.contains(secret), "{secret} is in {events}");
    }
}

#[tokio::test]
async fn the_server_may_not_change_an_event() {
    let database = Database::create().await;
    let app = database.client_as_app().await;
    app.batch_execute("update products set price = price + 1 where id = 1").await.expect("runs");
    for forbidden in ["update outbox set payload = '{}'", "truncate outbox"] {
        assert!(app.batch_execute(forbidden).await.is_err(), "{forbidden}");
    }
}

#[tokio::test]
async fn seeding_and_a_reset_write_no_events() {
    let app = TestApp::start().await;
    let stock = app.user().await.put("/api/v1/products/1/stock").json(&json!({"available": 5})).await;
    assert_eq!(stock.status, 200);
    let events = "select count(*) from outbox";
    let config = agora_harness::stack::config(app.database.url(), &[]).expect("is usable");
    app.database.client().batch_execute("delete from product_tags where product_id = 1").await.expect("runs");
    agora::seed(&config).await.expect("seeds");
    assert_eq!(app.database.count(events).await, 2, "seeding again keeps the events of others");
    assert_eq!(app.anonymous().post("/__sandbox/reset").await.status, 204);
    assert_eq!(app.database.count(events).await, 0);
}
