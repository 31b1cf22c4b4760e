//! One connection that somebody has: its statements, each with a deadline, and what becomes of it afterwards.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use deadpool::managed::{Object, Pool};
use futures_util::future::{join_all, try_join_all};
use tokio::runtime::Handle;
use tokio_postgres::Row;

use super::{DEADLINE, DbError, Params, STATEMENT_TIMEOUT};
use crate::platform::connect::Maker;
use crate::platform::patience;

/// A statement that nobody waits for any more has ended after this time, or its connection is closed.
const SETTLING: Duration = STATEMENT_TIMEOUT.saturating_add(Duration::from_millis(200));

/// One connection. It goes back to the pool when what was begun on it has ended, unless something happened to it.
pub struct Connection {
    object: Option<Object<Maker>>,
    pool: Pool<Maker>,
    /// It must not be used again by others: something is wrong with it, or a transaction is open.
    is_broken: AtomicBool,
    /// Nothing more is said on it: it would not be answered.
    is_dead: AtomicBool,
    /// Statements that were begun and have not ended.
    in_flight: AtomicU32,
}

impl Connection {
    pub(super) fn new(object: Object<Maker>, pool: Pool<Maker>) -> Self {
        Self {
            object: Some(object),
            pool,
            is_broken: AtomicBool::new(false),
            is_dead: AtomicBool::new(false),
            in_flight: AtomicU32::new(0),
        }
    }

    fn object(&self) -> &Object<Maker> {
        // Taken out on drop only.
        self.object.as_ref().expect("a connection has its object until it is dropped")
    }

    /// Says whether others may use it once it is given back.
    pub(super) fn set_broken(&self, is_broken: bool) {
        self.is_broken.store(is_broken, Ordering::Relaxed);
    }

    /// Runs a prepared statement and gives its rows.
    ///
    /// # Errors
    /// What PostgreSQL says, or that it says nothing.
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

    /// As [`Connection::query`], for one row or none.
    ///
    /// # Errors
    /// As for [`Connection::query`].
    pub async fn query_opt(&self, sql: &'static str, params: Params<'_>) -> Result<Option<Row>, DbError> {
        Ok(self.query(sql, params).await?.into_iter().next())
    }

    /// Runs several prepared statements, each after the one before it, in one round trip: all are on the wire before the
    /// first is answered, so that one may wait for a lock and those after it see what is there then. Polling a `query`
    /// of each would not keep the order: one that is prepared already would overtake one that is not.
    ///
    /// # Errors
    /// As for [`Connection::query`]; the first one's that failed.
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
                // All are waited for: of those that fail, the first says why, and the others only that it did.
                let answers =
                    join_all(given.map(|(statement, (_, params))| object.query(statement, params))).await;
                match answers.into_iter().collect() {
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

    /// Runs a prepared statement and gives the number of rows that it touched.
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

    /// Runs text as it is: for the words of transactions, never for anything of a request.
    pub(super) async fn say(&self, text: &str) -> Result<(), DbError> {
        let object = self.object();
        self.bounded(pin!(object.batch_execute(text))).await
    }

    /// Bounds work in time. It is pinned where it was made: an async function stores what it is handed and what it waits
    /// for apart, so that futures handed on by value double at each step, and are moved into their box as a whole.
    async fn bounded<T>(
        &self,
        work: Pin<&mut impl Future<Output = Result<T, tokio_postgres::Error>>>,
    ) -> Result<T, DbError> {
        if self.is_dead.load(Ordering::Relaxed) {
            return Err(DbError::Deadline);
        }
        let started = Instant::now();
        // Stays so if this is cancelled.
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        let outcome = match patience::wait(DEADLINE, work).await {
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
                // The others that are open may not be answered either: they must not cost a request each.
                self.pool.manager().kind().sessions.suspect();
            }
        }
        outcome
    }

    /// Whether a statement whose result has other columns since it was prepared may be prepared again: in a transaction
    /// everything after the error is refused.
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
            // Taken out of the pool, so that it closes: whatever it was in the middle of is rolled back.
            drop(Object::take(object));
        } else if self.in_flight.load(Ordering::Relaxed) > 0 {
            match Handle::try_current() {
                Ok(runtime) => drop(runtime.spawn(settle(object, self.pool.clone()))),
                Err(_) => drop(Object::take(object)),
            }
        }
    }
}

/// Gives a connection back once the statement has ended that nobody waits for any more: the next one must not wait for
/// it, and need not connect anew.
async fn settle(object: Object<Maker>, pool: Pool<Maker>) {
    if !matches!(tokio::time::timeout(SETTLING, object.simple_query("")).await, Ok(Ok(_))) {
        drop(Object::take(object));
        pool.manager().kind().sessions.suspect();
    }
}
