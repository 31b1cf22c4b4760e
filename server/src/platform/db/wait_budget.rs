//! Time budget of a request for the database: leasing connections and running statements, all together. Concurrent
//! waits count once. Other work of the request, such as hashing, does not count.

use std::cell::Cell;
use std::time::{Duration, Instant};

tokio::task_local! {
    static BUDGET: WaitBudget;
}

/// Time that one piece of work has waited.
struct WaitBudget {
    most: Duration,
    spent: Cell<Duration>,
    running: Cell<u32>,
    since: Cell<Instant>,
}

impl WaitBudget {
    fn left(&self) -> Duration {
        let running = if self.running.get() > 0 { self.since.get().elapsed() } else { Duration::ZERO };
        self.most.saturating_sub(self.spent.get() + running)
    }

    fn start(&self) {
        if self.running.replace(self.running.get() + 1) == 0 {
            self.since.set(Instant::now());
        }
    }

    fn stop(&self) {
        if self.running.replace(self.running.get() - 1) == 1 {
            self.spent.set(self.spent.get() + self.since.get().elapsed());
        }
    }
}

/// Guard that counts the time until it is dropped.
struct RunningWait;

impl RunningWait {
    fn start() -> Self {
        // Outside of [`within`] nothing is counted.
        let _ = BUDGET.try_with(WaitBudget::start);
        Self
    }
}

impl Drop for RunningWait {
    fn drop(&mut self) {
        let _ = BUDGET.try_with(WaitBudget::stop);
    }
}

/// Runs work that may wait for the database for at most `most` in total.
pub fn within<W: Future>(most: Duration, work: W) -> impl Future<Output = W::Output> {
    let since = Cell::new(Instant::now());
    let watch = WaitBudget { most, spent: Cell::default(), running: Cell::default(), since };
    BUDGET.scope(watch, work)
}

/// Waits for the database for at most `most`, and no longer than the surrounding work has left. Returns `None` on
/// timeout. If nothing is left, the wait does not begin.
pub(super) async fn wait<W: Future>(most: Duration, work: W) -> Option<W::Output> {
    let left = BUDGET.try_with(WaitBudget::left).map_or(most, |left| left.min(most));
    if left.is_zero() {
        return None;
    }
    let _running = RunningWait::start();
    tokio::time::timeout(left, work).await.ok()
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use futures_util::future::join_all;

    use super::*;

    const STEP: Duration = Duration::from_millis(50);
    const SECOND: Duration = Duration::from_secs(1);

    async fn step() {
        assert!(wait(STEP, pending::<()>()).await.is_none());
    }

    #[tokio::test]
    async fn all_waits_of_one_work_are_counted_together() {
        let done = within(4 * STEP, async {
            for _ in 0..3 {
                step().await;
            }
            wait(SECOND, pending::<()>()).await
        });
        let started = Instant::now();
        assert!(done.await.is_none());
        assert!(started.elapsed() < SECOND, "the last wait had a quarter left");
        let refused = within(Duration::ZERO, wait(SECOND, async { unreachable!("nothing is left") }));
        assert!(refused.await.is_none());
    }

    #[tokio::test]
    async fn what_runs_side_by_side_is_counted_once_and_other_work_is_not() {
        let left = within(5 * SECOND, async {
            for _ in 0..3 {
                join_all([(); 8].map(|()| step())).await;
            }
            assert!(tokio::time::timeout(SECOND, pending::<()>()).await.is_err());
            BUDGET.with(WaitBudget::left)
        });
        let left = left.await;
        assert!(left <= 5 * SECOND - 3 * STEP, "{left:?}: nothing is counted");
        assert!(left > 4 * SECOND, "{left:?}: more is counted than the waits themselves");
    }

    #[tokio::test]
    async fn outside_of_such_work_each_wait_has_its_own_bound() {
        for _ in 0..3 {
            step().await;
        }
        assert_eq!(wait(STEP, async { 1 }).await, Some(1));
    }
}
