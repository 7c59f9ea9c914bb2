//! The event log: one entry for each account of a batch, spread over shards and merged on reading.

use std::cmp::Reverse;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use domain::{
    event::{
        log::{EntryId, LogEntry, LogPlace, LoggedEvent},
        pattern::EventType,
    },
    ids::{AccountId, EventId},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Store, StoreError,
    error::failed,
    keys,
    paging::{self, Budget, Partitions},
    values::{Item, number, text, time, to_item},
};

/// What a page of the log may take. Entries are read consistently, so that a stored event is listed at once.
const BUDGET: Budget = Budget { bytes_a_unit: paging::CONSISTENT, ..paging::REQUEST };

/// An entry. Each event is `[id, type, accepted at in ms, bytes of its body, given time]`: ten of them fit one write unit.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EntryItem {
    pk: String,
    sk: String,
    events: Vec<(EventId, EventType, i64, usize, Option<String>)>,
    expires_at: i64,
}

impl EntryItem {
    fn of(entry: &LogEntry, expires_at: i64) -> Self {
        let keys::Key { pk, sk } = keys::log_entry(&entry.account, &entry.id);
        let event = |event: &LoggedEvent| {
            let (id, event_type) = (event.id.clone(), event.event_type.clone());
            (id, event_type, event.accepted_at.as_millisecond(), event.bytes, event.given_timestamp.clone())
        };
        Self { pk, sk, events: entry.events.iter().map(event).collect(), expires_at }
    }

    fn into_events(self) -> Vec<LoggedEvent> {
        let event = |(id, event_type, ms, bytes, given_timestamp)| LoggedEvent {
            id,
            event_type,
            accepted_at: Timestamp::from_millisecond(ms).unwrap_or_default(),
            bytes,
            given_timestamp,
        };
        self.events.into_iter().map(event).collect()
    }
}

/// Which part of an account's log is read: events that intake stored in this window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogWindow {
    /// At this time or later.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
}

/// The most that a page of the log may hold. A page with an event has at least one, whatever its bytes.
#[derive(Debug, Clone, Copy)]
pub struct LogLimit {
    pub events: usize,
    /// Of the events' bodies.
    pub bytes: usize,
}

/// An event of the log, and where a page begins whose first event it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    pub event: LoggedEvent,
    pub place: LogPlace,
}

/// A page of the log. It may be short, or empty, and still have a next one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LogPage {
    pub events: Vec<StoredEvent>,
    /// Where the next page begins. `None` if there is nothing more.
    pub next: Option<LogPlace>,
    /// How many bytes were read.
    pub bytes: f64,
}

/// Which events a reader wants.
pub type Wanted<'w> = &'w (dyn Fn(&LoggedEvent) -> bool + Send + Sync);

impl Store {
    /// Writes an entry. Writing it again replaces it.
    ///
    /// # Errors
    /// Perhaps it is written.
    pub async fn put_log_entry(&self, entry: &LogEntry) -> Result<(), StoreError> {
        let item = self.log_item(entry)?;
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item));
        request.send().await.map(|_| ()).map_err(failed)
    }

    pub(super) fn log_item(&self, entry: &LogEntry) -> Result<Item, StoreError> {
        to_item(EntryItem::of(entry, self.expires_at(entry.id.at())))
    }

    /// Notes that no entries are written until a time: whoever reads an earlier part of the log must know that it lacks events.
    pub async fn note_log_off(&self, until: Timestamp) -> Result<(), StoreError> {
        let mut item = keys::log_off().into_item();
        item.extend([("until".to_owned(), time(until))]);
        self.client.put_item().table_name(&self.table).set_item(Some(item)).send().await.map(|_| ()).map_err(failed)
    }

    /// Until when the log was off at last, if it ever was.
    pub async fn log_off_until(&self) -> Result<Option<Timestamp>, StoreError> {
        #[derive(Deserialize)]
        struct Off {
            #[serde(with = "super::values::ms")]
            until: Timestamp,
        }
        let item: Option<Off> = self.item(keys::log_off()).await?;
        Ok(item.map(|off| off.until))
    }

    /// Events of an account, newest first, in the order in which intake stored them.
    pub async fn newest_events(
        &self,
        account: &AccountId,
        window: LogWindow,
        wanted: Wanted<'_>,
        after: Option<&LogPlace>,
        limit: usize,
        now: Timestamp,
    ) -> Result<LogPage, StoreError> {
        let before = after.map(|place| &place.entry);
        let entries = Entries { store: self, account, bounds: bounds(window, None, before), wanted, now };
        let page = paging::page(&NewestFirst(entries), limit, BUDGET).await?;
        let newest_first = page.found.into_iter().map(|mut entry| {
            entry.events.reverse();
            entry
        });
        let limit = LogLimit { events: limit, bytes: usize::MAX };
        let taken = take(newest_first.collect(), page.next, wanted, after, limit);
        Ok(LogPage { bytes: page.bytes, ..taken })
    }

    /// Events of an account, oldest first, in the order in which intake stored them.
    pub async fn oldest_events(
        &self,
        account: &AccountId,
        window: LogWindow,
        wanted: Wanted<'_>,
        after: Option<&LogPlace>,
        limit: LogLimit,
        now: Timestamp,
    ) -> Result<LogPage, StoreError> {
        let from = after.map(|place| &place.entry);
        let entries = Entries { store: self, account, bounds: bounds(window, from, None), wanted, now };
        let page = paging::page(&OldestFirst(entries), limit.events, BUDGET).await?;
        let taken = take(page.found, page.next.map(|Reverse(next)| next), wanted, after, limit);
        Ok(LogPage { bytes: page.bytes, ..taken })
    }
}

