//! The database: a bounded pool, prepared statements, deadlines on everything, and transactions whose `begin` travels
//! with their first statement.

use std::ops::Deref;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use deadpool::Runtime;
use deadpool::managed::{self, Object, Pool, TimeoutType, Timeouts};
use futures_util::future::{join_all, try_join_all};
use tokio::sync::Semaphore;
use tokio_postgres::Config;
use tokio_postgres::types::ToSql;

pub use tokio_postgres::Row;

use crate::platform::connect::{Logins, Maker};
use crate::platform::patience;

/// A request waits this long for the database, all in all: with what it does beside that, two seconds are not exceeded.
pub const REQUEST_PATIENCE: Duration = Duration::from_millis(1600);
/// A request waits this long for a connection that is free.
const POOL_WAIT: Duration = Duration::from_millis(250);
/// And this long for one that is being made, waiting for its turn included: the other half is for the statements. A new
/// connection has to prepare them, and a request whose time ends over them costs the connection.
const CONNECTION_WAIT: Duration = Duration::from_millis(800);
/// Finding somebody at PostgreSQL's address may take this long.
const CONNECT_DEADLINE: Duration = Duration::from_millis(1000);
/// So many requests wait for each connection. The last of them is served in time if those before it take 4 ms each, which
/// is more than they do; were there more, they would wait for nothing, and be work for the server as they do.
const WAITERS: usize = 64;
/// A connection that is free, or one that is made for this request, if there may be more.
const AT_ONCE: Timeouts = Timeouts { wait: Some(Duration::ZERO), create: None, recycle: None };
/// The next that is given back.
const IN_TURN: Timeouts = Timeouts { wait: Some(POOL_WAIT), create: None, recycle: None };
/// Any single wait may take this long, whoever waits.
const DEADLINE: Duration = REQUEST_PATIENCE;
/// PostgreSQL itself stops a statement that takes this long (`statement_timeout` in [`session::SETTINGS`]): if it says
/// nothing for longer, it is not there.
const STATEMENT_TIMEOUT: Duration = Duration::from_millis(1400);

mod error;
mod explain;
pub(in crate::platform) mod session;
#[cfg(test)]
mod tests;

pub use error::DbError;
pub use explain::explain;

/// Parameters of a statement.
pub type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// The database role that sessions take, whoever logs in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SessionRole {
    /// Reads and writes rows; owns nothing.
    App,
    /// Owns the schema: for the dataset, which sets sequences.
    Owner,
}

/// The pool of connections to one database.
#[derive(Clone)]
pub struct Database {
    pool: Pool<Maker>,
    /// Those who wait for a connection that is given back have a place each.
    places: Arc<Semaphore>,
}

impl Database {
    /// A pool of at most `size` connections; none is made before the first is needed.
    ///
    /// # Errors
    /// A sentence for the operator when the URL is not usable.
    pub fn new(url: &str, role: SessionRole, size: usize, logins: Logins) -> Result<Self, String> {
        let mut config: Config = url
            .parse()
            .map_err(|_| "is not a PostgreSQL URL, such as postgres://agora@db/agora".to_owned())?;
        let role = match role {
            SessionRole::App => "agora_app",
            SessionRole::Owner => "agora_owner",
        };
        let own = [("role", role), ("application_name", "agora")];
        let settings = session::SETTINGS.iter().chain(&own);
        let options: Vec<String> = settings.map(|(name, value)| format!("-c {name}={value}")).collect();
        config
            .options(options.join(" "))
            .connect_timeout(CONNECT_DEADLINE)
            .tcp_user_timeout(Duration::from_secs(5));
        config.keepalives_idle(Duration::from_secs(30));
        let pool = Pool::builder(Maker::new(config, logins)).max_size(size).runtime(Runtime::Tokio1);
        let pool = pool.build().map_err(|error| error.to_string())?;
        Ok(Self { pool, places: Arc::new(Semaphore::new(WAITERS * size)) })
    }

    /// A connection for statements that commit by themselves.
    ///
    /// # Errors
    /// When none is free in time, or the database is out.
    pub async fn connection(&self) -> Result<Connection, DbError> {
        let object = patience::wait(CONNECTION_WAIT, pin!(self.object())).await;
        Ok(Connection {
            object: Some(object.ok_or(DbError::Deadline)??),
            pool: self.pool.clone(),
            is_broken: AtomicBool::new(false),
            is_dead: AtomicBool::new(false),
        })
    }

    async fn object(&self) -> Result<Object<Maker>, DbError> {
        let object = self.pool.timeout_get(&AT_ONCE).await;
        if !matches!(object, Err(managed::PoolError::Timeout(TimeoutType::Wait))) {
            return object.map_err(DbError::Pool);
        }
        let Ok(_place) = self.places.try_acquire() else {
            metrics::counter!("agora_database_crowds_total").increment(1);
            return Err(DbError::Crowd);
        };
        self.pool.timeout_get(&IN_TURN).await.map_err(DbError::Pool)
    }

