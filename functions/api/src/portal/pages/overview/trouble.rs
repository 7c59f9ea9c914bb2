//! Why a webhook is disabled, or how near it is to that.

use jiff::Timestamp;
use shared::domain::{
    attempt::{Attempt, Reason},
    time,
    webhook::{
        Webhook,
        route::SKIPPED_FOR,
        standing::{DisableRule, Health, SLOW_AFTER},
    },
};

use crate::{
    actions::{enabling::missed_since, statistics::Statistics},
    portal::words::{
        advice::advice,
        moments::Moment,
        quantities::{counted, span},
        visible::line,
    },
};

/// What a customer must know of a disabled webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Disabled {
    pub(super) at: Moment,
    /// A sentence without its end.
    pub(super) reason: String,
    /// The last attempt that failed, and what to do about it.
    pub(super) last_error: Option<LastError>,
    /// How many events were skipped since.
    pub(super) skipped: String,
    /// Since when **Enable and recover** sends again.
    pub(super) missed_since: Moment,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LastError {
    pub(super) at: Moment,
    pub(super) error: String,
    pub(super) advice: Option<&'static str>,
}

impl Disabled {
    pub(super) fn of(webhook: &Webhook, statistics: &Statistics, now: Timestamp) -> Option<Self> {
        let disabled = webhook.standing.disabled.as_ref()?;
        let skipped = u64::try_from(statistics.skipped.len()).unwrap_or(u64::MAX);
        let words = counted(skipped, "event was skipped since.", "events were skipped since.");
        // Later events are in the event log only.
        let is_part = statistics.more_skipped || time::between(disabled.at, now) > SKIPPED_FOR;
        let skipped = match (is_part, skipped) {
            (true, _) => format!("At least {words}"),
            (false, 0) => "No event was skipped since.".to_owned(),
            (false, _) => words,
        };
        let failed = statistics.troubled.iter().filter(|delivery| delivery.reason != Reason::Test);
        let failed = failed.filter_map(|delivery| delivery.attempts.last());
        let last = failed.filter(|attempt| attempt.error.is_some()).max_by_key(|attempt| attempt.at);
        Some(Self {
            at: Moment::of(disabled.at),
            reason: line(&disabled.reason),
            last_error: last.map(LastError::of),
            skipped,
            missed_since: Moment::of(missed_since(webhook)),
        })
    }
}

impl LastError {
    fn of(attempt: &Attempt) -> Self {
        let error = line(attempt.error.as_deref().unwrap_or_default());
        Self { at: Moment::of(attempt.at), error, advice: advice(attempt) }
    }
}

/// How near an active webhook is to being disabled: `7 of 10 failures, disabled at 10`.
pub(super) fn standing_words(rule: &DisableRule, webhook: &Webhook) -> Option<String> {
    let failures = webhook.standing.streak.failures;
    if !webhook.is_active() {
        return None;
    }
    if failures == 0 {
        let is_slow = webhook.standing.pulse.health == Health::Slow;
        return is_slow.then(|| format!("It takes over {} to answer.", span(SLOW_AFTER)));
    }
    let in_a_row = counted(failures.into(), "failure in a row", "failures in a row");
    Some(match (rule.failed_attempts, rule.failed_deliveries) {
        (Some(limit), _) if failures <= limit => format!("{failures} of {limit} failures, disabled at {limit}"),
        (Some(limit), _) => format!("{in_a_row}, disabled at {limit} that last {}", span(rule.streak)),
        (None, Some(_)) => format!("{in_a_row}, disabled after {} without a success", span(rule.streak)),
        (None, None) => format!("{in_a_row}. It is not disabled for that."),
    })
}

/// What to say where a webhook was enabled and its recovery was refused.
pub(super) fn refusal(code: &str) -> &'static str {
    match code {
        "RECOVERY_RUNNING" => {
            "The webhook is enabled. No recovery was started, because one is under way or paused already. Look at it under Recover."
        }
        "TOO_MANY_RECOVERIES" => {
            "The webhook is enabled. No recovery was started, because five of this account are under way. Start it under Recover when one is over."
        }
        "INVALID_WINDOW" => {
            "The webhook is enabled. No recovery was started, because the failures began too long ago. Choose a later time under Recover."
        }
        "WEBHOOK_DISABLED" => "The webhook was enabled, and disabled again before its recovery could start.",
        _ => "The webhook is enabled. The recovery could not be started. Start it under Recover.",
    }
}
