//! State shared by all searches of a server: the statistics that choose their statements, and a limit on their connections.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::catalog::search::queries;
use crate::catalog::search::statistics::Statistics;
use crate::platform::db::{Database, DbError};

/// Age at which the statistics are read again. PostgreSQL itself collects them about once a minute.
const AGE: Duration = Duration::from_secs(60);
/// Longest wait of a search for others to end.
const WAIT: Duration = Duration::from_millis(500);

/// Statistics of the products, and the number of searches at a time. Clones share them.
#[derive(Clone)]
pub struct Searches {
    known: Arc<Mutex<Known>>,
    slots: Arc<Semaphore>,
    of_facets: Arc<Semaphore>,
}

#[derive(Default)]
struct Known {
    statistics: Option<Arc<Statistics>>,
    /// Time of the last attempt to read them.
    asked_at: Option<Instant>,
}

impl Searches {
    /// Lets searches use half of the connections of a pool at a time, and facets a quarter, so that they starve neither each
    /// other nor other reads.
    #[must_use]
    pub fn of_pool(size: usize) -> Self {
        let share = |part: usize| Arc::new(Semaphore::new((size / part).max(1)));
        Self { known: Arc::default(), slots: share(2), of_facets: share(4) }
    }

    /// Waits until a further search may use a connection, while the returned permit is kept.
    ///
    /// # Errors
    /// Returns [`DbError::PoolQueueFull`] if too many others do not end in time.
    pub(in crate::catalog) async fn slot(&self) -> Result<OwnedSemaphorePermit, DbError> {
        waited(&self.slots).await
    }

    /// Waits until further facets may use a connection, as [`Searches::slot`] does for searches.
    ///
    /// # Errors
    /// Returns [`DbError::PoolQueueFull`] if too many others do not end in time.
    pub(in crate::catalog) async fn slot_of_facets(&self) -> Result<OwnedSemaphorePermit, DbError> {
        waited(&self.of_facets).await
    }

    /// Returns the statistics, or `None` before they are read. If they are old, they are read again in the background.
    pub(in crate::catalog) fn statistics(&self, database: &Database) -> Option<Arc<Statistics>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.asked_at.is_none_or(|at| at.elapsed() > AGE) {
            known.asked_at = Some(Instant::now());
            tokio::spawn(self.clone().read(database.clone()));
        }
        known.statistics.clone()
    }

    async fn read(self, database: Database) {
        let read = async || -> Result<Statistics, DbError> {
            queries::read_statistics(&database.connection().await?).await
        };
        match read().await {
            Ok(statistics) => {
                let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
                known.statistics = Some(Arc::new(statistics));
            }
            Err(error) => tracing::debug!(%error, "the statistics of the products could not be read"),
        }
    }
}

async fn waited(slots: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, DbError> {
    match tokio::time::timeout(WAIT, Arc::clone(slots).acquire_owned()).await {
        Ok(Ok(slot)) => Ok(slot),
        _ => Err(DbError::PoolQueueFull),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn searches_wait_for_each_other_but_not_for_ever() {
        let searches = Searches::of_pool(5);
        let (first, _second) =
            (searches.slot().await.expect("is free"), searches.slot().await.expect("is free"));
        assert!(matches!(searches.slot().await, Err(DbError::PoolQueueFull)), "the third does not fit");
        let waiting = tokio::spawn({
            let searches = searches.clone();
            async move { searches.slot().await.is_ok() }
        });
        tokio::task::yield_now().await;
        drop(first);
        assert!(waiting.await.expect("runs"), "a slot is given back");
        assert!(Searches::of_pool(1).slot().await.is_ok(), "a small pool has one");
        let facets = searches.slot_of_facets().await;
        assert!(facets.is_ok(), "facets do not wait for searches");
        assert!(matches!(searches.slot_of_facets().await, Err(DbError::PoolQueueFull)));
    }
}
