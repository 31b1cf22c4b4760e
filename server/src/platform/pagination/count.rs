//! Total counts of lists: exact up to 10,000 or, if filtered, 1,000; cached for five seconds on public reads.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::platform::pagination::MAX_OFFSET;

/// Maximum age of a returned count.
const COUNT_AGE: Duration = Duration::from_secs(5);
/// Number of rows up to which filtered lists are counted exactly.
pub const EXACT_FILTERED: i64 = 1_000;
/// Maximum number of cached counts; a filter by name adds one for each name.
const COUNTS_KEPT: usize = 1024;

/// Total count of a list.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Total {
    /// Number of rows.
    pub count: i64,
    /// `true` if the count is an estimate, which it is above 10,000, and for filtered lists above 1,000.
    pub is_estimate: bool,
}

impl Total {
    /// Creates a total from the count of a statement: exact up to [`MAX_OFFSET`], an estimate above.
    #[must_use]
    pub fn from_count(count: i64) -> Self {
        Self { count, is_estimate: count > MAX_OFFSET }
    }

    /// Creates a total from the count of a filtered list: exact up to [`EXACT_FILTERED`].
    #[must_use]
    pub fn from_filtered_count(count: i64) -> Self {
        Self { count, is_estimate: count > EXACT_FILTERED }
    }

    /// Returns the value of `X-Total-Count`.
    #[must_use]
    pub fn header(&self) -> Option<u64> {
        u64::try_from(self.count).ok()
    }

    /// Returns the value of `X-Total-Count-Estimated`.
    #[must_use]
    pub fn estimated(&self) -> Option<String> {
        self.is_estimate.then(|| "true".to_owned())
    }
}

/// Cached counts, by list. A count is valid for five seconds, and until the next write in this process. Signed-in
/// callers always get a fresh count, so that they see their own writes at other replicas, unless it is an estimate.
#[derive(Clone, Default)]
pub struct Counts {
    shared: Arc<SharedCounts>,
}

#[derive(Default)]
struct SharedCounts {
    writes: AtomicU64,
    kept: Mutex<HashMap<String, CachedCount>>,
}

#[derive(Clone, Copy)]
struct CachedCount {
    total: Total,
    taken_at: Instant,
    writes: u64,
}

impl Counts {
    /// Invalidates all cached counts after a write.
    pub fn invalidate(&self) {
        self.shared.writes.fetch_add(1, Ordering::Release);
    }

    /// Returns the count of a list: the cached one if it may be used, or else the result of `count`. The latter runs
    /// concurrently with the statement of the page. It is a closure and not a future, because a future that is passed
    /// by value takes its space twice.
    ///
    /// # Errors
    /// Returns the error of `count`.
    pub async fn get<F: Future<Output = Result<i64, E>>, E>(
        &self,
        list: &str,
        is_anonymous: bool,
        count: impl FnOnce() -> F,
    ) -> Result<Total, E> {
        // The list of a signed-in caller may have rows that others may not see.
        if !is_anonymous {
            return count().await.map(Total::from_count);
        }
        let lookup = self.look_up(list, is_anonymous);
        if let Some(total) = lookup.total {
            return Ok(total);
        }
        let total = Total::from_count(count().await?);
        self.keep(list, lookup, total);
        Ok(total)
    }

    /// Looks up the count of a list that has the same rows for all callers. If there is none, the caller counts and
    /// passes the result to [`Counts::keep`].
    #[must_use]
    pub fn look_up(&self, list: &str, is_anonymous: bool) -> Lookup {
        let writes = self.shared.writes.load(Ordering::Acquire);
        let total = self.cached(list, writes).filter(|total| is_anonymous || total.is_estimate);
        Lookup { total, at: Instant::now(), writes }
    }

    /// Caches a count that was taken after a lookup.
    pub fn keep(&self, list: &str, lookup: Lookup, total: Total) {
        if lookup.total.is_some() {
            return;
        }
        let mut kept = self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= COUNTS_KEPT {
            kept.retain(|_, kept| kept.taken_at.elapsed() < COUNT_AGE);
        }
        if kept.len() < COUNTS_KEPT {
            kept.insert(list.to_owned(), CachedCount { total, taken_at: lookup.at, writes: lookup.writes });
        }
    }

    fn cached(&self, list: &str, writes: u64) -> Option<Total> {
        let kept = self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.get(list)?;
        (kept.writes == writes && kept.taken_at.elapsed() < COUNT_AGE).then_some(kept.total)
    }
}

/// Result of a lookup of a cached count.
#[derive(Clone, Copy, Debug)]
pub struct Lookup {
    /// The cached count, if it may be used.
    pub total: Option<Total>,
    at: Instant,
    writes: u64,
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
        counts.invalidate();
        assert_eq!(get(true, 4).await, 4, "a write makes it stale");
        assert!(!Total::from_count(MAX_OFFSET).is_estimate && Total::from_count(MAX_OFFSET + 1).is_estimate);
    }
}
