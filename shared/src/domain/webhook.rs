//! A webhook and what its attempts mean for it: the failure streak, its health, and when it is disabled.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    delivery::Reason,
    id::{AccountId, WebhookId},
    outcome::{Attempt, Failure, Verdict},
    profile::DisableRule,
    retry::RetryScale,
    secret::Secret,
    signing::Secrets,
    subscription::{EventPattern, EventType, Health, Route},
    target::TargetUrl,
    time,
};

/// A success that took longer than this makes a webhook `slow`.
pub const SLOW_AFTER: Duration = Duration::from_secs(3);

/// While an attempt takes longer than this, others may well have failed and been counted.
const LONG_AFTER: Duration = Duration::from_secs(1);

/// So many failed attempts in a row make a webhook `failing`.
pub const FAILING_AFTER: u32 = 3;

/// How many webhooks an account may have: its routes are read as one item.
pub const MAX_PER_ACCOUNT: usize = 100;

/// The longest name, in characters.
pub const MAX_NAME: usize = 200;

/// One subscription of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    pub id: WebhookId,
    pub account: AccountId,
    pub name: Option<String>,
    pub url: TargetUrl,
    pub events: Vec<EventPattern>,
    pub secret: Secret,
    pub previous_secret: Option<PreviousSecret>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Failures of attempts begun earlier do not count.
    pub enabled_at: Timestamp,
    /// `None` while active.
    pub disabled: Option<Disabled>,
    pub streak: Streak,
    pub health: Health,
}

/// A secret that was rotated away and signs until `until`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviousSecret {
    pub secret: Secret,
    pub until: Timestamp,
}

/// Since when and why a webhook gets nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disabled {
    pub at: Timestamp,
    pub reason: String,
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
}

impl Webhook {
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.disabled.is_none()
    }

    #[must_use]
    pub fn wants(&self, event: &EventType) -> bool {
        self.events.iter().any(|pattern| pattern.matches(event))
    }

    /// The secrets that sign at `now`.
    #[must_use]
    pub fn secrets(&self, now: Timestamp) -> Secrets<'_> {
        let previous = self.previous_secret.as_ref().filter(|previous| previous.until > now);
        Secrets { current: &self.secret, previous: previous.map(|previous| &previous.secret) }
    }

    /// What intake needs to know of it.
    #[must_use]
    pub fn route(&self) -> Route {
        Route {
            webhook: self.id.clone(),
            events: self.events.clone(),
            is_active: self.is_active(),
            health: self.health,
        }
    }
}

/// What one batch's attempts to one webhook came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// What the slowest success took, if there was any.
    pub slowest_success: Option<Duration>,
    /// All of them, also those a rotation may explain: they decide the lane.
    pub failed_attempts: u32,
    /// Those that count towards disabling.
    pub failures: u32,
    pub failed_deliveries: u32,
    pub since: Option<Timestamp>,
    /// When the last of these failures ended.
    pub until: Option<Timestamp>,
    /// The receiver answered 410.
    pub gone: bool,
    pub last_error: Option<String>,
}

impl Tally {
    /// Counts one recorded attempt, unless it does not count: tests and resends, attempts begun before the webhook was last
    /// enabled, and failures while a rotation's grace may explain them.
    pub fn add(&mut self, webhook: &Webhook, reason: Reason, attempt: &Attempt, verdict: &Verdict, gave_up: bool) {
        if matches!(reason, Reason::Test | Reason::Resend) || attempt.at < webhook.enabled_at {
            return;
        }
        match verdict {
            Verdict::Success => {
                let took = Duration::from_millis(attempt.response_time_ms);
                self.slowest_success = self.slowest_success.max(Some(took));
            }
            Verdict::Failure(Failure { gone, .. }) => {
                self.last_error.clone_from(&attempt.error);
                self.failed_attempts = self.failed_attempts.saturating_add(1);
                if webhook.secrets(attempt.at).previous.is_none() {
                    self.gone |= gone;
                    let ended = time::after(attempt.at, Duration::from_millis(attempt.response_time_ms));
                    self.until = Some(self.until.map_or(ended, |until| until.max(ended)));
                    self.failures = self.failures.saturating_add(1);
                    self.failed_deliveries = self.failed_deliveries.saturating_add(u32::from(gave_up));
                    self.since = Some(self.since.map_or(attempt.at, |since| since.min(attempt.at)));
                }
            }
        }
    }
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
#[must_use]
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
    StreakChange::Add(Streak {
        failures: tally.failures,
        failed_deliveries: tally.failed_deliveries,
        since: tally.since,
    })
}

/// The webhook's health after a batch that left `streak`.
#[must_use]
pub fn health_after(before: Health, streak: Streak, tally: &Tally) -> Health {
    if let Some(took) = tally.slowest_success {
        return if took > SLOW_AFTER { Health::Slow } else { Health::Ok };
    }
    let in_a_row = streak.failures.max(tally.failed_attempts);
    if tally.failed_attempts > 0 && in_a_row >= FAILING_AFTER { Health::Failing } else { before }
}

/// Whether, and why, the webhook must be disabled after a batch that left `streak`.
#[must_use]
pub fn disable_reason(rule: &DisableRule, scale: RetryScale, streak: Streak, tally: &Tally) -> Option<String> {
    if rule.gone && tally.gone {
        return Some("the endpoint answered 410 Gone".to_owned());
    }
    let until = tally.until.filter(|_| tally.slowest_success.is_none() && tally.failures > 0)?;
    if !streak_is_over_limit(rule, scale, streak, until) {
        return None;
    }
    let last = tally.last_error.as_deref().unwrap_or("unknown");
    Some(format!("{} consecutive failed attempts; the last error: {last}", streak.failures))
}

fn streak_is_over_limit(rule: &DisableRule, scale: RetryScale, streak: Streak, until: Timestamp) -> bool {
    let reached = |limit: Option<u32>, count: u32| limit.is_none_or(|limit| count >= limit);
    let has_limit = rule.failed_attempts.is_some() || rule.failed_deliveries.is_some();
    let span = Duration::from_secs(rule.streak_seconds);
    let spanned = span.is_zero() || streak.since.is_some_and(|since| time::between(since, until) >= scale.apply(span));
    has_limit
        && reached(rule.failed_attempts, streak.failures)
        && reached(rule.failed_deliveries, streak.failed_deliveries)
        && spanned
}

#[cfg(test)]
#[path = "webhook_tests.rs"]
mod tests;
