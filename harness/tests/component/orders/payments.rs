//! Payments of confirmed orders.

use std::time::Instant;

use agora_api::models::OrderState;
use agora_harness::TestApp;

use super::{SOON, books_agree, cancel, confirm, placed, read, units, until};

/// Waits until a statement counts a number of rows.
pub(super) async fn until_count(app: &TestApp, sql: &str, expected: i64) {
    let deadline = Instant::now() + SOON;
    while app.database.count(sql).await != expected {
        assert!(Instant::now() < deadline, "{sql}");
    }
}

#[tokio::test]
async fn a_declined_payment_gives_the_units_back() {
    let app = TestApp::start().await;
    let buyer = app.user().await;
    let order = placed(&buyer, &[(9, 2)]).await;
    assert_eq!(confirm(&buyer, &order, "tok_declined").await.status, 200);
    until(&buyer, &order, OrderState::OrderRejected).await;
    assert_eq!(units(&app, 9).await, (100, 0));
    assert_eq!(confirm(&buyer, &order, "tok_visa").await.status, 409);
    books_agree(&app).await;
}

#[tokio::test]
async fn the_token_of_a_decided_payment_is_forgotten() {
    let app = TestApp::start().await;
    let buyer = app.user().await;
    for (token, state) in
        [("tok_visa", OrderState::OrderAccepted), ("tok_declined", OrderState::OrderRejected)]
    {
        let order = placed(&buyer, &[(9, 1)]).await;
        assert_eq!(confirm(&buyer, &order, token).await.status, 200);
        until(&buyer, &order, state).await;
    }
    assert_eq!(app.database.count("select count(*) from payments where token is not null").await, 0);
    let stored = "select count(*) from idempotency_keys where convert_from(body, 'UTF8') like '%tok_%'";
    assert_eq!(app.database.count(stored).await, 0);
}

#[tokio::test]
async fn a_payment_that_a_replica_has_left_is_taken_up() {
    let app = TestApp::start().await;
    let buyer = app.user().await;
    let database = app.database.client();
    // As left by a replica that ended during the call: attempted, and due when the lease ends.
    database.batch_execute("revoke update on payments from agora_app").await.expect("runs");
    let order = placed(&buyer, &[(9, 1)]).await;
    assert_eq!(confirm(&buyer, &order, "tok_visa").await.status, 200);
    let taken =
        "update payments set attempts = 1, due_at = app_now() + interval '2 seconds' where phase = 'PENDING'";
    database.batch_execute(taken).await.expect("runs");
    database.batch_execute("grant update on payments to agora_app").await.expect("runs");
    until(&buyer, &order, OrderState::OrderAccepted).await;
    let early = "select count(*) from payments where phase = 'ACCEPTED' and updated_at < created_at + interval '1 second'
        and order_id > 2";
    assert_eq!(app.database.count(early).await, 0, "the lease was not respected");
    books_agree(&app).await;
}

#[tokio::test]
async fn a_payment_accepted_for_a_cancelled_order_is_refunded() {
    let app = TestApp::start().await;
    let buyer = app.user().await;
    let database = app.database.client();
    database.batch_execute("revoke update on payments from agora_app").await.expect("runs");
    let order = placed(&buyer, &[(9, 1)]).await;
    assert_eq!(confirm(&buyer, &order, "tok_visa").await.status, 200);
    assert_eq!(cancel(&buyer, &order).await.json()["state"], "CANCELLED");
    // An attempt was made, so the provider may have accepted.
    let tried = "update payments set attempts = 1 where phase = 'PENDING'";
    database.batch_execute(tried).await.expect("runs");
    database.batch_execute("grant update on payments to agora_app").await.expect("runs");
    until_count(&app, "select count(*) from payments where phase = 'REFUNDED'", 1).await;
    assert_eq!(read(&buyer, &order).await.state, OrderState::OrderCancelled);
    assert_eq!(units(&app, 9).await, (100, 0));
    books_agree(&app).await;
}

#[tokio::test]
async fn nothing_is_charged_for_an_order_cancelled_before_the_first_attempt() {
    let app = TestApp::start().await;
    let buyer = app.user().await;
    let database = app.database.client();
    database.batch_execute("revoke update on payments from agora_app").await.expect("runs");
    let order = placed(&buyer, &[(9, 1)]).await;
    assert_eq!(confirm(&buyer, &order, "tok_visa").await.status, 200);
    assert_eq!(cancel(&buyer, &order).await.status, 200);
    database.batch_execute("grant update on payments to agora_app").await.expect("runs");
    until_count(&app, "select count(*) from payments where phase = 'REJECTED' and reference is null", 1)
        .await;
    assert_eq!(app.database.count("select count(*) from payments where phase like 'REFUND%'").await, 0);
    books_agree(&app).await;
}
