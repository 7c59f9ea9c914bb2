//! Pages of a webhook's deliveries, newest first, merged from its shards.

use aws_sdk_dynamodb::{
    operation::query::{QueryOutput, builders::QueryFluentBuilder},
    types::{AttributeValue, ReturnConsumedCapacity},
};
use domain::{
    delivery::{Delivery, Status},
    ids::{DeliveryId, WebhookId},
};
use futures::future::try_join_all;
use jiff::Timestamp;

use super::{
    super::{
        Store, StoreError,
        error::failed,
        keys,
        values::{number, text},
    },
    item::DeliveryItem,
    merge::{DeliveryPage, Merge, Reached},
};

/// The most `Query` requests that one page may take.
const MAX_QUERIES: usize = 64;

/// How many bytes a page may read before it ends short.
const MAX_BYTES: f64 = 1_000_000.0;

/// The most records that the first `Query` of a shard reads: they may have 10 KB each, and there are eight shards.
const FIRST_STEP: u32 = 10;

/// The most records that a later `Query` reads.
const MAX_STEP: u32 = 64;

/// How many of a shard's newest records are searched for a success.
const SEARCHED: u32 = 100;

/// An eventually consistent read of 4 KB costs half a unit.
const BYTES_A_UNIT: f64 = 8_192.0;

/// Which deliveries a page shows.
#[derive(Debug, Clone, Default)]
pub struct DeliveryQuery {
    /// Only those that sort before this id: where the page before ended.
    pub before: Option<DeliveryId>,
    /// None means all.
    pub statuses: Vec<Status>,
    pub limit: usize,
}

impl Store {
    /// A page of a webhook's deliveries, newest first, merged from its shards. It may be short, or empty, and still have a next one.
    ///
    /// Newer deliveries do not shift later pages: a page begins after an id, not after a count.
    pub async fn deliveries(
        &self,
        webhook: &WebhookId,
        query: &DeliveryQuery,
        now: Timestamp,
    ) -> Result<DeliveryPage, StoreError> {
        let parts = partitions(webhook, &query.statuses);
        let mut before: Vec<Option<DeliveryId>> = vec![query.before.clone(); parts.len()];
        let mut merge = Merge::new(parts.len(), query.limit);
        let (mut queries, mut seen) = (0usize, Seen::default());
        let mut step = first_step(query.limit, parts.len());
        loop {
            let behind = merge.behind();
            queries = queries.saturating_add(behind.len());
            if behind.is_empty() || queries > MAX_QUERIES || seen.bytes > MAX_BYTES {
                return Ok(merge.into_page());
            }
            let reads = behind.iter().filter_map(|part| {
                let (from, start) = (parts.get(*part)?, before.get(*part)?.as_ref());
                let request = self.partition_query(from, &query.statuses, start, step, now);
                Some(async move { Ok::<_, StoreError>((*part, request.send().await.map_err(failed)?)) })
            });
            for (part, answer) in try_join_all(reads).await? {
                seen.add(&answer);
                let (found, reached) = read(answer)?;
                if let (Some(before), Reached::Id(id)) = (before.get_mut(part), &reached) {
                    *before = Some(id.clone());
                }
                merge.add(part, found, reached);
            }
            step = seen.next_step(step, behind.len());
        }
    }

