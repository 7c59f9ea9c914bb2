//! Erasing an account: everything keyed by it, by its webhooks and by its events.
//!
//! What is deleted last is what says where the rest is: an event goes before its entry in the event log, a delivery before its webhook, and
//! the account itself after everything. So a run that is cut off leaves something that the next one finds.

use std::time::Duration;

use aws_sdk_dynamodb::types::{Delete, DeleteRequest, TransactWriteItem, WriteRequest};
use domain::ids::{AccountId, DeliveryId, EventId, RecoveryId, WebhookId};
use futures::future::try_join_all;
use jiff::Timestamp;
use serde::Deserialize;

use super::{
    Store, StoreError,
    deliveries::MAX_BATCH,
    error::failed,
    keys::{self, Key, SHARDS},
    sessions::{SessionItem, session_places},
    tests_at_once::test_leases,
    values::{optional_ms, text},
};

/// How many items one query of an erasure reads.
const PAGE: i32 = 100;

/// How many requests with deletions are under way at once. The table's other users come first.
const BATCHES_AT_ONCE: usize = 8;

/// How many milliseconds to wait before each time that deletions are sent. After the last, the next run goes on.
const PAUSES_MS: [u64; 6] = [0, 50, 100, 200, 400, 800];

/// What an account has, in the order in which it is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Belongings {
    Keys,
    Sessions,
    Events,
    /// With their deliveries and recoveries, and those that were deleted before.
    Webhooks,
    Notes,
}

impl Belongings {
    pub const ALL: [Self; 5] = [Self::Keys, Self::Sessions, Self::Events, Self::Webhooks, Self::Notes];
}

/// How many items were deleted by one step. None: nothing is left of this kind.
pub type Erased = usize;

