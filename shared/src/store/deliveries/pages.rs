//! Pages of a webhook's deliveries, newest first, merged from its shards.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use domain::{
    attempt::Reason,
    delivery::{Delivery, Status},
    ids::{DeliveryId, WebhookId},
};
use futures::future::try_join_all;
use jiff::Timestamp;

use super::{
    super::{
        Item, Store, StoreError,
        error::failed,
        keys,
        values::{number, text},
    },
    item::DeliveryItem,
};

/// Which deliveries a page shows.
#[derive(Debug, Clone, Default)]
pub struct DeliveryQuery {
    /// Only those that sort before this id: the last one of the page before.
    pub before: Option<DeliveryId>,
    /// None means all.
    pub statuses: Vec<Status>,
    pub limit: usize,
}

/// Some deliveries, newest first, and whether there are more.
#[derive(Debug, Clone, Default)]
pub struct DeliveryPage {
    pub deliveries: Vec<Delivery>,
    pub has_more: bool,
}

impl Store {
    /// A page of a webhook's deliveries, newest first, merged from its shards.
    ///
    /// Newer deliveries do not shift later pages: a page begins after an id, not after a count.
    pub async fn deliveries(
        &self,
        webhook: &WebhookId,
        query: &DeliveryQuery,
        now: Timestamp,
    ) -> Result<DeliveryPage, StoreError> {
        let parts = partitions(webhook, &query.statuses);
        let pages = try_join_all(parts.iter().map(|part| self.newest_of(part, query, now))).await?;
        let mut deliveries: Vec<Delivery> = pages.into_iter().flatten().collect();
        deliveries.sort_by(|a, b| b.id.cmp(&a.id));
        let has_more = deliveries.len() > query.limit;
        deliveries.truncate(query.limit);
        Ok(DeliveryPage { deliveries, has_more })
    }

    /// Whether an attempt that began at `since` or later succeeded, among the newest records of each shard: at most 1 MB of them.
    pub async fn has_success_since(
        &self,
        webhook: &WebhookId,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let query = DeliveryQuery { statuses: vec![Status::Delivered], ..DeliveryQuery::default() };
        let parts = partitions(webhook, &query.statuses);
        let pages =
            parts.iter().map(|part| self.partition_query(part, &query, 1_000, now).consistent_read(true).send());
        let succeeded = |item: DeliveryItem| {
            let record = Delivery::from(item);
            record.reason != Reason::Test && record.attempts.last().is_some_and(|attempt| attempt.at >= since)
        };
        for page in try_join_all(pages).await.map_err(failed)? {
            let items: Vec<DeliveryItem> = serde_dynamo::from_items(page.items.unwrap_or_default())?;
            if items.into_iter().any(succeeded) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Up to one more than a page of one partition.
    async fn newest_of(
        &self,
        part: &Partition,
        query: &DeliveryQuery,
        now: Timestamp,
    ) -> Result<Vec<Delivery>, StoreError> {
        let wanted = query.limit.saturating_add(1);
        let mut found: Vec<Delivery> = Vec::new();
        let mut start: Option<Item> = None;
        loop {
            let request = self.partition_query(part, query, wanted, now).set_exclusive_start_key(start);
            let answer = request.send().await.map_err(failed)?;
            let items: Vec<DeliveryItem> = serde_dynamo::from_items(answer.items.unwrap_or_default())?;
            found.extend(items.into_iter().map(Delivery::from));
            start = answer.last_evaluated_key;
            if found.len() >= wanted || start.is_none() {
                return Ok(found);
            }
        }
    }

    fn partition_query(
        &self,
        part: &Partition,
        query: &DeliveryQuery,
        wanted: usize,
        now: Timestamp,
    ) -> QueryFluentBuilder {
        let (pk, sk) = if part.index.is_some() { ("gsi1pk", "gsi1sk") } else { ("pk", "sk") };
        // '~' sorts after every character of an id.
        let before = query.before.as_ref().map_or("~", DeliveryId::as_str);
        let mut filter = "expiresAt > :now".to_owned();
        let mut request = self
            .client
            .query()
            .table_name(&self.table)
            .set_index_name(part.index.map(str::to_owned))
            .key_condition_expression(format!("{pk} = :pk AND {sk} < :before"))
            .expression_attribute_values(":pk", text(&part.key))
            .expression_attribute_values(":before", text(before))
            .expression_attribute_values(":now", number(now.as_second()))
            .scan_index_forward(false)
            .limit(i32::try_from(wanted).unwrap_or(i32::MAX));
        if part.index.is_none() && !query.statuses.is_empty() {
            let names: Vec<String> = query.statuses.iter().map(|status| format!(":{}", status.as_str())).collect();
            filter = format!("{filter} AND #status IN ({})", names.join(", "));
            request = request.expression_attribute_names("#status", "status");
            for (status, name) in query.statuses.iter().zip(names) {
                request = request.expression_attribute_values(name, text(status.as_str()));
            }
        }
        request.filter_expression(filter)
    }
}

/// A partition of the table or of the index.
struct Partition {
    key: String,
    index: Option<&'static str>,
}

/// The sparse index serves any filter without `delivered`; everything else reads the records themselves.
fn partitions(webhook: &WebhookId, statuses: &[Status]) -> Vec<Partition> {
    let shards = 0..keys::SHARDS;
    if statuses.is_empty() || statuses.contains(&Status::Delivered) {
        return shards.map(|shard| Partition { key: keys::deliveries_of(webhook, shard), index: None }).collect();
    }
    let of_status = |status: &Status| {
        let status = *status;
        shards
            .clone()
            .map(move |shard| Partition { key: keys::troubled(webhook, status, shard), index: Some(keys::TROUBLED) })
    };
    statuses.iter().flat_map(of_status).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_filters_without_delivered_use_the_sparse_index() {
        let webhook = WebhookId::parse("wh_1").unwrap();
        for (statuses, parts, indexed) in [
            (vec![], 8, false),
            (vec![Status::Delivered], 8, false),
            (vec![Status::Delivered, Status::Failed], 8, false),
            (vec![Status::Failed], 8, true),
            (vec![Status::Failed, Status::Retrying, Status::Skipped], 24, true),
        ] {
            let found = partitions(&webhook, &statuses);
            assert_eq!(found.len(), parts, "{statuses:?}");
            assert!(found.iter().all(|part| part.index.is_some() == indexed), "{statuses:?}");
        }
    }
}
