//! Bags: what a user is about to order, and ordering it.

use agora_api::models::{Bag, Order, OrderPreviewLine};
use agora_harness::{Client, TestApp, TestResponse, User};
use serde_json::json;
use uuid::Uuid;

use crate::stock::WRONG_SUMS;

const BAG: &str = "/api/v1/bag";

async fn put<A>(client: &Client<A>, product: i64, quantity: i64) -> TestResponse {
    client.put(&format!("{BAG}/items/{product}")).json(&json!({"quantity": quantity})).await
}

async fn bag<A>(client: &Client<A>) -> Bag {
    client.get(BAG).await.body_at(200)
}

async fn items<A>(client: &Client<A>) -> Vec<(i64, i64)> {
    bag(client).await.lines.into_iter().map(|line| (line.product_id, line.quantity)).collect()
}

async fn order<A>(client: &Client<A>) -> TestResponse {
    let call = client.post(&format!("{BAG}/order"));
    call.header("idempotency-key", &Uuid::now_v7().to_string()).until_served().await
}

/// Returns a user without a bag.
async fn fresh(app: &TestApp) -> Client<User> {
    app.other_user().await
}

#[tokio::test]
async fn a_bag_is_filled_changed_and_emptied() {
    let app = TestApp::start().await;
    let user = fresh(&app).await;
    let empty = bag(&user).await;
    assert_eq!(
        (empty.lines.len(), &*empty.total, empty.is_available, empty.updated_at),
        (0, "0.00", true, None)
    );
    let line: OrderPreviewLine = put(&user, 9, 2).await.body_at(200);
    assert_eq!((line.product_id, line.quantity, &*line.subtotal, line.available), (9, 2, "128.00", 100));
    assert_eq!(put(&user, 3, 1).await.status, 200);
    assert_eq!(put(&user, 9, 5).await.status, 200);
    assert_eq!(items(&user).await, [(9, 5), (3, 1)], "in the order in which they were added");
    let full = bag(&user).await;
    assert_eq!(full.total, "375.99");
    assert!(full.updated_at.is_some());
    assert_eq!(user.delete(&format!("{BAG}/items/9")).await.status, 204);
    assert_eq!(user.delete(&format!("{BAG}/items/9")).await.status, 404);
    assert_eq!(items(&user).await, [(3, 1)]);
    for _ in 0..2 {
        assert_eq!(user.delete(BAG).await.status, 204);
        assert_eq!(items(&user).await, [(0, 0); 0]);
    }
    assert_eq!(items(&app.user().await).await, [(7, 2)], "others keep theirs");
}

#[tokio::test]
async fn a_bag_has_only_listed_products() {
    let app = TestApp::start().await;
    let (user, staff) = (fresh(&app).await, app.staff().await);
    for unknown in [999, 998] {
        assert_eq!(put(&user, unknown, 1).await.status, 404, "{unknown}");
    }
    assert_eq!(
        app.database.count("select count(*) from carts where kind = 'bag'").await,
        1,
        "no bag was opened"
    );
    assert_eq!(put(&user, 1, 1).await.status, 200);
    assert_eq!(put(&user, 2, 1).await.status, 200);
    assert_eq!(staff.post("/api/v1/products/1/archive").await.status, 200);
    assert_eq!(items(&user).await, [(2, 1)]);
    assert_eq!(put(&user, 1, 2).await.status, 404);
    let ordered: Order = order(&user).await.body_at(201);
    let lines: Vec<i64> = ordered.lines.iter().map(|line| line.product_id).collect();
    assert_eq!(lines, [2], "what is not shown is not ordered");
}

#[tokio::test]
async fn quantities_and_the_number_of_products_are_limited() {
    let app = TestApp::start().await;
    let user = fresh(&app).await;
    for quantity in [0, -1, 1_000_001] {
        assert_eq!(put(&user, 1, quantity).await.status, 400, "{quantity}");
    }
    let many = "insert into products (uuid, title, description, price, owner_id)
        select gen_random_uuid(), 'thing', 'x', 1, 1 from generate_series(1, 100)";
    app.database.client().batch_execute(many).await.expect("runs");
    assert_eq!(put(&user, 1, 1_000_000).await.status, 200);
    let filled = "insert into cart_lines (cart_id, product_id, quantity)
        select carts.id, products.id, 1 from carts, products
        where carts.kind = 'bag' and carts.user_id = 2 and products.id > 20 order by products.id limit 99";
    app.database.client().batch_execute(filled).await.expect("runs");
    let refused = put(&user, 2, 1).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["error"]["details"]), (409, &json!({"limit": 100})));
    assert_eq!(items(&user).await.len(), 100);
    assert_eq!(put(&user, 1, 2).await.status, 200, "one that is in there can change");
}

