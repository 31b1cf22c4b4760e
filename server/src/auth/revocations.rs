//! Which sessions have ended while their access tokens are still good: kept in memory, fed by the database twice a
//! second, so that a sign-out reaches every replica within a second and a request pays nothing for it. The same question
//! brings along how far the time of record is ahead, so that tokens expire by it.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::auth::queries::{self, News};
use crate::platform::clock::Clock;
use crate::platform::db::{Database, DbError};

/// How often the database is asked.
const INTERVAL: Duration = Duration::from_millis(500);
/// A feed that is older than this is not trusted: every request then asks the database itself.
const TRUSTED: Duration = Duration::from_secs(5);
/// An ended session is kept for as long as an access token of it may be good.
const KEPT: Duration = Duration::from_secs(16 * 60);
/// A transaction's time is taken before it commits: the feed looks back this far behind the newest it has seen.
const OVERLAP: TimeDelta = TimeDelta::seconds(10);
/// Every so many polls the whole window is read again, for transactions that committed later than that.
const WHOLE_EVERY: u32 = 10;

/// The sessions that have ended. Clones are the same.
#[derive(Clone)]
pub struct Revocations {
    shared: Arc<RwLock<Feed>>,
    clock: Clock,
}

#[derive(Default)]
struct Feed {
    ended: HashMap<Uuid, Instant>,
    newest: Option<DateTime<Utc>>,
    asked_at: Option<Instant>,
    polls: u32,
    /// Sessions up to this one are over: their rows are gone, and cannot say so.
    floor: Uuid,
}

impl Revocations {
    /// None that is known of. `clock` is set by what the database says.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { shared: Arc::default(), clock }
    }

    /// Notes sessions that ended here, so that this replica knows at once.
    pub(super) fn note(&self, sessions: &[Uuid]) {
        let now = Instant::now();
        let mut feed = self.shared.write().unwrap_or_else(PoisonError::into_inner);
        feed.ended.extend(sessions.iter().map(|session| (*session, now)));
    }

    /// Notes that the sessions up to one are over.
    pub fn note_floor(&self, last: Uuid) {
        let mut feed = self.shared.write().unwrap_or_else(PoisonError::into_inner);
        feed.floor = feed.floor.max(last);
    }

    /// Whether a session has ended: from memory, or from the database when the feed is stale.
    ///
    /// # Errors
    /// What the database says, when it is asked.
    pub(super) async fn has_ended(&self, database: &Database, session: Uuid) -> Result<bool, DbError> {
        let is_fresh = {
            let feed = self.shared.read().unwrap_or_else(PoisonError::into_inner);
            if session <= feed.floor || feed.ended.contains_key(&session) {
                return Ok(true);
            }
            feed.asked_at.is_some_and(|at| at.elapsed() < TRUSTED)
        };
        if is_fresh {
            return Ok(false);
        }
        let db = database.connection().await?;
        Ok(!queries::find_is_live(&db, session).await?)
    }

    /// Feeds from the database until the task is ended.
    pub async fn follow(self, database: Database) {
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.hear(&database).await;
        }
    }

    /// Asks the database once. When it is out, what was heard before holds, until it is too old to be trusted.
    pub async fn hear(&self, database: &Database) {
        if let Err(error) = self.ask(database).await {
            tracing::debug!(%error, "ended sessions could not be asked for");
        }
    }

    async fn ask(&self, database: &Database) -> Result<(), DbError> {
        let asked_at = Instant::now();
        let since = {
            let mut feed = self.shared.write().unwrap_or_else(PoisonError::into_inner);
            feed.polls = feed.polls.wrapping_add(1);
            feed.newest.filter(|_| !feed.polls.is_multiple_of(WHOLE_EVERY)).map(|at| at - OVERLAP)
        };
        let News { ahead, floor, ended } = {
            let db = database.connection().await?;
            queries::find_news(&db, since).await?
        };
        self.clock.set_ahead(ahead);
        let mut feed = self.shared.write().unwrap_or_else(PoisonError::into_inner);
        for (session, revoked_at) in ended {
            feed.ended.entry(session).or_insert(asked_at);
            feed.newest = feed.newest.max(Some(revoked_at));
        }
        feed.floor = feed.floor.max(floor);
        feed.ended.retain(|_, at| at.elapsed() < KEPT);
        feed.asked_at = Some(asked_at);
        Ok(())
    }
}
