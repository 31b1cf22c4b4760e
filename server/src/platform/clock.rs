//! The server's clock. It keeps the same offset as the database's time of record, so that what is signed here and what
//! is stored there agree.

use chrono::{DateTime, TimeDelta, Utc};

/// The time, plus the sandbox's offset.
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
