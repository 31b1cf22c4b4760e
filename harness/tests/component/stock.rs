//! Stock of products and the ledger of its movements.

use agora_api::models::{MovementPage, Product, ProductState, Stock};
use agora_harness::TestApp;
use insta::assert_json_snapshot;
use serde_json::json;

const STOCK: &str = "/api/v1/products/1/stock";
const MOVEMENTS: &str = "/api/v1/products/1/stock/movements";

/// Columns of stock that differ from the sums of the ledger, as a number of products.
pub(crate) const WRONG_SUMS: &str = "
select count(*)
from stock
left join lateral (
    select
        coalesce(sum(quantity) filter (where kind in ('SUPPLIED', 'ADJUSTED')), 0) as supplied,
        coalesce(sum(quantity) filter (where kind = 'SOLD'), 0) as sold,
        coalesce(sum(case kind when 'RESERVED' then quantity when 'RELEASED' then -quantity when 'SOLD' then -quantity end), 0)
            as reserved
    from stock_movements
    where stock_movements.product_id = stock.product_id
) as ledger on true
where (stock.supplied, stock.sold, stock.reserved) is distinct from (ledger.supplied, ledger.sold, ledger.reserved)";

async fn stock(app: &TestApp, path: &str) -> Stock {
    app.staff().await.get(path).await.body_at(200)
}

#[tokio::test]
async fn stock_is_set_changed_and_kept_in_the_ledger() {
    let app = TestApp::start().await;
    let owner = app.user().await;
    assert_json_snapshot!("stock", owner.get(STOCK).await.json());
    let set: Stock =
        owner.put(STOCK).json(&json!({"available": 60, "reason": "Stocktaking"})).await.body_at(200);
    assert_eq!((set.available, set.supplied), (60, 60));
    assert!(set.updated_at.is_some());
    let more: Stock = owner.patch(STOCK).json(&json!({"delta": 5})).await.body_at(200);
    assert_eq!((more.available, more.reserved, more.sold, more.supplied), (65, 0, 0, 65));
    let ledger: MovementPage = owner.get(MOVEMENTS).await.body_at(200);
    let entries: Vec<_> =
        ledger.data.iter().map(|entry| (entry.quantity, entry.reason.as_deref(), entry.user_id)).collect();
    assert_eq!(entries, [(5, None, Some(1)), (-40, Some("Stocktaking"), Some(1)), (100, None, None)]);
    assert_eq!(ledger.meta.total, 3);
    assert_eq!(app.database.count(WRONG_SUMS).await, 0);
}

#[tokio::test]
async fn stock_is_never_negative_and_never_beyond_its_limit() {
    let app = TestApp::start().await;
    let owner = app.user().await;
    let refused = owner.patch(STOCK).json(&json!({"delta": -101})).await.problem_at(409);
    assert_eq!(refused.detail, "Only 100 units are available");
    let all: Stock = owner.patch(STOCK).json(&json!({"delta": -100})).await.body_at(200);
    assert_eq!((all.available, all.supplied), (0, 0));
    let most: Stock = owner.put(STOCK).json(&json!({"available": 1_000_000_000})).await.body_at(200);
    assert_eq!(most.available, 1_000_000_000);
    assert_eq!(owner.patch(STOCK).json(&json!({"delta": 1})).await.status, 409);
    for body in [json!({"available": -1}), json!({"available": 1_000_000_001}), json!({})] {
        assert_eq!(owner.put(STOCK).json(&body).await.status, 400, "{body}");
    }
    assert_eq!(app.database.count(WRONG_SUMS).await, 0);
}

#[tokio::test]
async fn a_change_without_a_difference_leaves_no_trace() {
    let app = TestApp::start().await;
    let owner = app.user().await;
    for response in [
        owner.put(STOCK).json(&json!({"available": 100})).await,
        owner.patch(STOCK).json(&json!({"delta": 0, "reason": "none"})).await,
        owner.patch(STOCK).json(&json!({})).await,
    ] {
        assert!(response.body_at::<Stock>(200).updated_at.is_none());
    }
    assert_eq!(app.database.count("select count(*) from stock_movements where product_id = 1").await, 1);
}