/// The first and the last id that may be read, both included: ids begin with the time of writing.
fn bounds(window: LogWindow, from: Option<&EntryId>, to: Option<&EntryId>) -> (String, String) {
    let text = |id: EntryId| id.as_str().to_owned();
    let since = window.since.map_or_else(|| "0".to_owned(), |since| text(EntryId::first_at(since)));
    let until = window.until.map_or_else(|| "~".to_owned(), |until| text(EntryId::first_at(until)));
    let least = from.map_or(since.clone(), |from| since.max(from.as_str().to_owned()));
    let most = to.map_or(until.clone(), |to| until.min(to.as_str().to_owned()));
    (least, most)
}

/// What of an entry's events a page takes.
fn take(
    entries: Vec<LogEntry>,
    next: Option<EntryId>,
    wanted: Wanted<'_>,
    after: Option<&LogPlace>,
    limit: LogLimit,
) -> LogPage {
    let (mut events, mut bytes) = (Vec::new(), 0usize);
    for LogEntry { id, events: of_entry, .. } in entries {
        let skipped = after.filter(|place| place.entry == id).map_or(0, |place| place.taken);
        for (taken, event) in of_entry.into_iter().enumerate().skip(skipped) {
            if !wanted(&event) {
                continue;
            }
            bytes = bytes.saturating_add(event.bytes);
            let is_full = events.len() >= limit.events || (bytes > limit.bytes && !events.is_empty());
            if is_full {
                return LogPage { events, next: Some(LogPlace { entry: id, taken }), bytes: 0.0 };
            }
            events.push(StoredEvent { event, place: LogPlace { entry: id.clone(), taken } });
        }
    }
    LogPage { events, next: next.map(|entry| LogPlace { entry, taken: usize::MAX }), bytes: 0.0 }
}

/// Some entries of an account's log.
struct Entries<'q> {
    store: &'q Store,
    account: &'q AccountId,
    bounds: (String, String),
    wanted: Wanted<'q>,
    now: Timestamp,
}

impl Entries<'_> {
    fn query(&self, part: usize, after: Option<&EntryId>) -> Option<QueryFluentBuilder> {
        let (least, most) = &self.bounds;
        // DynamoDB rejects a range that ends before it begins.
        if least > most {
            return None;
        }
        let pk = keys::log_shard(self.account, u8::try_from(part).ok()?);
        let start = after.map(|after| keys::Key { pk: pk.clone(), sk: after.as_str().to_owned() }.into_item());
        let request = self
            .store
            .client
            .query()
            .table_name(&self.store.table)
            .key_condition_expression("pk = :pk AND sk BETWEEN :least AND :most")
            .filter_expression("expiresAt > :now")
            .expression_attribute_values(":pk", text(pk))
            .expression_attribute_values(":least", text(least))
            .expression_attribute_values(":most", text(most))
            .expression_attribute_values(":now", number(self.now.as_second()))
            .set_exclusive_start_key(start)
            .consistent_read(true);
        Some(request)
    }

    /// The entry, if it has an event that is wanted.
    fn read(&self, item: Item) -> Result<Option<LogEntry>, StoreError> {
        let id = entry_id(&item)?;
        let item: EntryItem = serde_dynamo::from_item(item)?;
        let entry = LogEntry { account: self.account.clone(), id, events: item.into_events() };
        Ok(entry.events.iter().any(self.wanted).then_some(entry))
    }
}

fn entry_id(item: &Item) -> Result<EntryId, StoreError> {
    let id = item.get("sk").and_then(|value| value.as_s().ok()).and_then(|id| EntryId::parse(id));
    id.ok_or(StoreError::Corrupt { what: "an entry of the event log" })
}

struct NewestFirst<'q>(Entries<'q>);

impl Partitions for NewestFirst<'_> {
    type Key = EntryId;
    type Found = LogEntry;

    fn count(&self) -> usize {
        usize::from(keys::SHARDS)
    }

    fn query(&self, part: usize, after: Option<&EntryId>) -> Option<QueryFluentBuilder> {
        Some(self.0.query(part, after)?.scan_index_forward(false))
    }

    fn key(&self, item: &Item) -> Result<EntryId, StoreError> {
        entry_id(item)
    }

    fn read(&self, item: Item) -> Result<Option<LogEntry>, StoreError> {
        self.0.read(item)
    }
}

struct OldestFirst<'q>(Entries<'q>);

impl Partitions for OldestFirst<'_> {
    type Key = Reverse<EntryId>;
    type Found = LogEntry;

    fn count(&self) -> usize {
        usize::from(keys::SHARDS)
    }

    fn query(&self, part: usize, after: Option<&Reverse<EntryId>>) -> Option<QueryFluentBuilder> {
        self.0.query(part, after.map(|Reverse(after)| after))
    }

    fn key(&self, item: &Item) -> Result<Reverse<EntryId>, StoreError> {
        entry_id(item).map(Reverse)
    }

    fn read(&self, item: Item) -> Result<Option<LogEntry>, StoreError> {
        self.0.read(item)
    }
}

#[cfg(test)]
mod tests;
