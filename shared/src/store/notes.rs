//! Notes of operational events: left by the write that changes something, and kept until their events are published.

use aws_sdk_dynamodb::{
    config::retry::RetryConfig,
    types::{Put, ReturnValue, TransactWriteItem},
};
use domain::{event::pattern::EventType, ids::EventId, operations::Note};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Store, StoreError,
    error::failed,
    keys,
    values::{ms, number, text, time, to_item},
};

/// How long a note is kept that nobody publishes, in seconds.
const KEPT_SECONDS: i64 = 7 * 86_400;

/// The most notes that one run of the schedule reads.
const NOTES_AT_ONCE: i32 = 500;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct NoteItem {
    pk: String,
    sk: EventId,
    event_type: EventType,
    #[serde(with = "ms")]
    at: Timestamp,
    #[serde(with = "ms")]
    due: Timestamp,
    data: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
    expires_at: i64,
}

impl NoteItem {
    fn of(note: &Note) -> Self {
        let Note { id, event_type, at, due, data, count } = note.clone();
        let keys::Key { pk, .. } = keys::note(&id);
        Self { pk, sk: id, event_type, at, due, data, count, expires_at: expires_at(due) }
    }
}

impl From<NoteItem> for Note {
    fn from(item: NoteItem) -> Self {
        let NoteItem { sk: id, event_type, at, due, data, count, .. } = item;
        Self { id, event_type, at, due, data, count }
    }
}

fn expires_at(due: Timestamp) -> i64 {
    due.as_second().saturating_add(KEPT_SECONDS)
}

impl Store {
    /// The note as a part of the transaction that makes the change.
    pub(super) fn note_put(&self, note: &Note) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder().table_name(&self.table).set_item(Some(to_item(NoteItem::of(note))?)).build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Some notes, in the order of their ids. What is gone has been published.
    pub async fn notes(&self, ids: &[EventId]) -> Vec<Result<Option<Note>, StoreError>> {
        let found: Vec<Result<Option<NoteItem>, StoreError>> = self.items(ids.iter().map(keys::note).collect()).await;
        found.into_iter().map(|item| Ok(item?.map(Note::from))).collect()
    }

    /// Notes that are due by a time, as many as one run of the schedule should send.
    pub async fn notes_due(&self, by: Timestamp) -> Result<Vec<Note>, StoreError> {
        let request = self.client.query().table_name(&self.table).key_condition_expression("pk = :pk");
        let request = request.filter_expression("due <= :by").expression_attribute_values(":by", time(by));
        let request = request.expression_attribute_values(":pk", text(keys::NOTES)).consistent_read(true);
        let answer = request.limit(NOTES_AT_ONCE).send().await.map_err(failed)?;
        let items: Vec<NoteItem> = serde_dynamo::from_items(answer.items.unwrap_or_default())?;
        Ok(items.into_iter().map(Note::from).collect())
    }

    /// Adds to the count of a note, which is made if there is none. Says whether it was made.
    pub async fn count_note(&self, note: &Note) -> Result<bool, StoreError> {
        let added = note.count.unwrap_or_default();
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::note(&note.id).into_item()))
            .update_expression(
                "SET eventType = :type, #at = :at, due = :due, #data = :data, expiresAt = :ends ADD #count :added",
            )
            .expression_attribute_names("#at", "at")
            .expression_attribute_names("#data", "data")
            .expression_attribute_names("#count", "count")
            .expression_attribute_values(":type", text(note.event_type.as_str()))
            .expression_attribute_values(":at", time(note.at))
            .expression_attribute_values(":due", time(note.due))
            .expression_attribute_values(":data", text(&note.data))
            .expression_attribute_values(":ends", number(expires_at(note.due)))
            .expression_attribute_values(":added", number(added))
            .return_values(ReturnValue::UpdatedNew);
        // The SDK does not repeat this call: if a response is lost, the count may have grown already.
        let once = aws_sdk_dynamodb::config::Builder::new().retry_config(RetryConfig::disabled());
        let answer = request.customize().config_override(once).send().await.map_err(failed)?;
        let count = answer.attributes().and_then(|found| found.get("count")?.as_n().ok()?.parse::<u32>().ok());
        Ok(count == Some(added))
    }

    /// Forgets a note whose event is published, or that nobody can be told of.
    pub async fn forget_note(&self, id: &EventId) -> Result<(), StoreError> {
        let request = self.client.delete_item().table_name(&self.table).set_key(Some(keys::note(id).into_item()));
        request.send().await.map(|_| ()).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_as_it_was_written() {
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        let note = Note {
            id: EventId::parse("ops_1").unwrap(),
            event_type: EventType::parse("posthorn.webhook.disabled").unwrap(),
            at: at(1),
            due: at(2),
            data: "{}".to_owned(),
            count: Some(3),
        };
        let item: super::super::values::Item = to_item(NoteItem::of(&note)).unwrap();
        let read: NoteItem = serde_dynamo::from_item(item).unwrap();
        assert_eq!(Note::from(read), note);
    }
}
