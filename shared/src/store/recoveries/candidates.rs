//! What a recovery would send again, oldest first: from the records, or from the event log.

use std::{cmp::Reverse, collections::BTreeSet};

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use domain::{
    attempt::Reason,
    delivery::{
        Delivery, Status,
        recovery::{Include, MISSING_AFTER, Plan},
    },
    event::{
        Event,
        content::Content,
        log::{LogPlace, LoggedEvent},
        pattern::EventType,
    },
    ids::{DeliveryId, EventId, RecoveryId, WebhookId},
    time,
    webhook::Webhook,
};
use jiff::Timestamp;

use super::super::{
    Store, StoreError,
    deliveries::item::DeliveryItem,
    event_log::{LogLimit, LogPage, LogWindow},
    keys,
    paging::{self, Budget, EVENTUAL, Partitions},
    values::{Item, number, text},
};

/// What one search may take: the runner has seconds.
const BUDGET: Budget = Budget { queries: 160, bytes: 24_000_000.0, bytes_a_unit: EVENTUAL };

/// The most bytes of stored events that are read to find out which of them have no record: a page of large events ends short.
const LOOKED_UP_BYTES: usize = 8_000_000;

/// What is searched for.
#[derive(Debug, Clone, Copy)]
pub struct Search<'s> {
    pub webhook: &'s Webhook,
    pub plan: &'s Plan,
    /// The recovery whose replays are no candidates any more.
    pub recovery: Option<&'s RecoveryId>,
    /// What failed later is no candidate.
    pub made_before: Timestamp,
}

/// A delivery to be sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub delivery: DeliveryId,
    pub event_id: EventId,
    pub event_type: EventType,
    /// When SQS first had the event.
    pub accepted_at: Timestamp,
    pub kind: Include,
}

/// The most that a search among the records may find and read.
#[derive(Debug, Clone, Copy)]
pub struct RecordLimit {
    pub records: usize,
    /// A search that would read more ends short.
    pub bytes: f64,
}

impl RecordLimit {
    /// As many candidates, with all that a search may read.
    pub fn of(records: usize) -> Self {
        Self { records, bytes: BUDGET.bytes }
    }
}

/// Some candidates, and where the search goes on. `None` at its end.
#[derive(Debug, Clone)]
pub struct Candidates<P> {
    pub found: Vec<Candidate>,
    pub next: Option<P>,
    /// How many bytes were read.
    pub bytes: f64,
}

impl Search<'_> {
    /// What a record is to the recovery; `None` if it is no candidate.
    fn kind(&self, record: &Delivery) -> Option<Include> {
        let is_mine = self.recovery.is_some() && record.rounds.recovery.as_ref() == self.recovery;
        let failed_at = record.attempts.last().filter(|_| record.status == Status::Failed);
        let is_later = failed_at.is_some_and(|last| last.ended_at() > self.made_before);
        if is_mine || is_later || record.reason == Reason::Test || !self.wants(&record.event_type) {
            return None;
        }
        Include::of(Some(record)).iter().copied().find(|kind| self.plan.include.contains(kind))
    }

    /// The delivery of a stored event that the webhook may have missed; `None` if the webhook does not want it. Only here is the
    /// filter asked: what has a record was judged before.
    fn missing(&self, stored: Event) -> Option<Candidate> {
        let is_wanted = self.webhook.wants_content(&Content::of(&stored)) && self.plan.covers(&stored.event_type);
        is_wanted.then(|| Candidate {
            delivery: DeliveryId::derive(stored.accepted_at, &stored.account, &stored.id, &self.webhook.id),
            event_id: stored.id,
            event_type: stored.event_type,
            accepted_at: stored.accepted_at,
            kind: Include::Missing,
        })
    }

    fn wants(&self, event: &EventType) -> bool {
        self.webhook.wants(event) && self.plan.covers(event)
    }

    /// The part of the event log that has what the webhook may have missed.
    fn missing_window(&self) -> LogWindow {
        let settled = time::before(self.made_before, MISSING_AFTER);
        let until = self.plan.until.min(self.plan.wants_since).min(settled);
        LogWindow { since: Some(self.plan.since), until: Some(until) }
    }
}

impl Store {
    /// Candidates among the records that were created at `since` or later.
    pub async fn record_candidates(
        &self,
        search: Search<'_>,
        since: Timestamp,
        after: Option<&DeliveryId>,
        limit: RecordLimit,
        now: Timestamp,
    ) -> Result<Candidates<DeliveryId>, StoreError> {
        let records = Records { store: self, search, since, after, now };
        let budget = Budget { bytes: limit.bytes.min(BUDGET.bytes), ..BUDGET };
        let page = paging::page(&records, limit.records, budget).await?;
        Ok(Candidates { found: page.found, next: page.next.map(|Reverse(next)| next), bytes: page.bytes })
    }