#[tokio::test]
async fn a_bag_is_no_cart() {
    let app = TestApp::start().await;
    let (user, staff) = (app.user().await, app.staff().await);
    let uuid: Uuid = app
        .database
        .client()
        .query_one("select uuid from carts where id = 8", &[])
        .await
        .expect("is there")
        .get(0);
    for id in ["8".to_owned(), uuid.to_string()] {
        let path = format!("/api/v1/carts/{id}");
        for call in [
            user.get(&path),
            staff.get(&path),
            user.delete(&path),
            user.put(&path).json(&json!({"products": []})),
            user.patch(&path).json(&json!({"remove": [7]})),
        ] {
            assert_eq!(call.await.status, 404, "{id}");
        }
    }
    for list in ["/api/v1/carts", "/api/v1/carts?userId=1", "/api/v1/carts/users/1"] {
        let response = staff.get(list).await;
        let carts = response.json();
        let count = carts.as_array().expect("carts").len();
        assert!(carts.as_array().expect("carts").iter().all(|cart| cart["id"] != 8), "{list}");
        assert_eq!(response.header("x-total-count"), count.to_string(), "{list}");
    }
    assert_eq!(items(&user).await, [(7, 2)]);
}

#[tokio::test]
async fn ordering_a_bag_places_an_order_and_empties_it() {
    let app = TestApp::start().await;
    let user = fresh(&app).await;
    assert_eq!(order(&user).await.status, 409, "there is nothing to order");
    put(&user, 9, 2).await;
    put(&user, 3, 1).await;
    let key = Uuid::now_v7().to_string();
    let call = || user.post(&format!("{BAG}/order")).header("idempotency-key", &key);
    let placed = call().await;
    let ordered: Order = placed.body_at(201);
    assert_eq!(placed.header("location"), format!("/api/v1/orders/{}", ordered.id));
    let lines: Vec<_> = ordered.lines.iter().map(|line| (line.product_id, line.quantity)).collect();
    assert_eq!((lines, &*ordered.total), (vec![(3, 1), (9, 2)], "183.99"));
    assert_eq!(user.get(&format!("/api/v1/orders/{}", ordered.id)).await.body_at::<Order>(200), ordered);
    let again = call().await;
    assert_eq!((again.status.as_u16(), again.header("idempotency-replayed")), (201, "true"));
    assert_eq!(again.body_at::<Order>(201), ordered);
    assert_eq!((items(&user).await, bag(&user).await.updated_at), (vec![], None));
    assert_eq!(order(&user).await.status, 409);
    put(&user, 9, 1).await;
    assert_eq!(items(&user).await, [(9, 1)], "a new bag");
    assert_eq!(order(&user).await.status, 201);
    let states = "select count(*) from carts where kind = 'bag' and state = 'ORDERED' and user_id = 2";
    assert_eq!(app.database.count(states).await, 2);
    assert_eq!(app.database.count(WRONG_SUMS).await, 0);
}

#[tokio::test]
async fn a_refused_order_leaves_the_bag_as_it_is() {
    let app = TestApp::start().await;
    let user = fresh(&app).await;
    put(&user, 9, 101).await;
    put(&user, 3, 1).await;
    let before = bag(&user).await;
    assert!(!before.is_available);
    let refused = order(&user).await;
    assert_eq!(refused.status, 409);
    assert_eq!(refused.json()["error"]["details"]["short"], json!([{"product_id": 9, "available": 100}]));
    assert_eq!(bag(&user).await, before);
    assert_eq!(app.database.count("select count(*) from orders where buyer_id = 2 and id > 2").await, 0);
    let reserved = "select coalesce(sum(reserved), 0)::bigint from stock";
    assert_eq!(app.database.count(reserved).await, 0);
}

#[tokio::test]
async fn a_bag_is_ordered_once_however_often_it_is_asked_for() {
    let app = TestApp::start().await;
    let user = fresh(&app).await;
    put(&user, 9, 1).await;
    let mut placed = 0;
    let key = || Uuid::now_v7().to_string();
    let order = || user.post(&format!("{BAG}/order")).header("idempotency-key", &key()).until_served();
    for call in [(); 8].map(|()| tokio::spawn(order())) {
        let status = call.await.expect("answers").status.as_u16();
        assert!([201, 409].contains(&status), "{status}");
        placed += i32::from(status == 201);
    }
    assert_eq!(placed, 1);
    assert_eq!(app.database.count("select count(*) from orders where buyer_id = 2 and id > 2").await, 1);
    let put = || user.put(&format!("{BAG}/items/3")).json(&json!({"quantity": 1})).into_future();
    for call in [(); 8].map(|()| tokio::spawn(put())) {
        assert_eq!(call.await.expect("answers").status, 200);
    }
    let open = "select count(*) from carts where kind = 'bag' and state = 'OPEN' and user_id = 2";
    assert_eq!(app.database.count(open).await, 1);
}

