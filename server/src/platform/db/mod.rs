//! The database: a bounded connection pool, prepared statements, deadlines on every wait, and transactions that send
//! `begin` together with their first statement.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{self, Object, Pool, TimeoutType, Timeouts};
use tokio::sync::Semaphore;
use tokio_postgres::types::ToSql;

pub use tokio_postgres::Row;

pub(crate) use row::row;

use connect::{ConnectOptions, ConnectionManager};

/// Maximum total time that a request waits for the database. Together with its other work, a request takes no more
/// than two seconds.
pub const DB_DEADLINE: Duration = Duration::from_millis(1600);
/// Maximum wait for a connection to be returned to the pool.
const POOL_WAIT: Duration = Duration::from_millis(250);
/// Maximum wait for a connection that is being opened, including the queue. The other half of [`DB_DEADLINE`] is
/// for the statements. A new connection has to prepare them, and a request that times out there costs the connection.
const CONNECTION_WAIT: Duration = Duration::from_millis(800);
/// Maximum time to reach the address of PostgreSQL.
const CONNECT_DEADLINE: Duration = Duration::from_millis(1000);
/// Maximum number of waiting requests per connection. The last one is served in time if those before it take 4 ms
/// each, which is more than they do. Further requests would wait in vain, and cost the server work.
const QUEUE_SLOTS_PER_CONNECTION: usize = 64;
/// Timeouts for taking a free connection, or for opening one if the pool may grow.
const NO_WAIT: Timeouts = Timeouts { wait: Some(Duration::ZERO), create: None, recycle: None };
/// Timeouts for waiting in the queue for a returned connection.
const QUEUED: Timeouts = Timeouts { wait: Some(POOL_WAIT), create: None, recycle: None };
/// Maximum time of any single wait, within a request or not.
const WAIT_DEADLINE: Duration = DB_DEADLINE;
/// Time after which PostgreSQL cancels a statement (`statement_timeout` in [`session::SETTINGS`]). If it does not
/// respond for longer, it is unreachable.
const STATEMENT_TIMEOUT: Duration = Duration::from_millis(1400);

mod address;
mod connect;
mod connection;
mod error;
mod exclusive;
mod explain;
mod login;
mod row;
pub(in crate::platform) mod session;
#[cfg(test)]
mod tests;
mod tls;
mod transaction;
pub mod wait_budget;

pub use address::Address;
pub use connection::Connection;
pub use error::DbError;
pub use exclusive::Exclusive;
pub use explain::explain;
pub use login::{ConnectError, LoginPolicy};
pub use session::Sessions;
pub use transaction::Transaction;

/// Returns the count that a statement selects as its only column.
#[must_use]
pub fn total(row: Option<Row>) -> i64 {
    row.map_or(0, |row| row.get(0))
}

/// A parameter of a statement.
pub type Param<'a> = &'a (dyn ToSql + Sync);
/// Parameters of a statement.
pub type Params<'a> = &'a [Param<'a>];

/// Database role of a session, independent of its login.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SessionRole {
    /// Reads and writes rows; owns nothing.
    App,
    /// Owns the schema. It is used to load the dataset, which sets sequences.
    Owner,
}

impl SessionRole {
    fn name(self) -> &'static str {
        match self {
            Self::App => "agora_app",
            Self::Owner => "agora_owner",
        }
    }
}

/// Pool of connections to one database.
#[derive(Clone)]
pub struct Database {
    pool: Pool<ConnectionManager>,
    /// Slots of the queue for returned connections.
    queue_slots: Arc<Semaphore>,
}

impl Database {
    /// Creates a pool of at most `size` connections. None is opened before the first use.
    ///
    /// # Errors
    /// Returns a message for the operator if the URL is not usable.
    pub fn new(
        url: &str,
        role: SessionRole,
        size: usize,
        logins: LoginPolicy,
        sessions: &Sessions,
    ) -> Result<Self, String> {
        Self::named("", Address::parse(url)?, role, size, logins, sessions)
    }

    /// Creates the pool for readiness checks and revocations. The `application_name` of its sessions ends with `-monitor`,
    /// which distinguishes them in `pg_stat_activity`.
    ///
    /// # Errors
    /// As for [`Database::new`].
    pub fn monitor(url: &str, size: usize, logins: LoginPolicy, sessions: &Sessions) -> Result<Self, String> {
        Self::named("-monitor", Address::parse(url)?, SessionRole::App, size, logins, sessions)
    }

    fn named(
        suffix: &str,
        mut address: Address,
        role: SessionRole,
        size: usize,
        logins: LoginPolicy,
        sessions: &Sessions,
    ) -> Result<Self, String> {
        let config = address.config_mut();
        config.options(options(config.get_options(), role));
        let name = config.get_application_name().unwrap_or("agora");
        config.application_name(format!("{name}{suffix}"));
        config.connect_timeout(CONNECT_DEADLINE).tcp_user_timeout(Duration::from_secs(5));
        config.keepalives_idle(Duration::from_secs(30));
        let kind = ConnectOptions { address, role, logins, sessions: sessions.clone() };
        let pool = Pool::builder(ConnectionManager::new(kind)).max_size(size).runtime(Runtime::Tokio1);
        let pool = pool.build().map_err(|error| error.to_string())?;
        Ok(Self { pool, queue_slots: Arc::new(Semaphore::new(QUEUE_SLOTS_PER_CONNECTION * size)) })
    }

    /// Opens two connections at a time, as a server does, and closes them. The operator thus reads at start-up why the
    /// database cannot be used. A pooler in transaction mode is detected, too.
    ///
    /// # Errors
    /// Returns the reason why a connection cannot be opened.
    pub async fn probe(&self) -> Result<(), ConnectError> {
        let kind = self.pool.manager().kind();
        let _first = kind.open().await?;
        kind.open().await.map(drop)
    }

    /// Leases a connection for statements that commit by themselves.
    ///
    /// # Errors
    /// Returns an error if none is free in time, or if the database is unavailable.
    pub async fn connection(&self) -> Result<Connection, DbError> {
        let Some(object) = wait_budget::wait(CONNECTION_WAIT, pin!(self.object())).await else {
            // PostgreSQL does not respond, so open connections may be dead as well.
            self.pool.manager().kind().sessions.suspect();
            return Err(DbError::Deadline);
        };
        Ok(Connection::new(object?, self.pool.clone()))
    }

    async fn object(&self) -> Result<Object<ConnectionManager>, DbError> {
        let object = self.pool.timeout_get(&NO_WAIT).await;
        if !matches!(object, Err(managed::PoolError::Timeout(TimeoutType::Wait))) {
            return object.map_err(DbError::Pool);
        }
        let Ok(_place) = self.queue_slots.try_acquire() else {
            metrics::counter!("agora_database_crowds_total").increment(1);
            return Err(DbError::PoolQueueFull);
        };
        self.pool.timeout_get(&QUEUED).await.map_err(DbError::Pool)
    }

    /// Returns the numbers of open and of free connections.
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

/// Returns the start-up options: those of the URL, then the server's, which take precedence.
fn options(of_url: Option<&str>, role: SessionRole) -> String {
    let ours = session::SETTINGS.iter().map(|(name, value)| format!("-c {name}={value}"));
    let role = format!("-c role={}", role.name());
    of_url.map(str::to_owned).into_iter().chain(ours).chain([role]).collect::<Vec<_>>().join(" ")
}
