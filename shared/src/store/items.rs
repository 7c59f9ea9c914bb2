//! How things are written: one plain struct for each kind of item, turned into the domain's types and back.
//!
//! Times are milliseconds since 1970, but `expiresAt`, which `DynamoDB` wants in seconds.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::keys;
use crate::domain::{
    delivery::{Delivery, Reason, Status},
    event::Event,
    id::{AccountId, DeliveryId, EventId, MessageId, WebhookId},
    outcome::{Attempt, ErrorClass},
    secret::Secret,
    subscription::{EventPattern, EventType, Health, Route},
    target::TargetUrl,
    webhook::{Disabled, PreviousSecret, Streak, Webhook},
};

/// Times as milliseconds.
mod ms {
    use super::{Deserialize, Timestamp};

    pub fn serialize<S: serde::Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(time.as_millisecond())
    }

    pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        Timestamp::from_millisecond(i64::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Times that may be absent.
mod optional_ms {
    use super::{Deserialize, Timestamp};

    #[expect(clippy::ref_option, reason = "serde's signature")]
    pub fn serialize<S: serde::Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => serializer.serialize_i64(time.as_millisecond()),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        let ms = Option::<i64>::deserialize(deserializer)?;
        ms.map(|ms| Timestamp::from_millisecond(ms).map_err(serde::de::Error::custom)).transpose()
    }
}

/// An account: its profile, and the routes of all its webhooks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountItem {
    pub pk: String,
    pub sk: String,
    pub profile: String,
    #[serde(with = "ms")]
    pub created_at: Timestamp,
    pub routes: BTreeMap<WebhookId, RouteItem>,
}

/// A route, with short names: up to a hundred of them are read at every batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RouteItem {
    #[serde(rename = "e")]
    pub events: Vec<EventPattern>,
    #[serde(rename = "a")]
    pub is_active: bool,
    #[serde(rename = "h")]
    pub health: Health,
}

impl RouteItem {
    #[must_use]
    pub fn of(route: Route) -> Self {
        Self { events: route.events, is_active: route.is_active, health: route.health }
    }

    #[must_use]
    pub fn into_route(self, webhook: WebhookId) -> Route {
        Route { webhook, events: self.events, is_active: self.is_active, health: self.health }
    }
}

/// An API key, stored under its hash and once more under its account. The key itself is nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyItem {
    pub pk: String,
    pub sk: String,
    pub account: AccountId,
    pub profile: String,
    pub scopes: Vec<String>,
    /// SHA-256 in hexadecimal.
    pub hash: String,
    #[serde(with = "ms")]
    pub created_at: Timestamp,
}

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookItem {
    pub pk: String,
    pub sk: WebhookId,
    pub account: AccountId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub url: TargetUrl,
    pub events: Vec<EventPattern>,
    pub secret: Secret,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_secret: Option<Secret>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_ms")]
    pub previous_secret_until: Option<Timestamp>,
    #[serde(with = "ms")]
    pub created_at: Timestamp,
    #[serde(with = "ms")]
    pub updated_at: Timestamp,
    #[serde(with = "ms")]
    pub enabled_at: Timestamp,
    pub is_active: bool,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_ms")]
    pub disabled_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_reason: Option<String>,
    pub failures: u32,
    pub failed_deliveries: u32,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_ms")]
    pub failing_since: Option<Timestamp>,
    pub health: Health,
}

impl From<Webhook> for WebhookItem {
    fn from(webhook: Webhook) -> Self {
        let (previous_secret, previous_secret_until) =
            webhook.previous_secret.map(|previous| (previous.secret, previous.until)).unzip();
        let is_active = webhook.disabled.is_none();
        let (disabled_at, disabled_reason) = webhook.disabled.map(|disabled| (disabled.at, disabled.reason)).unzip();
        Self {
            pk: keys::webhooks_of(&webhook.account),
            sk: webhook.id,
            account: webhook.account,
            name: webhook.name,
            url: webhook.url,
            events: webhook.events,
            secret: webhook.secret,
            previous_secret,
            previous_secret_until,
            created_at: webhook.created_at,
            updated_at: webhook.updated_at,
            enabled_at: webhook.enabled_at,
            is_active,
            disabled_at,
            disabled_reason,
            failures: webhook.streak.failures,
            failed_deliveries: webhook.streak.failed_deliveries,
            failing_since: webhook.streak.since,
            health: webhook.health,
        }
    }
}

