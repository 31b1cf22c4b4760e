//! Connections that are slow to open, and more requests than connections.

use agora_harness::{Database, Mode, PRODUCTION, Proxy, TestApp};

use super::{Duration, Instant, reported_in_time};

/// Latency of one direction. The handshake takes three round trips, or five with a password, and a read two more.
/// A request waits 0.8 s for a connection, less than the handshake takes, then 0.8 s for its read, which is enough.
/// A connection attempt is abandoned after 3 s.
const SLOW: Duration = Duration::from_millis(170);
/// Deadline for the first successful request, with headroom for a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
const CROWD: usize = 400;

#[tokio::test]
async fn a_connection_that_takes_longer_than_a_request_may_wait_is_made_all_the_same() {
    let database = Database::create().await;
    database.unpublish_passwords().await;
    let url = database.login_url("agora_app").await;
    let proxy = Proxy::start(&url);
    let app = TestApp::start_at(&proxy.url(&url), database, &PRODUCTION).await;
    let nobody = app.anonymous();
    assert_eq!(nobody.get("/api/v1/products/1").await.status, 200);
    proxy.set(Mode::Refuse).await;
    reported_in_time("a read", nobody.get("/api/v1/products/1")).await;
    proxy.set(Mode::Latency(SLOW)).await;
    let deadline = Instant::now() + PATIENCE;
    while nobody.get("/api/v1/products/1").await.status != 200 {
        assert!(Instant::now() < deadline, "PostgreSQL is there, and nobody is served");
    }
}

#[tokio::test]
async fn a_crowd_is_refused_at_once_while_the_database_is_unavailable() {
    let database = Database::create().await;
    let proxy = Proxy::start(database.url());
    let settings = [("DATABASE_POOL_SIZE", "1"), ("AGORA_METRICS_BIND", "127.0.0.1:0")];
    let app = TestApp::start_at(&proxy.url(database.url()), database, &settings).await;
    let nobody = app.anonymous();
    assert_eq!(nobody.get("/api/v1/products/1").await.status, 200);
    proxy.set(Mode::BlackHole).await;
    let crowd: Vec<_> = (0..CROWD)
        .map(|_| tokio::spawn(reported_in_time("one of a crowd", nobody.get("/api/v1/products/1"))))
        .collect();
    assert_eq!(nobody.with_token("forged").get("/api/v1/products/1").await.status, 401);
    for call in crowd {
        call.await.expect("is told");
    }
    let told_at_once = app.counter("agora_database_crowds_total").await;
    assert!(told_at_once > CROWD as u64 / 2, "only {told_at_once} did not wait");
    proxy.set(Mode::Pass).await;
    assert_eq!(nobody.get("/api/v1/products/1").until_recovered().await.status, 200);
}
