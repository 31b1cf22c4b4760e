//! What is removed by time: Idempotency-Keys after their 24 hours, and sessions a day after their end. Hourly, by one of the
//! replicas, in batches that hold no locks for long.

use std::time::Duration;

use uuid::Uuid;

use crate::auth;
use crate::platform::db::{Connection, Database, DbError, Exclusive};
use crate::platform::idempotency;

/// How often, after a pause at the start that differs by replica.
const INTERVAL: Duration = Duration::from_secs(60 * 60);
/// The first time comes soon after the start, so that servers which never run for an hour remove something as well.
const FIRST: Duration = Duration::from_secs(60);
/// Rows that one statement looks at.
const BATCH: i32 = 1000;
/// The key of the advisory lock ("clean" in ASCII).
const KEY: i64 = 0x63_6c_65_61_6e;

/// What one run removed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Removed {
    /// Idempotency-Keys with their responses.
    pub keys: u64,
    /// Sessions.
    pub sessions: u64,
}

/// Removes what is over, hourly, until the task is ended.
pub(super) async fn keep(database: Database) {
    tokio::time::sleep(FIRST).await;
    loop {
        match run(&database).await {
            Ok(Some(removed)) => {
                metrics::counter!("agora_removed_keys_total").increment(removed.keys);
                metrics::counter!("agora_removed_sessions_total").increment(removed.sessions);
                tracing::info!(keys = removed.keys, sessions = removed.sessions, "removed what is over");
            }
            Ok(None) => tracing::debug!("another replica removes what is over"),
            Err(error) => tracing::warn!("what is over could not be removed: {error}"),
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Removes what is over, unless another replica does.
///
/// # Errors
/// What the database says; what was removed before stays removed.
pub(super) async fn run(database: &Database) -> Result<Option<Removed>, DbError> {
    let Some(lock) = Exclusive::take(database.connection().await?, KEY).await? else {
        return Ok(None);
    };
    let removed = Removed { keys: remove_keys(&lock).await?, sessions: remove_sessions(&lock).await? };
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

async fn remove_sessions(db: &Connection) -> Result<u64, DbError> {
    let (mut all, mut last) = (0, Uuid::nil());
    while let (Some(next), removed) = auth::remove_ended(db, last, BATCH).await? {
        all += removed;
        last = next;
    }
    Ok(all)
}
