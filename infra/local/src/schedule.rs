//! Stands for the EventBridge rule that calls the delivery function every minute.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt as _;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior};

const EVERY: Duration = Duration::from_mins(1);
const LEAST: Duration = Duration::from_secs(1);

/// A running schedule; dropping it ends it, and the call that runs.
#[derive(Debug)]
pub struct Schedule {
    task: JoinHandle<()>,
}

impl Schedule {
    /// Calls `handler` once per `interval`, first after one interval. A call that panics or takes longer delays the
    /// next, and nothing else.
    pub fn start<H, F>(interval: Duration, handler: H) -> Self
    where
        H: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        Self { task: tokio::spawn(run(interval, handler)) }
    }

    /// Ends it, and the call that runs; when this returns, it has ended.
    pub async fn kill(&mut self) {
        self.task.abort();
        // Its only news is that it was cut off.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Schedule {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A minute, scaled as retry delays are, but not under a second.
#[must_use]
pub fn interval(retry_scale: f64) -> Duration {
    Duration::try_from_secs_f64(EVERY.as_secs_f64() * retry_scale).unwrap_or(Duration::MAX).max(LEAST)
}

async fn run<H, F>(interval: Duration, handler: H)
where
    H: Fn() -> F,
    F: Future<Output = ()>,
{
    let first = Instant::now().checked_add(interval).unwrap_or_else(|| Instant::now() + EVERY);
    let mut ticks = tokio::time::interval_at(first, interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if AssertUnwindSafe(async { handler().await }).catch_unwind().await.is_err() {
            tracing::warn!("the scheduled call panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_is_a_minute_scaled_but_never_under_a_second() {
        let cases = [(1.0, 60.0), (0.5, 30.0), (0.001, 1.0), (2.0, 120.0)];
        for (scale, seconds) in cases {
            assert_eq!(interval(scale), Duration::from_secs_f64(seconds), "scale {scale}");
        }
    }

    #[tokio::test]
    async fn a_panic_does_not_end_the_schedule() {
        let (calls, mut called) = tokio::sync::mpsc::unbounded_channel();
        let _schedule = Schedule::start(Duration::from_millis(5), move || {
            let calls = calls.clone();
            async move {
                calls.send(()).ok();
                panic!("a defect");
            }
        });
        for _ in 0..3 {
            called.recv().await.expect("the schedule goes on");
        }
    }
}
