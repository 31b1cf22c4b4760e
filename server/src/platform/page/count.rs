//! How many there are of a list: exact up to 10,000, and not counted in the path of a public read more often than every
//! five seconds.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::platform::page::REACH;

/// A count is this old at most when it is told.
const COUNT_AGE: Duration = Duration::from_secs(5);
/// Counts kept at a time; a filter by name makes one a name.
const COUNTS_KEPT: usize = 1024;

/// How a count stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Total {
    /// How many.
    pub count: i64,
    /// Whether that is an estimate, beyond 10,000.
    pub is_estimate: bool,
}

impl Total {
    /// A count as the statements give it: exact up to [`REACH`], an estimate above.
    #[must_use]
    pub fn of(count: i64) -> Self {
        Self { count, is_estimate: count > REACH }
    }

    /// The value of X-Total-Count.
    #[must_use]
    pub fn header(&self) -> Option<u64> {
        u64::try_from(self.count).ok()
    }

    /// The value of X-Total-Count-Estimated.
    #[must_use]
    pub fn estimated(&self) -> Option<String> {
        self.is_estimate.then(|| "true".to_owned())
    }
}

/// Counts of lists, by list. A count is told for five seconds at most, and not at all once something was written here.
/// Signed-in callers get a fresh one always, so that none ever misses what they themselves wrote at another replica.
#[derive(Clone, Default)]
pub struct Counts {
    shared: Arc<SharedCounts>,
}

#[derive(Default)]
struct SharedCounts {
    writes: AtomicU64,
    kept: Mutex<HashMap<String, Kept>>,
}

#[derive(Clone, Copy)]
struct Kept {
    total: Total,
    taken_at: Instant,
    writes: u64,
}

impl Counts {
    /// Says that something was written: what was counted before is stale.
    pub fn written(&self) {
        self.shared.writes.fetch_add(1, Ordering::Release);
    }

    /// The count of a list: the kept one where that may be told, else what `count` says, which runs beside the page's own
    /// statement. It is a closure and no future, because a future that is handed over stands in memory twice.
    ///
    /// # Errors
    /// What `count` says.
    pub async fn get<F: Future<Output = Result<i64, E>>, E>(
        &self,
        list: &str,
        is_anonymous: bool,
        count: impl FnOnce() -> F,
    ) -> Result<Total, E> {
        let writes = self.shared.writes.load(Ordering::Acquire);
        if is_anonymous && let Some(total) = self.kept(list, writes) {
            return Ok(total);
        }
        let taken_at = Instant::now();
        let total = Total::of(count().await?);
        let mut kept = self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= COUNTS_KEPT {
            kept.retain(|_, kept| kept.taken_at.elapsed() < COUNT_AGE);
        }
        if kept.len() < COUNTS_KEPT {
            kept.insert(list.to_owned(), Kept { total, taken_at, writes });
        }
        Ok(total)
    }

    fn kept(&self, list: &str, writes: u64) -> Option<Total> {
        let kept = self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.get(list)?;
        (kept.writes == writes && kept.taken_at.elapsed() < COUNT_AGE).then_some(kept.total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn counts_are_kept_for_anonymous_readers_until_something_is_written() {
        let counts = Counts::default();
        let get = |is_anonymous, now: i64| {
            let counts = counts.clone();
            async move {
                counts
                    .get("products", is_anonymous, || async move { Ok::<_, ()>(now) })
                    .await
                    .expect("counts")
                    .count
            }
        };
        assert_eq!(get(true, 1).await, 1);
        assert_eq!(get(true, 2).await, 1, "kept");
        assert_eq!(get(false, 3).await, 3, "signed-in callers count");
        counts.written();
        assert_eq!(get(true, 4).await, 4, "a write makes it stale");
        assert!(!Total::of(REACH).is_estimate && Total::of(REACH + 1).is_estimate);
    }
}
