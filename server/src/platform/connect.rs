//! Opens the connections of a pool, each in its own task. A request that stops waiting does not cancel the attempt:
//! the next request that needs a connection gets it. If requests opened connections themselves and opening took longer
//! than a request may wait, each would start again. No connection would ever open.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use deadpool_postgres::ClientWrapper;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio_postgres::error::SqlState;

use crate::platform::db::session::{Session, Sessions};
use crate::platform::db::{Address, SessionRole, explain};

/// Maximum time to open a connection. It is longer than any request waits. It is short enough that an attempt begun in
/// a network black hole ends soon after it.
const CONNECT_TASK_DEADLINE: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests;

/// Policy on the login of a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LoginPolicy {
    /// Accepts any login.
    Any,
    /// Rejects superusers and the owner of the schema. Each connection is checked before its first use. A check at
    /// start-up would not be enough: the database may be unavailable then, and a login may gain rights later.
    LeastPrivilege,
}

/// Reason why a connection could not be opened.
#[derive(Debug)]
pub enum ConnectError {
    /// PostgreSQL refused the connection, or is unreachable.
    Postgres(tokio_postgres::Error),
    /// The login has more rights than the server should have.
    PrivilegedLogin,
    /// The encoding of the database cannot represent every text.
    Encoding(String),
    /// The session lacks a requested setting.
    Setting {
        /// Name of the setting.
        name: &'static str,
        /// Requested value.
        wanted: &'static str,
        /// Value in the session.
        found: String,
    },
    /// Another connection shares the session.
    SharedSession,
    /// The attempt exceeded its time limit.
    Deadline,
    /// The attempt ended without a result.
    Ended,
}

impl fmt::Display for ConnectError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postgres(error) => formatter.write_str(&explain(error)),
            Self::PrivilegedLogin => formatter.write_str(
                "the login is a superuser or the owner of the schema: use a login that is only a member of agora_app",
            ),
            Self::Encoding(encoding) => write!(
                formatter,
                "the database has the encoding {encoding}, which cannot store all text: use a UTF8 database"
            ),
            Self::Setting { name, wanted, found } => write!(
                formatter,
                "the session has {name} {found:?}, not {wanted:?}: a pooler dropped the startup options. Run \
                 `agora migrate`, which sets them for the login, and see docs/poolers.md"
            ),
            Self::SharedSession => formatter.write_str(
                "two connections share one PostgreSQL session, so a pooler in transaction mode is in use. Use session \
                 mode, as docs/poolers.md describes",
            ),
            Self::Deadline => formatter.write_str("the connection was not established in time"),
            Self::Ended => formatter.write_str("the connection attempt was cancelled"),
        }
    }
}

impl std::error::Error for ConnectError {}

impl ConnectError {
    /// Returns `true` if the login, the database or a pooler is unsuitable. Such an error lasts until the operator
    /// changes the configuration.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        match self {
            Self::Postgres(error) => error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE),
            Self::PrivilegedLogin | Self::Encoding(_) | Self::Setting { .. } | Self::SharedSession => true,
            Self::Deadline | Self::Ended => false,
        }
    }
}

impl From<tokio_postgres::Error> for ConnectError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

/// Settings of new connections.
#[derive(Clone)]
pub(super) struct ConnectOptions {
    pub(super) address: Address,
    pub(super) role: SessionRole,
    pub(super) logins: LoginPolicy,
    /// Open sessions of this process.
    pub(super) sessions: Sessions,
}

impl ConnectOptions {
    /// Connects, and checks the session.
    pub(super) async fn open(&self) -> Result<Session, ConnectError> {
        let (client, carrying) = self.address.connect().await?;
        metrics::counter!("agora_database_connections_total").increment(1);
        let client = ClientWrapper::new(client, carrying);
        Session::check(client, self.role, self.logins, &self.sessions).await
    }
}

