//! A webhook's rate limit, and the times that follow from it.

use std::{ops::RangeInclusive, time::Duration};

use serde::{Deserialize, Serialize};

/// How many requests a limit may allow. One in a millisecond is about what one item, written once a batch, can coordinate.
pub const REQUESTS: RangeInclusive<u32> = 1..=1_000;

/// How many seconds a limit may give them.
pub const SECONDS: RangeInclusive<u32> = 1..=3_600;

/// The most unused time that is caught up, so that a lane that is a little late does not cost throughput.
const MAX_CREDIT: Duration = Duration::from_secs(1);

/// The most that the spacing is widened. An attempt is rarely delayed by more jitter than this.
const MAX_GUARD: Duration = Duration::from_secs(2);

/// The widest spacing that needs no guard: what the contract allows above the rate is enough for a second of jitter.
const UNGUARDED: Duration = Duration::from_secs(2);

/// The part of the spacing that a guard may cost: a limit is used to ten elevenths or better.
const GUARD_PART: u32 = 10;

/// What the contract allows above the rate: three seconds' worth, or one request if that is more.
const ALLOWANCE: Duration = Duration::from_secs(3);

/// The most requests that a webhook may get in a number of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts")]
pub struct RateLimit {
    requests: u32,
    seconds: u32,
}

/// A rate limit out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "`requests` must be {} to {} and `seconds` {} to {}",
    REQUESTS.start(), REQUESTS.end(), SECONDS.start(), SECONDS.end()
)]
pub struct BadRateLimit;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    requests: u32,
    seconds: u32,
}

impl TryFrom<Parts> for RateLimit {
    type Error = BadRateLimit;

    fn try_from(parts: Parts) -> Result<Self, BadRateLimit> {
        Self::new(parts.requests, parts.seconds).ok_or(BadRateLimit)
    }
}

impl RateLimit {
    /// `None` if one of the numbers is out of range.
    pub fn new(requests: u32, seconds: u32) -> Option<Self> {
        (REQUESTS.contains(&requests) && SECONDS.contains(&seconds)).then_some(Self { requests, seconds })
    }

    pub fn requests(self) -> u32 {
        self.requests
    }

    pub fn seconds(self) -> u32 {
        self.seconds
    }

    /// How far apart two slots are, in whole microseconds. In milliseconds, 999 requests a second would become 500.
    pub fn spacing(self) -> Duration {
        self.bare_spacing().saturating_add(self.guard())
    }

    /// How long ago a slot may have been and still be reserved.
    ///
    /// It is used at once, so that it comes late by as much. The contract allows that, except where slots are far apart.
    pub fn credit(self) -> Duration {
        UNGUARDED.saturating_sub(self.bare_spacing()).min(MAX_CREDIT)
    }

    /// How much later than the time of its turn an attempt may reach the receiver, without breaking the contract.
    ///
    /// This covers the network's jitter, a slow caller, and the difference between two machines' clocks. At least a second up to a
    /// spacing of 2 s. From there to 20 s it shrinks to 0.3 s (at 3 s) and grows again, because two requests at almost the same time are
    /// already too many, and the guard has to cover all of it.
    pub fn tolerance(self) -> Duration {
        let allowed = ALLOWANCE.saturating_sub(self.bare_spacing());
        allowed.saturating_add(self.guard()).saturating_sub(self.credit())
    }

    /// The time of one request, rounded up so that the rate is never exceeded.
    fn bare_spacing(self) -> Duration {
        let period = u64::from(self.seconds).saturating_mul(1_000_000);
        let requests = u64::from(self.requests);
        Duration::from_micros(
            period.checked_add(requests.saturating_sub(1)).and_then(|sum| sum.checked_div(requests)).unwrap_or(period),
        )
    }

    /// What the spacing is wider than the rate demands.
    fn guard(self) -> Duration {
        let spacing = self.bare_spacing();
        let part = spacing.checked_div(GUARD_PART).unwrap_or_default();
        let whole_micros = Duration::from_micros(u64::try_from(part.as_micros()).unwrap_or_default());
        whole_micros.min(spacing.saturating_sub(UNGUARDED)).min(MAX_GUARD)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_outside_its_ranges_is_none() {
        for (requests, seconds, ok) in
            [(1, 1, true), (1_000, 3_600, true), (0, 1, false), (1, 0, false), (1_001, 1, false), (1, 3_601, false)]
        {
            assert_eq!(RateLimit::new(requests, seconds).is_some(), ok, "{requests}/{seconds}");
        }
    }

    #[test]
    fn a_limit_is_read_as_it_is_written_and_checked() {
        let limit = RateLimit::new(100, 60).unwrap();
        let text = r#"{"requests":100,"seconds":60}"#;
        assert_eq!(
            (serde_json::to_string(&limit).unwrap().as_str(), serde_json::from_str(text).unwrap()),
            (text, limit)
        );
        for bad in [r#"{"requests":0,"seconds":60}"#, r#"{"requests":1}"#, r#"{"requests":1,"seconds":1,"burst":9}"#] {
            assert!(serde_json::from_str::<RateLimit>(bad).is_err(), "{bad}");
        }
        let said = BadRateLimit.to_string();
        assert_eq!(said, "`requests` must be 1 to 1000 and `seconds` 1 to 3600");
    }

    #[test]
    fn the_times_of_a_limit_follow_from_its_spacing() {
        let ms = |duration: Duration| duration.as_secs_f64() * 1_000.0;
        for (requests, seconds, spacing, credit, tolerance) in [
            (1_000, 1, 1.0, 1_000.0, 1_999.0),
            (999, 1, 1.002, 1_000.0, 1_998.998),
            (5, 1, 200.0, 1_000.0, 1_800.0),
            (1, 1, 1_000.0, 1_000.0, 1_000.0),
            (2, 3, 1_500.0, 500.0, 1_000.0),
            (1, 2, 2_000.0, 0.0, 1_000.0),
            (1, 3, 3_300.0, 0.0, 300.0),
            (1, 10, 11_000.0, 0.0, 1_000.0),
            (1, 60, 62_000.0, 0.0, 2_000.0),
            (1, 3_600, 3_602_000.0, 0.0, 2_000.0),
        ] {
            let limit = RateLimit::new(requests, seconds).unwrap();
            let times = [limit.spacing(), limit.credit(), limit.tolerance()].map(ms);
            for (time, expected) in times.into_iter().zip([spacing, credit, tolerance]) {
                assert!((time - expected).abs() < 0.000_5, "{requests}/{seconds}: {times:?}");
            }
        }
    }
}
