//! Database failures, announced or silent: requests get a response in time, and service resumes with the database.

mod clients;
mod clocks;
mod commits;
mod modes;
mod resources;
mod sessions;
mod storms;

use std::time::{Duration, Instant};

use agora_api::models::{Problem, ProblemCode};
use agora_harness::{Call, Database, Mode, Proxy, TestApp, TestResponse};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::task::JoinSet;

/// Maximum duration of a request, whatever the state of the database.
const BOUND: Duration = Duration::from_secs(2);
/// Duration of silence after which connections are no longer trusted.
const STALE: Duration = Duration::from_secs(6);

/// Checks that a request fails in time with a 503 that asks for a retry, and returns the response.
async fn reported_in_time(name: &str, call: Call) -> TestResponse {
    let started = Instant::now();
    let response = call.await;
    let took = started.elapsed();
    assert!(took < BOUND, "{name} took {took:?}");
    assert_eq!((response.status.as_u16(), response.header("retry-after")), (503, "1"), "{name}");
    response
}

/// Starts a server that reaches its database through a proxy, with a pool of this size.
async fn proxied(connections: &'static str) -> (TestApp, Proxy) {
    let database = Database::create().await;
    let proxy = Proxy::start(database.url());
    let settings = [("DATABASE_POOL_SIZE", connections)];
    let app = TestApp::start_at(&proxy.url(database.url()), database, &settings).await;
    (app, proxy)
}

#[tokio::test]
async fn a_silent_database_is_reported_within_two_seconds_and_recovers() {
    let (app, proxy) = proxied("4").await;
    let user = app.user().await;
    let nobody = app.anonymous();
    let read = || nobody.get("/api/v1/products/1");
    let login = json!({"username": "johnd", "password": "m38rmF$"});
    let category = || user.post("/api/v1/categories").json(&json!({"name": "garden"}));
    let all = || {
        [
            // First, while the feed of ended sessions is fresh: later, any request with a token queries the database.
            ("a write", category()),
            ("a write with a key", category().header("idempotency-key", "k1")),
            ("a read", read()),
            ("a list", nobody.get("/api/v1/products?limit=5")),
            ("readiness", nobody.get("/health/ready")),
            ("a login", nobody.post("/api/v1/auth/login").json(&login)),
        ]
    };
    // First each request uses a connection that was open before the failure; then all of them need new ones.
    for (name, call) in all() {
        proxy.set(Mode::Pass).await;
        // Readiness uses separate connections, so it does not show the state of the request pool.
        assert_eq!(read().until_recovered().await.status, 200, "before {name}");
        proxy.set(Mode::BlackHole).await;
        reported_in_time(name, call).await;
    }
    let at_once = all().map(|(name, call)| tokio::spawn(async move { reported_in_time(name, call).await }));
    for call in at_once {
        call.await.expect("answers in time");
    }
    // The feed of ended sessions becomes stale: a token then needs a query to the unavailable database.
    let deadline = Instant::now() + STALE;
    while Instant::now() < deadline {
        reported_in_time("a read with a token", user.get("/api/v1/products/1")).await;
    }
    assert_eq!(nobody.get("/health/live").await.status, 200);
    assert_eq!(user.get("/api/v1/nothing").await.status, 404);
    proxy.set(Mode::Pass).await;
    assert_eq!(read().await.status, 200);
    assert_eq!(category().header("idempotency-key", "k1").await.status, 201);
    assert_eq!(app.database.count("select count(*) from categories where name = 'garden'").await, 1);
}

#[tokio::test]
async fn one_request_that_was_not_answered_is_enough_for_all_connections() {
    const CONNECTIONS: usize = 4;
    let (app, proxy) = proxied("4").await;
    let lock = "begin; lock table products in access exclusive mode";
    app.database.client().batch_execute(lock).await.expect("runs");
    let read = |app: &TestApp| app.anonymous().get("/api/v1/products/1").into_future();
    let mut waiting = JoinSet::new();
    // Not `pg_stat_activity`, which does not change within a transaction.
    let locked = "select count(*) from pg_locks where relation = 'products'::regclass and not granted";
    let deadline = Instant::now() + STALE;
    while usize::try_from(app.database.count(locked).await).expect("is not negative") < CONNECTIONS {
        assert!(Instant::now() < deadline, "the requests never came to the database");
        // The server's own work needs a connection at times: a request that was refused meanwhile is sent again.
        while waiting.try_join_next().is_some() {}
        while waiting.len() < CONNECTIONS {
            waiting.spawn(read(&app));
        }
    }
    app.database.client().batch_execute("commit").await.expect("runs");
    for response in waiting.join_all().await {
        assert_eq!(response.status, 200);
    }
    proxy.set(Mode::BlackHole).await;
    reported_in_time("a read", app.anonymous().get("/api/v1/products/1")).await;
    proxy.set(Mode::Pass).await;
    for _ in 0..2 * CONNECTIONS {
        assert_eq!(read(&app).await.status, 200, "a connection of before is used again");
    }
}

#[tokio::test]
async fn lock_timeouts_are_reported_in_time() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let lock = "begin; lock table categories in access exclusive mode";
    app.database.client().batch_execute(lock).await.expect("runs");
    let call = || user.post("/api/v1/categories").json(&json!({"name": "garden"}));
    let problem: Problem = reported_in_time("a write", call()).await.problem_at(503);
    assert_eq!(problem.error.code, ProblemCode::Unavailable);
    reported_in_time("a read", app.anonymous().get("/api/v1/categories")).await;
    app.database.client().batch_execute("commit").await.expect("runs");
    assert_eq!(call().await.status, 201);
}

#[tokio::test]
async fn a_locked_row_is_reported_in_time_whatever_else_is_asked_for() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let cart = user.post("/api/v1/carts").json(&json!({"products": []})).await.json()["id"].clone();
    app.database.client().batch_execute("begin; select from carts for update").await.expect("runs");
    // The cart is locked, and the product is looked up, in one round trip.
    let call = || {
        let body = json!({"add": [{"productId": 1, "quantity": 1}]});
        user.patch(&format!("/api/v1/carts/{cart}")).json(&body)
    };
    reported_in_time("a write", call()).await;
    reported_in_time("a write with a key", call().header("idempotency-key", "k1")).await;
    app.database.client().batch_execute("commit").await.expect("runs");
    assert_eq!(call().await.status, 200);
}
