//! Pages of a webhook's deliveries, newest first, merged from its shards.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use domain::{
    delivery::{Delivery, Status},
    event::pattern::EventType,
    ids::{DeliveryId, EventId, RecoveryId, WebhookId},
};
use futures::future::try_join_all;
use jiff::Timestamp;

use super::{
    super::{
        Store, StoreError,
        error::failed,
        keys,
        paging::{self, Partitions},
        values::{Item, number, text},
    },
    item::DeliveryItem,
};

/// How many of a shard's newest records are searched for a success.
const SEARCHED: i32 = 100;

/// Which deliveries a page shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryQuery {
    /// Only those that sort before this id: where the page before ended.
    pub before: Option<DeliveryId>,
    pub filter: DeliveryFilter,
    pub limit: usize,
}

/// Which of a webhook's deliveries are meant. An empty list means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    pub statuses: Vec<Status>,
    /// Created at this time or later.
    pub since: Option<Timestamp>,
    /// Created before this time.
    pub until: Option<Timestamp>,
    pub events: Vec<EventType>,
    pub event_id: Option<EventId>,
    /// Whose last replay belongs to this recovery.
    pub recovery: Option<RecoveryId>,
}

impl DeliveryFilter {
    /// Whether one delivery is meant.
    pub fn shows(&self, delivery: &Delivery) -> bool {
        (self.statuses.is_empty() || self.statuses.contains(&delivery.status))
            && (self.events.is_empty() || self.events.contains(&delivery.event_type))
            && self.event_id.as_ref().is_none_or(|id| *id == delivery.event_id)
            && self.recovery.as_ref().is_none_or(|id| delivery.rounds.recovery.as_ref() == Some(id))
            && self.since.is_none_or(|since| delivery.created_at >= since)
            && self.until.is_none_or(|until| delivery.created_at < until)
    }
}

/// What a list may take. Its last round may read somewhat more.
#[derive(Debug, Clone, Copy)]
pub struct ReadLimit {
    pub queries: usize,
    pub bytes: f64,
}