    /// Whether an attempt that began at `since` or later succeeded, among the newest [`SEARCHED`] records of each shard.
    pub async fn has_success_since(
        &self,
        webhook: &WebhookId,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let delivered = [Status::Delivered];
        let parts = partitions(webhook, &delivered);
        let request = |part| self.partition_query(part, &delivered, None, SEARCHED, now).consistent_read(true);
        for answer in try_join_all(parts.iter().map(|part| request(part).send())).await.map_err(failed)? {
            if read(answer)?.0.iter().any(|record| record.succeeded_since(since)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn partition_query(
        &self,
        part: &Partition,
        statuses: &[Status],
        before: Option<&DeliveryId>,
        step: u32,
        now: Timestamp,
    ) -> QueryFluentBuilder {
        let (pk, sk) = if part.index.is_some() { ("gsi1pk", "gsi1sk") } else { ("pk", "sk") };
        let mut filter = "expiresAt > :now".to_owned();
        let mut request = self
            .client
            .query()
            .table_name(&self.table)
            .set_index_name(part.index.map(str::to_owned))
            .key_condition_expression(format!("{pk} = :pk AND {sk} < :before"))
            .expression_attribute_values(":pk", text(&part.key))
            // '~' sorts after every character of an id.
            .expression_attribute_values(":before", text(before.map_or("~", DeliveryId::as_str)))
            .expression_attribute_values(":now", number(now.as_second()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .scan_index_forward(false)
            .limit(i32::try_from(step).unwrap_or(i32::MAX));
        if !statuses.is_empty() {
            let names: Vec<String> = statuses.iter().map(|status| format!(":{}", status.as_str())).collect();
            filter = format!("{filter} AND #status IN ({})", names.join(", "));
            request = request.expression_attribute_names("#status", "status");
            for (status, name) in statuses.iter().zip(names) {
                request = request.expression_attribute_values(name, text(status.as_str()));
            }
        }
        request.filter_expression(filter)
    }
}

/// The records of one `Query`, and how far it has got.
fn read(answer: QueryOutput) -> Result<(Vec<Delivery>, Reached), StoreError> {
    let reached = match answer.last_evaluated_key.as_ref().map(|key| key.get("sk")) {
        None => Reached::End,
        Some(Some(AttributeValue::S(id))) => match DeliveryId::parse(id) {
            Ok(id) => Reached::Id(id),
            Err(_) => return Err(StoreError::Corrupt { what: "a delivery's key" }),
        },
        Some(_) => return Err(StoreError::Corrupt { what: "a page's last key" }),
    };
    let items: Vec<DeliveryItem> = serde_dynamo::from_items(answer.items.unwrap_or_default())?;
    Ok((items.into_iter().map(Delivery::from).collect(), reached))
}

/// What has been read for a page.
#[derive(Debug, Default)]
struct Seen {
    records: f64,
    bytes: f64,
}

impl Seen {
    /// Adds what `DynamoDB` says it has read; about 1 KB a record if it does not.
    fn add(&mut self, answer: &QueryOutput) {
        let records = f64::from(answer.scanned_count);
        let units = answer.consumed_capacity.as_ref().and_then(|consumed| consumed.capacity_units);
        self.records += records;
        self.bytes += units.map_or(records * 1_024.0, |units| units * BYTES_A_UNIT);
    }

    /// How many records each `Query` of the next round may read: twice as many as now, or fewer if records of the size seen so far
    /// would exceed what a page may read.
    fn next_step(&self, step: u32, queries: usize) -> u32 {
        let a_record = self.bytes / self.records.max(1.0);
        let queries = u32::try_from(queries).map_or(f64::INFINITY, f64::from);
        let mut next = step.saturating_mul(2).min(MAX_STEP);
        while next > 1 && f64::from(next) * queries * a_record > MAX_BYTES - self.bytes {
            next /= 2;
        }
        next
    }
}

/// Each shard has its share of a page, and a little more as they differ.
fn first_step(limit: usize, parts: usize) -> u32 {
    let share = limit.div_ceil(parts).saturating_add(2);
    u32::try_from(share).unwrap_or(FIRST_STEP).min(FIRST_STEP)
}

/// A partition of the table or of the index.
struct Partition {
    key: String,
    index: Option<&'static str>,
}

/// The sparse index serves any filter without `delivered`; everything else reads the records themselves.
fn partitions(webhook: &WebhookId, statuses: &[Status]) -> Vec<Partition> {
    let is_troubled = !statuses.is_empty() && !statuses.contains(&Status::Delivered);
    let shards = 0..keys::SHARDS;
    if is_troubled {
        let part = |shard| Partition { key: keys::troubled(webhook, shard), index: Some(keys::TROUBLED) };
        return shards.map(part).collect();
    }
    shards.map(|shard| Partition { key: keys::deliveries_of(webhook, shard), index: None }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_reads_twice_as_much_if_that_fits() {
        for (records, bytes, step, queries, next) in [
            (80.0, 80_000.0, 10, 8, 20),
            // Hardly anything matched: large steps, but never larger than the most.
            (512.0, 512_000.0, 64, 1, 64),
            // Records of 10 KB: 200 KB are left, for two of each shard.
            (80.0, 800_000.0, 10, 8, 2),
            (80.0, 999_999.0, 10, 8, 1),
            (0.0, 0.0, 10, 8, 20),
        ] {
            assert_eq!(Seen { records, bytes }.next_step(step, queries), next, "{records} records, {bytes} bytes");
        }
    }

    #[test]
    fn only_filters_without_delivered_use_the_sparse_index() {
        let webhook = WebhookId::parse("wh_1").unwrap();
        for (statuses, indexed) in [
            (vec![], false),
            (vec![Status::Delivered], false),
            (vec![Status::Delivered, Status::Failed], false),
            (vec![Status::Failed], true),
            (vec![Status::Failed, Status::Retrying, Status::Skipped], true),
        ] {
            let found = partitions(&webhook, &statuses);
            assert_eq!(found.len(), 8, "{statuses:?}");
            assert!(found.iter().all(|part| part.index.is_some() == indexed), "{statuses:?}");
        }
    }
}
