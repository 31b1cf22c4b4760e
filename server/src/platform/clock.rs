//! The server's clock. It is passed explicitly, so that it can be replaced. The time of record is the database's
//! `app_now()`. This clock follows it: it continues from the last reading with the machine's monotonic clock. A wrong or
//! changed wall clock of this machine therefore has no effect on tokens.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};

/// A clock that follows another one. Clones share its reading.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    reading: Arc<RwLock<Option<Reading>>>,
}

/// A time of the other clock, and the moment at which it was right.
#[derive(Clone, Copy, Debug)]
struct Reading {
    time: DateTime<Utc>,
    at: Instant,
}

impl Clock {
    /// Sets the clock to a time that was right at a moment.
    pub fn set(&self, time: DateTime<Utc>, at: Instant) {
        *self.reading.write().unwrap_or_else(PoisonError::into_inner) = Some(Reading { time, at });
    }

    /// Returns the current time. Before the first reading, it is that of the machine.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        let reading = *self.reading.read().unwrap_or_else(PoisonError::into_inner);
        let Some(Reading { time, at }) = reading else { return Utc::now() };
        let since = TimeDelta::from_std(at.elapsed()).unwrap_or_default();
        time.checked_add_signed(since).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}
