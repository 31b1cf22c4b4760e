//! An in-memory set of the sessions that ended while their access tokens are still valid.
//!
//! The set is updated from the database twice a second. A sign-out therefore reaches every replica within a second, and
//! requests need no query. The same query returns the database's time, by which tokens expire.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::credentials::queries::{self, RevocationDelta};
use crate::platform::clock::Clock;
use crate::platform::db::{Database, DbError};

/// Interval between polls of the database.
const INTERVAL: Duration = Duration::from_millis(500);
/// Maximum age of the feed. Beyond it, every request queries the database itself.
const MAX_STALENESS: Duration = Duration::from_secs(5);
/// Time that an ended session is kept after its last report: as long as an access token of it may be valid.
const RETENTION: Duration = Duration::from_secs(16 * 60);
/// Overlap of consecutive polls. A transaction's timestamp precedes its commit, so each poll looks back this far.
const OVERLAP: TimeDelta = TimeDelta::seconds(10);
/// Number of polls after which the full window is read again, for transactions that committed even later.
const FULL_POLL_EVERY: u32 = 10;

/// The set of ended sessions. Clones share it.
#[derive(Clone)]
pub struct Revocations {
    shared: Arc<RwLock<Feed>>,
    clock: Clock,
}

#[derive(Default)]
struct Feed {
    ended: HashMap<Uuid, Instant>,
    newest: Option<DateTime<Utc>>,
    polled_at: Option<Instant>,
    polls: u32,
    /// All sessions up to and including this one have ended. Their rows are deleted.
    revoked_through: Uuid,
}

impl Revocations {
    /// Creates an empty set. Each poll adjusts `clock` to the database's time.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { shared: Arc::default(), clock }
    }

    /// Records sessions that were ended by this replica, so that it rejects them at once.
    pub fn record_local(&self, sessions: &[Uuid]) {
        let now = Instant::now();
        let mut feed = self.shared.write().unwrap_or_else(PoisonError::into_inner);
        feed.ended.extend(sessions.iter().map(|session| (*session, now)));
    }

    /// Records that all sessions up to and including `last` have ended.
    pub fn record_revoked_through(&self, last: Uuid) {
        let mut feed = self.shared.write().unwrap_or_else(PoisonError::into_inner);
        feed.revoked_through = feed.revoked_through.max(last);
    }

    /// Returns `true` if a session has ended, from memory, or from the database if the feed is stale.
    ///
    /// # Errors
    /// Returns an error if the feed is stale and the database fails.
    pub async fn has_ended(&self, database: &Database, session: Uuid) -> Result<bool, DbError> {
        let is_fresh = {
            let feed = self.shared.read().unwrap_or_else(PoisonError::into_inner);
            if session <= feed.revoked_through || feed.ended.contains_key(&session) {
                return Ok(true);
            }
            feed.polled_at.is_some_and(|at| at.elapsed() < MAX_STALENESS)
        };
        if is_fresh {
            return Ok(false);
        }
        let db = database.connection().await?;
        Ok(!queries::find_is_live(&db, session).await?)
    }

    /// Polls the database until the task is aborted.
    pub async fn poll_loop(self, database: Database) {
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.poll_once(&database).await;
        }
    }

    /// Polls the database once. If it is unavailable, the previous state is used until it is stale.
    pub async fn poll_once(&self, database: &Database) {
        if let Err(error) = self.poll(database).await {
            tracing::debug!(%error, "revoked sessions could not be fetched");
        }
    }

    /// Polls the database. The state and the clock then include all that was committed before the call.
    ///
    /// # Errors
    /// Returns the error of the database. The state is unchanged then.
    pub async fn poll(&self, database: &Database) -> Result<(), DbError> {
        let asked_at = Instant::now();
        let since = {
            let mut feed = self.shared.write().unwrap_or_else(PoisonError::into_inner);
            feed.polls = feed.polls.wrapping_add(1);
            feed.newest.filter(|_| !feed.polls.is_multiple_of(FULL_POLL_EVERY)).map(|at| at - OVERLAP)
        };
        let db = database.connection().await?;
        let sent = Instant::now();
        let RevocationDelta { now, revoked_through, ended } = queries::find_revocations(&db, since).await?;
        drop(db);
        self.clock.set(now, sent);
        let mut feed = self.shared.write().unwrap_or_else(PoisonError::into_inner);
        for (session, revoked_at) in ended {
            // Kept for as long as the database reports it: its clock may have stepped back.
            feed.ended.insert(session, asked_at);
            feed.newest = feed.newest.max(Some(revoked_at));
        }
        feed.revoked_through = feed.revoked_through.max(revoked_through);
        feed.ended.retain(|_, at| at.elapsed() < RETENTION);
        feed.polled_at = Some(asked_at);
        Ok(())
    }
}
