//! The clock of a sandbox: it moves forward for the server and its database at once, and a reset puts it back.

use std::time::Instant;

use agora_api::models::{Category, Clock, Login, Order, OrderState, ProblemCode, TokenPair};
use agora_harness::TestApp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{HEARSAY, me, refreshed, reset, sign_in};

const CLOCK: &str = "/__sandbox/clock";
/// Seconds of a day, and of a year.
const DAY: i64 = 86_400;
const YEAR: i64 = 365 * DAY;
/// Seconds that the calls between two readings may take.
const PASSED: i64 = 20;

/// Advances the clock.
async fn advance(app: &TestApp, seconds: i64) -> Clock {
    app.anonymous().post(CLOCK).json(&json!({"advance_seconds": seconds})).await.body_at(200)
}

/// Returns the number of seconds by which the database is ahead of this machine.
async fn ahead(app: &TestApp) -> i64 {
    app.database.count("select round(extract(epoch from app_now() - clock_timestamp()))::bigint").await
}

#[tokio::test]
async fn the_clock_moves_forward_and_steps_add_up() {
    let app = TestApp::start().await;
    let before = app.database.count("select extract(epoch from clock_timestamp())::bigint").await;
    let first = advance(&app, 60).await;
    assert_eq!((first.offset_seconds, ahead(&app).await), (60, 60));
    let seconds = first.current_at.0.timestamp() - before;
    assert!((59..60 + PASSED).contains(&seconds), "{seconds}");
    let second = advance(&app, DAY).await;
    assert_eq!((second.offset_seconds, ahead(&app).await), (DAY + 60, DAY + 60));
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..10 {
        calls.spawn(app.anonymous().post(CLOCK).json(&json!({"advance_seconds": 7})).until_served());
    }
    for response in calls.join_all().await {
        assert_eq!(response.status, 200);
    }
    assert_eq!(ahead(&app).await, DAY + 130, "no step of concurrent calls is lost");
}

#[tokio::test]
async fn an_order_can_no_longer_be_confirmed_once_its_time_has_passed() {
    let app = TestApp::start().await;
    let key = || Uuid::now_v7().to_string();
    let basket = json!({"items": [{"product_id": 9, "quantity": 2}]});
    let buyer = app.user().await;
    let placed = buyer.post("/api/v1/orders").header("idempotency-key", &key()).json(&basket).await;
    let order: Order = placed.body_at(201);
    let path = format!("/api/v1/orders/{}", order.id);
    let window = (order.expires_at.0 - order.created_at.0).num_seconds();
    advance(&app, window - PASSED).await;
    let buyer = app.user().await;
    assert_eq!(buyer.get(&path).await.body_at::<Order>(200).state, OrderState::OrderPendingConfirmation);
    advance(&app, PASSED + 1).await;
    assert_eq!(buyer.get(&path).await.body_at::<Order>(200).state, OrderState::OrderNotConfirmed);
    let payment = json!({"payment": {"method": "card", "token": "tok_visa"}});
    let confirm = buyer.post(&format!("{path}/confirm")).header("idempotency-key", &key());
    let refused = confirm.json(&payment).await.problem_at(409);
    assert_eq!(refused.error.details.get("state"), Some(&"NOT_CONFIRMED".into()));
    let units = "select available from stock where product_id = 9";
    let deadline = Instant::now() + HEARSAY;
    while app.database.count(units).await != 100 {
        assert!(Instant::now() < deadline, "the units are not released");
    }
}

#[tokio::test]
async fn an_access_token_expires_at_once_and_its_refresh_token_later() {
    let app = TestApp::start().await;
    let login = sign_in(&app).await;
    advance(&app, 14 * 60).await;
    assert_eq!(me(&app, &login.access).await, 200);
    advance(&app, 3 * 60).await;
    let expired = app.anonymous().with_token(&login.access).get("/api/v1/auth/me").await.problem_at(401);
    assert_eq!(expired.error.code, ProblemCode::TokenExpired);
    let body = json!({"refresh": login.refresh});
    let pair: TokenPair = app.anonymous().post("/api/v1/auth/refresh").json(&body).await.body_at(200);
    assert_eq!(me(&app, &pair.access).await, 200);
    advance(&app, 29 * DAY).await;
    let body = json!({"refresh": pair.refresh});
    let pair: TokenPair = app.anonymous().post("/api/v1/auth/refresh").json(&body).await.body_at(200);
    advance(&app, 30 * DAY + 1).await;
    assert_eq!((me(&app, &pair.access).await, refreshed(&app, &pair.refresh).await), (401, 401));
    assert_eq!(me(&app, &sign_in(&app).await.access).await, 200);
}

#[tokio::test]
async fn an_idempotency_key_is_free_again_after_a_day() {
    let app = TestApp::start().await;
    let write = async |name: &str| {
        let body = json!({"name": name});
        let call = app.user().await.post("/api/v1/categories").header("idempotency-key", "clock").json(&body);
        call.await
    };
    let first: Category = write("garden").await.body_at(201);
    advance(&app, DAY - PASSED).await;
    assert_eq!(write("garden").await.header("idempotency-replayed"), "true");
    advance(&app, PASSED + 1).await;
    let second: Category = write("cellar").await.body_at(201);
    assert_ne!(first.id, second.id);
}

