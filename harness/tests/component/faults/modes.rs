//! All ways in which PostgreSQL can be unreachable: each is reported in time, and ends with its cause.

use agora_api::models::ProblemCode;
use agora_harness::{Anonymous, Client, Mode, User};
use serde_json::json;

use super::{Duration, Instant, STALE, proxied, reported_in_time};

/// Waits until everything is served again, and returns the time until the first successful read.
async fn healed(nobody: &Client<Anonymous>, user: &Client<User>, name: &str) -> Duration {
    let started = Instant::now();
    while nobody.get("/api/v1/products/1").await.status != 200 {
        assert!(started.elapsed() < STALE, "{name} does not end");
    }
    let took = started.elapsed();
    let login = json!({"username": "johnd", "password": "m38rmF$"});
    assert_eq!(nobody.post("/api/v1/auth/login").json(&login).until_recovered().await.status, 200, "{name}");
    let category = user.post("/api/v1/categories").json(&json!({"name": format!("after {name}")}));
    assert_eq!(category.until_recovered().await.status, 201, "{name}");
    took
}

#[tokio::test]
async fn an_unreachable_database_is_reported_in_time_and_used_again_on_return() {
    let (app, proxy) = proxied("4").await;
    let (nobody, user) = (app.anonymous(), app.user().await);
    let login = json!({"username": "johnd", "password": "m38rmF$"});
    for (name, mode) in [
        ("a refusal", Mode::Refuse),
        ("a reset", Mode::Reset),
        ("a black hole", Mode::BlackHole),
        ("a slow network", Mode::Latency(Duration::from_secs(1))),
        ("a cut", Mode::CutAfter(0)),
    ] {
        healed(&nobody, &user, &format!("all before {name}")).await;
        proxy.set(mode).await;
        let body = json!({"name": format!("during {name}")});
        let write = || user.post("/api/v1/categories").json(&body);
        let at_once = [
            write(),
            write().header("idempotency-key", &name.replace(' ', "-")),
            nobody.get("/api/v1/products/1"),
            nobody.get("/api/v1/products"),
            user.get("/api/v1/registry/users"),
            nobody.post("/api/v1/auth/login").json(&login),
        ]
        .map(|call| tokio::spawn(async move { reported_in_time(name, call).await.problem_at(503) }));
        // Requests without a database query are served while the others wait.
        assert_eq!(nobody.get("/health/live").await.status, 200, "{name}");
        assert_eq!(nobody.with_token("forged").get("/api/v1/products/1").await.status, 401, "{name}");
        assert_eq!(nobody.get("/api/v1/nothing").await.status, 404, "{name}");
        assert!(at_once.iter().any(|call| !call.is_finished()) || mode != Mode::BlackHole, "{name}");
        for call in at_once {
            let problem = call.await.expect("is told");
            assert_eq!(problem.error.code, ProblemCode::Unavailable, "{name}");
            let details: Vec<&String> = problem.error.details.keys().collect();
            assert_eq!(details, ["reason"], "{name}");
        }
        reported_in_time(name, nobody.get("/health/ready")).await;
        proxy.set(Mode::Pass).await;
        eprintln!("served {:?} after {name}", healed(&nobody, &user, name).await);
    }
    // A delayed or dropped write may still have been executed, but no category was created twice.
    let doubled =
        "select count(*) from (select 1 from categories group by name having count(*) > 1) as doubled";
    assert_eq!(app.database.count(doubled).await, 0);
}

#[tokio::test]
async fn a_network_that_is_slow_but_not_too_slow_is_served() {
    let (app, proxy) = proxied("4").await;
    assert_eq!(app.anonymous().get("/api/v1/products/1").await.status, 200);
    proxy.set(Mode::Latency(Duration::from_millis(50))).await;
    let started = Instant::now();
    assert_eq!(app.anonymous().get("/api/v1/products/1").await.status, 200);
    assert!(started.elapsed() >= Duration::from_millis(100));
}
