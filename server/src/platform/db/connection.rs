//! A leased connection: its statements, each with a deadline, and its return to the pool.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use deadpool::managed::{Object, Pool};
use futures_util::future::{join_all, try_join_all};
use tokio::runtime::Handle;
use tokio_postgres::Row;

use super::{DbError, Params, STATEMENT_TIMEOUT, WAIT_DEADLINE};
use crate::platform::db::connect::ConnectionManager;
use crate::platform::db::wait_budget;

/// Maximum time for an abandoned statement to end. After that its connection is closed.
const CANCEL_DEADLINE: Duration = STATEMENT_TIMEOUT.saturating_add(Duration::from_millis(200));

/// A leased connection. It returns to the pool when its statements have ended, unless it is broken.
pub struct Connection {
    object: Option<Object<ConnectionManager>>,
    pool: Pool<ConnectionManager>,
    /// Set if the connection must not be reused: an error occurred, or a transaction is open.
    is_broken: AtomicBool,
    /// Set after a fatal error. No further statements are sent, since they would get no response.
    is_dead: AtomicBool,
    /// Number of statements that have begun and not ended.
    in_flight: AtomicU32,
}

impl Connection {
    pub(super) fn new(object: Object<ConnectionManager>, pool: Pool<ConnectionManager>) -> Self {
        Self {
            object: Some(object),
            pool,
            is_broken: AtomicBool::new(false),
            is_dead: AtomicBool::new(false),
            in_flight: AtomicU32::new(0),
        }
    }

    fn object(&self) -> &Object<ConnectionManager> {
        // Taken only on drop.
        self.object.as_ref().expect("a connection has its object until it is dropped")
    }

    /// Sets whether the connection is closed instead of reused.
    pub(super) fn set_broken(&self, is_broken: bool) {
        self.is_broken.store(is_broken, Ordering::Relaxed);
    }

    /// Runs a prepared statement and returns its rows.
    ///
    /// # Errors
    /// Returns the error of PostgreSQL, or [`DbError::Deadline`] if it does not respond in time.
    pub async fn query(&self, sql: &'static str, params: Params<'_>) -> Result<Vec<Row>, DbError> {
        let object = self.object();
        let work = pin!(async {
            let mut statement = object.prepare_cached(sql).await?;
            loop {
                match object.query(&statement, params).await {
                    Err(error) if self.may_prepare_again(&error) => {
                        statement = self.prepare_again(sql).await?;
                    }
                    outcome => return outcome,
                }
            }
        });
        self.bounded(work).await
    }

    /// Runs a prepared statement that yields at most one row, and returns that row.
    ///
    /// # Errors
    /// As for [`Connection::query`].
    pub async fn query_opt(&self, sql: &'static str, params: Params<'_>) -> Result<Option<Row>, DbError> {
        Ok(self.query(sql, params).await?.into_iter().next())
    }

    /// Runs several prepared statements in order, in one round trip. All are sent before the first response arrives. A
    /// statement may thus wait for a lock, and those after it see the data after that wait. Polling several `query`
    /// futures would not keep the order: a statement that is already prepared would overtake one that is not.
    ///
    /// # Errors
    /// As for [`Connection::query`]. Returns the error of the first statement that failed.
    pub async fn query_in_order(
        &self,
        statements: &[(&'static str, Params<'_>)],
    ) -> Result<Vec<Vec<Row>>, DbError> {
        let object = self.object();
        let work = pin!(async {
            loop {
                let prepared =
                    try_join_all(statements.iter().map(|(sql, _)| object.prepare_cached(sql))).await?;
                let given = prepared.iter().zip(statements);
                // Wait for all: the first failure has the reason, and the later ones only report that there was one.
                let responses =
                    join_all(given.map(|(statement, (_, params))| object.query(statement, params))).await;
                match responses.into_iter().collect() {
                    Err(error) if self.may_prepare_again(&error) => {
                        for (sql, _) in statements {
                            object.statement_cache.remove(sql, &[]);
                        }
                    }
                    outcome => return outcome,
                }
            }
        });
        self.bounded(work).await
    }