    /// Events that the webhook wants by what the log says of them, and that were stored before it came to want them. They have at
    /// most as many bytes.
    pub async fn missing_events(
        &self,
        search: Search<'_>,
        after: Option<&LogPlace>,
        limit: LogLimit,
        now: Timestamp,
    ) -> Result<LogPage, StoreError> {
        let wanted = |event: &LoggedEvent| search.wants(&event.event_type);
        self.oldest_events(&search.webhook.account, search.missing_window(), &wanted, after, limit, now).await
    }

    /// The deliveries of these events that have no record.
    ///
    /// A crash can leave an entry that names an event with another message's time and type. A delivery's id follows from the time,
    /// and a second id would be a second delivery: both are taken from the stored event.
    pub async fn missing_candidates(
        &self,
        search: Search<'_>,
        after: Option<&LogPlace>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Candidates<LogPlace>, StoreError> {
        let limit = LogLimit { events: limit.min(100), bytes: LOOKED_UP_BYTES };
        let LogPage { events, next, bytes } = self.missing_events(search, after, limit, now).await?;
        // The log may list an event twice.
        let ids: BTreeSet<EventId> = events.into_iter().map(|listed| listed.event.id).collect();
        let ids: Vec<EventId> = ids.into_iter().collect();
        let stored = self.these_events(&search.webhook.account, &ids, now).await;
        let stored = stored.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten();
        let mut found: Vec<Candidate> = stored.filter_map(|event| search.missing(event)).collect();
        found.sort_by(|one, other| one.delivery.cmp(&other.delivery));
        let places: Vec<(WebhookId, DeliveryId)> =
            found.iter().map(|found| (search.webhook.id.clone(), found.delivery.clone())).collect();
        let records = self.these_deliveries(&places, now).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        let is_missing = |record: &Option<Delivery>| match record {
            None => true,
            Some(record) => search.kind(record) == Some(Include::Missing),
        };
        let mut keep = records.iter().map(is_missing);
        found.retain(|_| keep.next().unwrap_or(false));
        Ok(Candidates { found, next, bytes })
    }
}

/// A webhook's records in a window, oldest first.
struct Records<'q> {
    store: &'q Store,
    search: Search<'q>,
    since: Timestamp,
    after: Option<&'q DeliveryId>,
    now: Timestamp,
}

impl Partitions for Records<'_> {
    type Key = Reverse<DeliveryId>;
    type Found = Candidate;

    fn count(&self) -> usize {
        usize::from(keys::SHARDS)
    }

    fn query(&self, part: usize, after: Option<&Reverse<DeliveryId>>) -> Option<QueryFluentBuilder> {
        let shard = u8::try_from(part).ok()?;
        let webhook = &self.search.webhook.id;
        let after = after.map(|Reverse(after)| after).or(self.after);
        // '!' sorts before every character of an id: the least text behind the id itself.
        let least = after.map_or_else(|| DeliveryId::first_at(self.since), |after| format!("{after}!"));
        let most = DeliveryId::first_at(self.search.plan.until);
        if least > most {
            return None;
        }
        let (pk, sk, key, index) = if self.search.plan.include.contains(&Include::Delivered) {
            ("pk", "sk", keys::deliveries_of(webhook, shard), None)
        } else {
            ("gsi1pk", "gsi1sk", keys::troubled(webhook, shard), Some(keys::TROUBLED))
        };
        let request = self
            .store
            .client
            .query()
            .table_name(&self.store.table)
            .set_index_name(index.map(str::to_owned))
            .key_condition_expression(format!("{pk} = :pk AND {sk} BETWEEN :least AND :most"))
            .filter_expression("expiresAt > :now")
            .expression_attribute_values(":pk", text(key))
            .expression_attribute_values(":least", text(least))
            .expression_attribute_values(":most", text(most))
            .expression_attribute_values(":now", number(self.now.as_second()));
        Some(request)
    }

    fn key(&self, item: &Item) -> Result<Reverse<DeliveryId>, StoreError> {
        let id = item.get("sk").and_then(|value| value.as_s().ok()).and_then(|id| DeliveryId::parse(id).ok());
        id.map(Reverse).ok_or(StoreError::Corrupt { what: "a delivery's key" })
    }

    fn read(&self, item: Item) -> Result<Option<Candidate>, StoreError> {
        let record = Delivery::from(serde_dynamo::from_item::<_, DeliveryItem>(item)?);
        let Some(kind) = self.search.kind(&record) else { return Ok(None) };
        Ok(Some(Candidate {
            delivery: record.id,
            event_id: record.event_id,
            event_type: record.event_type,
            accepted_at: record.created_at,
            kind,
        }))
    }
}

#[cfg(test)]
mod tests;
