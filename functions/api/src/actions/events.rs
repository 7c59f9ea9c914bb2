//! Publishing over HTTP, for publishers that cannot reach the queue. An event is accepted once SQS has it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{json, value::RawValue};
use shared::{
    ambient,
    domain::{
        event::{
            Arrival, Event, EventTime,
            message::{FieldNames, Message, Origin, Parts},
            rejection::Rejection,
        },
        ids::{AccountId, EventId},
        json::sorted,
        profile::Profile,
    },
    logging::chain,
    store::idempotency::{IdempotencyKey, Remembered, Route},
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

/// An event that intake will accept.
#[derive(Debug, PartialEq, Eq)]
pub struct Admitted {
    place: Place,
    origin: IdOrigin,
    event: Event,
}

/// Where an event's id comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IdOrigin {
    Publisher,
    /// Derived from the idempotency key.
    Key,
    Random,
}

/// Queues the events and returns their ids in the same order.
pub(crate) async fn publish(
    api: &Api,
    caller: &Caller,
    idempotency_key: Option<&str>,
    admitted: Vec<Admitted>,
) -> Result<Vec<EventId>, ApiError> {
    reject_reused_ids(&admitted)?;
    let unknown = reject_known_ids(api, caller, &admitted).await;
    if let Some(key) = idempotency_key {
        let key = IdempotencyKey::new(Route::Events, key, &content_of(&admitted));
        // A publication that is rejected uses up no key.
        let remembered = match &unknown {
            Ok(()) => api.store.remember(&caller.account, &key, ambient::now()).await?,
            Err(_) => api.store.remembered(&caller.account, &key, ambient::now()).await?,
        };
        if remembered == Remembered::Reused {
            return Err(ApiError::IdempotencyKeyReused);
        }
    }
    unknown?;
    let messages: Vec<String> = admitted.iter().map(|admitted| message_text(&admitted.event)).collect();
    for sent in api.queues.publish(caller.account.as_str(), &messages).await {
        if let Err(error) = sent {
            tracing::error!(account.id = %caller.account, "a published event was not queued: {}", chain(&error));
            return Err(ApiError::NotQueued);
        }
    }
    Ok(admitted.into_iter().map(|admitted| admitted.event.id).collect())
}

/// Checks the events, the first wrong one of which rejects all of them. With an idempotency key, an event without an id gets the same id
/// whenever its publication is repeated.
pub(crate) fn admit_all<'a>(
    caller: &Caller,
    idempotency_key: Option<&str>,
    events: impl Iterator<Item = Result<NewEvent<'a>, ApiError>>,
) -> Result<Vec<Admitted>, ApiError> {
    let now = ambient::now();
    let admitted = events.enumerate().map(|(position, event)| {
        let (id, origin) = match idempotency_key {
            Some(key) => (EventId::for_idempotency_key(&caller.account, key, position), IdOrigin::Key),
            None => (EventId::new(now, ambient::random()), IdOrigin::Random),
        };
        admit(caller.profile, &caller.account, event?, Arrival { id, at: now }, origin, Origin::Publisher)
    });
    admitted.collect()
}

/// Checks an event that is not published by the same rules. It may be an operational event.
pub(super) fn admit_one(caller: &Caller, new: NewEvent<'_>) -> Result<Event, ApiError> {
    let now = ambient::now();
    let arrival = Arrival { id: EventId::new(now, ambient::random()), at: now };
    Ok(admit(caller.profile, &caller.account, new, arrival, IdOrigin::Random, Origin::Posthorn)?.event)
}

/// Checks an event by the rules of intake, so that a publisher learns now what intake would reject later.
/// `made` is where the arrival's id comes from, which stands if the publisher gave none.
fn admit(
    profile: &Profile,
    account: &AccountId,
    new: NewEvent<'_>,
    arrival: Arrival,
    made: IdOrigin,
    from: Origin,
) -> Result<Admitted, ApiError> {
    let NewEvent { place, event, data, id, timestamp } = new;
    let rejected = |rejection| ApiError::Rejected { at: place.prefix(), rejection };
    let origin = if id.is_some() { IdOrigin::Publisher } else { made };
    let parts = Parts { account: account.as_str(), event: &event, data, id: id.as_deref(), timestamp };
    let message = Message::assemble(FieldNames::PLAIN, parts).map_err(rejected)?;
    let message = Message { origin: from, ..message };
    let event = Event::admit(message, &profile.events, arrival).map_err(rejected)?;
    Ok(Admitted { place, origin, event })
}

/// Which of two events with one id would win is chance.
fn reject_reused_ids(events: &[Admitted]) -> Result<(), ApiError> {
    let mut seen: BTreeMap<&EventId, &Event> = BTreeMap::new();
    for Admitted { place, event, .. } in events {
        if seen.insert(&event.id, event).is_some_and(|earlier| !event.repeats(earlier)) {
            return Err(ApiError::Rejected { at: place.prefix(), rejection: Rejection::IdReused });
        }
    }
    Ok(())
}

/// An id may be known with other content. Intake would reject such an event where only the operator sees it. A new random id is not
/// known, so only ids that may come again are looked up.
async fn reject_known_ids(api: &Api, caller: &Caller, events: &[Admitted]) -> Result<(), ApiError> {
    let may_be_known = events.iter().filter(|admitted| admitted.origin != IdOrigin::Random);
    let ids: BTreeSet<&EventId> = may_be_known.map(|admitted| &admitted.event.id).collect();
    let known = api.store.known_events(&caller.account, &ids, ambient::now()).await;
    let is_other = |event: &Event| known.iter().any(|stored| stored.id == event.id && !event.repeats(stored));
    match events.iter().find(|admitted| is_other(&admitted.event)) {
        None => Ok(()),
        // The key is older than what is remembered of it, and its events are still stored.
        Some(Admitted { origin: IdOrigin::Key, .. }) => Err(ApiError::IdempotencyKeyReused),
        Some(Admitted { place, .. }) => Err(ApiError::IdReused { at: place.prefix() }),
    }
}

/// What makes a publication another one: ids, types, given times and data, whatever the order of the members.
fn content_of(events: &[Admitted]) -> String {
    let content = events.iter().map(|Admitted { event, .. }| {
        let time = if let EventTime::Given(time) = &event.timestamp { time.as_str() } else { "" };
        format!("{}\n{}\n{time}\n{}\n", event.id, event.event_type, sorted(&event.data))
    });
    content.collect()
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

/// The event queue's plain form, with the canonical data: as it was sent, it may have megabytes of white space. SQS rejects U+FFFE and
/// U+FFFF, which JSON can only have in strings: there they are escaped.
fn message_text(event: &Event) -> String {
    let data = event.data.replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff");
    let timestamp = match &event.timestamp {
        EventTime::Given(text) => format!(r#","timestamp":{}"#, json!(text)),
        EventTime::Arrival(_) => String::new(),
    };
    let (account, name, id) = (json!(event.account), json!(event.event_type), json!(event.id));
    format!(r#"{{"account":{account},"event":{name},"id":{id}{timestamp},"data":{data}}}"#)
}

#[cfg(test)]
mod tests;