#[tokio::test]
async fn concurrent_deliveries_are_all_counted() {
    let app = TestApp::start().await;
    let owner = app.user().await;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..20 {
        calls.spawn(owner.patch(STOCK).json(&json!({"delta": 3})).until_served());
    }
    for response in calls.join_all().await {
        assert_eq!(response.status, 200);
    }
    assert_eq!(stock(&app, STOCK).await.available, 160);
    assert_eq!(app.database.count(WRONG_SUMS).await, 0);
}

#[tokio::test]
async fn of_concurrent_values_one_is_the_last() {
    let app = TestApp::start().await;
    let owner = app.user().await;
    for _ in 0..5 {
        let mut calls = tokio::task::JoinSet::new();
        for available in 1..=20 {
            calls.spawn(owner.put(STOCK).json(&json!({"available": available})).until_served());
        }
        for response in calls.join_all().await {
            assert_eq!(response.status, 200);
        }
        let left = stock(&app, STOCK).await.available;
        assert!((1..=20).contains(&left), "nobody has set {left}");
    }
    assert_eq!(app.database.count(WRONG_SUMS).await, 0);
}

#[tokio::test]
async fn only_owner_and_staff_see_and_change_all_of_the_stock() {
    let app = TestApp::start().await;
    let stranger = app.other_user().await;
    let body = json!({"available": 1});
    for response in [
        stranger.get(STOCK).await,
        stranger.get(MOVEMENTS).await,
        stranger.put(STOCK).json(&body).await,
        stranger.patch(STOCK).json(&json!({"delta": 1})).await,
    ] {
        assert_eq!(response.status, 403);
    }
    assert_eq!(app.anonymous().get(STOCK).await.status, 401);
    let staff = app.staff().await;
    assert_eq!(staff.put(STOCK).json(&body).await.body_at::<Stock>(200).available, 1);
    // A product that is not listed is unknown to strangers.
    assert_eq!(app.user().await.post("/api/v1/products/1/archive").await.status, 200);
    assert_eq!(stranger.get(STOCK).await.status, 404);
    assert_eq!(stranger.patch(STOCK).json(&json!({"delta": 1})).await.status, 404);
    assert_eq!(staff.get(STOCK).await.status, 200);
    for id in ["999", "0198c0de-0000-7000-8000-000000000999"] {
        for path in [format!("/api/v1/products/{id}/stock"), format!("/api/v1/products/{id}/stock/movements")]
        {
            assert_eq!(staff.get(&path).await.status, 404, "{path}");
        }
    }
}

#[tokio::test]
async fn new_products_have_the_stock_that_they_are_created_with() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let made = async |more: serde_json::Value| -> Product {
        let mut body = json!({"title": "Chair", "description": "x", "price": 1, "image": ""});
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        user.post("/api/v1/products").json(&body).await.body_at(201)
    };
    let none = made(json!({})).await;
    assert_eq!((none.stock.available, none.state), (0, ProductState::ProductSoldOut));
    let some = made(json!({"stock": {"available": 7}})).await;
    assert_eq!((some.stock.available, some.stock.reserved, some.state), (7, 0, ProductState::ProductActive));
    let path = format!("/api/v1/products/{}/stock", some.id);
    assert_eq!(stock(&app, &path).await.supplied, 7);
    let read: Product = app.anonymous().get(&format!("/api/v1/products/{}", some.id)).await.body_at(200);
    assert_eq!(read.stock, some.stock);
    // The last unit makes a product sold out, and a new one makes it active again.
    for (delta, state) in [(-7, ProductState::ProductSoldOut), (1, ProductState::ProductActive)] {
        assert_eq!(user.patch(&path).json(&json!({"delta": delta})).await.status, 200);
        let read: Product = app.anonymous().get(&format!("/api/v1/products/{}", some.id)).await.body_at(200);
        assert_eq!(read.state, state);
    }
    assert_eq!(app.database.count(WRONG_SUMS).await, 0);
    // A product that is written by plain SQL has a row of stock as well.
    let behind = "insert into products (uuid, title, description, price, owner_id) values (gen_random_uuid(), 'x', 'x', 1, 1)";
    app.database.client().batch_execute(behind).await.expect("runs");
    let without =
        "select count(*) from products where not exists (select from stock where product_id = products.id)";
    assert_eq!(app.database.count(without).await, 0);
}