#[tokio::test]
async fn a_session_that_ended_before_a_step_stays_ended() {
    let app = TestApp::start().await;
    let (ended, other) = (sign_in(&app).await, app.replica().await);
    let logout = json!({"refresh": ended.refresh});
    assert!(app.anonymous().post("/api/v1/auth/logout").json(&logout).await.status.is_success());
    advance(&app, 10 * 60).await;
    assert_eq!(me(&app, &ended.access).await, 401);
    let deadline = Instant::now() + HEARSAY;
    while me(&other, &ended.access).await != 401 {
        assert!(Instant::now() < deadline, "the other replica does not know of the end");
    }
}

#[tokio::test]
async fn a_reset_puts_the_clock_back_and_new_tokens_are_good() {
    let app = TestApp::start().await;
    advance(&app, YEAR).await;
    let future = sign_in(&app).await;
    assert_eq!(me(&app, &future.access).await, 200);
    assert_eq!(reset(&app).await, 204);
    assert_eq!(ahead(&app).await, 0);
    let after: Login = sign_in(&app).await;
    assert_eq!((me(&app, &future.access).await, me(&app, &after.access).await), (401, 200));
    assert_eq!(refreshed(&app, &after.refresh).await, 200);
    let clock = advance(&app, 17 * 60).await;
    assert_eq!(clock.offset_seconds, 17 * 60, "the offset starts anew");
    assert_eq!(me(&app, &after.access).await, 401, "the token was issued by the clock that was put back");
}

#[tokio::test]
async fn another_replica_follows_the_clock() {
    let app = TestApp::start().await;
    let replica = app.replica().await;
    let login = sign_in(&replica).await;
    assert_eq!(me(&replica, &login.access).await, 200);
    let started = Instant::now();
    advance(&app, 17 * 60).await;
    while me(&replica, &login.access).await != 401 {
        assert!(started.elapsed() < HEARSAY, "the clock does not follow");
    }
    assert_eq!(refreshed(&replica, &login.refresh).await, 200);
}

#[tokio::test]
async fn the_clock_is_never_more_than_ten_years_ahead() {
    let app = TestApp::start().await;
    for number in 1..=10 {
        assert_eq!(advance(&app, YEAR).await.offset_seconds, number * YEAR);
    }
    let body = json!({"advance_seconds": 1});
    let refused = app.anonymous().post(CLOCK).json(&body).await.problem_at(409);
    assert_eq!(refused.error.details.get("offset_seconds"), Some(&(10 * YEAR).into()));
    assert_eq!(ahead(&app).await, 10 * YEAR);
    let login = sign_in(&app).await;
    assert_eq!((me(&app, &login.access).await, refreshed(&app, &login.refresh).await), (200, 200));
    assert_eq!(reset(&app).await, 204);
    assert_eq!(advance(&app, 1).await.offset_seconds, 1);
}

#[tokio::test]
async fn a_step_is_a_whole_number_of_seconds_forward() {
    let app = TestApp::start().await;
    let too_large = Value::from(u64::MAX);
    for step in [
        json!(0),
        json!(-60),
        json!(YEAR + 1),
        too_large,
        json!(1e300),
        json!(1.5),
        json!("60x"),
        Value::Null,
    ] {
        let problem =
            app.anonymous().post(CLOCK).json(&json!({"advance_seconds": step})).await.problem_at(400);
        let fields = &problem.error.details["fields"];
        assert!(fields.get("advance_seconds").is_some(), "{step}: {fields}");
    }
    for body in [json!({}), json!({"advance_seconds": 1, "more": 1})] {
        assert_eq!(app.anonymous().post(CLOCK).json(&body).await.status, 400, "{body}");
    }
    assert_eq!(app.anonymous().post(CLOCK).await.status, 400, "a body is required");
    assert_eq!(ahead(&app).await, 0);
}

#[tokio::test]
async fn only_a_sandbox_has_a_clock_that_moves() {
    let body = json!({"advance_seconds": 60});
    let app = TestApp::start_production(&[]).await;
    assert_eq!(
        app.anonymous().post(CLOCK).json(&body).await.problem_at(404).error.code,
        ProblemCode::NotFound
    );
    assert_eq!(ahead(&app).await, 0);
    let app = TestApp::start().await;
    app.database.client().batch_execute("delete from sandbox.marks").await.expect("runs");
    assert_eq!(
        app.anonymous().post(CLOCK).json(&body).await.problem_at(404).error.code,
        ProblemCode::NotFound
    );
    assert_eq!(ahead(&app).await, 0);
    let role = app.database.client_as_app().await;
    let by_hand = "update app_clock set clock_offset = interval '1 hour'";
    assert!(role.batch_execute(by_hand).await.is_err(), "the server's role may not write it");
}

#[tokio::test]
async fn the_response_waits_for_the_servers_own_clock() {
    let app = TestApp::start().await;
    for _ in 0..20 {
        let login = sign_in(&app).await;
        advance(&app, 17 * 60).await;
        assert_eq!(me(&app, &login.access).await, 401, "the server's clock is behind");
    }
}
