//! Delivery records: what happened to one event at one webhook. The record, never the message, decides who may attempt.

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::put_item::{PutItemError, builders::PutItemFluentBuilder},
    types::{AttributeValue, PutRequest, WriteRequest},
};
use futures::future::try_join_all;
use jiff::Timestamp;

use super::{Item, Store, StoreError, Written, failed, items::DeliveryItem, keys, number, text, to_item};
use crate::domain::{
    delivery::{Delivery, OWNER_LOST, Status},
    id::{DeliveryId, MessageId, WebhookId},
    time,
};

/// `BatchWriteItem` takes so many.
pub const MAX_BATCH: usize = 25;

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
    /// One record, read consistently, if it has not expired.
    ///
    /// # Errors
    /// There was no answer.
    pub async fn delivery(
        &self,
        webhook: &WebhookId,
        id: &DeliveryId,
        now: Timestamp,
    ) -> Result<Option<Delivery>, StoreError> {
        let item: Option<DeliveryItem> = self.item(keys::delivery(webhook, id)).await?;
        Ok(item.filter(|item| item.expires_at > now.as_second()).map(Delivery::from))
    }

    /// Records first-attempt successes, at most [`MAX_BATCH`], unconditionally: success always wins.
    ///
    /// Returns the ids that `DynamoDB` did not get to; they are not recorded.
    ///
    /// # Errors
    /// Perhaps none of them is recorded.
    pub async fn record_first_successes(&self, deliveries: Vec<Delivery>) -> Result<Vec<DeliveryId>, StoreError> {
        let requests = deliveries.into_iter().map(|delivery| {
            let put = PutRequest::builder().set_item(Some(self.delivery_item(delivery)?)).build()?;
            Ok(WriteRequest::builder().put_request(put).build())
        });
        let requests = requests.collect::<Result<Vec<_>, StoreError>>()?;
        let answer =
            self.client.batch_write_item().request_items(&self.table, requests).send().await.map_err(failed)?;
        let unprocessed = answer.unprocessed_items.unwrap_or_default().remove(&self.table).unwrap_or_default();
        let id = |request: WriteRequest| match request.put_request?.item.remove("sk")? {
            AttributeValue::S(id) => DeliveryId::parse(&id).ok(),
            _ => None,
        };
        Ok(unprocessed.into_iter().filter_map(id).collect())
    }

    /// Records a later success, unconditionally: success always wins.
    ///
    /// # Errors
    /// Perhaps it is not recorded.
    pub async fn record_success(&self, delivery: Delivery) -> Result<(), StoreError> {
        let request = self.put_delivery(delivery)?;
        request.send().await.map(|_| ()).map_err(failed)
    }

    /// Records what happened first, on condition that nothing is recorded yet.
    ///
    /// # Errors
    /// Perhaps it is not recorded.
    pub async fn record_first(&self, delivery: Delivery, now: Timestamp) -> Result<Written, StoreError> {
        let request = self.put_delivery(delivery)?;
        let request = request
            .condition_expression("attribute_not_exists(pk) OR expiresAt <= :now")
            .expression_attribute_values(":now", number(now.as_second()));
        conditional(request).await
    }

    /// Records what happened after `before` attempts, on condition that nobody else went on in the meantime: the delivery is
    /// still retrying, has that many attempts, and belongs to `me`, to nobody, or to an owner that is lost.
    ///
    /// # Errors
    /// Perhaps it is not recorded.
    pub async fn record_next(
        &self,
        delivery: Delivery,
        before: usize,
        me: Option<&MessageId>,
        now: Timestamp,
    ) -> Result<Written, StoreError> {
        let lost = time::before(now, OWNER_LOST);
        let owned = if me.is_some() { " OR #owner = :me" } else { "" };
        let request = self.put_delivery(delivery)?;
        let mut request = request
            .condition_expression(format!(
                "#status = :retrying AND size(attempts) = :before AND (attribute_not_exists(#owner){owned} OR nextAttemptAt < :lost)"
            ))
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":retrying", text(Status::Retrying.as_str()))
            .expression_attribute_values(":before", number(before))
            .expression_attribute_values(":lost", number(lost.as_millisecond()));
        if let Some(me) = me {
            request = request.expression_attribute_values(":me", text(me.as_str()));
        }
        conditional(request).await
    }

    /// A page of a webhook's deliveries, newest first, merged from its shards.
    ///
    /// Newer deliveries do not shift later pages: a page begins after an id, not after a count.
    ///
    /// # Errors
    /// There was no answer.
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
    ) -> aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder {
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

    fn put_delivery(&self, delivery: Delivery) -> Result<PutItemFluentBuilder, StoreError> {
        Ok(self.client.put_item().table_name(&self.table).set_item(Some(self.delivery_item(delivery)?)))
    }

    fn delivery_item(&self, delivery: Delivery) -> Result<Item, StoreError> {
        let expires_at = self.expires_at(delivery.created_at);
        to_item(DeliveryItem::of(delivery, expires_at))
    }
}

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

async fn conditional(request: PutItemFluentBuilder) -> Result<Written, StoreError> {
    match request.send().await {
        Ok(_) => Ok(Written::Yes),
        Err(SdkError::ServiceError(error))
            if matches!(error.err(), PutItemError::ConditionalCheckFailedException(_)) =>
        {
            Ok(Written::Lost)
        }
        Err(error) => Err(failed(error)),
    }
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
