//! Clients that disconnect during a request: no pooled connection is lost, and no other request is delayed.

use agora_harness::{Database, Mode, Proxy, TestApp, User, raw};
use tokio::net::TcpStream;

use super::{AsyncWriteExt, Duration, Instant, STALE, json};
use agora_harness::Client;

/// Number of abandoned requests of each kind.
const GIVEN_UP: u64 = 500;
/// Latency of PostgreSQL, so that clients can disconnect while a request is in progress.
const SLOW: Duration = Duration::from_millis(1);
/// Maximum duration of an unblocked request on a busy machine; waiting for a lock takes a whole second.
const AT_ONCE: Duration = Duration::from_millis(700);

async fn send(app: &TestApp, text: &str) -> TcpStream {
    let mut stream = raw::connect(app.address()).await;
    stream.write_all(text.as_bytes()).await.expect("is read");
    stream
}

fn write(user: &Client<User>, name: &str, key: &str) -> String {
    let body = json!({"name": name}).to_string();
    let token = user.token().expect("signed in");
    format!(
        "POST /api/v1/categories HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{key}\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Waits until a request waits for a lock on this table.
async fn wait_for_lock(app: &TestApp, table: &str) {
    let waiting =
        format!("select count(*) from pg_locks where relation = '{table}'::regclass and not granted");
    let deadline = Instant::now() + STALE;
    while app.database.count(&waiting).await == 0 {
        assert!(Instant::now() < deadline, "the request never came to the database");
    }
}

#[tokio::test]
async fn abandoned_writes_complete_and_cost_no_connection() {
    let settings = [("DATABASE_POOL_SIZE", "1"), ("AGORA_METRICS_BIND", "127.0.0.1:0")];
    let app = TestApp::start_with(&settings).await;
    let user = app.user().await;
    let connections = app.counter("agora_database_connections_total").await;
    for (name, key) in [("one", ""), ("two", "Idempotency-Key: two\r\n")] {
        let lock = "begin; lock table categories in share mode";
        app.database.client().batch_execute(lock).await.expect("runs");
        let stream = send(&app, &write(&user, name, key)).await;
        wait_for_lock(&app, "categories").await;
        // The transaction is open: it has claimed its key and waits for the table.
        drop(stream);
        app.database.client().batch_execute("commit").await.expect("runs");
        let done = format!("select count(*) from categories where name = '{name}'");
        let deadline = Instant::now() + STALE;
        while app.database.count(&done).await == 0 {
            assert!(Instant::now() < deadline, "{name} was broken off");
        }
        assert_eq!(app.anonymous().get("/api/v1/products/1").until_recovered().await.status, 200);
    }
    assert_eq!(app.database.count("select count(*) from idempotency_keys where status = 201").await, 1);
    assert_eq!(app.counter("agora_database_connections_total").await, connections);
}

#[tokio::test]
async fn abandoned_reads_do_not_delay_others() {
    let app = TestApp::start_with(&[("DATABASE_POOL_SIZE", "2")]).await;
    let read = || app.anonymous().get("/api/v1/categories");
    // Opens both connections, which can take longer on a busy machine than a request waits for one.
    let (first, second) = tokio::join!(read().until_recovered(), read().until_recovered());
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (200, 200));
    let lock = "begin; lock table products in access exclusive mode";
    app.database.client().batch_execute(lock).await.expect("runs");
    let stream = send(&app, "GET /api/v1/products/1 HTTP/1.1\r\nHost: x\r\n\r\n").await;
    wait_for_lock(&app, "products").await;
    drop(stream);
    // Each of the two would have its turn.
    for turn in 0..4 {
        let started = Instant::now();
        assert_eq!(read().await.status, 200);
        assert!(started.elapsed() < AT_ONCE, "turn {turn} waited {:?} for another's", started.elapsed());
    }
    app.database.client().batch_execute("commit").await.expect("runs");
}

#[tokio::test]
async fn a_thousand_requests_that_are_given_up_open_no_connections() {
    let database = Database::create().await;
    let proxy = Proxy::start(database.url());
    let settings = [("DATABASE_POOL_SIZE", "4"), ("AGORA_METRICS_BIND", "127.0.0.1:0")];
    let app = TestApp::start_at(&proxy.url(database.url()), database, &settings).await;
    let user = app.user().await;
    let warm = [(); 8].map(|()| tokio::spawn(app.anonymous().get("/api/v1/products/1").until_recovered()));
    for call in warm {
        assert_eq!(call.await.expect("no panic").status, 200);
    }
    let connections = app.counter("agora_database_connections_total").await;
    proxy.set(Mode::Latency(SLOW)).await;
    let deadline = Instant::now() + 20 * STALE;
    for turn in 0..GIVEN_UP {
        let read = format!("GET /api/v1/products/{} HTTP/1.1\r\nHost: x\r\n\r\n", turn % 20 + 1);
        for request in [read, write(&user, &format!("given up {turn}"), "")] {
            let before = proxy.round_trips();
            let stream = send(&app, &request).await;
            while proxy.round_trips() == before {
                assert!(Instant::now() < deadline, "the request never came to the database");
                tokio::task::yield_now().await;
            }
            drop(stream);
        }
    }
    proxy.set(Mode::Pass).await;
    let started = Instant::now();
    assert_eq!(app.anonymous().get("/api/v1/products/1").until_recovered().await.status, 200);
    let next = started.elapsed();
    let opened = app.counter("agora_database_connections_total").await - connections;
    eprintln!("{} given up: {opened} connections opened, the next took {next:?}", 2 * GIVEN_UP);
    assert!(opened <= 4, "{opened} connections were opened");
    assert!(next < AT_ONCE, "the next request took {next:?}");
    let done = "select count(*) from categories where name like 'given up %'";
    assert!(app.database.count(done).await > 0, "or else this shows nothing");
}
