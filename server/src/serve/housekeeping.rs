//! The hourly work on expired data: Idempotency-Keys are removed after 24 hours, sessions a day after their end, and events
//! that were not published within 7 days. Bags are abandoned after 30 days.
//!
//! One replica at a time does it, in batches, so that no lock is kept for long.

use std::time::Duration;

use uuid::Uuid;

use crate::carts;
use crate::credentials;
use crate::platform::db::{Connection, Database, DbError, Exclusive};
use crate::platform::events;
use crate::platform::writes::idempotency;

/// Interval between runs.
const INTERVAL: Duration = Duration::from_secs(60 * 60);
/// Delay of the first run. It is short, so that servers with a life below an hour run it too.
const FIRST: Duration = Duration::from_secs(60);
/// Number of rows that one statement examines.
const BATCH: i32 = 1000;
/// Key of the advisory lock ("clean" in ASCII).
const KEY: i64 = 0x63_6c_65_61_6e;

/// Numbers of rows that a run has removed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Removed {
    /// Idempotency-Keys with their responses.
    pub keys: u64,
    /// Ended sessions.
    pub sessions: u64,
    /// Events that were not published.
    pub events: u64,
    /// Bags that were abandoned; they are kept.
    pub bags: u64,
}

/// Removes expired data hourly, until the task is aborted.
pub(super) async fn run_loop(database: Database) {
    tokio::time::sleep(FIRST).await;
    loop {
        match run(&database).await {
            Ok(Some(removed)) => {
                metrics::counter!("agora_removed_keys_total").increment(removed.keys);
                metrics::counter!("agora_removed_sessions_total").increment(removed.sessions);
                metrics::counter!("agora_removed_events_total").increment(removed.events);
                metrics::counter!("agora_abandoned_bags_total").increment(removed.bags);
                let Removed { keys, sessions, events, bags } = removed;
                tracing::info!(keys, sessions, events, bags, "removed expired data");
            }
            Ok(None) => tracing::debug!("another replica is deleting expired rows"),
            Err(error) => tracing::warn!("expired rows could not be deleted: {error}"),
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Removes expired data. Returns `None` if another replica is doing so.
///
/// # Errors
/// When the database fails. Batches removed before stay removed.
pub(super) async fn run(database: &Database) -> Result<Option<Removed>, DbError> {
    let Some(lock) = Exclusive::take(database.connection().await?, KEY).await? else {
        return Ok(None);
    };
    let removed = Removed {
        keys: remove_keys(&lock).await?,
        sessions: remove_sessions(&lock).await?,
        events: remove_events(&lock).await?,
        bags: abandon_bags(&lock).await?,
    };
    lock.release().await?;
    Ok(Some(removed))
}

async fn remove_keys(db: &Connection) -> Result<u64, DbError> {
    let mut all = 0;
    loop {
        let removed = idempotency::remove_expired(db, BATCH).await?;
        all += removed;
        if removed < u64::from(BATCH.unsigned_abs()) {
            return Ok(all);
        }
    }
}

async fn remove_events(db: &Connection) -> Result<u64, DbError> {
    let mut all = 0;
    loop {
        let removed = events::remove_expired(db, BATCH).await?;
        all += removed;
        if removed < u64::from(BATCH.unsigned_abs()) {
            return Ok(all);
        }
    }
}

async fn abandon_bags(db: &Connection) -> Result<u64, DbError> {
    let mut all = 0;
    loop {
        let abandoned = carts::abandon_bags(db, BATCH.into()).await?;
        all += abandoned;
        if abandoned < u64::from(BATCH.unsigned_abs()) {
            return Ok(all);
        }
    }
}

async fn remove_sessions(db: &Connection) -> Result<u64, DbError> {
    let (mut all, mut last) = (0, Uuid::nil());
    while let (Some(next), removed) = credentials::remove_ended(db, last, BATCH).await? {
        all += removed;
        last = next;
    }
    Ok(all)
}
