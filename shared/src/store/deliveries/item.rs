//! How a delivery's record is written.

use std::collections::BTreeMap;

use domain::{
    attempt::{Attempt, ErrorClass, Reason, kept::KeptHeaders},
    delivery::{
        Delivery, Status,
        round::{Round, RoundClaim, Rounds},
    },
    event::pattern::EventType,
    ids::{DeliveryId, EventId, MessageId, RecoveryId, WebhookId},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::{
    keys,
    values::{ms, optional_ms},
};

/// A delivery. Absent fields are left out: a first-attempt success must fit one write unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct DeliveryItem {
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
    /// How many attempts were made. Absent in records of earlier versions, which keep all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<u32>,
    pub attempts: Vec<AttemptItem>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<MessageId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_ms")]
    pub began_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<Round>,
    /// The attempt that the round is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round_number: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_ms")]
    pub round_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<RecoveryId>,
    /// Of that recovery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slice: Option<u32>,
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
pub(in super::super) struct AttemptItem {
    pub n: u32,
    /// Absent where it follows from the number: the first is sent for the event, any other is a retry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Reason>,
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
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
}

impl From<Attempt> for AttemptItem {
    fn from(attempt: Attempt) -> Self {
        Self {
            n: attempt.number,
            why: Some(attempt.reason).filter(|reason| *reason != Reason::Event.of_attempt(attempt.number)),
            at: attempt.at,
            status: attempt.status_code,
            ms: attempt.response_time_ms,
            error: attempt.error,
            class: attempt.error_class,
            headers: attempt.response_headers.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            response: attempt.response,
        }
    }
}

impl From<AttemptItem> for Attempt {
    fn from(item: AttemptItem) -> Self {
        Self {
            number: item.n,
            reason: item.why.unwrap_or(Reason::Event.of_attempt(item.n)),
            at: item.at,
            status_code: item.status,
            response_time_ms: item.ms,
            error: item.error,
            error_class: item.class,
            response: item.response,
            response_headers: KeptHeaders::of(item.headers),
        }
    }
}

impl DeliveryItem {
    pub fn of(delivery: Delivery, expires_at: i64) -> Self {
        let keys::Key { pk, .. } = keys::delivery(&delivery.webhook, &delivery.id);
        let is_troubled = delivery.status != Status::Delivered;
        let index = is_troubled.then(|| keys::troubled(&delivery.webhook, delivery.id.shard(keys::SHARDS)));
        let made = Some(delivery.attempts_made());
        let Rounds { base, began_at, claim, recovery, slice } = delivery.rounds;
        let (round, round_number, round_at) = match claim {
            Some(RoundClaim { round, number, at }) => (Some(round), Some(number), Some(at)),
            None => (None, None, None),
        };
        Self {
            pk,
            made,
            base: Some(base).filter(|base| *base > 0),
            began_at,
            round,
            round_number,
            round_at,
            recovery,
            slice,
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
        let claim = item.round.zip(item.round_number).zip(item.round_at);
        let claim = claim.map(|((round, number), at)| RoundClaim { round, number, at });
        let (base, began_at) = (item.base.unwrap_or(0), item.began_at);
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
            rounds: Rounds { base, began_at, claim, recovery: item.recovery, slice: item.slice },
            payload: item.payload,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(ms).unwrap()
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
                number: 1,
                reason: Reason::Replay,
                at: at(1),
                status_code: Some(500),
                response_time_ms: 7,
                error: Some("the endpoint answered 500 instead of 2xx".to_owned()),
                error_class: Some(ErrorClass::Status),
                response: Some("\u{fffd}".to_owned()),
                response_headers: KeptHeaders::of([("server".to_owned(), "nginx".to_owned())]),
            }],
            owner: Some(MessageId::parse("m").unwrap()),
            rounds: Rounds {
                base: 3,
                began_at: Some(at(4)),
                claim: Some(RoundClaim {
                    round: Round::Replay { recovery: RecoveryId::parse("rec_1").unwrap(), slice: 2 },
                    number: 5,
                    at: at(6),
                }),
                recovery: RecoveryId::parse("rec_0").ok(),
                slice: Some(7),
            },
            payload: None,
        }
    }

    #[test]
    fn a_delivery_is_read_as_it_was_written() {
        for status in Status::ALL {
            let item: super::super::super::values::Item =
                serde_dynamo::to_item(DeliveryItem::of(delivery(status), 5)).unwrap();
            let item: DeliveryItem = serde_dynamo::from_item(item).unwrap();
            assert_eq!(Delivery::from(item), delivery(status));
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
