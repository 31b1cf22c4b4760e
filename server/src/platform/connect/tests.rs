//! Against a PostgreSQL that greets when it is told to.

use std::pin::pin;

use deadpool::managed::{Object, Pool};
use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// That the login is right, and that it is ready.
const GREETING: &[u8] = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I";
const PATIENCE: Duration = Duration::from_secs(20);

async fn pool_of(size: usize) -> (Pool<Maker>, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("a bound listener has an address").port();
    let config = format!("postgres://nobody@127.0.0.1:{port}/none").parse().expect("a URL of PostgreSQL");
    let pool = Pool::builder(Maker::new(config, Logins::Any)).max_size(size).build().expect("a pool");
    (pool, listener)
}

/// Asks for a connection, and gives up as soon as PostgreSQL is called for it.
async fn call_and_give_up(pool: &Pool<Maker>, listener: &TcpListener) -> TcpStream {
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
    let said = called.read(&mut [0; 1024]).await.expect("somebody speaks");
    assert!(said > 0, "the call was broken off");
    called.write_all(GREETING).await.expect("is heard");
}

async fn connection(pool: &Pool<Maker>) -> Object<Maker> {
    let got = tokio::time::timeout(PATIENCE, pool.get()).await;
    got.expect("there is a connection in time").expect("and no error")
}

/// Waits until so many are begun that nobody has taken.
async fn left_over(pool: &Pool<Maker>, count: usize) {
    let deadline = Instant::now() + PATIENCE;
    while pool.manager().workshop.orders().begun != count {
        assert!(Instant::now() < deadline, "{} are left over", pool.manager().workshop.orders().begun);
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_connection_whose_request_gave_up_is_made_all_the_same_and_the_next_has_it() {
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
async fn what_failed_for_a_request_that_gave_up_is_not_told_to_another() {
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
async fn connections_that_are_not_trusted_any_more_are_not_taken() {
    let (pool, listener) = pool_of(1).await;
    let mut called = call_and_give_up(&pool, &listener).await;
    greet(&mut called).await;
    let deadline = Instant::now() + PATIENCE;
    while pool.manager().workshop.orders().begun > 0 {
        assert!(Instant::now() < deadline, "what was made stays");
        pool.manager().forget();
        tokio::task::yield_now().await;
    }
    call_and_give_up(&pool, &listener).await;
}