#[tokio::test]
async fn the_database_refuses_a_stock_that_does_not_add_up() {
    let app = TestApp::start().await;
    let database = app.database.client();
    for (change, constraint) in [
        ("update stock set available = available - 1 where product_id = 1", "stock_sum_check"),
        ("update stock set available = -1, supplied = -1 where product_id = 1", "stock_available_check"),
        ("update stock set reserved = -1, available = 101 where product_id = 1", "stock_reserved_check"),
        ("update stock set sold = -1, available = 101 where product_id = 1", "stock_sold_check"),
        (
            "insert into stock_movements (product_id, kind, quantity) values (1, 'SUPPLIED', -1)",
            "stock_movements_quantity_check",
        ),
        (
            "insert into stock_movements (product_id, kind, quantity) values (1, 'RESERVED', 1)",
            "stock_movements_order_check",
        ),
    ] {
        let refused = database.batch_execute(change).await.expect_err(change);
        let refused = refused.as_db_error().expect("an error of the database");
        assert_eq!(refused.constraint(), Some(constraint), "{change}");
    }
}

#[tokio::test]
async fn the_ledger_is_read_in_pages_newest_first() {
    let app = TestApp::start().await;
    let owner = app.user().await;
    for delta in 1..=5 {
        assert_eq!(owner.patch(STOCK).json(&json!({"delta": delta})).await.status, 200);
    }
    let quantities = |page: &MovementPage| page.data.iter().map(|entry| entry.quantity).collect::<Vec<_>>();
    let first: MovementPage = owner.get(&format!("{MOVEMENTS}?limit=4&cursor=start")).await.body_at(200);
    assert_eq!(quantities(&first), [5, 4, 3, 2]);
    let next = first.meta.next.expect("a further page");
    let second: MovementPage = owner.get(&next[next.find("/api/").expect("a path")..]).await.body_at(200);
    assert_eq!((quantities(&second), second.meta.next), (vec![1, 100], None));
    let back = second.meta.prev.expect("an earlier page");
    let back: MovementPage = owner.get(&back[back.find("/api/").expect("a path")..]).await.body_at(200);
    assert_eq!(quantities(&back), [5, 4, 3, 2]);
    let third: MovementPage = owner.get(&format!("{MOVEMENTS}?limit=2&page=3")).await.body_at(200);
    assert_eq!(quantities(&third), [1, 100]);
    assert_json_snapshot!("movements", owner.get("/api/v1/products/11/stock/movements").await.json());
}

#[tokio::test]
async fn stock_is_sent_back_as_it_was_read() {
    let app = TestApp::start().await;
    let owner = app.user().await;
    let all: Stock = owner.put(STOCK).json(&json!({"available": 0})).await.body_at(200);
    assert_eq!(all.available, 0);
    for (delta, available) in [(1_000_000_000, 1_000_000_000), (-1_000_000_000, 0)] {
        let changed: Stock = owner.patch(STOCK).json(&json!({"delta": delta})).await.body_at(200);
        assert_eq!(changed.available, available);
    }
    let read = owner.get(STOCK).await.json();
    for call in [owner.put(STOCK), owner.patch(STOCK)] {
        assert_eq!(call.json(&read).await.json(), read);
    }
    let mut other = read.clone();
    other["sold"] = json!(1);
    assert_eq!(owner.put(STOCK).json(&other).await.status, 400);
}

#[tokio::test]
async fn movements_of_orders_name_the_order() {
    let app = TestApp::start().await;
    let insert = "insert into stock_movements (product_id, kind, quantity, order_id)
        values (1, 'RESERVED', 2, '0198c0de-0000-7000-8000-000000000801')";
    app.database.client().batch_execute(insert).await.expect("runs");
    let ledger: MovementPage = app.user().await.get(MOVEMENTS).await.body_at(200);
    assert_eq!(
        ledger.data[0].order_id.map(|id| id.to_string()).as_deref(),
        Some("0198c0de-0000-7000-8000-000000000801")
    );
    let last: MovementPage =
        app.user().await.get(&format!("{MOVEMENTS}?page=10000&limit=1")).await.body_at(200);
    assert_eq!(last.data, []);
}

#[tokio::test]
async fn the_longest_tags_match_no_stock() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let long = format!("\"{}\"", "x".repeat(998));
    let path = "/api/v1/products/1/stock";
    assert_eq!(user.get(path).header("if-match", &long).await.status, 412);
    assert_eq!(user.get(path).header("if-none-match", &long).await.status, 200);
}
