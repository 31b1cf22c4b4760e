//! The end of the time in which an order can be confirmed.

use agora_api::models::{OrderEventPage, OrderState};
use agora_harness::TestApp;

use super::{ORDERS, books_agree, cancel, confirm, placed, read, units, until};

/// Lets the sweep of late orders fail.
const NO_SWEEP: &str = "
create function refuse() returns trigger language plpgsql as $$ begin raise 'no sweep'; end $$;
create trigger refuse before update of state on orders for each row when (new.state = 'NOT_CONFIRMED')
execute function refuse();";

/// Lets the time of all open orders end.
const END: &str = "update orders set expires_at = app_now() where state = 'PENDING_CONFIRMATION'";

#[tokio::test]
async fn an_order_that_is_not_confirmed_in_time_gives_its_units_back() {
    let app = TestApp::start_with(&[("ORDER_CONFIRM_SECONDS", "1")]).await;
    let buyer = app.user().await;
    let order = placed(&buyer, &[(9, 2), (1, 1)]).await;
    assert_eq!((order.expires_at.0 - order.created_at.0).num_seconds(), 1);
    until(&buyer, &order, OrderState::OrderNotConfirmed).await;
    let deadline = std::time::Instant::now() + super::SOON;
    while units(&app, 9).await != (100, 0) {
        assert!(std::time::Instant::now() < deadline, "the units are not released");
    }
    let history: OrderEventPage = buyer.get(&format!("{ORDERS}/{}/history", order.id)).await.body_at(200);
    let last = history.data.last().expect("an event");
    assert_eq!((last.version, last.state, last.user_id), (2, OrderState::OrderNotConfirmed, None));
    for late in [confirm(&buyer, &order, "tok_visa").await, cancel(&buyer, &order).await] {
        assert_eq!(late.status, 409);
        assert_eq!(late.json()["error"]["details"]["state"], "NOT_CONFIRMED");
    }
    books_agree(&app).await;
}

#[tokio::test]
async fn without_a_sweep_a_late_order_is_not_confirmed_either() {
    let app = TestApp::start_with(&[("ORDER_MAX_PENDING", "1")]).await;
    let buyer = app.user().await;
    app.database.client().batch_execute(NO_SWEEP).await.expect("runs");
    let order = placed(&buyer, &[(9, 2)]).await;
    app.database.client().batch_execute(END).await.expect("runs");
    assert_eq!(read(&buyer, &order).await.state, OrderState::OrderNotConfirmed);
    for late in [confirm(&buyer, &order, "tok_visa").await, cancel(&buyer, &order).await] {
        assert_eq!(late.status, 409);
        assert_eq!(late.json()["error"]["details"]["state"], "NOT_CONFIRMED");
    }
    let stored = "select count(*) from orders where state = 'PENDING_CONFIRMATION'";
    assert_eq!(app.database.count(stored).await, 1);
    // It no longer counts for the limit of its buyer.
    placed(&buyer, &[(10, 1)]).await;
    books_agree(&app).await;
}

#[tokio::test]
async fn a_sweep_leaves_confirmed_orders_alone() {
    let app = TestApp::start().await;
    let buyer = app.user().await;
    app.database.client().batch_execute("revoke update on payments from agora_app").await.expect("runs");
    let (kept, late) = (placed(&buyer, &[(9, 1)]).await, placed(&buyer, &[(9, 2)]).await);
    assert_eq!(confirm(&buyer, &kept, "tok_visa").await.status, 200);
    let end = "update orders set expires_at = app_now() where state in ('PENDING_CONFIRMATION', 'CONFIRMED')";
    app.database.client().batch_execute(end).await.expect("runs");
    let deadline = std::time::Instant::now() + super::SOON;
    while units(&app, 9).await != (99, 1) {
        assert!(std::time::Instant::now() < deadline, "the units of the late order are not released");
    }
    assert_eq!(read(&buyer, &kept).await.state, OrderState::OrderConfirmed);
    assert_eq!(read(&buyer, &late).await.state, OrderState::OrderNotConfirmed);
    books_agree(&app).await;
}

#[tokio::test]
async fn the_database_refuses_a_transition_that_the_contract_does_not_have() {
    let app = TestApp::start().await;
    let wrong = "update orders set state = 'CANCELLED' where state = 'ACCEPTED'";
    let refused = app.database.client().batch_execute(wrong).await.expect_err("is refused");
    assert_eq!(refused.as_db_error().and_then(|error| error.constraint()), Some("state_transition"));
}

#[tokio::test]
async fn an_order_that_cannot_be_ended_does_not_keep_the_others() {
    let app = TestApp::start().await;
    let buyer = app.user().await;
    let (bad, good) = (placed(&buyer, &[(9, 1)]).await, placed(&buyer, &[(10, 1)]).await);
    // The ledger says that the units of the first were released already.
    let script = format!(
        "insert into stock_movements (product_id, kind, quantity, order_id) values (9, 'RELEASED', 1, '{}')",
        bad.id
    );
    app.database.client().batch_execute(&script).await.expect("runs");
    app.database.client().batch_execute(END).await.expect("runs");
    let deadline = std::time::Instant::now() + super::SOON;
    while units(&app, 10).await != (100, 0) {
        assert!(std::time::Instant::now() < deadline, "the units of the other order are not released");
    }
    assert_eq!(read(&buyer, &good).await.state, OrderState::OrderNotConfirmed);
    assert_eq!(units(&app, 9).await, (99, 1));
}

#[tokio::test]
async fn a_late_order_of_a_deleted_buyer_is_not_cancelled() {
    let app = TestApp::start().await;
    let (buyer, staff) = (app.other_user().await, app.staff().await);
    app.database.client().batch_execute(NO_SWEEP).await.expect("runs");
    let order = placed(&buyer, &[(9, 2)]).await;
    app.database.client().batch_execute(END).await.expect("runs");
    assert_eq!(app.admin().await.delete("/api/v1/users/2").await.status, 204);
    assert_eq!(read(&staff, &order).await.state, OrderState::OrderNotConfirmed);
    books_agree(&app).await;
}
