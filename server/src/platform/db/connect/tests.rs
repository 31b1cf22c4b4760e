//! Tests against a fake PostgreSQL that completes a handshake only on demand.

use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};

use deadpool::managed::{Object, Pool};
use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::platform::db::session::{PROOF, SETTINGS};

/// `AuthenticationOk` and `ReadyForQuery`.
const GREETING: &[u8] = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I";
const PATIENCE: Duration = Duration::from_secs(20);

async fn pool_of(size: usize) -> (Pool<ConnectionManager>, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("a bound listener has an address").port();
    let url = format!("postgres://nobody@127.0.0.1:{port}/none?sslmode=disable");
    let address = Address::parse(&url).expect("a URL of PostgreSQL");
    let kind = ConnectOptions {
        address,
        role: SessionRole::App,
        logins: LoginPolicy::Any,
        sessions: Sessions::default(),
    };
    let pool = Pool::builder(ConnectionManager::new(kind)).max_size(size).build().expect("a pool");
    (pool, listener)
}

/// Requests a connection, and gives up as soon as PostgreSQL receives the attempt.
async fn call_and_give_up(pool: &Pool<ConnectionManager>, listener: &TcpListener) -> TcpStream {
    tokio::select! {
        got = pool.get() => panic!("nobody has greeted: {:?}", got.err()),
        called = called(listener) => called,
    }
}

async fn called(listener: &TcpListener) -> TcpStream {
    let called =
        tokio::time::timeout(PATIENCE, listener.accept()).await.expect("PostgreSQL is called in time");
    called.expect("somebody calls").0
}

async fn greet(called: &mut TcpStream) {
    heard(called).await;
    called.write_all(GREETING).await.expect("is heard");
    heard(called).await;
    called.write_all(&good_session()).await.expect("is heard");
}

async fn heard(called: &mut TcpStream) {
    let said = called.read(&mut [0; 4096]).await.expect("somebody speaks");
    assert!(said > 0, "the call was broken off");
}

/// Returns the response to the check of a session, each time for another backend.
fn good_session() -> Vec<u8> {
    static BACKENDS: AtomicU32 = AtomicU32::new(1);
    let backend = BACKENDS.fetch_add(1, Ordering::Relaxed).to_string();
    let settings = SETTINGS.iter().map(|(name, value)| (name.to_lowercase(), *value));
    let columns: Vec<(String, &str)> = settings
        .chain(
            [("role", "agora_app"), ("server_encoding", "UTF8"), ("is_privileged", "f")]
                .map(|(name, value)| (name.to_owned(), value)),
        )
        .chain([("backend".to_owned(), &*backend)])
        .collect();
    let count = u16::try_from(columns.len()).expect("few").to_be_bytes();
    let (mut names, mut values) = (count.to_vec(), count.to_vec());
    for (name, value) in columns {
        names.extend(name.as_bytes());
        // The terminator of the name, and the description of a text column that belongs to no table.
        names.extend([0; 19]);
        values.extend(u32::try_from(value.len()).expect("short").to_be_bytes());
        values.extend(value.as_bytes());
    }
    let message = |kind: u8, body: &[u8]| {
        let length = u32::try_from(body.len() + 4).expect("short").to_be_bytes();
        [&[kind], &length[..], body].concat()
    };
    [message(b'T', &names), message(b'D', &values), message(b'C', b"SELECT 1\0"), message(b'Z', b"I")]
        .concat()
}

async fn connection(pool: &Pool<ConnectionManager>) -> Object<ConnectionManager> {
    let got = tokio::time::timeout(PATIENCE, pool.get()).await;
    got.expect("there is a connection in time").expect("and no error")
}

/// Waits until `count` attempts have outcomes that are pending or not yet taken.
async fn left_over(pool: &Pool<ConnectionManager>, count: usize) {
    let deadline = Instant::now() + PATIENCE;
    while pool.manager().shared.demand().started != count {
        assert!(Instant::now() < deadline, "{} are left over", pool.manager().shared.demand().started);
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn connections_of_cancelled_requests_are_completed_and_used_by_the_next() {
    let (pool, listener) = pool_of(1).await;
    let mut called = call_and_give_up(&pool, &listener).await;
    assert!(pool.get().now_or_never().is_none(), "and so does another");
    greet(&mut called).await;
    drop(connection(&pool).await);
    drop(connection(&pool).await);
    assert!(listener.accept().now_or_never().is_none(), "PostgreSQL is called again");
}

#[tokio::test]
async fn there_are_never_more_connections_than_the_pool_has_places() {
    let (pool, listener) = pool_of(2).await;
    let mut first = call_and_give_up(&pool, &listener).await;
    let (mut one, mut other) = (pin!(pool.get()), pin!(pool.get()));
    assert!(one.as_mut().now_or_never().is_none());
    let mut second = tokio::select! {
        _ = &mut other => panic!("nobody has greeted"),
        called = called(&listener) => called,
    };
    greet(&mut first).await;
    greet(&mut second).await;
    let both = tokio::time::timeout(PATIENCE, async { tokio::join!(one, other) }).await;
    let (one, other) = both.expect("there are both in time");
    assert!(one.is_ok() && other.is_ok());
    assert!(listener.accept().now_or_never().is_none(), "there is a third");
}

#[tokio::test]
async fn failures_of_cancelled_requests_are_not_reported_to_others() {
    let (pool, listener) = pool_of(1).await;
    drop(call_and_give_up(&pool, &listener).await);
    left_over(&pool, 0).await;
    let asked = tokio::spawn({
        let pool = pool.clone();
        async move { connection(&pool).await.is_closed() }
    });
    greet(&mut called(&listener).await).await;
    asked.await.expect("a connection");
}

#[tokio::test]
async fn a_connection_under_suspicion_has_to_answer_and_one_that_does_not_is_enough_for_all() {
    let (pool, listener) = pool_of(2).await;
    let (one, other) = (tokio::spawn(taken(pool.clone())), tokio::spawn(taken(pool.clone())));
    let (mut first, mut second) = (called(&listener).await, called(&listener).await);
    greet(&mut first).await;
    greet(&mut second).await;
    drop((one.await.expect("a connection"), other.await.expect("a connection")));
    pool.manager().kind().sessions.suspect();
    // Both respond: one proof each is enough.
    for _ in 0..2 {
        let asked = tokio::spawn(taken(pool.clone()));
        let empty = b"I\0\0\0\x04Z\0\0\0\x05I";
        tokio::select! {
            () = heard(&mut first) => first.write_all(empty).await.expect("is heard"),
            () = heard(&mut second) => second.write_all(empty).await.expect("is heard"),
        }
        drop(asked.await.expect("a connection"));
    }
    drop(connection(&pool).await);
    // None responds: only the first is waited for.
    pool.manager().kind().sessions.suspect();
    let started = Instant::now();
    let asked = tokio::spawn(taken(pool.clone()));
    greet(&mut called(&listener).await).await;
    drop(asked.await.expect("a connection"));
    assert!(started.elapsed() < 2 * PROOF + Duration::from_secs(1), "{:?}", started.elapsed());
    assert_eq!(pool.status().size, 1, "the others of their time are let go");
}

async fn taken(pool: Pool<ConnectionManager>) -> Object<ConnectionManager> {
    connection(&pool).await
}