/// A page, and where the next one begins. `None` after the last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryPage {
    pub deliveries: Vec<Delivery>,
    pub next: Option<DeliveryId>,
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
        let log = DeliveryLog::new(self, webhook, &query.filter, query.before.as_ref(), now);
        let page = paging::page(&log, query.limit, paging::REQUEST).await?;
        Ok(DeliveryPage { deliveries: page.found, next: page.next })
    }

    /// The same within another budget than a page's. A list that ends short has a next one.
    pub async fn deliveries_within(
        &self,
        webhook: &WebhookId,
        query: &DeliveryQuery,
        limit: ReadLimit,
        now: Timestamp,
    ) -> Result<DeliveryPage, StoreError> {
        let log = DeliveryLog::new(self, webhook, &query.filter, query.before.as_ref(), now);
        let budget = paging::Budget { queries: limit.queries, bytes: limit.bytes, ..paging::REQUEST };
        let page = paging::page(&log, query.limit, budget).await?;
        Ok(DeliveryPage { deliveries: page.found, next: page.next })
    }

    /// Whether an attempt that began at `since` or later succeeded, among the newest [`SEARCHED`] records of each shard.
    pub async fn has_success_since(
        &self,
        webhook: &WebhookId,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let filter = DeliveryFilter { statuses: vec![Status::Delivered], ..DeliveryFilter::default() };
        let log = DeliveryLog::new(self, webhook, &filter, None, now);
        let requests = (0..log.count()).filter_map(|part| log.query(part, None));
        let answers = requests.map(|request| request.consistent_read(true).limit(SEARCHED).send());
        for answer in try_join_all(answers).await.map_err(failed)? {
            if paging::read(&log, answer)?.0.iter().any(|(_, record)| record.succeeded_since(since)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// A webhook's deliveries, newest first.
struct DeliveryLog<'q> {
    store: &'q Store,
    filter: &'q DeliveryFilter,
    before: Option<&'q DeliveryId>,
    parts: Vec<Partition>,
    now: Timestamp,
}

impl<'q> DeliveryLog<'q> {
    fn new(
        store: &'q Store,
        webhook: &WebhookId,
        filter: &'q DeliveryFilter,
        before: Option<&'q DeliveryId>,
        now: Timestamp,
    ) -> Self {
        Self { store, filter, before, parts: partitions(webhook, &filter.statuses), now }
    }
}

impl Partitions for DeliveryLog<'_> {
    type Key = DeliveryId;
    type Found = Delivery;

    fn count(&self) -> usize {
        self.parts.len()
    }

    fn query(&self, part: usize, after: Option<&DeliveryId>) -> Option<QueryFluentBuilder> {
        let part = self.parts.get(part)?;
        let (pk, sk) = if part.index.is_some() { ("gsi1pk", "gsi1sk") } else { ("pk", "sk") };
        let (least, most) = bounds(self.filter, after.or(self.before));
        // DynamoDB rejects a range that ends before it begins.
        if least > most {
            return None;
        }
        let request = self
            .store
            .client
            .query()
            .table_name(&self.store.table)
            .set_index_name(part.index.map(str::to_owned))
            .key_condition_expression(format!("{pk} = :pk AND {sk} BETWEEN :least AND :most"))
            .expression_attribute_values(":pk", text(&part.key))
            .expression_attribute_values(":least", text(least))
            .expression_attribute_values(":most", text(most))
            .scan_index_forward(false);
        Some(filtered(request, self.filter, self.now))
    }

    fn key(&self, item: &Item) -> Result<DeliveryId, StoreError> {
        let id = item.get("sk").and_then(|value| value.as_s().ok()).and_then(|id| DeliveryId::parse(id).ok());
        id.ok_or(StoreError::Corrupt { what: "a delivery's key" })
    }

    fn read(&self, item: Item) -> Result<Option<Delivery>, StoreError> {
        let item: DeliveryItem = serde_dynamo::from_item(item)?;
        Ok(Some(Delivery::from(item)))
    }
}

/// The first and the last id that a page may show: ids begin with the time of creation.
fn bounds(filter: &DeliveryFilter, before: Option<&DeliveryId>) -> (String, String) {
    let least = filter.since.map_or_else(|| " ".to_owned(), DeliveryId::first_at);
    // '~' sorts after every character of an id, and a space before.
    let until = filter.until.map_or_else(|| "~".to_owned(), DeliveryId::first_at);
    // BETWEEN includes its ends, and no id ends with a space.
    let before = before.map(|id| just_before(id.as_str()));
    (least, before.map_or(until.clone(), |before| before.min(until)))
}

/// A text that sorts before this one and after every id that does.
fn just_before(id: &str) -> String {
    let mut chars = id.chars();
    match chars.next_back().and_then(|last| char::from_u32(u32::from(last).saturating_sub(1))) {
        Some(last) => format!("{}{last}~", chars.as_str()),
        None => String::from(" "),
    }
}

fn filtered(request: QueryFluentBuilder, filter: &DeliveryFilter, now: Timestamp) -> QueryFluentBuilder {
    let lists: [(&str, Vec<&str>); 4] = [
        ("status", filter.statuses.iter().map(|status| status.as_str()).collect()),
        ("event", filter.events.iter().map(EventType::as_str).collect()),
        ("eventId", filter.event_id.iter().map(EventId::as_str).collect()),
        ("recovery", filter.recovery.iter().map(RecoveryId::as_str).collect()),
    ];
    let mut conditions = vec!["expiresAt > :now".to_owned()];
    let mut request = request.expression_attribute_values(":now", number(now.as_second()));
    for (name, values) in lists.into_iter().filter(|(_, values)| !values.is_empty()) {
        let places: Vec<String> = (0..values.len()).map(|place| format!(":{name}{place}")).collect();
        conditions.push(format!("#{name} IN ({})", places.join(", ")));
        request = request.expression_attribute_names(format!("#{name}"), name);
        for (place, value) in places.into_iter().zip(values) {
            request = request.expression_attribute_values(place, text(value));
        }
    }
    request.filter_expression(conditions.join(" AND "))
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
mod tests;
