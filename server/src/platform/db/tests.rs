//! Checks the queue for connections against a PostgreSQL that never responds.

use futures_util::future::join_all;

use super::*;

const SIZE: usize = 2;
const CROWD: usize = 400;

#[tokio::test]
async fn requests_beyond_the_queue_are_refused_at_once() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("a bound listener has an address").port();
    let url = format!("postgres://nobody@127.0.0.1:{port}/none");
    let database =
        Database::new(&url, SessionRole::App, SIZE, LoginPolicy::Any, &Sessions::default()).expect("a pool");
    for turn in ["first", "again"] {
        let outcomes = join_all((0..CROWD).map(|_| database.connection())).await;
        let reported = outcomes.into_iter().map(|outcome| outcome.err().expect("nobody is served"));
        let crowd = reported.filter(|error| matches!(error, DbError::PoolQueueFull)).count();
        assert_eq!(crowd, CROWD - SIZE - QUEUE_SLOTS_PER_CONNECTION * SIZE, "{turn}");
    }
}
