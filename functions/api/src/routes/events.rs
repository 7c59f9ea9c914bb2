//! Publishing over HTTP: for publishers that cannot reach the queue. Answered once SQS has the events.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::{json, value::RawValue};
use shared::{
    ambient,
    domain::{
        api_key::Scope,
        event::{Arrival, Event, Message, Rejection},
        id::{AccountId, EventId},
        profile::Profile,
    },
    logging::chain,
};

use crate::{
    answer::Answer,
    context::Context,
    error::ApiError,
    fields::{EventsBody, Fields, invalid},
};

pub(crate) const MAX_EVENTS: usize = 100;
const FIELDS: &str = "event, data, id, timestamp";

/// `POST /events`
pub async fn publish(context: Context, body: EventsBody) -> Result<Answer, ApiError> {
    let account = context.authorise(Scope::Publish).await?;
    context.parameters()?.finish("none")?;
    let key = idempotency_key(&context)?;
    let profile = context.profile()?;
    let mut fields = body.fields()?;
    let (events, is_list) = match fields.raw("events") {
        Some(list) => {
            fields.finish("events, or one event's fields")?;
            (list_of(list)?, true)
        }
        None => (vec![fields], false),
    };
    let read = events.into_iter().enumerate().map(|(index, fields)| {
        let at = if is_list { format!("events[{index}]: ") } else { String::new() };
        let id = |account: &AccountId| match &key {
            Some(key) => EventId::for_idempotency_key(account, key, index),
            None => EventId::new(ambient::now(), ambient::random()),
        };
        queued(&account, profile, fields, &at, &id(&account))
    });
    let read = read.collect::<Result<Vec<_>, ApiError>>()?;
    refuse_reused_ids(&read)?;
    let (ids, messages): (Vec<EventId>, Vec<String>) = read.into_iter().unzip();
    for sent in context.api.queues.publish(account.as_str(), &messages).await {
        if let Err(error) = sent {
            tracing::error!(account.id = %account, "a published event was not queued: {}", chain(&error));
            return Err(ApiError::NotQueued);
        }
    }
    Answer::object(StatusCode::ACCEPTED, &json!({ "ids": ids }))
}

/// Which of two events with one id would win is chance; that an id was published earlier only intake can know.
fn refuse_reused_ids(events: &[(EventId, String)]) -> Result<(), ApiError> {
    let mut seen: BTreeMap<&EventId, &String> = BTreeMap::new();
    for (index, (id, message)) in events.iter().enumerate() {
        if seen.insert(id, message).is_some_and(|earlier| earlier != message) {
            return Err(ApiError::Rejected { at: format!("events[{index}]: "), rejection: Rejection::IdReused });
        }
    }
    Ok(())
}

fn idempotency_key(context: &Context) -> Result<Option<String>, ApiError> {
    let mut values = context.headers("idempotency-key");
    let Some(value) = values.next() else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=255).contains(&key.len()) && values.next().is_none());
    key.map(|key| Some(key.to_owned())).ok_or_else(|| {
        let problem = "must be one value of 1 to 255 printable ASCII characters".to_owned();
        ApiError::InvalidParameter { parameter: "Idempotency-Key".to_owned(), problem }
    })
}

fn list_of(list: &RawValue) -> Result<Vec<Fields<'_>>, ApiError> {
    let problem = "must be an array of 1 to 100 events";
    let list: Vec<&RawValue> = serde_json::from_str(list.get()).map_err(|_| invalid("events", problem))?;
    if !(1..=MAX_EVENTS).contains(&list.len()) {
        return Err(invalid("events", problem));
    }
    list.into_iter().map(|event| Fields::parse(event.get())).collect()
}

/// One event as it goes to the queue. What intake would reject is refused here.
fn queued(
    account: &AccountId,
    profile: &Profile,
    mut fields: Fields<'_>,
    at: &str,
    id: &EventId,
) -> Result<(EventId, String), ApiError> {
    let field = |name: &str| format!("{}{name}", at.trim_end_matches(": ")).replace(']', "].");
    let rejected = |rejection| ApiError::Rejected { at: at.to_owned(), rejection };
    let missing = |field| rejected(Rejection::Missing { field });
    let event: String = fields
        .optional("event", "must be a string")
        .map_err(|_| invalid(&field("event"), "must be a string"))?
        .ok_or_else(|| missing("event"))?;
    let data = fields.raw("data").ok_or_else(|| missing("data"))?;
    let given: Option<String> =
        fields.optional("id", "must be a string").map_err(|_| invalid(&field("id"), "must be a string"))?;
    let timestamp: Option<String> = fields
        .optional("timestamp", "must be a string")
        .map_err(|_| invalid(&field("timestamp"), "must be a string"))?;
    fields.finish(FIELDS)?;
    let given = Some(given.unwrap_or_else(|| id.to_string()));
    let message =
        Message::assemble(account.as_str(), &event, data, given.as_deref(), timestamp.clone()).map_err(rejected)?;
    let arrival = Arrival { id: id.clone(), at: ambient::now() };
    let admitted = Event::admit(message, profile, arrival).map_err(rejected)?;
    let message = message_text(account, &admitted.id, &event, data_of(&admitted), timestamp.as_deref());
    Ok((admitted.id, message))
}

/// The canonical data: as sent it may have megabytes of white space, and the queue's messages have a limit.
fn data_of(event: &Event) -> &str {
    // The first such text ends the head: neither a name nor a time has quotes.
    let data = event.body.split_once(r#","data":"#).and_then(|(_, rest)| rest.strip_suffix('}'));
    data.unwrap_or("null")
}

/// The event queue's plain form. SQS refuses U+FFFE and U+FFFF, which JSON can only have in strings: there they are escaped.
fn message_text(account: &AccountId, id: &EventId, event: &str, data: &str, timestamp: Option<&str>) -> String {
    let data = data.replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff");
    let timestamp = timestamp.map(|text| format!(r#","timestamp":{}"#, json!(text))).unwrap_or_default();
    format!(r#"{{"account":{},"event":{},"id":{}{timestamp},"data":{data}}}"#, json!(account), json!(event), json!(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_event_reaches_intake_as_it_was_sent() {
        let (account, id) = (AccountId::parse("acme").unwrap(), EventId::parse("a\"b\\c").unwrap());
        let data = "{\"x\":1,\"y\":\"\u{ffff}\"}";
        let text = message_text(&account, &id, "click", data, Some("2026-01-01T00:00:00Z"));
        let message = Message::parse(&text).unwrap();
        assert_eq!(message.id, Some(id));
        assert_eq!(message.data.get(), r#"{"x":1,"y":"\uffff"}"#);
        assert_eq!(message.timestamp.as_deref(), Some("2026-01-01T00:00:00Z"));
    }
}
