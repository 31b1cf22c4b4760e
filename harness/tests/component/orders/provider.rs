//! Payments by an HTTP provider.

use std::time::Duration;

use agora_api::models::OrderState;
use agora_harness::TestApp;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::payments::until_count;
use super::{books_agree, cancel, confirm, placed, read, units, until};

/// Starts a provider, and a server that calls it.
async fn start() -> (MockServer, TestApp) {
    let provider = MockServer::start().await;
    let url: &'static str = format!("{}/v1/", provider.uri()).leak();
    let settings = [("PAYMENT_PROVIDER", url), ("PAYMENT_SECRET", "sk_test_1")];
    (provider, TestApp::start_with(&settings).await)
}

/// Lets the provider answer to calls, `times` of them if it is given.
async fn answers(provider: &MockServer, what: &str, answer: ResponseTemplate, times: Option<u64>) {
    let mock = Mock::given(method("POST")).and(path(format!("/v1/{what}"))).respond_with(answer);
    match times {
        Some(times) => mock.up_to_n_times(times).mount(provider).await,
        None => mock.mount(provider).await,
    }
}

fn accepted() -> ResponseTemplate {
    ResponseTemplate::new(201).set_body_json(json!({"reference": "ch_1"}))
}

/// Returns the calls that the provider has received: the key and the body of each.
async fn calls(provider: &MockServer, what: &str) -> Vec<(String, Value)> {
    let all = provider.received_requests().await.expect("calls are recorded");
    let of = |call: &Request| {
        assert_eq!(call.headers["authorization"], "Bearer sk_test_1");
        let key = call.headers["idempotency-key"].to_str().expect("text").to_owned();
        (key, call.body_json().expect("JSON"))
    };
    all.iter().filter(|call| call.url.path() == format!("/v1/{what}")).map(of).collect()
}

#[tokio::test]
async fn the_provider_gets_the_amount_and_one_key() {
    let (provider, app) = start().await;
    answers(&provider, "charges", accepted(), None).await;
    let buyer = app.user().await;
    let order = placed(&buyer, &[(9, 2), (1, 1)]).await;
    assert_eq!(confirm(&buyer, &order, "tok_4242_visa_live").await.status, 200);
    until(&buyer, &order, OrderState::OrderAccepted).await;
    let calls = calls(&provider, "charges").await;
    let expected = json!({"order": order.id, "amount": "237.95", "currency": "USD", "method": "card", "token": "tok_4242_visa_live"});
    assert_eq!(calls.iter().map(|(_, body)| body).collect::<Vec<_>>(), [&expected]);
    let kept = format!(
        "select count(*) from payments where key::text = '{}' and reference = 'ch_1' and token is null",
        calls[0].0
    );
    assert_eq!(app.database.count(&kept).await, 1);
    books_agree(&app).await;
}

#[tokio::test]
async fn a_declined_charge_rejects_the_order() {
    let (provider, app) = start().await;
    answers(&provider, "charges", ResponseTemplate::new(402), None).await;
    let buyer = app.user().await;
    let order = placed(&buyer, &[(9, 2)]).await;
    assert_eq!(confirm(&buyer, &order, "tok_visa").await.status, 200);
    until(&buyer, &order, OrderState::OrderRejected).await;
    assert_eq!(units(&app, 9).await, (100, 0));
    books_agree(&app).await;
}

#[tokio::test]
async fn a_charge_without_a_decision_is_repeated_with_its_key() {
    for answer in [
        ResponseTemplate::new(500),
        ResponseTemplate::new(429),
        ResponseTemplate::new(302).insert_header("location", "http://127.0.0.1:1/"),
        ResponseTemplate::new(200).set_body_string("accepted"),
        ResponseTemplate::new(200).set_body_json(json!({"reference": ""})),
        ResponseTemplate::new(200).set_body_json(json!({"reference": "x".repeat(100_000)})),
    ] {
        let (provider, app) = start().await;
        answers(&provider, "charges", answer, Some(1)).await;
        answers(&provider, "charges", accepted(), None).await;
        let buyer = app.user().await;
        let order = placed(&buyer, &[(9, 1)]).await;
        assert_eq!(confirm(&buyer, &order, "tok_visa").await.status, 200);
        until(&buyer, &order, OrderState::OrderAccepted).await;
        let calls = calls(&provider, "charges").await;
        assert_eq!(calls.len(), 2);
        assert_eq!(calls[0], calls[1]);
        books_agree(&app).await;
    }
}

