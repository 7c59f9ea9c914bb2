//! When a webhook's attempts are made and how long they may take: the only place that says so, from the profile's rules and from what the
//! customer chose.

use std::{borrow::Cow, time::Duration};

use serde::{Deserialize, Serialize};

use super::schedule::{RetryScale, Schedule};

/// The most delays that a customer's schedule may have.
pub const MAX_DELAYS: usize = 12;

/// The most seconds that one delay of a customer's schedule may have: 12 hours.
pub const MAX_DELAY_SECONDS: u64 = 43_200;

/// The most seconds that a customer's schedule may take: 5 days, so that with `Retry-After` a delivery ends before it expires.
pub const MAX_SCHEDULE_SECONDS: u64 = 432_000;

/// The most seconds that an attempt may take: it must fit the functions' own deadlines.
pub const MAX_TIMEOUT_SECONDS: u64 = 20;

/// What a profile says of delays and timeouts.
#[derive(Debug, Clone)]
pub struct TimingRules {
    timeout: Duration,
    schedule: Schedule,
    choice: TimingChoice,
    /// By how much the schedule is multiplied already, and a webhook's own is to be.
    scale: RetryScale,
}

/// Who chooses delays and timeouts: profile data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimingChoice {
    /// The profile, whatever a webhook says.
    Profile,
    /// The customer, and the profile where a webhook says nothing.
    Customer,
}

/// What a customer chose for a webhook. What is not chosen is the profile's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnTiming {
    pub delays: Option<OwnDelays>,
    pub timeout: Option<OwnTimeout>,
}

/// A customer's own schedule: how long to wait after each failed attempt, in seconds. Without a delay nothing is tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OwnDelays(Vec<u64>);

/// A customer's own timeout of an attempt, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OwnTimeout(u64);

impl OwnDelays {
    /// `None` if there are too many, or one of them or all together are too long.
    pub fn new(seconds: Vec<u64>) -> Option<Self> {
        let is_each_good = seconds.iter().all(|seconds| (1..=MAX_DELAY_SECONDS).contains(seconds));
        let together = seconds.iter().copied().fold(0, u64::saturating_add);
        let fits = seconds.len() <= MAX_DELAYS && is_each_good && together <= MAX_SCHEDULE_SECONDS;
        fits.then_some(Self(seconds))
    }

    pub fn seconds(&self) -> &[u64] {
        &self.0
    }
}

impl OwnTimeout {
    pub fn new(seconds: u64) -> Option<Self> {
        (1..=MAX_TIMEOUT_SECONDS).contains(&seconds).then_some(Self(seconds))
    }

    pub fn seconds(self) -> u64 {
        self.0
    }
}

impl TimingRules {
    pub fn new(timeout: Duration, schedule: Schedule, choice: TimingChoice) -> Self {
        Self { timeout, schedule, choice, scale: RetryScale::default() }
    }

    /// The same rules with every delay multiplied, and no timeout.
    pub fn scaled(self, scale: RetryScale) -> Self {
        Self { schedule: self.schedule.scaled(scale), scale, ..self }
    }

    /// Whether a webhook may have its own delays and timeout.
    pub fn may_be_chosen(&self) -> bool {
        self.choice == TimingChoice::Customer
    }

    /// How long an attempt may take, from connecting to the last response header.
    pub fn timeout_for(&self, own: &OwnTiming) -> Duration {
        match (self.choice, own.timeout) {
            (TimingChoice::Customer, Some(OwnTimeout(seconds))) => Duration::from_secs(seconds),
            _ => self.timeout,
        }
    }

    /// How long to wait after each failed attempt. A customer's own delays are exact, and scaled as the profile's are.
    pub fn schedule_for(&self, own: &OwnTiming) -> Cow<'_, Schedule> {
        match (self.choice, &own.delays) {
            (TimingChoice::Customer, Some(OwnDelays(seconds))) => {
                let delays = seconds.iter().copied().map(Duration::from_secs).collect();
                Cow::Owned(Schedule::new(delays).scaled(self.scale))
            }
            _ => Cow::Borrowed(&self.schedule),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ids::DeliveryId, profile::registry::Profiles};

    fn own() -> OwnTiming {
        OwnTiming { delays: OwnDelays::new(vec![100, 1, 43_200]), timeout: OwnTimeout::new(3) }
    }

    fn timing(profile: &str, scale: f64, own: &OwnTiming) -> (u64, Vec<u64>) {
        let profiles = Profiles::built_in().scaled(RetryScale::new(scale).unwrap());
        let rules = &profiles.by_name(profile).unwrap().attempts.timing;
        let schedule = rules.schedule_for(own);
        let delays = (1..).map_while(|failures| schedule.delay_after(failures)).map(|delay| delay.as_secs());
        (rules.timeout_for(own).as_secs(), delays.collect())
    }

    #[test]
    fn only_standard_lets_customers_choose_and_null_is_the_profiles() {
        let none = OwnTiming::default();
        for (profile, own, expected) in [
            ("standard", own(), (3, vec![100, 1, 43_200])),
            ("standard", none.clone(), (15, vec![5, 300, 1_800, 7_200, 18_000, 36_000, 36_000])),
            ("awsys", own(), (10, vec![30, 300, 1_800])),
            ("go2", own(), (10, vec![5, 30, 120, 600, 3_600])),
            ("go2", none, (10, vec![5, 30, 120, 600, 3_600])),
        ] {
            assert_eq!(timing(profile, 1.0, &own), expected, "{profile} {own:?}");
        }
    }

    #[test]
    fn only_standard_says_that_timing_may_be_chosen() {
        let profiles = Profiles::built_in();
        for (profile, may_be_chosen) in [("standard", true), ("awsys", false), ("go2", false)] {
            assert_eq!(profiles.by_name(profile).unwrap().attempts.timing.may_be_chosen(), may_be_chosen, "{profile}");
        }
    }

    #[test]
    fn own_delays_are_scaled_as_the_profiles_are_and_stay_exact() {
        assert_eq!(timing("standard", 0.1, &own()), (3, vec![10, 1, 4_320]));
        let rules = Profiles::built_in().by_name("standard").unwrap().attempts.timing.clone();
        let delivery = DeliveryId::parse("dlv_1").unwrap();
        let due = |own: &OwnTiming| {
            rules.schedule_for(own).of(&delivery).next_attempt(1, jiff::Timestamp::UNIX_EPOCH, None).unwrap().at
        };
        assert_eq!(due(&own()).as_millisecond(), 100_000);
        assert_ne!(due(&OwnTiming::default()).as_millisecond(), 5_000, "the profile's has jitter");
    }

    #[test]
    fn a_schedule_has_12_delays_of_12_hours_and_5_days_together() {
        for (seconds, good) in [
            (vec![], true),
            (vec![1; 12], true),
            (vec![1; 13], false),
            (vec![0], false),
            (vec![43_200], true),
            (vec![43_201], false),
            (vec![43_200; 10], true),
            ([vec![43_200; 10], vec![1]].concat(), false),
            (vec![u64::MAX, u64::MAX], false),
        ] {
            let own = OwnDelays::new(seconds.clone());
            assert_eq!(own.as_ref().map(OwnDelays::seconds), good.then_some(&*seconds), "{seconds:?}");
        }
    }

    #[test]
    fn a_timeout_has_1_to_20_seconds() {
        for (seconds, good) in [(0, false), (1, true), (20, true), (21, false), (u64::MAX, false)] {
            assert_eq!(OwnTimeout::new(seconds).map(OwnTimeout::seconds), good.then_some(seconds), "{seconds}");
        }
    }
}
