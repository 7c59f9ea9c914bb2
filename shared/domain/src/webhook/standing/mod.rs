//! What is observed of a webhook's endpoint: the failure streak, its health, and when it is disabled.

mod disabled;
mod health;

use std::time::Duration;

use jiff::Timestamp;

pub use self::{
    disabled::{DisableRule, Disabled, LastDisabled},
    health::{Beat, FAILING_AFTER, Health, Pulse, SLOW_AFTER, pulse_after},
};
use super::super::{
    attempt::{
        Attempt, Reason,
        outcome::{Cause, Verdict},
    },
    ids::RecoveryId,
    time,
};

/// How long an attempt may take before others may well have failed and been counted in the meantime.
const LONG_AFTER: Duration = Duration::from_secs(1);

/// How long after a change is decided intake may still read what the webhook wanted before: the change has yet to be written, and two
/// machines' clocks differ. What is delivered within that time has a record, and a recovery passes over it.
pub const WANTED_WITHIN: Duration = Duration::from_secs(2);

/// What is observed of a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Failures of attempts begun earlier do not count.
    pub enabled_at: Timestamp,
    /// Since when every event that it wants has a delivery: earlier ones may have none. Later than the change that made it want
    /// them, by [`WANTED_WITHIN`].
    pub wants_since: Timestamp,
    /// `None` while active.
    pub disabled: Option<Disabled>,
    pub last: LastDisabled,
    pub streak: Streak,
    pub pulse: Pulse,
    /// The recovery that is under way.
    pub recovery: Option<RecoveryId>,
}

impl Standing {
    /// The standing of a webhook that is created now.
    pub fn new(now: Timestamp) -> Self {
        Self {
            created_at: now,
            updated_at: now,
            enabled_at: now,
            wants_since: time::after(now, WANTED_WITHIN),
            disabled: None,
            last: LastDisabled::default(),
            streak: Streak::default(),
            pulse: Pulse::default(),
            recovery: None,
        }
    }
}

/// Failures since the last success.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Streak {
    /// Failed attempts.
    pub failures: u32,
    /// Deliveries given up.
    pub failed_deliveries: u32,
    /// When its first attempt began.
    pub since: Option<Timestamp>,
    /// When the delivery was created whose failure began it, or an earlier one that failed at the same time. A whole second.
    pub first_created_at: Option<Timestamp>,
    pub told: Told,
}

/// What operational events have told of a streak.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Told {
    /// The level that the streak had reached. Zero: nothing was told.
    pub level: u8,
    /// When deliveries that were given up were told of last.
    pub exhausted_at: Option<Timestamp>,
    /// How many of them there were then.
    pub exhausted: u32,
}

/// What one batch's attempts to one webhook came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    pub successes: u32,
    /// What the slowest success took, if there was any.
    pub slowest_success: Option<Duration>,
    /// All of them, also those a rotation may explain: they decide the lane.
    pub failed_attempts: u32,
    /// Those that count towards disabling.
    pub failures: u32,
    pub failed_deliveries: u32,
    pub since: Option<Timestamp>,
    /// When the oldest of the deliveries with these failures was created.
    pub first_created_at: Option<Timestamp>,
    /// When the last of these failures ended.
    pub until: Option<Timestamp>,
    /// The receiver answered 410.
    pub gone: bool,
    /// The last attempt of all that failed.
    pub last_failure: Option<Attempt>,
}

impl Tally {
    /// Counts one recorded attempt, unless it does not count: failures of tests and resends, attempts begun before the webhook was
    /// last enabled, and failures that a rotation's grace may explain.
    pub fn add(&mut self, outcome: &Outcome<'_>, enabled_at: Timestamp, rotation: Rotation) {
        let Outcome { weight, attempt, verdict, created_at, gave_up } = *outcome;
        if attempt.at < enabled_at {
            return;
        }
        match verdict {
            Verdict::Failure(_) if weight == Weight::SuccessOnly => {}
            Verdict::Failure(_) if weight == Weight::Health => {
                self.failed_attempts = self.failed_attempts.saturating_add(1);
            }
            Verdict::Success => {
                self.successes = self.successes.saturating_add(1);
                self.slowest_success = self.slowest_success.max(Some(attempt.took()));
            }
            Verdict::Failure(failure) => {
                if self.last_failure.as_ref().is_none_or(|last| last.ended_at() <= attempt.ended_at()) {
                    self.last_failure = Some(attempt.without_response());
                }
                self.failed_attempts = self.failed_attempts.saturating_add(1);
                self.gone |= failure.cause == Cause::Gone;
                let is_explained = rotation == Rotation::UnderWay && failure.cause == Cause::Rejected;
                if !is_explained {
                    self.fail(attempt, created_at, gave_up);
                }
            }
        }
    }

    /// The streak that these failures alone would be.
    pub fn streak(&self) -> Streak {
        let Self { failures, failed_deliveries, since, first_created_at, .. } = *self;
        Streak { failures, failed_deliveries, since, first_created_at, told: Told::default() }
    }

