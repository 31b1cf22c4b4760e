//! The server's clock. It is passed explicitly, so that it can be replaced. The time of record is the database's
//! `app_now()`. This clock has the same offset, as the server last read it from the database.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

/// A clock with an adjustable offset. Clones share the offset.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Offset from the machine's clock, in milliseconds.
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// Sets the offset from the machine's clock.
    pub fn set_offset(&self, offset: TimeDelta) {
        self.ahead.store(offset.num_milliseconds(), Ordering::Relaxed);
    }

    /// Returns the current time.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        let offset = TimeDelta::try_milliseconds(self.ahead.load(Ordering::Relaxed));
        Utc::now().checked_add_signed(offset.unwrap_or_default()).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}
