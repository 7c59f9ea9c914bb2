//! How a webhook and its route are written.

use std::collections::BTreeSet;

use domain::{
    attempt::{
        custom::CustomHeaders,
        timing::{OwnDelays, OwnTimeout, OwnTiming},
    },
    event::{filter::Filter, pattern::EventPattern},
    ids::{AccountId, RecoveryId, WebhookId},
    signing::{PreviousSecret, Secrets, secret::Secret},
    target::TargetUrl,
    webhook::{
        Webhook,
        metadata::Metadata,
        pace::RateLimit,
        route::Route,
        settings::Settings,
        standing::{Disabled, Health, LastDisabled, Pulse, Standing, Streak, Told},
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::{
    keys,
    values::{ms, optional_ms},
};

/// A route, with short names: up to a hundred of them are read at every batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct RouteItem {
    #[serde(rename = "e")]
    pub events: Vec<EventPattern>,
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
    #[serde(rename = "a")]
    pub is_active: bool,
    #[serde(rename = "h")]
    pub health: Health,
    /// When it was disabled.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none", with = "optional_ms")]
    pub disabled_at: Option<Timestamp>,
}

impl RouteItem {
    pub fn of(route: Route) -> Self {
        let Route { events, filter, is_active, health, disabled_at, .. } = route;
        Self { events, filter, is_active, health, disabled_at }
    }

    pub fn into_route(self, webhook: WebhookId) -> Route {
        let Self { events, filter, is_active, health, disabled_at } = self;
        Route { webhook, events, filter, is_active, health, disabled_at }
    }
}

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WebhookItem {
    pub pk: String,
    pub sk: WebhookId,
    pub account: AccountId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub url: TargetUrl,
    pub events: Vec<EventPattern>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimit>,
    #[serde(default, skip_serializing_if = "CustomHeaders::is_empty")]
    pub headers: CustomHeaders,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_delays: Option<OwnDelays>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<OwnTimeout>,
    /// Pairs, because an item does not keep the order of a map.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metadata: Vec<(String, String)>,
    pub secret: Secret,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub previous_secrets: Vec<PreviousSecretItem>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_ms")]
    pub rotated_at: Option<Timestamp>,
    #[serde(with = "ms")]
    pub created_at: Timestamp,
    #[serde(with = "ms")]
    pub updated_at: Timestamp,
    #[serde(with = "ms")]
    pub enabled_at: Timestamp,
    /// Absent in webhooks of earlier versions: then since they were enabled.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_ms")]
    pub wants_since: Option<Timestamp>,
    pub is_active: bool,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_ms")]
    pub disabled_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_reason: Option<String>,
    /// Remembered while the webhook is active again.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_ms")]
    pub last_disabled_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_ms")]
    pub last_failing_from: Option<Timestamp>,
    pub failures: u32,
    pub failed_deliveries: u32,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_ms")]
    pub failing_since: Option<Timestamp>,
    /// When deliveries were created whose failures may have begun the streak, in seconds: a set, because batches that fail at the same
    /// time add to it in any order. The earliest counts.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty", with = "serde_dynamo::number_set")]
    pub failing_from: BTreeSet<i64>,
    /// The level of the streak that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_ms")]
    pub exhausted_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exhausted: Option<u32>,
    pub health: Health,
    /// Quick successes in a row of a slow webhook.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub quick: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<RecoveryId>,
}

/// A secret whose grace has not ended when it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PreviousSecretItem {
    pub secret: Secret,
    #[serde(with = "ms")]
    pub until: Timestamp,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl From<PreviousSecret> for PreviousSecretItem {
    fn from(PreviousSecret { secret, until }: PreviousSecret) -> Self {
        Self { secret, until }
    }
}

impl From<Webhook> for WebhookItem {
    fn from(webhook: Webhook) -> Self {
        let Webhook { id, account, settings, secrets, standing } = webhook;
        let is_active = standing.disabled.is_none();
        let (disabled_at, disabled_reason) = standing.disabled.map(|disabled| (disabled.at, disabled.reason)).unzip();
        Self {
            pk: keys::webhooks_of(&account),
            sk: id,
            account,
            name: settings.name,
            url: settings.url,
            events: settings.events,
            filter: settings.filter,
            rate_limit: settings.rate_limit,
            headers: settings.headers,
            retry_delays: settings.timing.delays,
            timeout: settings.timing.timeout,
            metadata: settings.metadata.entries().to_vec(),
            secret: secrets.current,
            previous_secrets: secrets.previous.into_iter().map(PreviousSecretItem::from).collect(),
            rotated_at: secrets.rotated_at,
            created_at: standing.created_at,
            updated_at: standing.updated_at,
            enabled_at: standing.enabled_at,
            wants_since: Some(standing.wants_since),
            is_active,
            disabled_at,
            disabled_reason,
            last_disabled_at: standing.last.at,
            last_failing_from: standing.last.failing_from,
            failures: standing.streak.failures,
            failed_deliveries: standing.streak.failed_deliveries,
            failing_since: standing.streak.since,
            failing_from: standing.streak.first_created_at.map(Timestamp::as_second).into_iter().collect(),
            told: Some(standing.streak.told.level).filter(|level| *level > 0),
            exhausted_at: standing.streak.told.exhausted_at,
            exhausted: Some(standing.streak.told.exhausted).filter(|count| *count > 0),
            health: standing.pulse.health,
            quick: standing.pulse.quick,
            recovery: standing.recovery,
        }
    }
}

impl From<WebhookItem> for Webhook {
    fn from(item: WebhookItem) -> Self {
        let disabled = (!item.is_active).then(|| Disabled {
            at: item.disabled_at.unwrap_or(item.updated_at),
            reason: item.disabled_reason.unwrap_or_default(),
        });
        let previous = item.previous_secrets.into_iter();
        let previous = previous.map(|PreviousSecretItem { secret, until }| PreviousSecret { secret, until });
        Self {
            id: item.sk,
            account: item.account,
            settings: Settings {
                name: item.name,
                url: item.url,
                events: item.events,
                filter: item.filter,
                rate_limit: item.rate_limit,
                headers: item.headers,
                timing: OwnTiming { delays: item.retry_delays, timeout: item.timeout },
                // What was stored was checked. Were it wrong, the webhook would still have to be delivered to.
                metadata: Metadata::new(item.metadata).unwrap_or_default(),
            },
            secrets: Secrets { current: item.secret, previous: previous.collect(), rotated_at: item.rotated_at },
            standing: Standing {
                created_at: item.created_at,
                updated_at: item.updated_at,
                enabled_at: item.enabled_at,
                wants_since: item.wants_since.unwrap_or(item.enabled_at),
                disabled,
                last: LastDisabled { at: item.last_disabled_at, failing_from: item.last_failing_from },
                streak: Streak {
                    failures: item.failures,
                    failed_deliveries: item.failed_deliveries,
                    since: item.failing_since,
                    first_created_at: item.failing_from.first().and_then(|second| Timestamp::from_second(*second).ok()),
                    told: Told {
                        level: item.told.unwrap_or_default(),
                        exhausted_at: item.exhausted_at,
                        exhausted: item.exhausted.unwrap_or_default(),
                    },
                },
                pulse: Pulse { health: item.health, quick: item.quick },
                recovery: item.recovery,
            },
        }
    }
}

#[cfg(test)]
mod tests;
