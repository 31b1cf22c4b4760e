//! Makes the connections of a pool, each in a task of its own. A request that asked for one and gave up breaks nothing off:
//! what was begun for it goes to the next that asks. Were it made by the request, then where making takes longer than a
//! request may wait each would begin anew, and no connection would ever be there.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use deadpool_postgres::ClientWrapper;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio_postgres::{Client, Config, NoTls};

use crate::platform::db::explain;

/// A connection that is not made after this time never will be: longer than any request waits, and short enough that
/// what was begun in a black hole is given up soon after it.
const MAKING: Duration = Duration::from_secs(3);

const FIND_STRENGTH: &str = r"-- platform.find_strength_of_login
select rolsuper or pg_has_role(session_user, 'agora_owner', 'member')
from pg_roles
where rolname = session_user";

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

/// Whether somebody logged in as a superuser or as the schema's owner.
pub(super) async fn is_strong_login(client: &Client) -> Result<bool, tokio_postgres::Error> {
    client.query_one(FIND_STRENGTH, &[]).await.map(|row| row.get(0))
}

/// Why a connection was not made.
#[derive(Debug)]
pub enum ConnectError {
    /// PostgreSQL refused it, or is not there.
    Postgres(tokio_postgres::Error),
    /// It may do more than the server should.
    StrongLogin,
    /// It took too long.
    Deadline,
    /// The task that made it was ended.
    Ended,
}

impl fmt::Display for ConnectError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postgres(error) => formatter.write_str(&explain(error)),
            Self::StrongLogin => formatter.write_str("the login is too strong"),
            Self::Deadline => formatter.write_str("it was not made in time"),
            Self::Ended => formatter.write_str("its making was ended"),
        }
    }
}

impl std::error::Error for ConnectError {}

impl From<tokio_postgres::Error> for ConnectError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
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
    pub(super) fn new(config: Config, logins: Logins) -> Self {
        let (done, made) = mpsc::unbounded_channel();
        let workshop = Arc::new(Workshop { config, logins, orders: Mutex::default(), done });
        Self { workshop, made: tokio::sync::Mutex::new(made) }
    }

    /// Closes what was made and not asked for.
    pub(super) fn forget(&self) {
        // Whoever asks holds this; then nothing is left over.
        if let Ok(mut made) = self.made.try_lock() {
            while made.try_recv().is_ok() {
                self.workshop.orders().begun -= 1;
            }
        }
        // Of those that came to ask meanwhile.
        self.workshop.begin_if_missing();
    }
}

impl managed::Manager for Maker {
    type Type = ClientWrapper;
    type Error = ConnectError;

    async fn create(&self) -> Result<ClientWrapper, ConnectError> {
        let since = Instant::now();
        let _asking = Asking::new(&self.workshop);
        loop {
            self.workshop.begin_if_missing();
            let made = self.made.lock().await.recv().await.ok_or(ConnectError::Ended)?;
            self.workshop.orders().begun -= 1;
            // What failed for somebody who is gone tells nothing of now, and what was left over may have closed.
            if made.at >= since || made.outcome.as_ref().is_ok_and(|client| !client.is_closed()) {
                return made.outcome;
            }
        }
    }

    async fn recycle(&self, client: &mut ClientWrapper, _: &Metrics) -> RecycleResult<ConnectError> {
        if client.is_closed() { Err(RecycleError::message("it has closed")) } else { Ok(()) }
    }
}

/// What making needs.
struct Workshop {
    config: Config,
    logins: Logins,
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
    outcome: Result<ClientWrapper, ConnectError>,
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

    async fn make(&self) -> Result<ClientWrapper, ConnectError> {
        let (client, connection) = self.config.connect(NoTls).await?;
        let carrying = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(%error, "a database connection broke");
            }
        });
        let client = ClientWrapper::new(client, carrying);
        metrics::counter!("agora_database_connections_total").increment(1);
        if self.logins == Logins::Weak && is_strong_login(&client).await? {
            tracing::error!("the database login is a superuser or the schema's owner: not used");
            return Err(ConnectError::StrongLogin);
        }
        Ok(client)
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
    outcome: Result<ClientWrapper, ConnectError>,
}

impl Work {
    async fn run(mut self) {
        let made = tokio::time::timeout(MAKING, self.workshop.make()).await;
        self.outcome = made.unwrap_or(Err(ConnectError::Deadline));
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
