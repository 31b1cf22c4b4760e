//! The server's clock, handed to whoever needs the time, so that it can be another one. Time of record is the database's
//! own, `app_now()`; this clock is ahead by as much as that one is, as far as the server has heard.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

/// The time, plus an offset. Clones are the same clock.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Milliseconds.
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// Puts the clock ahead of the machine's by this much.
    pub fn set_ahead(&self, offset: TimeDelta) {
        self.ahead.store(offset.num_milliseconds(), Ordering::Relaxed);
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        let offset = TimeDelta::try_milliseconds(self.ahead.load(Ordering::Relaxed));
        Utc::now().checked_add_signed(offset.unwrap_or_default()).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}
