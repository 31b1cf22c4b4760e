//! Health: liveness never depends on the database, readiness does.

use std::time::{Duration, Instant};

use agora_api::models;
use agora_harness::TestApp;
use insta::assert_json_snapshot;
use serde_json::Value;

#[tokio::test]
async fn health_answers_whatever_credentials_come_along() {
    let app = TestApp::start().await;
    for path in ["/health/live", "/health/live/", "/health/ready", "/api/v1/health", "/api/health"] {
        for client in [app.anonymous(), app.anonymous().with_token("nonsense")] {
            let response = client.get(path).await;
            assert_eq!(response.status, 200, "{path}");
            assert_eq!(response.header("cache-control"), "no-store");
        }
    }
    assert_json_snapshot!("liveness", app.anonymous().get("/health/live").await.json());
    assert_json_snapshot!("health", app.anonymous().get("/api/v1/health").await.json());
    let ready = app.anonymous().get("/health/ready").await.json();
    assert_json_snapshot!("readiness", ready, {".checks.database.latency_ms" => "[ms]", ".contract" => "[sha256]"});
}

/// A probe refused for its query or headers would get an error body, which health checkers cannot read.
#[tokio::test]
async fn readiness_looks_at_nothing_of_a_request() {
    let app = TestApp::start().await;
    let client = app.anonymous().with_token("nonsense");
    for (name, value) in [("if-match", "\"x\""), ("if-none-match", "*"), ("content-encoding", "gzip")] {
        let response =
            client.get("/health/ready?verbose&exclude=redis&exclude=storage").header(name, value).await;
        let body: models::Readiness = response.body_at(200);
        assert_eq!(body.status, models::ReadinessStatus::ReadinessOk, "{name}: {value}");
    }
    assert_eq!(client.get("/health/live?verbose").await.status, 400);
}

#[tokio::test]
async fn without_a_database_it_lives_but_is_not_ready() {
    let app = TestApp::start_with(&[("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing")]).await;
    assert_eq!(app.anonymous().get("/health/live").await.status, 200);
    let response = app.anonymous().get("/health/ready").await;
    let body: models::Readiness = response.body_at(503);
    assert_eq!(body.status, models::ReadinessStatus::ReadinessDegraded);
    assert_eq!(body.checks.database.status, models::CheckStatus::CheckOut);
    assert_eq!(response.header("retry-after"), "1");
    let problem = app.anonymous().get("/api/v1/products/1").await.problem_at(503);
    assert_eq!(problem.error.code, models::ProblemCode::Unavailable);
    assert!(!problem.detail.contains("127.0.0.1"), "the reason stays in the log");
}

#[tokio::test]
async fn a_database_that_is_not_migrated_is_not_ready() {
    let app = TestApp::start().await;
    let behind = "delete from refinery_schema_history where version = (select max(version) from refinery_schema_history)";
    app.database.client().batch_execute(behind).await.expect("the history can be edited");
    let body: Value = app.anonymous().get("/health/ready").await.body_at(503);
    assert_eq!(body["checks"]["migrations"]["status"], "out");
    assert_eq!(body["checks"]["database"]["status"], "ok");
}

#[tokio::test]
async fn a_query_parameter_is_one_too_many() {
    let app = TestApp::start().await;
    let problem = app.anonymous().get("/health/live?verbose=1").await.problem_at(400);
    assert_eq!(problem.error.details["fields"]["verbose"][0]["rule"], "unknown");
}

/// Keeps all pooled connections busy for a time while it polls readiness; returns the number of polls.
async fn ready_while_busy(busy: Duration) -> u32 {
    let app = TestApp::start_with(&[("DATABASE_POOL_SIZE", "2")]).await;
    let nobody = app.anonymous();
    let lock = "begin; lock table products in access exclusive mode";
    app.database.client().batch_execute(lock).await.expect("runs");
    let until = Instant::now() + busy;
    let waiting = [(); 32].map(|()| {
        let nobody = app.anonymous();
        tokio::spawn(async move {
            while Instant::now() < until {
                assert_eq!(nobody.get("/api/v1/products/1").await.status, 503, "the table is locked");
            }
        })
    });
    let mut asked = 0;
    while Instant::now() < until {
        let response = nobody.get("/health/ready").await;
        assert_eq!(response.status, 200, "{}", response.text());
        asked += 1;
    }
    for call in waiting {
        call.await.expect("no panic");
    }
    asked
}

#[tokio::test]
async fn it_is_ready_while_requests_wait_for_connections() {
    assert!(ready_while_busy(Duration::from_secs(4)).await > 10);
}

#[tokio::test]
#[ignore = "takes half a minute; run by ./justw test-large"]
async fn it_is_ready_while_requests_wait_for_connections_for_half_a_minute() {
    let asked = ready_while_busy(Duration::from_secs(30)).await;
    eprintln!("ready {asked} times in 30 s");
}