    /// What these attempts say of the health of a webhook that they left with `streak`.
    pub fn beat(&self, streak: Streak) -> Beat {
        Beat {
            successes: self.successes,
            slowest_success: self.slowest_success,
            failed_attempts: self.failed_attempts,
            failures_in_a_row: streak.failures.max(self.failed_attempts),
        }
    }

    /// Counts a failure towards disabling.
    fn fail(&mut self, attempt: &Attempt, created_at: Timestamp, gave_up: bool) {
        let ended = attempt.ended_at();
        self.until = Some(self.until.map_or(ended, |until| until.max(ended)));
        self.failures = self.failures.saturating_add(1);
        self.failed_deliveries = self.failed_deliveries.saturating_add(u32::from(gave_up));
        self.since = Some(self.since.map_or(attempt.at, |since| since.min(attempt.at)));
        self.first_created_at = Some(self.first_created_at.map_or(created_at, |first| first.min(created_at)));
    }
}

/// One recorded attempt as its webhook's standing sees it.
#[derive(Debug, Clone, Copy)]
pub struct Outcome<'a> {
    pub weight: Weight,
    pub attempt: &'a Attempt,
    pub verdict: &'a Verdict,
    /// When the delivery was created.
    pub created_at: Timestamp,
    /// Whether the delivery was given up with this attempt.
    pub gave_up: bool,
}

/// What an attempt may say of its webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    Full,
    /// A replay or its retry: the customer asked for it, so that its failures change the health and never disable.
    Health,
    /// A test or a resend: only a success says something.
    SuccessOnly,
}

impl Weight {
    /// The weight of an attempt. `is_replayed` says whether a replay began the schedule that it belongs to.
    pub fn of(reason: Reason, is_replayed: bool) -> Self {
        match reason {
            Reason::Test | Reason::Resend => Self::SuccessOnly,
            Reason::Replay => Self::Health,
            Reason::Event | Reason::Retry if is_replayed => Self::Health,
            Reason::Event | Reason::Retry => Self::Full,
        }
    }
}

/// Whether a rotation's grace was running when an attempt began: the receiver may not have had the newest secret yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    None,
    UnderWay,
}

/// What a batch writes to the webhook's streak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreakChange {
    /// Nothing: the usual case, and the reason a success costs no write here.
    Keep,
    Reset,
    /// Failures may have been counted since the webhook was read: look again, and reset if there are any.
    ResetIfAny,
    Add(Streak),
}

/// In one batch any success resets, else the failures are added.
pub fn streak_change(before: Streak, tally: &Tally) -> StreakChange {
    match tally.slowest_success {
        Some(_) if before != Streak::default() => return StreakChange::Reset,
        // Failures may have been counted since the webhook was read.
        Some(took) if took > LONG_AFTER => return StreakChange::ResetIfAny,
        Some(_) => return StreakChange::Keep,
        None => {}
    }
    if tally.failures == 0 {
        return StreakChange::Keep;
    }
    StreakChange::Add(added_to(before, tally))
}

/// What a batch adds. Only deliveries whose failures may have begun the streak say since when a recovery of it must look: those that
/// were attempted before anybody knew of it.
fn added_to(before: Streak, tally: &Tally) -> Streak {
    let added = tally.streak();
    let may_have_begun = before.since.is_none_or(|since| added.since.is_some_and(|own| own <= since));
    Streak { first_created_at: added.first_created_at.filter(|_| may_have_begun), ..added }
}

/// Why a webhook must be disabled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disabling {
    pub reason: String,
    /// Since when the endpoint must not have had a success. Batches are counted in any order, so a success that came after a failure
    /// may have found no streak to end. None: the receiver said that it is gone.
    pub unless_success_since: Option<Timestamp>,
}

/// Whether, and why, the webhook must be disabled after a batch that left `streak`.
pub fn disabling(rule: &DisableRule, streak: Streak, tally: &Tally) -> Option<Disabling> {
    if rule.gone && tally.gone {
        return Some(Disabling { reason: "the endpoint answered 410 Gone".to_owned(), unless_success_since: None });
    }
    let until = tally.until.filter(|_| tally.slowest_success.is_none())?;
    if !streak_is_over_limit(rule, streak, until) {
        return None;
    }
    let last = tally.last_failure.as_ref().and_then(|last| last.error.as_deref()).unwrap_or("unknown");
    let reason = format!("{} consecutive failed attempts; the last error: {last}", streak.failures);
    Some(Disabling { reason, unless_success_since: streak.since })
}

fn streak_is_over_limit(rule: &DisableRule, streak: Streak, until: Timestamp) -> bool {
    let reached = |limit: Option<u32>, count: u32| limit.is_none_or(|limit| count >= limit);
    let has_limit = rule.failed_attempts.is_some() || rule.failed_deliveries.is_some();
    let spanned = rule.streak.is_zero() || streak.since.is_some_and(|since| time::between(since, until) >= rule.streak);
    has_limit
        && reached(rule.failed_attempts, streak.failures)
        && reached(rule.failed_deliveries, streak.failed_deliveries)
        && spanned
}

#[cfg(test)]
mod tests;