#[derive(Debug, Deserialize)]
struct EntryItem {
    pk: String,
    sk: String,
    events: Vec<(EventId, serde::de::IgnoredAny, serde::de::IgnoredAny, serde::de::IgnoredAny, serde::de::IgnoredAny)>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RecordItem {
    pk: String,
    sk: DeliveryId,
    #[serde(default, with = "optional_ms")]
    next_attempt_at: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
struct KeyItem {
    pk: String,
    sk: String,
    hash: domain::account::key::KeyHash,
}

impl Store {
    /// Deletes some of what an account has of one kind.
    pub async fn erase_some(&self, account: &AccountId, kind: Belongings) -> Result<Erased, StoreError> {
        match kind {
            Belongings::Keys => self.erase_keys(account).await,
            Belongings::Sessions => self.erase_sessions(account).await,
            Belongings::Events => self.erase_events(account).await,
            Belongings::Webhooks => self.erase_webhook(account).await,
            Belongings::Notes => self.erase_notes(account).await,
        }
    }

    pub(super) fn deletion(&self, place: Key) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder().table_name(&self.table).set_key(Some(place.into_item())).build()?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    async fn erase_keys(&self, account: &AccountId) -> Result<Erased, StoreError> {
        let found: Vec<KeyItem> = self.page(keys::account(account).pk, Some(keys::ACCOUNT_KEY), None).await?;
        for key in &found {
            // In a transaction, for which a function needs no permission that would let it make keys.
            let entry = Key { pk: key.pk.clone(), sk: key.sk.clone() };
            self.transact([self.deletion(keys::api_key(&key.hash))?, self.deletion(entry)?]).await?;
        }
        Ok(found.len())
    }

    async fn erase_sessions(&self, account: &AccountId) -> Result<Erased, StoreError> {
        let found: Vec<SessionItem> = self.page(keys::account(account).pk, Some(keys::ACCOUNT_SESSION), None).await?;
        for session in &found {
            // In a transaction, for the same reason as keys.
            let deletions = session_places(session).into_iter().map(|place| self.deletion(place));
            self.transact(deletions.collect::<Result<Vec<_>, _>>()?).await?;
        }
        Ok(found.len())
    }

    async fn erase_events(&self, account: &AccountId) -> Result<Erased, StoreError> {
        let erase = |shard| async move {
            let entries: Vec<EntryItem> = self.page(keys::log_shard(account, shard), None, None).await?;
            let ids = entries.iter().flat_map(|entry| &entry.events);
            let mut events: Vec<Key> = ids.map(|(id, ..)| keys::event(account, id)).collect();
            // A batch is refused that names a key twice.
            events.sort_by(|a, b| a.pk.cmp(&b.pk));
            events.dedup();
            let erased = self.delete_all(events).await?;
            let entries = entries.into_iter().map(|entry| Key { pk: entry.pk, sk: entry.sk }).collect();
            Ok::<_, StoreError>(erased.saturating_add(self.delete_all(entries).await?))
        };
        let erased = try_join_all((0..SHARDS).map(erase)).await?;
        Ok(erased.into_iter().fold(0, usize::saturating_add))
    }

    /// Some deliveries of the account's first webhook, or the webhook itself if it has none any more.
    async fn erase_webhook(&self, account: &AccountId) -> Result<Erased, StoreError> {
        let found: Vec<Place> = self.page(keys::webhooks_of(account), None, Some("pk, sk")).await?;
        let Some(place) = found.into_iter().next() else { return Ok(0) };
        let name = place.sk.strip_prefix(keys::GONE).unwrap_or(&place.sk);
        if let Ok(webhook) = WebhookId::parse(name) {
            let erased = self.erase_deliveries(&webhook).await?;
            let erased = erased.saturating_add(self.erase_recoveries(&webhook).await?);
            if erased > 0 {
                return Ok(erased);
            }
        }
        self.delete_all(vec![place.into()]).await
    }

    async fn erase_deliveries(&self, webhook: &WebhookId) -> Result<Erased, StoreError> {
        let erase = |shard| async move {
            let projection = Some("pk, sk, nextAttemptAt");
            let records: Vec<RecordItem> = self.page(keys::deliveries_of(webhook, shard), None, projection).await?;
            let parked = records.iter().filter_map(|record| Some(keys::parked(record.next_attempt_at?, &record.sk)));
            self.delete_all(parked.collect()).await?;
            self.delete_all(records.into_iter().map(|record| Key { pk: record.pk, sk: record.sk.into() }).collect())
                .await
        };
        let erased = try_join_all((0..SHARDS).map(erase)).await?;
        Ok(erased.into_iter().fold(0, usize::saturating_add))
    }

    async fn erase_recoveries(&self, webhook: &WebhookId) -> Result<Erased, StoreError> {
        let found: Vec<Place> = self.page(keys::recoveries_of(webhook), None, Some("pk, sk")).await?;
        let under_way = found.iter().filter_map(|place| Some(keys::recovering(&RecoveryId::parse(&place.sk).ok()?)));
        self.delete_all(under_way.collect()).await?;
        self.delete_all(found.into_iter().map(Key::from).collect()).await
    }

    /// Idempotency keys and rate limits.
    async fn erase_notes(&self, account: &AccountId) -> Result<Erased, StoreError> {
        let mut found: Vec<Place> = self.page(keys::idempotency_of(account), None, Some("pk, sk")).await?;
        found.extend(self.page::<Place>(keys::limits_of(account), None, Some("pk, sk")).await?);
        self.delete_all(found.into_iter().map(Key::from).collect()).await
    }

    /// Deletes what only a search through all accounts' items finds: parked retries whose delivery has gone on without them, and those
    /// that were in the way. It reads every parked retry, so it is done once, at the end.
    pub async fn erase_strays(&self, account: &AccountId) -> Result<Erased, StoreError> {
        let partitions = (0..SHARDS).map(keys::due_shard).chain([keys::ASIDE.to_owned()]);
        let found = try_join_all(partitions.map(|pk| self.jobs_of(account, pk))).await?;
        let places = found.into_iter().flatten().map(Key::from);
        let leases = test_leases(account).map(|lease| keys::lease(&lease));
        self.delete_all(places.chain(leases).collect()).await
    }

    /// Where a partition has jobs of an account.
    ///
    /// The field's name is part of what is looked for, because another account's job may have this account's id as its profile or event.
    /// Inside a value its quotation marks would be escaped.
    async fn jobs_of(&self, account: &AccountId, pk: String) -> Result<Vec<Place>, StoreError> {
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk")
            .filter_expression("contains(job, :account)")
            .expression_attribute_values(":pk", text(pk))
            .expression_attribute_values(":account", text(format!("\"account\":\"{account}\"")))
            .projection_expression("pk, sk");
        let items = request.into_paginator().items().send().try_collect().await.map_err(failed)?;
        Ok(serde_dynamo::from_items(items)?)
    }

    /// The first items of a partition.
    async fn page<T: serde::de::DeserializeOwned>(
        &self,
        pk: String,
        prefix: Option<&str>,
        projection: Option<&str>,
    ) -> Result<Vec<T>, StoreError> {
        let request = self.client.query().table_name(&self.table).expression_attribute_values(":pk", text(pk));
        let request = match prefix {
            Some(prefix) => request
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .expression_attribute_values(":prefix", text(prefix)),
            None => request.key_condition_expression("pk = :pk"),
        };
        let request =
            request.set_projection_expression(projection.map(str::to_owned)).consistent_read(true).limit(PAGE);
        let items = request.send().await.map_err(failed)?.items.unwrap_or_default();
        Ok(serde_dynamo::from_items(items)?)
    }

    /// Deletes items, which may be gone already.
    async fn delete_all(&self, places: Vec<Key>) -> Result<Erased, StoreError> {
        for some in places.chunks(MAX_BATCH.saturating_mul(BATCHES_AT_ONCE)) {
            try_join_all(some.chunks(MAX_BATCH).map(|batch| self.delete_batch(batch))).await?;
        }
        Ok(places.len())
    }

    async fn delete_batch(&self, places: &[Key]) -> Result<(), StoreError> {
        let delete = |place: &Key| {
            let delete = DeleteRequest::builder().set_key(Some(place.clone().into_item())).build()?;
            Ok(WriteRequest::builder().delete_request(delete).build())
        };
        let mut requests = places.iter().map(delete).collect::<Result<Vec<_>, StoreError>>()?;
        for pause in PAUSES_MS.map(Duration::from_millis) {
            if requests.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(pause).await;
            let request = self.client.batch_write_item().request_items(&self.table, requests);
            let mut unprocessed = request.send().await.map_err(failed)?.unprocessed_items.unwrap_or_default();
            requests = unprocessed.remove(&self.table).unwrap_or_default();
        }
        if requests.is_empty() { Ok(()) } else { Err(StoreError::Busy) }
    }
}

#[derive(Debug, Deserialize)]
struct Place {
    pk: String,
    sk: String,
}

impl From<Place> for Key {
    fn from(Place { pk, sk }: Place) -> Self {
        Self { pk, sk }
    }
}
