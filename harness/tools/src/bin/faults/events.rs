//! The requests of a run, and the questions that a report asks about them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Status of a request without a response: the connection was refused or closed.
pub const CUT: u16 = 0;
/// Status of a request without a response within the client's timeout.
pub const HUNG: u16 = 1;

/// A request and its outcome.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    /// Time at which it was sent.
    pub sent: Instant,
    /// Time until the response was complete.
    pub took: Duration,
    /// Status, or [`CUT`] or [`HUNG`].
    pub status: u16,
}

impl Event {
    /// Returns `true` if the request was not served. A 409 reports that an earlier attempt is still running.
    pub fn has_failed(&self) -> bool {
        !matches!(self.status, 200..=299 | 409)
    }

    fn ended(&self) -> Instant {
        self.sent + self.took
    }
}

/// Returns the failed requests by status.
pub fn failures(events: &[Event]) -> BTreeMap<u16, u64> {
    let mut failures = BTreeMap::new();
    for event in events.iter().filter(|event| event.has_failed()) {
        *failures.entry(event.status).or_default() += 1;
    }
    failures
}

/// Returns the events that were sent between two times.
pub fn between(events: &[Event], from: Instant, to: Instant) -> Vec<Event> {
    events.iter().filter(|event| event.sent >= from && event.sent < to).copied().collect()
}

/// Returns the duration of the slowest of the requests.
pub fn slowest(events: &[Event]) -> Duration {
    events.iter().map(|event| event.took).max().unwrap_or_default()
}

/// Returns the duration that this share of the requests, in percent, did not exceed.
pub fn percentile(events: &[Event], percent: usize) -> Duration {
    let mut times: Vec<Duration> = events.iter().map(|event| event.took).collect();
    times.sort_unstable();
    times.get((times.len() * percent).div_ceil(100).saturating_sub(1)).copied().unwrap_or_default()
}

/// Returns the time after `end` at which the last failed request ended, or else the first served one. Requests that were
/// sent before `end` do not count. `None` if none was served since.
pub fn recovery(events: &[Event], end: Instant) -> Option<Duration> {
    let since = || events.iter().filter(|event| event.sent >= end);
    let served = since().filter(|event| !event.has_failed()).map(Event::ended).min()?;
    let failed = since().filter(|event| event.has_failed()).map(Event::ended).max();
    Some(failed.unwrap_or(served) - end)
}

/// Formats counts by status.
pub fn by_status(counts: &BTreeMap<u16, u64>) -> String {
    let shown = |(status, count): (&u16, &u64)| match *status {
        CUT => format!("{count} cut"),
        HUNG => format!("{count} hung"),
        status => format!("{count} x {status}"),
    };
    if counts.is_empty() { "0".to_owned() } else { counts.iter().map(shown).collect::<Vec<_>>().join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_has_recovered_when_the_last_failure_ended() {
        let start = Instant::now();
        let event = |sent: u64, took: u64, status| Event {
            sent: start + Duration::from_millis(sent),
            took: Duration::from_millis(took),
            status,
        };
        let end = start + Duration::from_millis(100);
        let before = event(50, 500, 503);
        let served = [before, event(110, 10, 201), event(200, 10, 200)];
        assert_eq!(recovery(&served, end), Some(Duration::from_millis(20)));
        let relapsed =
            [before, event(110, 10, 201), event(200, 30, CUT), event(300, 5, 409), event(310, 5, 200)];
        assert_eq!(recovery(&relapsed, end), Some(Duration::from_millis(130)));
        assert_eq!(recovery(&[before, event(110, 10, 503)], end), None);
        assert_eq!(by_status(&failures(&relapsed)), "1 cut, 1 x 503");
    }

    #[test]
    fn percentiles_are_of_the_sorted_times() {
        let event = |took| Event { sent: Instant::now(), took: Duration::from_millis(took), status: 200 };
        let events: Vec<Event> = (1..=200).rev().map(event).collect();
        assert_eq!(percentile(&events, 99), Duration::from_millis(198));
        assert_eq!(percentile(&events[..1], 99), Duration::from_millis(200));
        assert_eq!(percentile(&[], 99), Duration::ZERO);
    }
}
