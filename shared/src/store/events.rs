//! Events: stored once, for deduplication, the delivery log and replays.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::put_item::PutItemError,
    types::{
        BatchStatementErrorCodeEnum, BatchStatementRequest, BatchStatementResponse, ReturnValuesOnConditionCheckFailure,
    },
};
use jiff::Timestamp;

use super::{Item, Store, StoreError, Written, failed, items::EventItem, keys, number, to_item};
use crate::domain::{
    event::Event,
    id::{AccountId, EventId},
};

/// `BatchExecuteStatement` takes so many.
pub const MAX_INSERTS: usize = 25;

/// What storing an event found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventStored {
    /// Nobody published this id before.
    New,
    /// This very message stored it, and is being processed again: these are the bytes and times that count.
    Again(Event),
    /// Another message published this id.
    Taken(Event),
}

impl Store {
    /// Stores an event unless its id is taken by one that has not expired.
    ///
    /// `source_id` names the message that brought it; of simultaneous callers with one id exactly one gets `New`.
    ///
    /// # Errors
    /// There was no answer.
    pub async fn put_event(&self, event: &Event, source_id: &str, now: Timestamp) -> Result<EventStored, StoreError> {
        let item = to_item(EventItem::of(event.clone(), source_id, self.expires_at(event.accepted_at)))?;
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let request = request
            .condition_expression("attribute_not_exists(pk) OR expiresAt <= :now")
            .expression_attribute_values(":now", number(now.as_second()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = request.send().await else { return Ok(EventStored::New) };
        let stored = match &error {
            SdkError::ServiceError(service) => match service.err() {
                PutItemError::ConditionalCheckFailedException(lost) => lost.item().cloned(),
                _ => None,
            },
            _ => None,
        };
        let Some(stored) = stored else { return Err(failed(error)) };
        let stored: EventItem = serde_dynamo::from_item(stored)?;
        let is_mine = stored.source_id == source_id;
        let stored = stored.into_event(event.account.clone(), event.id.clone());
        Ok(if is_mine { EventStored::Again(stored) } else { EventStored::Taken(stored) })
    }

    /// Stores those of these events, at most [`MAX_INSERTS`] and each id once, whose ids nobody has, in one request. Each comes with
    /// the id of the message that brought it; the answers are in the same order.
    ///
    /// `Lost` is every other: an id that is or was taken, a throttled write. [`Store::put_event`] finds out which.
    ///
    /// # Errors
    /// Perhaps some are stored.
    pub async fn insert_events(&self, events: &[(&Event, &str)]) -> Result<Vec<Written>, StoreError> {
        let statements = events.iter().map(|(event, source_id)| {
            let expires_at = self.expires_at(event.accepted_at);
            self.insert_statement(to_item(EventItem::of((*event).clone(), source_id, expires_at))?)
        });
        let statements = statements.collect::<Result<Vec<_>, _>>()?;
        let request = self.client.batch_execute_statement().set_statements(Some(statements));
        let answer = request.send().await.map_err(failed)?;
        let mut answers = answer.responses.unwrap_or_default().into_iter();
        let written = |answer: Option<_>| match answer {
            Some(BatchStatementResponse { error: None, .. }) => Written::Yes,
            Some(BatchStatementResponse { error: Some(error), .. }) => {
                if error.code != Some(BatchStatementErrorCodeEnum::DuplicateItem) {
                    // Its message could quote the item.
                    let code = error.code.as_ref().map_or("unknown", BatchStatementErrorCodeEnum::as_str);
                    tracing::warn!("an event could not be stored with others, and is stored by itself: {code}");
                }
                Written::Lost
            }
            None => Written::Lost,
        };
        Ok(events.iter().map(|_| written(answers.next())).collect())
    }

    /// An insert: a write that happens only if there is no item of that key.
    fn insert_statement(&self, item: Item) -> Result<BatchStatementRequest, StoreError> {
        let item: BTreeMap<_, _> = item.into_iter().collect();
        let values: Vec<String> = item.keys().map(|name| format!("'{name}':?")).collect();
        let statement = format!("INSERT INTO \"{}\" VALUE {{{}}}", self.table, values.join(","));
        let parameters = item.into_values().collect();
        Ok(BatchStatementRequest::builder().statement(statement).set_parameters(Some(parameters)).build()?)
    }

    /// The stored event, if it has not expired.
    ///
    /// # Errors
    /// There was no answer.
    pub async fn event(&self, account: &AccountId, id: &EventId, now: Timestamp) -> Result<Option<Event>, StoreError> {
        let item: Option<EventItem> = self.item(keys::event(account, id)).await?;
        let alive = item.filter(|item| item.expires_at > now.as_second());
        Ok(alive.map(|item| item.into_event(account.clone(), id.clone())))
    }
}
