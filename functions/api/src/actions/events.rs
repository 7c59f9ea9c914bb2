//! Publishing over HTTP, for publishers that cannot reach the queue. An event is accepted once SQS has it.

use std::collections::BTreeMap;

use serde_json::{json, value::RawValue};
use shared::{
    ambient,
    domain::{
        event::{Arrival, Event, message::Message, rejection::Rejection},
        ids::{AccountId, EventId},
        profile::Profile,
    },
    logging::chain,
};

use crate::{Api, caller::Caller, error::ApiError};

/// The most events of one publication.
pub(crate) const MAX_EVENTS: usize = 100;

/// An event as its publisher sent it.
#[derive(Debug)]
pub struct NewEvent<'a> {
    pub(crate) place: Place,
    pub(crate) event: String,
    pub(crate) data: &'a RawValue,
    pub(crate) id: Option<String>,
    pub(crate) timestamp: Option<String>,
}

/// Where in its publication an event stands, so that an error can name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Alone,
    InList(usize),
}

/// An event that intake will accept, and its message for the event queue.
#[derive(Debug, PartialEq, Eq)]
pub struct Admitted {
    place: Place,
    id: EventId,
    message: String,
}

/// Queues the events and returns their ids in the same order. The first wrong event rejects all of them.
pub(crate) async fn publish(
    api: &Api,
    caller: &Caller,
    idempotency_key: Option<&str>,
    events: impl Iterator<Item = Result<NewEvent<'_>, ApiError>>,
) -> Result<Vec<EventId>, ApiError> {
    let admitted = admit_all(caller, idempotency_key, events)?;
    reject_reused_ids(&admitted)?;
    let (ids, messages): (Vec<_>, Vec<_>) = admitted.into_iter().map(|event| (event.id, event.message)).unzip();
    for sent in api.queues.publish(caller.account.as_str(), &messages).await {
        if let Err(error) = sent {
            tracing::error!(account.id = %caller.account, "a published event was not queued: {}", chain(&error));
            return Err(ApiError::NotQueued);
        }
    }
    Ok(ids)
}

/// With an idempotency key, an event without an id gets the same id whenever its publication is repeated.
fn admit_all<'a>(
    caller: &Caller,
    idempotency_key: Option<&str>,
    events: impl Iterator<Item = Result<NewEvent<'a>, ApiError>>,
) -> Result<Vec<Admitted>, ApiError> {
    let now = ambient::now();
    let admitted = events.enumerate().map(|(position, event)| {
        let id = match idempotency_key {
            Some(key) => EventId::for_idempotency_key(&caller.account, key, position),
            None => EventId::new(now, ambient::random()),
        };
        admit(caller.profile, &caller.account, event?, Arrival { id, at: now })
    });
    admitted.collect()
}

/// Checks an event by the rules of intake, so that a publisher learns now what intake would reject later.
fn admit(profile: &Profile, account: &AccountId, new: NewEvent<'_>, arrival: Arrival) -> Result<Admitted, ApiError> {
    let rejected = |rejection| ApiError::Rejected { at: new.place.prefix(), rejection };
    let id = new.id.unwrap_or_else(|| arrival.id.to_string());
    let message = Message::assemble(account.as_str(), &new.event, new.data, Some(&id), new.timestamp.clone());
    let event = Event::admit(message.map_err(rejected)?, profile, arrival).map_err(rejected)?;
    let message = message_text(account, &event.id, &new.event, data_of(&event), new.timestamp.as_deref());
    Ok(Admitted { place: new.place, id: event.id, message })
}

/// Which of two events with one id would win is chance. Only intake can know that an id was published earlier.
fn reject_reused_ids(events: &[Admitted]) -> Result<(), ApiError> {
    let mut seen: BTreeMap<&EventId, &String> = BTreeMap::new();
    for Admitted { place, id, message } in events {
        if seen.insert(id, message).is_some_and(|earlier| earlier != message) {
            return Err(ApiError::Rejected { at: place.prefix(), rejection: Rejection::IdReused });
        }
    }
    Ok(())
}

impl Place {
    /// What an error message begins with: `events[3]: `.
    pub(crate) fn prefix(self) -> String {
        match self {
            Self::Alone => String::new(),
            Self::InList(index) => format!("events[{index}]: "),
        }
    }

    /// A field of the event, as an error names it: `events[3].id`.
    pub(crate) fn field(self, name: &str) -> String {
        match self {
            Self::Alone => name.to_owned(),
            Self::InList(index) => format!("events[{index}].{name}"),
        }
    }
}

/// The canonical data. As it was sent it may have megabytes of white space, and SQS limits a message to 1 MiB.
fn data_of(event: &Event) -> &str {
    // The first such text ends the head: neither a name nor a time has quotes.
    let data = event.body.split_once(r#","data":"#).and_then(|(_, rest)| rest.strip_suffix('}'));
    data.unwrap_or("null")
}

/// The event queue's plain form. SQS rejects U+FFFE and U+FFFF, which JSON can only have in strings: there they are escaped.
fn message_text(account: &AccountId, id: &EventId, event: &str, data: &str, timestamp: Option<&str>) -> String {
    let data = data.replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff");
    let timestamp = timestamp.map(|text| format!(r#","timestamp":{}"#, json!(text))).unwrap_or_default();
    format!(r#"{{"account":{},"event":{},"id":{}{timestamp},"data":{data}}}"#, json!(account), json!(event), json!(id))
}

#[cfg(test)]
mod tests;
