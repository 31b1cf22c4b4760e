//! Placing an order, and previews.

use agora_api::models::{MovementKind, MovementPage, Order, OrderPreview, OrderState};
use agora_harness::{Database, TestApp};
use insta::assert_json_snapshot;
use serde_json::json;

use super::{ORDERS, basket, books_agree, path, place, placed, read, units};

#[tokio::test]
async fn an_order_reserves_its_units_and_keeps_its_prices() {
    let app = TestApp::start().await;
    let (buyer, staff) = (app.user().await, app.staff().await);
    let response = place(&buyer, &[(9, 2), (1, 1), (9, 1)]).await;
    let order: Order = response.body_at(201);
    assert_eq!(response.header("location"), path(&order));
    assert_eq!((order.state, order.buyer_id), (OrderState::OrderPendingConfirmation, 1));
    let lines: Vec<_> = order
        .lines
        .iter()
        .map(|line| (line.product_id, line.quantity, &*line.price, &*line.subtotal))
        .collect();
    assert_eq!(lines, [(1, 1, "109.95", "109.95"), (9, 3, "64.00", "192.00")]);
    assert_eq!((&*order.total, &*order.currency), ("301.95", "USD"));
    let window = order.expires_at.0 - order.created_at.0;
    assert_eq!(window.num_seconds(), 300);
    assert_eq!((units(&app, 1).await, units(&app, 9).await), ((99, 1), (97, 3)));
    // The units are in the ledger, with the order and its buyer.
    let ledger: MovementPage = staff.get("/api/v1/products/9/stock/movements").await.body_at(200);
    let entry = &ledger.data[0];
    assert_eq!((entry.kind, entry.quantity, entry.user_id), (MovementKind::Reserved, 3, Some(1)));
    assert_eq!(entry.order_id, Some(order.id));
    // Later changes of the product do not change the order.
    let change = json!({"title": "Another drive", "price": 1});
    assert_eq!(staff.patch("/api/v1/products/9").json(&change).await.status, 200);
    assert_eq!(read(&buyer, &order).await, order);
    books_agree(&app).await;
}

#[tokio::test]
async fn a_refused_order_leaves_nothing_behind() {
    let app = TestApp::start().await;
    let buyer = app.user().await;
    let rows = "select (select count(*) from orders) + (select count(*) from order_lines) + (select count(*) from stock_movements)
        + (select count(*) from order_events) + (select count(*) from order_sellers) + (select count(*) from payments)";
    let before = app.database.count(rows).await;
    let refused = place(&buyer, &[(1, 1), (9, 101), (10, 300), (11, 100)]).await.json();
    assert_eq!((&refused["status"], &refused["error"]["code"]), (&json!(409), &json!("CONFLICT")));
    assert_eq!(refused["detail"], "There are not enough units of some products");
    let short = json!([{"product_id": 9, "available": 100}, {"product_id": 10, "available": 100}]);
    assert_eq!(refused["error"]["details"], json!({"short": short}));
    for product in [1, 9, 10, 11] {
        assert_eq!(units(&app, product).await, (100, 0), "product {product}");
    }
    assert_eq!(app.database.count(rows).await, before);
    books_agree(&app).await;
}

#[tokio::test]
async fn only_listed_products_can_be_ordered() {
    let app = TestApp::start().await;
    let buyer = app.user().await;
    assert_eq!(app.staff().await.post("/api/v1/products/2/archive").await.status, 200);
    let wanted = [(1, 1), (2, 1), (999, 1), (0, 1)];
    let preview = buyer.post("/api/v1/orders/preview").json(&basket(&wanted)).await;
    for refused in [place(&buyer, &wanted).await.json(), preview.json()] {
        assert_eq!(refused["status"], 400);
        assert_eq!(refused["error"]["details"], json!({"missing": [0, 2, 999]}));
    }
    assert_eq!(units(&app, 1).await, (100, 0));
}

#[tokio::test]
async fn bad_baskets_are_refused() {
    let app = TestApp::start().await;
    let buyer = app.user().await;
    let many: Vec<(i64, i64)> = (1..=101).map(|id| (id, 1)).collect();
    for body in [
        json!({}),
        json!({"items": []}),
        json!({"items": [{"product_id": 1}]}),
        basket(&[(1, 0)]),
        basket(&[(1, -1)]),
        basket(&[(1, 1_000_001)]),
        basket(&many),
        json!({"items": [{"product_id": 1, "quantity": 1.5}]}),
        json!({"items": [{"product_id": 1, "quantity": 1, "price": 1}]}),
    ] {
        let call = buyer.post(ORDERS).header("idempotency-key", "bad").json(&body);
        assert_eq!(call.await.status, 400, "{body}");
        let preview = buyer.post("/api/v1/orders/preview").json(&body);
        assert_eq!(preview.await.status, 400, "{body}");
    }
    assert_eq!(units(&app, 1).await, (100, 0));
}

#[tokio::test]
async fn a_key_is_required_and_makes_one_order() {
    let app = TestApp::start().await;
    let buyer = app.user().await;
    let without = buyer.post(ORDERS).json(&basket(&[(9, 1)])).await.problem_at(400);
    assert_eq!(without.detail, "Idempotency-Key must be provided");
    let call = buyer.post(ORDERS).header("idempotency-key", "once").json(&basket(&[(9, 1)]));
    let again = call.again();
    let first = call.await;
    let repeated = again.await;
    assert_eq!((first.status.as_u16(), repeated.status.as_u16()), (201, 201));
    assert_eq!(first.body, repeated.body);
    assert_eq!(repeated.header("idempotency-replayed"), "true");
    assert_eq!(units(&app, 9).await, (99, 1));
    // A refusal for want of units is stored as well.
    let call = buyer.post(ORDERS).header("idempotency-key", "short").json(&basket(&[(9, 100)]));
    let again = call.again();
    assert_eq!(call.await.status, 409);
    assert_eq!(
        app.staff().await.patch("/api/v1/products/9/stock").json(&json!({"delta": 1})).await.status,
        200
    );
    assert_eq!(again.await.status, 409);
    books_agree(&app).await;
}

