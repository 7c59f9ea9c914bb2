//! Delivery records: what happened to one event at one webhook. The record, never the message, decides who may attempt.

pub(super) mod item;
pub mod pages;

use aws_sdk_dynamodb::{
    operation::put_item::{PutItemError, builders::PutItemFluentBuilder},
    types::{AttributeValue, PutRequest, WriteRequest},
};
use domain::{
    delivery::{
        Delivery, Status,
        admission::OWNER_LOST,
        transition::{ReadAs, Write},
    },
    ids::{DeliveryId, MessageId, WebhookId},
    time,
};
use jiff::Timestamp;

use self::item::DeliveryItem;
use super::{
    Store, StoreError, Written,
    error::failed,
    insert_many::Inserted,
    keys,
    values::{Item, number, text, to_item},
};

/// The most records that `BatchWriteItem` accepts.
pub const MAX_BATCH: usize = 25;

impl Store {
    /// One record, read consistently, if it has not expired.
    pub async fn delivery(
        &self,
        webhook: &WebhookId,
        id: &DeliveryId,
        now: Timestamp,
    ) -> Result<Option<Delivery>, StoreError> {
        let item: Option<DeliveryItem> = self.item(keys::delivery(webhook, id)).await?;
        Ok(item.filter(|item| item.expires_at > now.as_second()).map(Delivery::from))
    }

    /// These records, in this order, each once, read consistently. An expired one is none.
    pub async fn these_deliveries(
        &self,
        wanted: &[(WebhookId, DeliveryId)],
        now: Timestamp,
    ) -> Vec<Result<Option<Delivery>, StoreError>> {
        let keys = wanted.iter().map(|(webhook, id)| keys::delivery(webhook, id)).collect();
        let items: Vec<Result<Option<DeliveryItem>, StoreError>> = self.items(keys).await;
        let alive = |item: Option<DeliveryItem>| item.filter(|item| item.expires_at > now.as_second());
        items.into_iter().map(|item| Ok(alive(item?).map(Delivery::from))).collect()
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
        let request = self.client.batch_write_item().request_items(&self.table, requests);
        let answer = Box::pin(request.send()).await.map_err(failed)?;
        let unprocessed = answer.unprocessed_items.unwrap_or_default().remove(&self.table).unwrap_or_default();
        let id = |request: WriteRequest| match request.put_request?.item.remove("sk")? {
            AttributeValue::S(id) => DeliveryId::parse(&id).ok(),
            _ => None,
        };
        Ok(unprocessed.into_iter().filter_map(id).collect())
    }

    /// Records a delivery on the condition that its transition names. `me` is the message that goes on with it, if any.
    ///
    /// # Errors
    /// Perhaps it is not recorded.
    pub async fn record(
        &self,
        delivery: Delivery,
        write: Write,
        me: Option<&MessageId>,
        now: Timestamp,
    ) -> Result<Written, StoreError> {
        let item = self.delivery_item(delivery)?;
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let request = match write {
            Write::Together | Write::Always => request,
            Write::IfAbsent => request
                .condition_expression("attribute_not_exists(pk) OR expiresAt <= :now")
                .expression_attribute_values(":now", number(now.as_second())),
            Write::IfUnchanged { attempts } => if_unchanged(request, attempts, me, now),
            Write::IfAsRead(read) => if_as_read(request, read),
        };
        let Err(error) = Box::pin(request.send()).await else { return Ok(Written::Yes) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(Written::Lost),
            _ => Err(failed(error)),
        }
    }

    /// Records deliveries together, at most [`MAX_INSERTS`](super::insert_many::MAX_INSERTS), each if nothing is recorded yet. The
    /// results are in the same order.
    ///
    /// # Errors
    /// Perhaps some are recorded.
    pub async fn insert_deliveries(&self, deliveries: &[&Delivery]) -> Result<Vec<Inserted>, StoreError> {
        let items = deliveries.iter().map(|delivery| self.delivery_item((*delivery).clone()));
        self.insert_together(items.collect::<Result<_, _>>()?).await
    }

    fn delivery_item(&self, delivery: Delivery) -> Result<Item, StoreError> {
        let expires_at = self.expires_at(delivery.created_at);
        to_item(DeliveryItem::of(delivery, expires_at))
    }
}

/// How many attempts were made. Records of earlier versions keep all of them, and no number.
const MADE: &str = "(made = :attempts OR (attribute_not_exists(made) AND size(attempts) = :attempts))";

/// The delivery is as it was read.
fn if_as_read(request: PutItemFluentBuilder, read: ReadAs) -> PutItemFluentBuilder {
    let ReadAs { status, attempts, owner, round } = read;
    let is = |name: &str, value: bool| {
        if value { format!("#{name} = :{name}") } else { format!("attribute_not_exists(#{name})") }
    };
    let (owner_is, round_is) = (is("owner", owner.is_some()), is("round", round.is_some()));
    let request = request
        .condition_expression(format!("#status = :status AND {MADE} AND {owner_is} AND {round_is}"))
        .expression_attribute_names("#status", "status")
        .expression_attribute_names("#owner", "owner")
        .expression_attribute_names("#round", "round")
        .expression_attribute_values(":status", text(status.as_str()))
        .expression_attribute_values(":attempts", number(attempts));
    let values = [(":owner", owner.map(String::from)), (":round", round.map(String::from))];
    values.into_iter().fold(request, |request, (name, value)| match value {
        Some(value) => request.expression_attribute_values(name, text(value)),
        None => request,
    })
}

/// No other message went on in the meantime: the delivery is still retrying, has as many attempts, and belongs to `me`, to none, or
/// to an owner that is lost.
fn if_unchanged(
    request: PutItemFluentBuilder,
    attempts: u32,
    me: Option<&MessageId>,
    now: Timestamp,
) -> PutItemFluentBuilder {
    let lost = time::before(now, OWNER_LOST);
    let owned = if me.is_some() { " OR #owner = :me" } else { "" };
    let request = request
        .condition_expression(format!(
            "#status = :retrying AND {MADE} AND (attribute_not_exists(#owner){owned} OR nextAttemptAt < :lost)"
        ))
        .expression_attribute_names("#status", "status")
        .expression_attribute_names("#owner", "owner")
        .expression_attribute_values(":retrying", text(Status::Retrying.as_str()))
        .expression_attribute_values(":attempts", number(attempts))
        .expression_attribute_values(":lost", number(lost.as_millisecond()));
    match me {
        Some(me) => request.expression_attribute_values(":me", text(me.as_str())),
        None => request,
    }
}
