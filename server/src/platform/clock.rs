//! The server's clock, handed to whoever needs the time, so that it can be another one. Time of record is the database's
//! own: `app_now()`.

use chrono::{DateTime, TimeDelta, Utc};

/// The time, plus an offset.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    offset: TimeDelta,
}

impl Clock {
    /// A clock that is ahead of the machine's by this much.
    #[must_use]
    pub fn ahead_by(offset: TimeDelta) -> Self {
        Self { offset }
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.offset
    }
}
