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
    /// Moment at which the reading was requested.
    sent: Instant,
}

impl Clock {
    /// Sets the clock to a time that was requested at `sent` and has arrived now. The other clock was read somewhere between.
    ///
    /// A reading that was requested before the current one has no effect: the other clock may have been moved since.
    pub fn set(&self, time: DateTime<Utc>, sent: Instant) {
        let at = sent + sent.elapsed() / 2;
        let mut reading = self.reading.write().unwrap_or_else(PoisonError::into_inner);
        if reading.is_none_or(|current| current.sent <= sent) {
            *reading = Some(Reading { time, at, sent });
        }
    }

    /// Returns the current time. Before the first reading, it is that of the machine.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        let reading = *self.reading.read().unwrap_or_else(PoisonError::into_inner);
        let Some(Reading { time, at, .. }) = reading else { return Utc::now() };
        let since = TimeDelta::from_std(at.elapsed()).unwrap_or_default();
        time.checked_add_signed(since).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_reading_that_was_requested_earlier_does_not_undo_a_later_one() {
        let (clock, time, later) = (Clock::default(), DateTime::<Utc>::UNIX_EPOCH, Instant::now());
        let earlier = later.checked_sub(Duration::from_millis(1)).expect("the machine runs for a while");
        let moved = time + TimeDelta::days(1);
        clock.set(time, earlier);
        clock.set(moved, later);
        clock.set(time, earlier);
        assert!(clock.now() >= moved);
        clock.set(time, later);
        assert!(clock.now() < moved, "a clock can be put back");
    }
}