impl From<WebhookItem> for Webhook {
    fn from(item: WebhookItem) -> Self {
        let disabled = (!item.is_active).then(|| Disabled {
            at: item.disabled_at.unwrap_or(item.updated_at),
            reason: item.disabled_reason.unwrap_or_default(),
        });
        Self {
            id: item.sk,
            account: item.account,
            name: item.name,
            url: item.url,
            events: item.events,
            secret: item.secret,
            previous_secret: item
                .previous_secret
                .zip(item.previous_secret_until)
                .map(|(secret, until)| PreviousSecret { secret, until }),
            created_at: item.created_at,
            updated_at: item.updated_at,
            enabled_at: item.enabled_at,
            disabled,
            streak: Streak {
                failures: item.failures,
                failed_deliveries: item.failed_deliveries,
                since: item.failing_since,
            },
            health: item.health,
        }
    }
}

/// An event: its payload, stored once, and whose message brought it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventItem {
    pub pk: String,
    pub sk: String,
    pub event: EventType,
    #[serde(with = "ms")]
    pub accepted_at: Timestamp,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub timestamp_given: bool,
    pub body: String,
    pub source_id: String,
    pub expires_at: i64,
}

impl EventItem {
    #[must_use]
    pub fn of(event: Event, source_id: &str, expires_at: i64) -> Self {
        let keys::Key { pk, sk } = keys::event(&event.account, &event.id);
        Self {
            pk,
            sk,
            event: event.event_type,
            accepted_at: event.accepted_at,
            timestamp_given: event.timestamp_given,
            body: event.body,
            source_id: source_id.to_owned(),
            expires_at,
        }
    }

    #[must_use]
    pub fn into_event(self, account: AccountId, id: EventId) -> Event {
        Event {
            account,
            id,
            event_type: self.event,
            accepted_at: self.accepted_at,
            timestamp_given: self.timestamp_given,
            body: self.body,
        }
    }
}

/// A delivery. Absent fields are left out: a first-attempt success must fit one write unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryItem {
    pub pk: String,
    pub sk: DeliveryId,
    pub webhook: WebhookId,
    pub event_id: EventId,
    pub event: EventType,
    pub reason: Reason,
    pub status: Status,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_reason: Option<String>,
    #[serde(with = "ms")]
    pub created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_ms")]
    pub next_attempt_at: Option<Timestamp>,
    pub attempts: Vec<AttemptItem>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<MessageId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gsi1pk: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gsi1sk: Option<String>,
    pub expires_at: i64,
}

/// One attempt of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttemptItem {
    pub n: u32,
    #[serde(with = "ms")]
    pub at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    pub ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<ErrorClass>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<String>,
}

impl From<Attempt> for AttemptItem {
    fn from(attempt: Attempt) -> Self {
        Self {
            n: attempt.attempt,
            at: attempt.at,
            status: attempt.status_code,
            ms: attempt.response_time_ms,
            error: attempt.error,
            class: attempt.error_class,
            response: attempt.response,
        }
    }
}

impl From<AttemptItem> for Attempt {
    fn from(item: AttemptItem) -> Self {
        Self {
            attempt: item.n,
            at: item.at,
            status_code: item.status,
            response_time_ms: item.ms,
            error: item.error,
            error_class: item.class,
            response: item.response,
        }
    }
}

impl DeliveryItem {
    #[must_use]
    pub fn of(delivery: Delivery, expires_at: i64) -> Self {
        let keys::Key { pk, .. } = keys::delivery(&delivery.webhook, &delivery.id);
        let is_troubled = delivery.status != Status::Delivered;
        let index =
            is_troubled.then(|| keys::troubled(&delivery.webhook, delivery.status, delivery.id.shard(keys::SHARDS)));
        Self {
            pk,
            gsi1pk: index,
            gsi1sk: is_troubled.then(|| delivery.id.to_string()),
            sk: delivery.id,
            webhook: delivery.webhook,
            event_id: delivery.event_id,
            event: delivery.event_type,
            reason: delivery.reason,
            status: delivery.status,
            status_reason: delivery.status_reason,
            created_at: delivery.created_at,
            next_attempt_at: delivery.next_attempt_at,
            attempts: delivery.attempts.into_iter().map(AttemptItem::from).collect(),
            owner: delivery.owner,
            payload: delivery.payload,
            expires_at,
        }
    }
}