#[tokio::test]
async fn an_answer_that_is_late_counts_when_the_call_is_repeated() {
    let (provider, app) = start().await;
    answers(&provider, "charges", accepted().set_delay(Duration::from_secs(11)), Some(1)).await;
    answers(&provider, "charges", accepted(), None).await;
    let buyer = app.user().await;
    let order = placed(&buyer, &[(9, 1)]).await;
    assert_eq!(confirm(&buyer, &order, "tok_visa").await.status, 200);
    // A provider that does not answer does not keep other orders from ending.
    let late = placed(&buyer, &[(10, 1)]).await;
    until_count(&app, "select count(*) from payments where attempts = 1", 1).await;
    let end = "update orders set expires_at = app_now() where state = 'PENDING_CONFIRMATION'";
    app.database.client().batch_execute(end).await.expect("runs");
    until_count(&app, "select count(*) from orders where state = 'NOT_CONFIRMED'", 1).await;
    // The call is still under way: the payment has its lease, and was not postponed.
    let leased =
        "select count(*) from payments where attempts = 1 and due_at > updated_at + interval '20 seconds'";
    assert_eq!(app.database.count(leased).await, 1);
    assert_eq!(read(&buyer, &late).await.state, OrderState::OrderNotConfirmed);
    until(&buyer, &order, OrderState::OrderAccepted).await;
    assert_eq!(calls(&provider, "charges").await.len(), 2);
    books_agree(&app).await;
}

#[tokio::test]
async fn a_charge_accepted_after_the_cancellation_is_refunded() {
    let (provider, app) = start().await;
    answers(&provider, "charges", accepted().set_delay(Duration::from_secs(2)), None).await;
    answers(&provider, "refunds", ResponseTemplate::new(503), Some(1)).await;
    answers(&provider, "refunds", ResponseTemplate::new(200), None).await;
    let buyer = app.user().await;
    let order = placed(&buyer, &[(9, 1)]).await;
    assert_eq!(confirm(&buyer, &order, "tok_visa").await.status, 200);
    until_count(&app, "select count(*) from payments where attempts = 1", 1).await;
    assert_eq!(cancel(&buyer, &order).await.json()["state"], "CANCELLED");
    until_count(&app, "select count(*) from payments where phase = 'REFUNDED'", 1).await;
    let charges = calls(&provider, "charges").await;
    let refunds = calls(&provider, "refunds").await;
    assert_eq!((charges.len(), refunds.len()), (1, 2));
    assert_eq!(refunds[0], refunds[1]);
    let (key, body) = &refunds[0];
    assert_eq!(*key, format!("refund-{}", charges[0].0));
    assert_eq!(*body, json!({"charge": charges[0].0, "reference": "ch_1"}));
    assert_eq!(units(&app, 9).await, (100, 0));
    books_agree(&app).await;
}

#[tokio::test]
async fn a_charge_that_is_never_decided_is_given_up_and_prevented() {
    let (provider, app) = start().await;
    answers(&provider, "charges", ResponseTemplate::new(500), None).await;
    answers(&provider, "refunds", ResponseTemplate::new(404), None).await;
    let buyer = app.user().await;
    let order = placed(&buyer, &[(9, 1)]).await;
    assert_eq!(confirm(&buyer, &order, "tok_visa").await.status, 200);
    // All attempts but the last have been made.
    let last = "update payments set attempts = 13, due_at = app_now() where phase = 'PENDING'";
    app.database.client().batch_execute(last).await.expect("runs");
    until(&buyer, &order, OrderState::OrderRejected).await;
    until_count(&app, "select count(*) from payments where phase = 'REFUNDED' and token is null", 1).await;
    assert_eq!(units(&app, 9).await, (100, 0));
    assert_eq!(calls(&provider, "refunds").await[0].1["reference"], Value::Null);
    books_agree(&app).await;
}