#[tokio::test]
async fn open_orders_of_a_buyer_and_their_units_are_limited() {
    let app = TestApp::start_with(&[("ORDER_MAX_PENDING", "3"), ("ORDER_MAX_UNITS", "12")]).await;
    let buyer = app.user().await;
    placed(&buyer, &[(9, 8)]).await;
    let refused = place(&buyer, &[(9, 4), (10, 1)]).await.json();
    assert_eq!(
        (&refused["status"], &refused["error"]["details"]),
        (&json!(409), &json!({"limit": 12, "limited": "units"}))
    );
    let second = placed(&buyer, &[(9, 1), (10, 1)]).await;
    // Others have limits of their own.
    placed(&app.other_user().await, &[(9, 10)]).await;
    assert_eq!(super::cancel(&buyer, &second).await.status, 200);
    for _ in 0..2 {
        placed(&buyer, &[(11, 1)]).await;
    }
    let refused = place(&buyer, &[(11, 1)]).await.json();
    assert_eq!(
        (&refused["status"], &refused["error"]["details"]),
        (&json!(409), &json!({"limit": 3, "limited": "orders"}))
    );
    assert_eq!(refused["detail"], "You can have at most 3 open orders");
    assert_eq!(units(&app, 11).await, (98, 2));
    books_agree(&app).await;
}

#[tokio::test]
async fn limits_hold_for_orders_at_once() {
    let app = TestApp::start_with(&[("ORDER_MAX_PENDING", "5")]).await;
    let buyer = app.user().await;
    let mut calls = tokio::task::JoinSet::new();
    for product in 1..=20 {
        let buyer = buyer.with_token(buyer.token().expect("is signed in"));
        calls.spawn(async move { place(&buyer, &[(product, 1)]).await.status.as_u16() });
    }
    let statuses = calls.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 5, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 15, "{statuses:?}");
    books_agree(&app).await;
}

#[tokio::test]
async fn a_preview_shows_what_an_order_would_be() {
    let app = TestApp::start().await;
    let buyer = app.user().await;
    let preview = async |items: &[(i64, i64)]| -> OrderPreview {
        buyer.post("/api/v1/orders/preview").json(&basket(items)).await.body_at(200)
    };
    let whole = preview(&[(9, 100), (1, 2)]).await;
    assert_eq!((&*whole.total, whole.is_available), ("6619.90", true));
    let short = preview(&[(9, 101)]).await;
    assert_eq!((short.is_available, short.lines[0].available), (false, 100));
    assert_eq!(units(&app, 9).await, (100, 0));
    assert_eq!(app.database.count("select count(*) from orders").await, 2);
    let body = basket(&[(9, 2), (1, 1)]);
    assert_json_snapshot!("preview", buyer.post("/api/v1/orders/preview").json(&body).await.json());
}

#[tokio::test]
async fn amounts_are_exact_whatever_the_quantity() {
    let app = TestApp::start_with(&[("ORDER_MAX_UNITS", "1000000000"), ("AGORA_CURRENCY", "EUR")]).await;
    let staff = app.staff().await;
    let product = json!({"title": "Dear", "description": "x", "price": 99_999_999.99, "image": "",
        "stock": {"available": 1_000_000_000}});
    let id = staff.post("/api/v1/products").json(&product).await.json()["id"].as_i64().expect("an ID");
    let cheap =
        json!({"title": "Cheap", "description": "x", "price": 0, "image": "", "stock": {"available": 1}});
    let free = staff.post("/api/v1/products").json(&cheap).await.json()["id"].as_i64().expect("an ID");
    let most: Vec<(i64, i64)> = [(id, 1_000_000); 99].into_iter().chain([(free, 1)]).collect();
    let order = placed(&app.user().await, &most).await;
    assert_eq!((&*order.total, &*order.currency), ("9899999999010000.00", "EUR"));
    assert_eq!(order.lines.iter().map(|line| &*line.subtotal).collect::<Vec<_>>()[1], "0.00");
    assert_eq!(
        app.database.count("select total::bigint from orders order by id desc limit 1").await,
        9_899_999_999_010_000
    );
    books_agree(&app).await;
}

#[tokio::test]
async fn an_order_has_the_price_at_which_its_units_are_reserved() {
    let app = TestApp::start().await;
    let (buyer, staff) = (app.user().await, app.staff().await);
    let watching = Database::from_url(app.database.url()).await;
    let held = "begin; select product_id from stock where product_id = 9 for update";
    app.database.client().batch_execute(held).await.expect("runs");
    let (order, ()) = tokio::join!(placed(&buyer, &[(9, 1)]), async {
        let waiting = "select count(*) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock' and query like '-- orders.place_order%'";
        while watching.count(waiting).await == 0 {}
        let change = staff.patch("/api/v1/products/9").json(&json!({"price": 9, "title": "Another drive"}));
        assert_eq!(change.await.status, 200);
        app.database.client().batch_execute("commit").await.expect("runs");
    });
    assert_eq!((&*order.lines[0].price, &*order.lines[0].title), ("9.00", "Another drive"));
    books_agree(&app).await;
}
