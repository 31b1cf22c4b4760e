//! The database: a bounded pool, prepared statements, deadlines on everything, and transactions whose `begin` travels
//! with their first statement.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{self, Object, Pool, TimeoutType, Timeouts};
use tokio::sync::Semaphore;
use tokio_postgres::types::ToSql;

pub use tokio_postgres::Row;

use crate::platform::connect::{ConnectError, Kind, Logins, Maker};
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

mod address;
mod connection;
mod error;
mod exclusive;
mod explain;
pub(in crate::platform) mod session;
#[cfg(test)]
mod tests;
mod tls;
mod transaction;

pub use address::Address;
pub use connection::Connection;
pub use error::DbError;
pub use exclusive::Exclusive;
pub use explain::explain;
pub use session::Sessions;
pub use transaction::Transaction;

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

impl SessionRole {
    fn name(self) -> &'static str {
        match self {
            Self::App => "agora_app",
            Self::Owner => "agora_owner",
        }
    }
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
    pub fn new(
        url: &str,
        role: SessionRole,
        size: usize,
        logins: Logins,
        sessions: &Sessions,
    ) -> Result<Self, String> {
        let mut address = Address::parse(url)?;
        let config = address.config_mut();
        config.options(options(config.get_options(), role));
        if config.get_application_name().is_none() {
            config.application_name("agora");
        }
        config.connect_timeout(CONNECT_DEADLINE).tcp_user_timeout(Duration::from_secs(5));
        config.keepalives_idle(Duration::from_secs(30));
        let kind = Kind { address, role, logins, sessions: sessions.clone() };
        let pool = Pool::builder(Maker::new(kind)).max_size(size).runtime(Runtime::Tokio1);
        let pool = pool.build().map_err(|error| error.to_string())?;
        Ok(Self { pool, places: Arc::new(Semaphore::new(WAITERS * size)) })
    }

    /// Opens two connections at a time, as a server does, and closes them: so an operator reads at the start why the
    /// database cannot be used, a pooler in transaction mode included.
    ///
    /// # Errors
    /// Why a connection cannot be had.
    pub async fn probe(&self) -> Result<(), ConnectError> {
        let kind = self.pool.manager().kind();
        let _first = kind.open().await?;
        kind.open().await.map(drop)
    }

    /// A connection for statements that commit by themselves.
    ///
    /// # Errors
    /// When none is free in time, or the database is out.
    pub async fn connection(&self) -> Result<Connection, DbError> {
        let Some(object) = patience::wait(CONNECTION_WAIT, pin!(self.object())).await else {
            // Nobody greets: those that are open may lead nowhere, too.
            self.pool.manager().kind().sessions.suspect();
            return Err(DbError::Deadline);
        };
        Ok(Connection::new(object?, self.pool.clone()))
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

/// The start-up options: those of the URL, then ours, which win.
fn options(of_url: Option<&str>, role: SessionRole) -> String {
    let ours = session::SETTINGS.iter().map(|(name, value)| format!("-c {name}={value}"));
    let role = format!("-c role={}", role.name());
    of_url.map(str::to_owned).into_iter().chain(ours).chain([role]).collect::<Vec<_>>().join(" ")
}