impl From<DeliveryItem> for Delivery {
    fn from(item: DeliveryItem) -> Self {
        Self {
            id: item.sk,
            webhook: item.webhook,
            event_id: item.event_id,
            event_type: item.event,
            reason: item.reason,
            status: item.status,
            status_reason: item.status_reason,
            created_at: item.created_at,
            next_attempt_at: item.next_attempt_at,
            attempts: item.attempts.into_iter().map(Attempt::from).collect(),
            owner: item.owner,
            payload: item.payload,
        }
    }
}

/// A retry that waits longer than a visibility timeout should.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParkedItem {
    pub pk: String,
    pub sk: String,
    /// The delivery's ids as they travel in a message; the payload is the stored event's.
    pub job: String,
    pub expires_at: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{secret::ClientSecret, target::TargetPolicy};

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(ms).unwrap()
    }

    fn webhook(is_active: bool) -> Webhook {
        Webhook {
            id: WebhookId::parse("wh_1").unwrap(),
            account: AccountId::parse("acme").unwrap(),
            name: Some("Click Tracker".to_owned()),
            url: TargetPolicy::default().check("https://example.com/x").unwrap(),
            events: vec![EventPattern::parse("link.*").unwrap(), EventPattern::parse("*").unwrap()],
            secret: Secret::from_client("12345678", ClientSecret::Text).unwrap(),
            previous_secret: Some(PreviousSecret { secret: Secret::generate([1; 32]), until: at(99) }),
            created_at: at(1),
            updated_at: at(2),
            enabled_at: at(3),
            disabled: (!is_active).then(|| Disabled { at: at(4), reason: "why".to_owned() }),
            streak: Streak { failures: 3, failed_deliveries: 1, since: Some(at(5)) },
            health: Health::Failing,
        }
    }

    fn delivery(status: Status) -> Delivery {
        Delivery {
            id: DeliveryId::parse("dlv_1").unwrap(),
            webhook: WebhookId::parse("wh_1").unwrap(),
            event_id: EventId::parse("e1").unwrap(),
            event_type: EventType::parse("click").unwrap(),
            reason: Reason::Event,
            status,
            status_reason: Some("why".to_owned()),
            created_at: at(1),
            next_attempt_at: Some(at(2)),
            attempts: vec![Attempt {
                attempt: 1,
                at: at(1),
                status_code: Some(500),
                response_time_ms: 7,
                error: Some("the endpoint answered 500 instead of 2xx".to_owned()),
                error_class: Some(ErrorClass::Status),
                response: Some("\u{fffd}".to_owned()),
            }],
            owner: Some(MessageId::parse("m").unwrap()),
            payload: None,
        }
    }

    fn through_dynamodb<T: Serialize + serde::de::DeserializeOwned>(item: &T) -> T {
        let attributes: super::super::Item = serde_dynamo::to_item(item).unwrap();
        serde_dynamo::from_item(attributes).unwrap()
    }

    #[test]
    fn a_webhook_is_read_as_it_was_written() {
        for is_active in [true, false] {
            let item = WebhookItem::from(webhook(is_active));
            assert_eq!(Webhook::from(through_dynamodb(&item)), webhook(is_active));
        }
    }

    #[test]
    fn a_delivery_is_read_as_it_was_written() {
        for status in Status::ALL {
            let item = DeliveryItem::of(delivery(status), 5);
            assert_eq!(Delivery::from(through_dynamodb(&item)), delivery(status));
        }
    }

    #[test]
    fn only_troubled_deliveries_are_in_the_sparse_index() {
        for status in Status::ALL {
            let item = DeliveryItem::of(delivery(status), 5);
            assert_eq!(item.gsi1pk.is_some(), status != Status::Delivered, "{status:?}");
            assert_eq!(item.gsi1sk.is_some(), status != Status::Delivered, "{status:?}");
        }
    }
}
