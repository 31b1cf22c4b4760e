//! Opens the connections of a pool, each in its own task. A request that stops waiting does not cancel the attempt:
//! the next request that needs a connection gets it. If requests opened connections themselves and opening took longer
//! than a request may wait, each would start again. No connection would ever open.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use deadpool_postgres::ClientWrapper;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use crate::platform::db::session::{Session, Sessions};
use crate::platform::db::{Address, ConnectError, LoginPolicy, SessionRole};

/// Maximum time to open a connection. It is longer than any request waits. It is short enough that an attempt begun in
/// a network black hole ends soon after it.
const CONNECT_TASK_DEADLINE: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests;

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