    /// Connections: open, and free.
    #[must_use]
    pub fn usage(&self) -> (usize, usize) {
        let status = self.pool.status();
        (status.size, status.available)
    }

    /// Closes every connection.
    pub fn close(&self) {
        self.pool.close();
    }
}

/// One connection. It goes back to the pool unless something happened to it.
pub struct Connection {
    object: Option<Object<Maker>>,
    pool: Pool<Maker>,
    /// It must not be used again by others.
    is_broken: AtomicBool,
    /// Nothing more is said on it: it would not be answered.
    is_dead: AtomicBool,
}

impl Connection {
    fn object(&self) -> &Object<Maker> {
        // Taken out on drop only.
        self.object.as_ref().expect("a connection has its object until it is dropped")
    }

    /// Runs a prepared statement and gives its rows.
    ///
    /// # Errors
    /// What PostgreSQL says, or that it says nothing.
    pub async fn query(&self, sql: &'static str, params: Params<'_>) -> Result<Vec<Row>, DbError> {
        let object = self.object();
        let work = pin!(async {
            let statement = object.prepare_cached(sql).await?;
            object.query(&statement, params).await
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
            let prepared = try_join_all(statements.iter().map(|(sql, _)| object.prepare_cached(sql))).await?;
            let given = prepared.iter().zip(statements);
            // All are waited for: of those that fail, the first says why, and the others only that it did.
            let answers =
                join_all(given.map(|(statement, (_, params))| object.query(statement, params))).await;
            answers.into_iter().collect()
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
            let statement = object.prepare_cached(sql).await?;
            object.execute(&statement, params).await
        });
        self.bounded(work).await
    }

    /// Runs text as it is: for the words of transactions, never for anything of a request.
    async fn say(&self, text: &str) -> Result<(), DbError> {
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
        let outcome = match patience::wait(DEADLINE, work).await {
            Some(outcome) => outcome.map_err(DbError::Postgres),
            None => Err(DbError::Deadline),
        };
        if outcome.as_ref().is_err_and(DbError::is_fatal) {
            self.is_broken.store(true, Ordering::Relaxed);
            self.is_dead.store(true, Ordering::Relaxed);
            if started.elapsed() > STATEMENT_TIMEOUT {
                // The others that are open will not be answered either: they must not cost a request each.
                self.pool.retain(|_, _| false);
                self.pool.manager().forget();
            }
        }
        outcome
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.is_broken.load(Ordering::Relaxed)
            && let Some(object) = self.object.take()
        {
            // Taken out of the pool, so that it closes: whatever it was in the middle of is rolled back.
            drop(Object::take(object));
        }
    }
}

/// A transaction that the write boundary opened. Verbs use it and neither begin nor commit; clones are the same one.
#[derive(Clone)]
pub struct Transaction {
    connection: Arc<Connection>,
}

impl Deref for Transaction {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl Transaction {
    /// Takes a connection for a transaction. Until [`Transaction::commit`] or [`Transaction::rollback`] is through, the
    /// connection counts as broken: a request that is cancelled half-way closes it.
    pub(super) fn new(connection: Connection) -> Self {
        connection.is_broken.store(true, Ordering::Relaxed);
        Self { connection: Arc::new(connection) }
    }

    /// Opens the transaction with these settings, and runs `first` in it; both travel together.
    pub(super) async fn begin<T, E: From<DbError>>(
        &self,
        settings: &str,
        first: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let begin = format!("begin; {settings}");
        // Polled in this order, so `begin` is on the wire first; the statements after it do not wait for its answer.
        let mut begin = pin!(self.say(&begin));
        let mut begun = None;
        let mut first = pin!(first);
        let outcome = std::future::poll_fn(|context| {
            if begun.is_none()
                && let std::task::Poll::Ready(done) = Pin::as_mut(&mut begin).poll(context)
            {
                begun = Some(done);
            }
            Pin::as_mut(&mut first).poll(context)
        })
        .await;
        match begun {
            Some(Ok(())) => outcome,
            Some(Err(error)) => Err(error.into()),
            None => begin.await.map_err(E::from).and(outcome),
        }
    }

    /// Sets a point to come back to.
    pub(super) async fn savepoint(&self) -> Result<(), DbError> {
        self.say("savepoint verb; set local lock_timeout = '1s'").await
    }

    /// Undoes what came after the savepoint.
    pub(super) async fn rollback_to_savepoint(&self) -> Result<(), DbError> {
        self.say("rollback to savepoint verb").await
    }

    /// Commits.
    pub(super) async fn commit(&self) -> Result<(), DbError> {
        self.ended(self.say("commit").await)
    }

    /// Undoes everything.
    pub(super) async fn rollback(&self) -> Result<(), DbError> {
        self.ended(self.say("rollback").await)
    }

    fn ended(&self, outcome: Result<(), DbError>) -> Result<(), DbError> {
        self.connection.is_broken.store(outcome.is_err(), Ordering::Relaxed);
        outcome
    }
}