    /// Prepares a statement, unless it is prepared already.
    ///
    /// # Errors
    /// As for [`Connection::query`].
    pub(super) async fn prepare(&self, sql: &str) -> Result<(), DbError> {
        let object = self.object();
        self.bounded(pin!(async { object.prepare_cached(sql).await.map(drop) })).await
    }

    /// Runs a prepared statement and returns the number of affected rows.
    ///
    /// # Errors
    /// As for [`Connection::query`].
    pub async fn execute(&self, sql: &'static str, params: Params<'_>) -> Result<u64, DbError> {
        let object = self.object();
        let work = pin!(async {
            let mut statement = object.prepare_cached(sql).await?;
            loop {
                match object.execute(&statement, params).await {
                    Err(error) if self.may_prepare_again(&error) => {
                        statement = self.prepare_again(sql).await?;
                    }
                    outcome => return outcome,
                }
            }
        });
        self.bounded(work).await
    }

    /// Runs text without preparing it. Used for transaction control only, never for input of a request.
    pub(super) async fn batch_execute(&self, text: &str) -> Result<(), DbError> {
        let object = self.object();
        self.bounded(pin!(object.batch_execute(text))).await
    }

    /// Runs work within its deadline. The work is pinned by the caller: an async function stores its argument and the
    /// future that it awaits separately. Futures passed by value would double in size at each step, and would be moved
    /// into their box as a whole.
    async fn bounded<T>(
        &self,
        work: Pin<&mut impl Future<Output = Result<T, tokio_postgres::Error>>>,
    ) -> Result<T, DbError> {
        if self.is_dead.load(Ordering::Relaxed) {
            return Err(DbError::Deadline);
        }
        let started = Instant::now();
        // Remains counted if this future is cancelled.
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        let outcome = match wait_budget::wait(WAIT_DEADLINE, work).await {
            Some(outcome) => {
                self.in_flight.fetch_sub(1, Ordering::Relaxed);
                outcome.map_err(DbError::Postgres)
            }
            None => Err(DbError::Deadline),
        };
        if outcome.as_ref().is_err_and(DbError::is_fatal) {
            self.is_dead.store(true, Ordering::Relaxed);
            if !matches!(outcome, Err(DbError::Deadline)) {
                self.set_broken(true);
            } else if started.elapsed() > STATEMENT_TIMEOUT {
                // Other open connections may be dead as well. They must not cost a request each.
                self.pool.manager().kind().sessions.suspect();
            }
        }
        outcome
    }

    /// Returns `true` if a statement may be prepared again after its result columns have changed. In a transaction it
    /// may not: PostgreSQL rejects every statement after the error.
    fn may_prepare_again(&self, error: &tokio_postgres::Error) -> bool {
        super::error::is_stale_plan(error) && !self.is_broken.load(Ordering::Relaxed)
    }

    async fn prepare_again(&self, sql: &str) -> Result<tokio_postgres::Statement, tokio_postgres::Error> {
        self.object().statement_cache.remove(sql, &[]);
        self.object().prepare_cached(sql).await
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let Some(object) = self.object.take() else { return };
        if self.is_broken.load(Ordering::Relaxed) {
            // Removed from the pool and closed, which rolls back an open transaction.
            drop(Object::take(object));
        } else if self.in_flight.load(Ordering::Relaxed) > 0 {
            match Handle::try_current() {
                Ok(runtime) => drop(runtime.spawn(settle(object, self.pool.clone()))),
                Err(_) => drop(Object::take(object)),
            }
        }
    }
}

/// Returns a connection to the pool once its abandoned statement has ended. The next request does not wait for that
/// statement, and need not reconnect.
async fn settle(object: Object<ConnectionManager>, pool: Pool<ConnectionManager>) {
    if !matches!(tokio::time::timeout(CANCEL_DEADLINE, object.simple_query("")).await, Ok(Ok(_))) {
        drop(Object::take(object));
        pool.manager().kind().sessions.suspect();
    }
}
