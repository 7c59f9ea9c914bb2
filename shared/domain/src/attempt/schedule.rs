//! When to try again.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    super::{ids::DeliveryId, time},
    jitter::Jitter,
};

/// How long after its event a delivery may still be attempted, whatever its schedule says: SQS forgets messages after 14 days.
pub const MAX_AGE: Duration = Duration::from_hours(240);

/// Multiplies every delay of a schedule, for tests and demonstrations. 1 in production.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryScale(f64);

impl Default for RetryScale {
    fn default() -> Self {
        Self(1.0)
    }
}

impl RetryScale {
    /// A factor above 0 and up to 1000.
    pub fn new(factor: f64) -> Option<Self> {
        (factor > 0.0 && factor <= 1_000.0).then_some(Self(factor))
    }

    /// The scaled delay, at least one second: SQS counts in whole ones.
    pub fn apply(self, delay: Duration) -> Duration {
        delay.mul_f64(self.0).max(Duration::from_secs(1))
    }

    /// A limit, scaled down with the delays and never up, so that what exceeds it in production exceeds it in a test.
    pub fn lower(self, limit: Duration) -> Duration {
        self.apply(limit).min(limit)
    }
}

/// When the next attempt is due, and by whose word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    pub at: Timestamp,
    pub set_by: SetBy,
}

/// Who decided how long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetBy {
    Schedule,
    /// The receiver asked for more time than the schedule gives.
    Receiver,
}

/// How long to wait after each failed attempt. One more failure, and the delivery is given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    delays: Vec<Duration>,
    jitter: Jitter,
}

/// A schedule as one delivery follows it.
#[derive(Debug, Clone, Copy)]
pub struct DeliverySchedule<'a> {
    schedule: &'a Schedule,
    delivery: &'a DeliveryId,
}

impl Schedule {
    /// With exact delays.
    pub fn new(delays: Vec<Duration>) -> Self {
        Self { delays, jitter: Jitter::default() }
    }

    pub fn with_jitter(self, jitter: Jitter) -> Self {
        Self { jitter, ..self }
    }

    /// The same schedule with every delay multiplied.
    pub fn scaled(&self, scale: RetryScale) -> Self {
        Self { delays: self.delays.iter().map(|delay| scale.apply(*delay)).collect(), jitter: self.jitter }
    }

    /// How long to wait after this many failures, before jitter, or `None` when the schedule is spent.
    pub fn delay_after(&self, failures: u32) -> Option<Duration> {
        let place = usize::try_from(failures).ok()?.checked_sub(1)?;
        self.delays.get(place).copied()
    }

    pub fn of<'a>(&'a self, delivery: &'a DeliveryId) -> DeliverySchedule<'a> {
        DeliverySchedule { schedule: self, delivery }
    }
}

impl DeliverySchedule<'_> {
    /// The time of the next attempt after `failures` failed ones, or `None` when the schedule is spent.
    ///
    /// A receiver's `Retry-After` may lengthen the step, never shorten it, and is neither scaled nor jittered.
    pub fn next_attempt(self, failures: u32, ended: Timestamp, retry_after: Option<Duration>) -> Option<Due> {
        let Self { schedule, delivery } = self;
        let delay = schedule.jitter.apply(schedule.delay_after(failures)?, delivery, failures);
        let asked = retry_after.unwrap_or_default();
        let set_by = if asked > delay { SetBy::Receiver } else { SetBy::Schedule };
        Some(Due { at: time::after(ended, delay.max(asked)), set_by })
    }
}

/// `wait` in the whole seconds that SQS understands, never early.
pub fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(scale: f64, failures: u32, retry_after: Option<u64>) -> Option<u64> {
        let delays = [5, 30, 120, 600, 3_600].map(Duration::from_secs);
        let schedule = Schedule::new(delays.into()).scaled(RetryScale::new(scale).unwrap());
        let now = Timestamp::UNIX_EPOCH;
        let delivery = DeliveryId::parse("dlv_1").unwrap();
        let next = schedule.of(&delivery).next_attempt(failures, now, retry_after.map(Duration::from_secs))?;
        Some(time::between(now, next.at).as_secs())
    }

    #[test]
    fn each_failure_has_its_delay_until_the_schedule_is_spent() {
        for (failures, expected) in
            [(0, None), (1, Some(5)), (2, Some(30)), (5, Some(3_600)), (6, None), (u32::MAX, None)]
        {
            assert_eq!(wait(1.0, failures, None), expected, "after {failures}");
        }
    }

    #[test]
    fn a_retry_after_lengthens_a_step_and_never_shortens_it() {
        assert_eq!(wait(1.0, 1, Some(60)), Some(60));
        assert_eq!(wait(1.0, 3, Some(60)), Some(120));
        assert_eq!(wait(0.01, 1, Some(60)), Some(60), "it is not scaled");
        let (schedule, delivery) = (Schedule::new(vec![Duration::from_secs(30)]), DeliveryId::parse("dlv_1").unwrap());
        for (asked, set_by) in [(None, SetBy::Schedule), (Some(30), SetBy::Schedule), (Some(31), SetBy::Receiver)] {
            let due = schedule.of(&delivery).next_attempt(1, Timestamp::UNIX_EPOCH, asked.map(Duration::from_secs));
            assert_eq!(due.map(|due| due.set_by), Some(set_by), "{asked:?}");
        }
    }

    #[test]
    fn jitter_never_comes_before_a_retry_after() {
        let minute = Duration::from_mins(1);
        let schedule = Schedule::new(vec![minute]).with_jitter(Jitter::new(10).unwrap());
        let (mut shorter, mut longer) = (0, 0);
        for n in 0..100 {
            let delivery = DeliveryId::parse(&format!("dlv_{n}")).unwrap();
            let wait = |retry_after| {
                let next = schedule.of(&delivery).next_attempt(1, Timestamp::UNIX_EPOCH, retry_after).unwrap();
                time::between(Timestamp::UNIX_EPOCH, next.at)
            };
            assert!(wait(Some(minute)) >= minute, "{delivery}");
            assert_eq!(wait(Some(minute * 2)), minute * 2, "{delivery}");
            let wait = wait(None);
            assert!((54_000..=66_000).contains(&wait.as_millis()), "{wait:?}");
            (shorter, longer) = (shorter + u32::from(wait < minute), longer + u32::from(wait > minute));
        }
        assert!(shorter > 20 && longer > 20, "{shorter} {longer}");
    }

    #[test]
    fn a_scaled_delay_is_at_least_a_second() {
        assert_eq!(wait(0.01, 5, None), Some(36));
        assert_eq!(wait(0.01, 1, None), Some(1));
    }

    #[test]
    fn a_limit_shrinks_with_the_delays_and_never_grows() {
        let hour = Duration::from_hours(1);
        for (factor, seconds) in [(1.0, 3_600), (0.01, 36), (0.0001, 1), (1_000.0, 3_600)] {
            assert_eq!(RetryScale::new(factor).unwrap().lower(hour), Duration::from_secs(seconds), "{factor}");
        }
    }

    #[test]
    fn a_scale_is_a_sensible_factor() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, 1_001.0] {
            assert_eq!(RetryScale::new(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_wait_is_never_cut_short_by_rounding() {
        assert_eq!(whole_seconds(Duration::from_millis(1)), 1);
        assert_eq!(whole_seconds(Duration::from_millis(1_001)), 2);
        assert_eq!(whole_seconds(Duration::from_secs(3)), 3);
    }
}
