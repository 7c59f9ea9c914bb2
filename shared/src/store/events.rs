//! Events: stored once, for deduplication, the delivery log and replays.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::{
    operation::{delete_item::DeleteItemError, put_item::PutItemError},
    types::ReturnValuesOnConditionCheckFailure,
};
use domain::{
    event::{Event, EventTime, log::LogEntry, pattern::EventType, rules::TypeKey},
    ids::{AccountId, EventId},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Store, StoreError, Written,
    error::failed,
    insert_many::Inserted,
    keys,
    values::{ms, number, text, to_item},
};

/// An event: its payload, stored once, and whose message brought it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventItem {
    pk: String,
    sk: String,
    event: EventType,
    #[serde(with = "ms")]
    accepted_at: Timestamp,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    timestamp_given: bool,
    timestamp: String,
    type_key: TypeKey,
    /// Canonical JSON.
    data: String,
    source_id: String,
    expires_at: i64,
}

impl EventItem {
    fn of(event: Event, source_id: &str, expires_at: i64) -> Self {
        let keys::Key { pk, sk } = keys::event(&event.account, &event.id);
        let (timestamp_given, timestamp) = match event.timestamp {
            EventTime::Given(text) => (true, text),
            EventTime::Arrival(text) => (false, text),
        };
        Self {
            pk,
            sk,
            event: event.event_type,
            accepted_at: event.accepted_at,
            timestamp_given,
            timestamp,
            type_key: event.type_key,
            data: event.data,
            source_id: source_id.to_owned(),
            expires_at,
        }
    }

    fn into_event(self, account: AccountId, id: EventId) -> Event {
        let timestamp =
            if self.timestamp_given { EventTime::Given(self.timestamp) } else { EventTime::Arrival(self.timestamp) };
        Event {
            account,
            id,
            event_type: self.event,
            accepted_at: self.accepted_at,
            timestamp,
            type_key: self.type_key,
            data: self.data,
        }
    }
}

/// What storing an event found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventStored {
    /// This id was never published before.
    New,
    /// This very message stored it, and is being processed again: these are the bytes and times that count.
    Again(Event),
    /// Another message published this id.
    Taken(Event),
}

impl Store {
    /// Deletes an event that this message stored, if it did.
    pub async fn erase_event(&self, account: &AccountId, id: &EventId, source_id: &str) -> Result<(), StoreError> {
        let request = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(keys::event(account, id).into_item()))
            .condition_expression("sourceId = :source")
            .expression_attribute_values(":source", text(source_id));
        let Err(error) = request.send().await else { return Ok(()) };
        match error.as_service_error() {
            Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(()),
            _ => Err(failed(error)),
        }
    }

    /// Stores an event unless its id is taken by one that has not expired.
    ///
    /// `source_id` names the message that brought it; of simultaneous callers with one id exactly one gets `New`.
    pub async fn put_event(&self, event: &Event, source_id: &str, now: Timestamp) -> Result<EventStored, StoreError> {
        let item = to_item(EventItem::of(event.clone(), source_id, self.expires_at(event.accepted_at)))?;
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let request = request
            .condition_expression("attribute_not_exists(pk) OR expiresAt <= :now")
            .expression_attribute_values(":now", number(now.as_second()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = request.send().await else { return Ok(EventStored::New) };
        let stored = match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(lost)) => lost.item().cloned(),
            _ => None,
        };
        let Some(stored) = stored else { return Err(failed(error)) };
        let stored: EventItem = serde_dynamo::from_item(stored)?;
        let is_mine = stored.source_id == source_id;
        let stored = stored.into_event(event.account.clone(), event.id.clone());
        Ok(if is_mine { EventStored::Again(stored) } else { EventStored::Taken(stored) })
    }

    /// Stores those of these events whose ids are free, and writes these entries of the event log, in one request: at most
    /// [`MAX_INSERTS`](super::insert_many::MAX_INSERTS) together, and each id once. Each event comes with the id of the message that
    /// brought it; the results are in the same order, the events' first.
    ///
    /// `Lost` is every other: an id that is or was taken, a throttled write. [`Store::put_event`] finds out which.
    ///
    /// # Errors
    /// Perhaps some are stored.
    pub async fn insert_events(
        &self,
        events: &[(&Event, &str)],
        entries: &[&LogEntry],
    ) -> Result<Vec<Written>, StoreError> {
        let event_items = events.iter().map(|(event, source_id)| {
            let expires_at = self.expires_at(event.accepted_at);
            to_item(EventItem::of((*event).clone(), source_id, expires_at))
        });
        let entry_items = entries.iter().map(|entry| self.log_item(entry));
        let inserted = self.insert_together(event_items.chain(entry_items).collect::<Result<_, _>>()?).await?;
        let written = |inserted| if inserted == Inserted::Yes { Written::Yes } else { Written::Lost };
        Ok(inserted.into_iter().map(written).collect())
    }

    /// The stored event, if it has not expired.
    pub async fn event(&self, account: &AccountId, id: &EventId, now: Timestamp) -> Result<Option<Event>, StoreError> {
        let item: Option<EventItem> = self.item(keys::event(account, id)).await?;
        let alive = item.filter(|item| item.expires_at > now.as_second());
        Ok(alive.map(|item| item.into_event(account.clone(), id.clone())))
    }

    /// These events, in this order, each once, read consistently. An expired one is none.
    pub async fn these_events(
        &self,
        account: &AccountId,
        ids: &[EventId],
        now: Timestamp,
    ) -> Vec<Result<Option<Event>, StoreError>> {
        let items: Vec<Result<Option<EventItem>, StoreError>> =
            self.items(ids.iter().map(|id| keys::event(account, id)).collect()).await;
        let alive = |item: Option<EventItem>| item.filter(|item| item.expires_at > now.as_second());
        let events = items.into_iter().zip(ids);
        events.map(|(item, id)| Ok(alive(item?).map(|item| item.into_event(account.clone(), id.clone())))).collect()
    }

    /// Those of these events that are stored, as far as one request finds out: an event that is not returned may be stored all the
    /// same.
    pub async fn known_events(&self, account: &AccountId, ids: &BTreeSet<&EventId>, now: Timestamp) -> Vec<Event> {
        let wanted: Vec<(keys::Key, &EventId)> = ids.iter().map(|id| (keys::event(account, id), *id)).collect();
        let keys: Vec<keys::Key> = wanted.iter().map(|(key, _)| key.clone()).collect();
        let mut found = self.found_together(&keys).await;
        let event = |(key, id): (keys::Key, &EventId)| {
            let item: EventItem = serde_dynamo::from_item(found.remove(&key)?).ok()?;
            (item.expires_at > now.as_second()).then(|| item.into_event(account.clone(), id.clone()))
        };
        wanted.into_iter().filter_map(event).collect()
    }
}
