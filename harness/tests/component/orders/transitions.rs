//! Confirming and cancelling.

use agora_api::models::{OrderEventPage, OrderState};
use agora_harness::TestApp;
use serde_json::json;

use super::{ORDERS, books_agree, cancel, confirm, placed, read, units, until};

#[tokio::test]
async fn a_confirmed_order_is_paid_and_its_units_are_sold() {
    let app = TestApp::start().await;
    let buyer = app.user().await;
    let order = placed(&buyer, &[(9, 2), (1, 1)]).await;
    let confirmed = confirm(&buyer, &order, "tok_visa").await;
    assert_eq!(confirmed.json()["state"], "CONFIRMED");
    let accepted = until(&buyer, &order, OrderState::OrderAccepted).await;
    assert_eq!(accepted.lines, order.lines);
    assert_eq!(units(&app, 9).await, (98, 0));
    let sold = "select sold from stock where product_id = 9";
    assert_eq!(app.database.count(sold).await, 2);
    let history: OrderEventPage = buyer.get(&format!("{ORDERS}/{}/history", order.id)).await.body_at(200);
    let events: Vec<_> =
        history.data.iter().map(|event| (event.version, event.state, event.user_id)).collect();
    assert_eq!(
        events,
        [
            (1, OrderState::OrderPendingConfirmation, Some(1)),
            (2, OrderState::OrderConfirmed, Some(1)),
            (3, OrderState::OrderAccepted, None),
        ]
    );
    assert_eq!(history.meta.total, 3);
    for late in [confirm(&buyer, &order, "tok_visa").await, cancel(&buyer, &order).await] {
        assert_eq!(late.status, 409);
        assert_eq!(late.json()["error"]["details"]["state"], "ACCEPTED");
    }
    books_agree(&app).await;
}

#[tokio::test]
async fn a_cancelled_order_gives_its_units_back_once() {
    let app = TestApp::start().await;
    let buyer = app.user().await;
    let order = placed(&buyer, &[(9, 2), (1, 1)]).await;
    for _ in 0..3 {
        assert_eq!(cancel(&buyer, &order).await.json()["state"], "CANCELLED");
    }
    assert_eq!((units(&app, 9).await, units(&app, 1).await), ((100, 0), (100, 0)));
    assert_eq!(confirm(&buyer, &order, "tok_visa").await.status, 409);
    let released = "select count(*) from stock_movements where kind = 'RELEASED'";
    assert_eq!(app.database.count(released).await, 2);
    books_agree(&app).await;
}

#[tokio::test]
async fn a_confirmed_order_is_returned_as_it_is() {
    let app = TestApp::start().await;
    let buyer = app.user().await;
    // The payment waits.
    app.database.client().batch_execute("revoke update on payments from agora_app").await.expect("runs");
    let order = placed(&buyer, &[(9, 1)]).await;
    let first = confirm(&buyer, &order, "tok_visa").await;
    let again = confirm(&buyer, &order, "tok_other").await;
    assert_eq!(first.json(), again.json());
    let payments = "select count(*) from payments where token = 'tok_visa'";
    assert_eq!(app.database.count(payments).await, 1);
    assert_eq!(app.database.count("select count(*) from payments where token <> 'tok_visa'").await, 0);
    books_agree(&app).await;
}

#[tokio::test]
async fn of_cancellations_and_confirmations_at_once_one_order_comes_out() {
    let app = TestApp::start_with(&[("ORDER_MAX_PENDING", "100")]).await;
    let buyer = app.user().await;
    for _ in 0..10 {
        let order = placed(&buyer, &[(9, 1), (10, 1)]).await;
        let (one, two, three, four) = tokio::join!(
            confirm(&buyer, &order, "tok_first"),
            cancel(&buyer, &order),
            confirm(&buyer, &order, "tok_second"),
            cancel(&buyer, &order)
        );
        for response in [one, two, three, four] {
            assert!([200, 409].contains(&response.status.as_u16()), "{}", response.text());
        }
        let order = read(&buyer, &order).await;
        assert_eq!(order.state, OrderState::OrderCancelled, "both can be cancelled, and nothing leaves it");
    }
    assert_eq!(units(&app, 9).await, (100, 0));
    books_agree(&app).await;
}

#[tokio::test]
async fn orders_of_a_deleted_buyer_are_cancelled() {
    let app = TestApp::start().await;
    let buyer = app.other_user().await;
    placed(&buyer, &[(9, 2)]).await;
    assert_eq!(app.admin().await.delete("/api/v1/users/2").await.status, 204);
    assert_eq!(units(&app, 9).await, (100, 0));
    let cancelled = "select count(*) from orders where buyer_id = 2 and state = 'CANCELLED'";
    assert_eq!(app.database.count(cancelled).await, 1);
    let by_admin = "select count(*) from order_events where state = 'CANCELLED' and user_id = 11";
    assert_eq!(app.database.count(by_admin).await, 1);
    // What was accepted stays.
    assert_eq!(app.database.count("select count(*) from orders where state = 'ACCEPTED'").await, 2);
    books_agree(&app).await;
}

#[tokio::test]
async fn a_retry_of_a_transition_gets_the_first_response() {
    let app = TestApp::start().await;
    let buyer = app.user().await;
    let order = placed(&buyer, &[(9, 1)]).await;
    let payment = json!({"payment": {"method": "card", "token": "tok_visa"}});
    let confirm = buyer.post(&format!("{ORDERS}/{}/confirm", order.id)).json(&payment);
    let confirm = confirm.header("idempotency-key", "confirm");
    let again = confirm.again();
    let first = confirm.await;
    until(&buyer, &order, OrderState::OrderAccepted).await;
    // The response is the first one, though the order has moved on.
    let repeated = again.await;
    assert_eq!((repeated.header("idempotency-replayed"), &repeated.body), ("true", &first.body));
    let order = placed(&buyer, &[(9, 1)]).await;
    let cancel = buyer.post(&format!("{ORDERS}/{}/cancel", order.id)).header("idempotency-key", "cancel");
    let again = cancel.again();
    let (first, repeated) = (cancel.await, again.await);
    assert_eq!((repeated.header("idempotency-replayed"), &repeated.body), ("true", &first.body));
    assert_eq!(units(&app, 9).await, (99, 0));
    books_agree(&app).await;
}
