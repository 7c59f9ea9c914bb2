//! What is told about a webhook.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    super::{
        attempt::{Attempt, ErrorClass},
        ids::{AccountId, WebhookId},
        time,
        webhook::{Webhook, standing::DisableRule},
    },
    Note, Operations,
};

/// What happened to a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening<'a> {
    Created,
    /// With the names of the fields that changed.
    Updated(&'a [&'static str]),
    Deleted,
    Enabled,
    Disabled {
        trigger: Trigger,
        reason: &'a str,
    },
    /// The level that a streak has reached, from 1.
    Failing(u8),
    /// A success came after a streak that was told of.
    Recovered,
    /// It is behind its rate limit, until about then.
    Throttled {
        until: Timestamp,
    },
    /// As many deliveries were given up since the last time.
    Exhausted(u32),
}

/// By whom something was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Trigger {
    Automatic,
    Manual,
}

/// What every event about a webhook says.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    account: &'a AccountId,
    webhook_id: &'a WebhookId,
    name: Option<&'a str>,
    /// The host only: paths and queries may hold secrets.
    url: Option<String>,
    trigger: Trigger,
    failing_since: Option<String>,
    consecutive_failures: u32,
    /// How many failures in a row disable it.
    disables_at: Option<u32>,
    /// When it is disabled at the earliest, where failures must go on for a time.
    disables_after: Option<String>,
    last_attempt: Option<LastAttempt<'a>>,
    #[serde(flatten)]
    more: Value,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LastAttempt<'a> {
    at: String,
    status_code: Option<u16>,
    error_class: Option<ErrorClass>,
    error: Option<&'a str>,
}

impl Operations {
    /// The note about a webhook as it was when this happened. `None` if nobody is told.
    pub fn webhook(
        &self,
        webhook: &Webhook,
        rule: &DisableRule,
        happening: Happening<'_>,
        last: Option<&Attempt>,
        at: Timestamp,
    ) -> Option<Note> {
        if !self.tell_about(&webhook.account) {
            return None;
        }
        let id = webhook.id.as_str();
        let parts = [id, &happening.mark(webhook, at)];
        let data = json!(data(webhook, rule, happening, last));
        Note::new(happening.event_type(), &parts, at, &data)
    }
}

impl Happening<'_> {
    fn event_type(self) -> &'static str {
        match self {
            Self::Created => "posthorn.webhook.created",
            Self::Updated(_) => "posthorn.webhook.updated",
            Self::Deleted => "posthorn.webhook.deleted",
            Self::Enabled => "posthorn.webhook.enabled",
            Self::Disabled { .. } => "posthorn.webhook.disabled",
            Self::Failing(_) => "posthorn.webhook.failing",
            Self::Recovered => "posthorn.webhook.recovered",
            Self::Throttled { .. } => "posthorn.webhook.throttled",
            Self::Exhausted(_) => "posthorn.delivery.exhausted",
        }
    }

    /// What tells this change from another of its kind and webhook.
    fn mark(self, webhook: &Webhook, at: Timestamp) -> String {
        let ms = |time: Timestamp| time.as_millisecond().to_string();
        match self {
            Self::Created | Self::Deleted => String::new(),
            // A webhook is disabled once after each time that it was enabled.
            Self::Disabled { .. } => ms(webhook.standing.enabled_at),
            Self::Failing(level) => format!("{}/{level}", webhook.standing.streak.since.map(ms).unwrap_or_default()),
            Self::Recovered => webhook.standing.streak.since.map(ms).unwrap_or_default(),
            Self::Updated(_) | Self::Enabled | Self::Throttled { .. } | Self::Exhausted(_) => ms(at),
        }
    }

    fn trigger(self) -> Trigger {
        match self {
            Self::Created | Self::Updated(_) | Self::Deleted | Self::Enabled => Trigger::Manual,
            Self::Disabled { trigger, .. } => trigger,
            Self::Failing(_) | Self::Recovered | Self::Throttled { .. } | Self::Exhausted(_) => Trigger::Automatic,
        }
    }

    /// What only this type of event says.
    fn more(self) -> Value {
        match self {
            Self::Created | Self::Deleted | Self::Enabled | Self::Recovered => json!({}),
            Self::Updated(fields) => json!({"changed": fields}),
            Self::Disabled { reason, .. } => json!({"reason": reason}),
            Self::Failing(level) => json!({"level": level}),
            Self::Throttled { until } => json!({"throttledUntil": time::whole_seconds(until)}),
            Self::Exhausted(count) => json!({"count": count}),
        }
    }
}

fn data<'a>(webhook: &'a Webhook, rule: &DisableRule, happening: Happening<'_>, last: Option<&'a Attempt>) -> Data<'a> {
    let Webhook { id, account, settings, standing, .. } = webhook;
    let since = standing.streak.since;
    let waits = !rule.streak.is_zero() && rule.failed_attempts.is_none();
    Data {
        account,
        webhook_id: id,
        name: settings.name.as_deref(),
        url: settings.url.host(),
        trigger: happening.trigger(),
        failing_since: since.map(time::whole_seconds),
        consecutive_failures: standing.streak.failures,
        disables_at: rule.failed_attempts,
        disables_after: since.filter(|_| waits).map(|since| time::whole_seconds(time::after(since, rule.streak))),
        last_attempt: last.map(LastAttempt::of),
        more: happening.more(),
    }
}

impl<'a> LastAttempt<'a> {
    fn of(attempt: &'a Attempt) -> Self {
        let Attempt { at, status_code, error_class, error, .. } = attempt;
        let at = time::whole_seconds(*at);
        Self { at, status_code: *status_code, error_class: *error_class, error: error.as_deref() }
    }
}
