//! An event on its way in: read from its message, checked by its account's profile, made into the exact body that is sent.

pub mod content;
pub mod filter;
pub mod log;
pub mod message;
pub mod page;
pub mod pattern;
pub mod rejection;
pub mod rules;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use self::{
    message::{Message, Origin},
    pattern::EventType,
    rejection::Rejection,
    rules::{EventRules, TypeKey},
};
use super::{
    ids::{AccountId, EventId},
    json::{CanonicalJson, push_quoted, same_content},
    time,
};

/// What stands for `id` and `timestamp` when the publisher gave none.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The SQS message id.
    pub id: EventId,
    /// When SQS first had the message.
    pub at: Timestamp,
}

/// An event that will be delivered.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    pub account: AccountId,
    pub id: EventId,
    pub event_type: EventType,
    /// When SQS first had it. Deliveries are ordered by this time.
    pub accepted_at: Timestamp,
    /// As the body says it.
    pub timestamp: EventTime,
    pub type_key: TypeKey,
    /// Canonical JSON.
    pub data: String,
}

/// The time that an event's body names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventTime {
    /// The publisher chose it.
    Given(String),
    /// The publisher gave none, so it is the time at which SQS had the event.
    Arrival(String),
}

impl EventTime {
    pub fn as_str(&self) -> &str {
        let (Self::Given(text) | Self::Arrival(text)) = self;
        text
    }
}

/// Names the event. Its payload never gets into a log line.
impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Event({} {} {}, {} bytes)", self.account, self.event_type, self.id, self.data.len())
    }
}

impl Event {
    /// Checks a message by its account's profile.
    pub fn admit(message: Message<'_>, rules: &EventRules, arrival: Arrival) -> Result<Self, Rejection> {
        let Message { account, event, data, id, timestamp, origin } = message;
        if event.is_reserved() && origin == Origin::Publisher {
            return Err(Rejection::Reserved { event });
        }
        if origin == Origin::Publisher && id.as_ref().is_some_and(EventId::is_of_operations) {
            return Err(Rejection::ReservedId);
        }
        if !rules.knows(&event) {
            let (profile, valid) = (rules.profile.clone(), rules.names_in_words());
            return Err(Rejection::UnknownEvent { event, profile, valid });
        }
        let data = CanonicalJson::parse(data.get(), rules.unsafe_numbers).map_err(Rejection::Data)?;
        let timestamp = match timestamp {
            Some(given) => EventTime::Given(given),
            None => EventTime::Arrival(time::whole_seconds(arrival.at)),
        };
        let event = Self {
            account,
            id: id.unwrap_or(arrival.id),
            event_type: event,
            accepted_at: arrival.at,
            timestamp,
            type_key: rules.type_key,
            data: data.into_string(),
        };
        let (bytes, limit) = (event.body_bytes(), rules.max_body_bytes);
        if bytes > limit { Err(Rejection::TooLarge { bytes, limit }) } else { Ok(event) }
    }

    /// The exact bytes that are signed and sent, the same whenever they are composed.
    pub fn body(&self) -> String {
        compose(self.type_key, &self.event_type, self.timestamp.as_str(), &self.data)
    }

    /// How many bytes the body has, without composing it.
    pub fn body_bytes(&self) -> usize {
        let parts = [self.type_key.as_str(), self.event_type.as_str(), self.timestamp.as_str(), &self.data];
        let frame = r#"{"":"","timestamp":"","data":}"#.len();
        parts.iter().map(|part| part.len()).fold(frame, usize::saturating_add)
    }

    /// Whether this is `stored` published again: the same event type and data, and the same timestamp if both messages gave one. The
    /// order of members is no content.
    pub fn repeats(&self, stored: &Self) -> bool {
        let same_time = match (&self.timestamp, &stored.timestamp) {
            (EventTime::Given(mine), EventTime::Given(theirs)) => mine == theirs,
            _ => true,
        };
        same_time && self.event_type == stored.event_type && same_content(&self.data, &stored.data)
    }
}

/// `{"event":…,"timestamp":…,"data":…}`, canonical because its parts are.
pub fn compose(key: TypeKey, event: &EventType, timestamp: &str, data: &str) -> String {
    let mut body = String::with_capacity(data.len().saturating_add(128));
    body.push_str("{\"");
    body.push_str(key.as_str());
    body.push_str("\":");
    push_quoted(&mut body, event.as_str());
    body.push_str(",\"timestamp\":");
    push_quoted(&mut body, timestamp);
    body.push_str(",\"data\":");
    body.push_str(data);
    body.push('}');
    body
}