#[tokio::test]
async fn conditions_compare_with_the_bag_and_its_lines() {
    let app = TestApp::start().await;
    let user = fresh(&app).await;
    let item = format!("{BAG}/items/9");
    let body = json!({"quantity": 2});
    assert_eq!(
        user.put(&item).json(&body).header("if-match", "*").await.status,
        412,
        "it is not in there yet"
    );
    assert_eq!(user.put(&item).json(&body).header("if-none-match", "*").await.status, 200);
    assert_eq!(user.put(&item).json(&body).header("if-none-match", "*").await.status, 412);
    assert_eq!(user.put(&item).json(&body).header("if-match", "*").await.status, 200);
    assert_eq!(user.delete(&item).header("if-match", "\"x\"").await.status, 412);
    let long = format!("\"{}\"", "x".repeat(998));
    assert_eq!(user.put(&item).json(&body).header("if-match", &long).await.status, 412);
    assert_eq!(user.delete(&item).header("if-match", &long).await.status, 412);
    for replayed in ["", "true"] {
        let response = user.put(&item).json(&body).header("idempotency-key", "bag-1").await;
        assert_eq!((response.status.as_u16(), response.header("idempotency-replayed")), (200, replayed));
    }
    assert_eq!(user.delete(&item).header("if-match", "*").await.status, 204);
    assert_eq!(put(&user, 9, 2).await.status, 200);
    let read = user.get(BAG).await;
    let tag = read.header("etag").to_owned();
    assert_eq!(user.get(BAG).header("if-none-match", &tag).await.status, 304);
    assert_eq!(put(&user, 9, 3).await.status, 200);
    assert_eq!(user.delete(BAG).header("if-match", &tag).await.status, 412);
    let tag = user.get(BAG).await.header("etag").to_owned();
    assert_eq!(user.delete(BAG).header("if-match", &tag).await.status, 204);
}

#[tokio::test]
async fn bags_go_with_their_user_and_are_abandoned_after_a_month() {
    let app = TestApp::start().await;
    let user = fresh(&app).await;
    put(&user, 9, 1).await;
    let age = "update carts set updated_at = app_now() - interval '30 days 1 minute' where kind = 'bag' and user_id = 1";
    app.database.client().batch_execute(age).await.expect("runs");
    let [.., bags] = crate::housekeeping::clean_up_all(&app).await.expect("nobody else does");
    assert_eq!(bags, 1);
    let state = |user: i64, state: &str| {
        format!(
            "select count(*) from carts where kind = 'bag' and user_id = {user} and state = '{state}' and deleted_at is null"
        )
    };
    assert_eq!(app.database.count(&state(1, "ABANDONED")).await, 1);
    assert_eq!(app.database.count(&state(2, "OPEN")).await, 1);
    assert_eq!(items(&app.user().await).await, [(0, 0); 0]);
    assert_eq!(user.delete("/api/v1/users/2").await.status, 204);
    assert_eq!(app.database.count(&state(2, "OPEN")).await, 0);
}

#[tokio::test]
async fn a_bag_that_was_idle_for_a_month_is_new_before_the_hourly_work() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let age = "update carts set updated_at = app_now() - interval '30 days 1 second' where kind = 'bag' and user_id = 1";
    app.database.client().batch_execute(age).await.expect("runs");
    assert_eq!((items(&user).await, bag(&user).await.updated_at), (vec![], None));
    assert_eq!(order(&user).await.status, 409);
    assert_eq!(put(&user, 9, 1).await.status, 200);
    assert_eq!(items(&user).await, [(9, 1)]);
    let abandoned = "select count(*) from carts where kind = 'bag' and user_id = 1 and state = 'ABANDONED'";
    assert_eq!(app.database.count(abandoned).await, 1);
}

#[tokio::test]
async fn a_product_is_put_into_a_new_bag_if_the_bag_is_closed_meanwhile() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let hold = "begin; select id from carts where id = 8 for update";
    app.database.client().batch_execute(hold).await.expect("runs");
    let call = user.put(&format!("{BAG}/items/9")).json(&json!({"quantity": 1})).into_future();
    let call = tokio::spawn(call);
    let waiting = "select count(*) from pg_locks where not granted";
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while app.database.count(waiting).await == 0 {
        assert!(std::time::Instant::now() < deadline, "the request does not wait for the bag");
    }
    let close = "update carts set state = 'ORDERED' where id = 8; commit";
    app.database.client().batch_execute(close).await.expect("runs");
    assert_eq!(call.await.expect("answers").status, 200);
    assert_eq!(items(&user).await, [(9, 1)]);
}

#[tokio::test]
async fn products_that_were_taken_off_the_shelf_are_removed_and_not_counted() {
    let app = TestApp::start().await;
    let (user, staff) = (fresh(&app).await, app.staff().await);
    assert_eq!(put(&user, 1, 1).await.status, 200);
    let filled = "insert into products (uuid, title, description, price, owner_id)
        select gen_random_uuid(), 'thing', 'x', 1, 1 from generate_series(1, 99);
        insert into cart_lines (cart_id, product_id, quantity)
        select carts.id, products.id, 1 from carts, products
        where carts.kind = 'bag' and carts.user_id = 2 and products.id > 20";
    app.database.client().batch_execute(filled).await.expect("runs");
    assert_eq!(put(&user, 2, 1).await.status, 409);
    assert_eq!(staff.post("/api/v1/products/1/archive").await.status, 200);
    assert_eq!(put(&user, 2, 1).await.status, 200, "the archived one does not count");
    assert_eq!(put(&user, 1, 1).await.status, 404);
    let archived = format!("{BAG}/items/1");
    assert_eq!(user.delete(&archived).await.status, 204);
    assert_eq!(user.delete(&archived).await.status, 404);
}
