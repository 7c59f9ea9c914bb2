//! When to try again.

use std::time::Duration;

use jiff::Timestamp;

use super::{profile::Profile, time};

/// A delivery older than this is given up, whatever its schedule says: SQS forgets messages after 14 days.
pub const MAX_AGE: Duration = Duration::from_hours(240);

/// The longest wait by visibility timeout; a longer one is parked in the table.
const MAX_VISIBILITY_WAIT: Duration = Duration::from_hours(1);

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
    #[must_use]
    pub fn new(factor: f64) -> Option<Self> {
        (factor > 0.0 && factor <= 1_000.0).then_some(Self(factor))
    }

    /// The scaled delay, at least one second: SQS counts in whole ones.
    #[must_use]
    pub fn apply(self, delay: Duration) -> Duration {
        delay.mul_f64(self.0).max(Duration::from_secs(1))
    }

    /// The longest wait by visibility timeout; a longer one is parked in the table. Scaled down with the delays, so that what
    /// is parked in production is parked in a test.
    #[must_use]
    pub fn longest_visibility_wait(self) -> Duration {
        self.apply(MAX_VISIBILITY_WAIT).min(MAX_VISIBILITY_WAIT)
    }
}

/// The time of the next attempt after `failures` failed ones, or `None` when the schedule is spent.
///
/// A receiver's `Retry-After` may lengthen the step, never shorten it, and is not scaled.
#[must_use]
pub fn next_attempt(
    profile: &Profile,
    scale: RetryScale,
    failures: u32,
    ended: Timestamp,
    retry_after: Option<Duration>,
) -> Option<Timestamp> {
    let step = scale.apply(profile.retry_delay(failures)?);
    Some(time::after(ended, step.max(retry_after.unwrap_or_default())))
}

/// `wait` in the whole seconds that SQS understands, never early.
#[must_use]
pub fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::profile::Profiles;

    fn now() -> Timestamp {
        "2026-11-22T07:28:00Z".parse().unwrap()
    }

    fn wait(profile: &str, scale: f64, failures: u32, retry_after: Option<u64>) -> Option<u64> {
        let profiles = Profiles::built_in();
        let (profile, scale) = (profiles.by_name(profile).unwrap(), RetryScale::new(scale).unwrap());
        let next = next_attempt(profile, scale, failures, now(), retry_after.map(Duration::from_secs))?;
        Some(time::between(now(), next).as_secs())
    }

    #[test]
    fn each_profile_retries_to_the_second_and_then_gives_up() {
        for (profile, failures, expected) in [
            ("awsys", 1, Some(30)),
            ("awsys", 2, Some(300)),
            ("awsys", 3, Some(1_800)),
            ("awsys", 4, None),
            ("go2", 1, Some(5)),
            ("go2", 5, Some(3_600)),
            ("go2", 6, None),
            ("standard", 7, Some(36_000)),
            ("standard", 8, None),
            ("standard", u32::MAX, None),
        ] {
            assert_eq!(wait(profile, 1.0, failures, None), expected, "{profile} after {failures}");
        }
    }

    #[test]
    fn a_retry_after_lengthens_a_step_and_never_shortens_it() {
        assert_eq!(wait("go2", 1.0, 1, Some(60)), Some(60));
        assert_eq!(wait("go2", 1.0, 3, Some(60)), Some(120));
        assert_eq!(wait("go2", 0.01, 1, Some(60)), Some(60));
    }

    #[test]
    fn a_scaled_delay_is_at_least_a_second() {
        assert_eq!(wait("awsys", 0.01, 3, None), Some(18));
        assert_eq!(wait("awsys", 0.01, 1, None), Some(1));
    }

    #[test]
    fn an_hour_of_visibility_shrinks_with_the_delays_and_never_grows() {
        for (factor, seconds) in [(1.0, 3_600), (0.01, 36), (0.0001, 1), (1_000.0, 3_600)] {
            let longest = RetryScale::new(factor).unwrap().longest_visibility_wait();
            assert_eq!(longest, Duration::from_secs(seconds), "{factor}");
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