/// Opens connections for a pool.
pub(super) struct ConnectionManager {
    shared: Arc<Shared>,
    /// Outcomes of attempts. Requests queue on the lock for the next one.
    connected: tokio::sync::Mutex<UnboundedReceiver<Connected>>,
}

impl ConnectionManager {
    pub(super) fn new(kind: ConnectOptions) -> Self {
        let (done, connected) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared { kind, demand: Mutex::default(), done });
        Self { shared, connected: tokio::sync::Mutex::new(connected) }
    }

    pub(super) fn kind(&self) -> &ConnectOptions {
        &self.shared.kind
    }
}

impl managed::Manager for ConnectionManager {
    type Type = Session;
    type Error = ConnectError;

    async fn create(&self) -> Result<Session, ConnectError> {
        let since = Instant::now();
        let _asking = Waiter::new(&self.shared);
        loop {
            self.shared.start_if_needed();
            let connected = self.connected.lock().await.recv().await.ok_or(ConnectError::Ended)?;
            self.shared.demand().started -= 1;
            // A failure from before this request does not count, and a leftover connection may have closed.
            if connected.at >= since || connected.outcome.as_ref().is_ok_and(Session::is_good) {
                return connected.outcome;
            }
        }
    }

    async fn recycle(&self, session: &mut Session, _: &Metrics) -> RecycleResult<ConnectError> {
        session.prove().await.map_err(RecycleError::message)
    }
}

/// State shared between the pool and the connecting tasks.
struct Shared {
    kind: ConnectOptions,
    demand: Mutex<Demand>,
    done: UnboundedSender<Connected>,
}

/// Number of requests that wait for a connection, and of attempts with an outcome not yet taken. Each waiting request
/// occupies a slot of the pool, and an attempt begins only while there are fewer attempts than waiting requests. Open
/// connections and attempts together therefore never exceed the size of the pool.
#[derive(Default)]
struct Demand {
    waiting: usize,
    started: usize,
}

/// Outcome of an attempt to connect, and its time.
struct Connected {
    at: Instant,
    outcome: Result<Session, ConnectError>,
}

impl Shared {
    fn demand(&self) -> MutexGuard<'_, Demand> {
        self.demand.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start_if_needed(self: &Arc<Self>) {
        let mut demand = self.demand();
        if demand.started < demand.waiting {
            demand.started += 1;
            let work = ConnectTask { shared: Arc::clone(self), outcome: Err(ConnectError::Ended) };
            tokio::spawn(work.run());
        }
    }
}

/// A request that waits for a connection. It is counted until it is dropped.
struct Waiter<'a>(&'a Shared);

impl<'a> Waiter<'a> {
    fn new(shared: &'a Shared) -> Self {
        shared.demand().waiting += 1;
        Self(shared)
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.0.demand().waiting -= 1;
    }
}

/// A pending connection. Its outcome is delivered even if the task is cancelled, since a request may wait for it.
struct ConnectTask {
    shared: Arc<Shared>,
    outcome: Result<Session, ConnectError>,
}

impl ConnectTask {
    async fn run(mut self) {
        let connected = tokio::time::timeout(CONNECT_TASK_DEADLINE, self.shared.kind.open()).await;
        self.outcome = connected.unwrap_or(Err(ConnectError::Deadline));
        if let Err(error) = &self.outcome
            && !matches!(error, ConnectError::Deadline)
        {
            tracing::debug!("no database connection: {error}");
        }
    }
}

impl Drop for ConnectTask {
    fn drop(&mut self) {
        let outcome = std::mem::replace(&mut self.outcome, Err(ConnectError::Ended));
        let mut demand = self.shared.demand();
        if outcome.is_err() && demand.started > demand.waiting {
            // No request waits for this failure.
            demand.started -= 1;
            return;
        }
        drop(demand);
        // Fails only after the pool was dropped.
        let _ = self.shared.done.send(Connected { at: Instant::now(), outcome });
    }
}
