//! How the number of concurrent executions grows and shrinks, as Lambda documents it for standard queues.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{MissedTickBehavior, interval};

/// How an event source comes to its maximum concurrency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scaling {
    /// At once, as with provisioned pollers.
    AtOnce,
    /// From five on, up to 300 more a minute while all are busy. So batches that take long do not all begin, and end, together.
    Gradual,
}

/// How many executions there are at first, and when little happens.
const LEAST: usize = 5;

/// How often one more may be started: 300 a minute.
const STEP: Duration = Duration::from_millis(200);

impl Scaling {
    /// How many executions there are at first.
    pub fn first(self, most: usize) -> usize {
        match self {
            Self::AtOnce => most,
            Self::Gradual => most.min(LEAST),
        }
    }
}

/// How many executions there are after a step, of which as many are idle.
fn after_step(level: usize, idle: usize, most: usize) -> usize {
    match idle {
        0 => level.saturating_add(1).min(most),
        idle if idle > level / 2 => level.saturating_sub(1).max(LEAST.min(most)),
        _ => level,
    }
}

/// Changes the number of executions step by step. It never ends.
pub async fn scale(free: Arc<Semaphore>, most: usize) {
    let mut level = Scaling::Gradual.first(most);
    let mut steps = interval(STEP);
    steps.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        steps.tick().await;
        let after = after_step(level, free.available_permits(), most);
        if after > level {
            free.add_permits(after - level);
        } else if after < level && free.forget_permits(level - after) == 0 {
            continue;
        }
        level = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executions_grow_while_all_are_busy_and_shrink_while_most_are_idle() {
        for (level, idle, most, after) in [
            (5, 0, 100, 6),
            (5, 1, 100, 5),
            (100, 0, 100, 100),
            (100, 50, 100, 100),
            (100, 51, 100, 99),
            (5, 5, 100, 5),
            (2, 2, 2, 2),
            (1, 0, 1, 1),
        ] {
            assert_eq!(after_step(level, idle, most), after, "{level} {idle} {most}");
        }
        assert_eq!([Scaling::AtOnce, Scaling::Gradual].map(|scaling| scaling.first(100)), [100, 5]);
    }
}
