//! Makes the connections of a pool, each in a task of its own. A request that asked for one and gave up breaks nothing off:
//! what was begun for it goes to the next that asks. Were it made by the request, then where making takes longer than a
//! request may wait each would begin anew, and no connection would ever be there.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use deadpool_postgres::ClientWrapper;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio_postgres::error::SqlState;

use crate::platform::db::session::{Session, Sessions};
use crate::platform::db::{Address, SessionRole, explain};

/// A connection that is not made after this time never will be: longer than any request waits, and short enough that
/// what was begun in a black hole is given up soon after it.
const MAKING: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests;

/// Which logins are good enough.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Logins {
    /// Any.
    Any,
    /// Neither a superuser nor the owner of the schema: each connection is asked before its first use, since a database
    /// that is out when the server starts says nothing then, and a login may be given rights later.
    Weak,
}

/// Why a connection was not made.
#[derive(Debug)]
pub enum ConnectError {
    /// PostgreSQL refused it, or is not there.
    Postgres(tokio_postgres::Error),
    /// It may do more than the server should.
    StrongLogin,
    /// The database cannot hold every text.
    Encoding(String),
    /// The session lacks a setting that was asked for.
    Setting {
        /// Its name.
        name: &'static str,
        /// What was asked for.
        wanted: &'static str,
        /// What the session has.
        found: String,
    },
    /// Another connection has the same session.
    SharedSession,
    /// It took too long.
    Deadline,
    /// The task that made it was ended.
    Ended,
}

impl fmt::Display for ConnectError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postgres(error) => formatter.write_str(&explain(error)),
            Self::StrongLogin => formatter.write_str(
                "the login is a superuser or the owner of the schema: log in as a member of agora_app only",
            ),
            Self::Encoding(encoding) => write!(
                formatter,
                "the database has the encoding {encoding}, which cannot hold every text: move to one that is UTF8"
            ),
            Self::Setting { name, wanted, found } => write!(
                formatter,
                "the session has {name} {found:?}, not {wanted:?}: a pooler has dropped the start-up options. Run \
                 `agora migrate`, which sets them for the login, and see docs/poolers.md"
            ),
            Self::SharedSession => formatter.write_str(
                "two connections have one session of PostgreSQL: a pooler in transaction mode stands in between. Use \
                 its session mode, as docs/poolers.md says",
            ),
            Self::Deadline => formatter.write_str("it was not made in time"),
            Self::Ended => formatter.write_str("its making was ended"),
        }
    }
}

impl std::error::Error for ConnectError {}

impl ConnectError {
    /// Whether the login, the database or a pooler is not fit: it is so until somebody changes it.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        match self {
            Self::Postgres(error) => error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE),
            Self::StrongLogin | Self::Encoding(_) | Self::Setting { .. } | Self::SharedSession => true,
            Self::Deadline | Self::Ended => false,
        }
    }
}

impl From<tokio_postgres::Error> for ConnectError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

/// How connections are made, and which are good.
#[derive(Clone)]
pub(super) struct Kind {
    /// Where they lead.
    pub(super) address: Address,
    /// The role of their sessions.
    pub(super) role: SessionRole,
    /// The logins that may be used.
    pub(super) logins: Logins,
    /// The sessions that the process has open.
    pub(super) sessions: Sessions,
}

impl Kind {
    /// Connects, and checks the session.
    pub(super) async fn open(&self) -> Result<Session, ConnectError> {
        let (client, carrying) = self.address.connect().await?;
        metrics::counter!("agora_database_connections_total").increment(1);
        let client = ClientWrapper::new(client, carrying);
        Session::check(client, self.role, self.logins, &self.sessions).await
    }
}

/// Makes connections for a pool.
pub(super) struct Maker {
    workshop: Arc<Workshop>,
    /// Whoever asks waits in this line for the next that is made.
    made: tokio::sync::Mutex<UnboundedReceiver<Made>>,
}

impl Maker {
    /// Makes them of one kind.
    pub(super) fn new(kind: Kind) -> Self {
        let (done, made) = mpsc::unbounded_channel();
        let workshop = Arc::new(Workshop { kind, orders: Mutex::default(), done });
        Self { workshop, made: tokio::sync::Mutex::new(made) }
    }

    /// What is made.
    pub(super) fn kind(&self) -> &Kind {
        &self.workshop.kind
    }
}

impl managed::Manager for Maker {
    type Type = Session;
    type Error = ConnectError;

    async fn create(&self) -> Result<Session, ConnectError> {
        let since = Instant::now();
        let _asking = Asking::new(&self.workshop);
        loop {
            self.workshop.begin_if_missing();
            let made = self.made.lock().await.recv().await.ok_or(ConnectError::Ended)?;
            self.workshop.orders().begun -= 1;
            // What failed for somebody who is gone tells nothing of now, and what was left over may have closed.
            if made.at >= since || made.outcome.as_ref().is_ok_and(Session::is_good) {
                return made.outcome;
            }
        }
    }

    async fn recycle(&self, session: &mut Session, _: &Metrics) -> RecycleResult<ConnectError> {
        session.prove().await.map_err(RecycleError::message)
    }
}

/// What making needs.
struct Workshop {
    kind: Kind,
    orders: Mutex<Orders>,
    done: UnboundedSender<Made>,
}

/// How many connections are asked for, and how many were begun that nobody has taken. Those that ask have a place of the
/// pool each, and none is begun beyond their number: with those that the pool has they are never more than its size.
#[derive(Default)]
struct Orders {
    asked: usize,
    begun: usize,
}

/// What came of making one, and when.
struct Made {
    at: Instant,
    outcome: Result<Session, ConnectError>,
}

impl Workshop {
    fn orders(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin_if_missing(self: &Arc<Self>) {
        let mut orders = self.orders();
        if orders.begun < orders.asked {
            orders.begun += 1;
            let work = Work { workshop: Arc::clone(self), outcome: Err(ConnectError::Ended) };
            tokio::spawn(work.run());
        }
    }
}

/// Somebody who asks for a connection, until there is one or the wait is given up.
struct Asking<'a>(&'a Workshop);

impl<'a> Asking<'a> {
    fn new(workshop: &'a Workshop) -> Self {
        workshop.orders().asked += 1;
        Self(workshop)
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.orders().asked -= 1;
    }
}

/// One that is being made. However that ends, it is handed over: somebody may wait for it.
struct Work {
    workshop: Arc<Workshop>,
    outcome: Result<Session, ConnectError>,
}

impl Work {
    async fn run(mut self) {
        let made = tokio::time::timeout(MAKING, self.workshop.kind.open()).await;
        self.outcome = made.unwrap_or(Err(ConnectError::Deadline));
        if let Err(error) = &self.outcome
            && !matches!(error, ConnectError::Deadline)
        {
            tracing::debug!("no database connection: {error}");
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let outcome = std::mem::replace(&mut self.outcome, Err(ConnectError::Ended));
        let mut orders = self.workshop.orders();
        if outcome.is_err() && orders.begun > orders.asked {
            // It failed for nobody.
            orders.begun -= 1;
            return;
        }
        drop(orders);
        // Unless the pool is gone.
        let _ = self.workshop.done.send(Made { at: Instant::now(), outcome });
    }
}
