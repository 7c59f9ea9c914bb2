//! An event on its way in: read from its message, judged by its account's profile, made into the exact body that is sent.
//!
//! A message is one of three things: `{"account","event","data","id"?,"timestamp"?}`; a `CloudEvents` 1.0 JSON event whose `subject`
//! is the account; or an `EventBridge` envelope whose `detail` is the first form.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{
    id::{AccountId, EventId, IdError},
    json::{CanonicalJson, JsonError, push_quoted},
    profile::Profile,
    subscription::EventType,
    time,
};

/// Why an event is refused for good. The code is stable; the sentence says what to change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error(
        "the message is not a JSON object: send {{\"account\",\"event\",\"data\"}}, a CloudEvent or an EventBridge event"
    )]
    NotAnObject,
    #[error("'{field}' is missing")]
    Missing { field: &'static str },
    #[error("'{field}' {problem}")]
    Field { field: &'static str, problem: &'static str },
    #[error("'account' {0}")]
    Account(IdError),
    #[error("'id' {0}")]
    Id(IdError),
    #[error("no account '{account}' exists here")]
    UnknownAccount { account: AccountId },
    #[error("'event' must have 1 to 128 letters, digits, '_', '.' or '-'")]
    MalformedEvent,
    #[error("'{event}' is not an event type of profile '{profile}'; valid are: {valid}")]
    UnknownEvent { event: EventType, profile: String, valid: String },
    #[error("'timestamp' must be RFC 3339 in UTC ending in 'Z', such as 2026-05-25T14:32:01Z")]
    Timestamp,
    #[error("'data': {0}")]
    Data(JsonError),
    #[error("the webhook body would have {bytes} bytes; the limit is {limit}")]
    TooLarge { bytes: usize, limit: usize },
    #[error("an event with this id was already published with other content; give each event its own id")]
    IdReused,
}

impl Rejection {
    /// The stable code, also the beginning of the rejected message's `reason`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAnObject => "MALFORMED_MESSAGE",
            Self::Missing { .. } => "MISSING_FIELD",
            Self::Field { .. } | Self::Account(_) => "INVALID_FIELD",
            Self::Id(_) => "INVALID_ID",
            Self::UnknownAccount { .. } => "UNKNOWN_ACCOUNT",
            Self::MalformedEvent | Self::UnknownEvent { .. } => "UNKNOWN_EVENT",
            Self::Timestamp => "INVALID_TIMESTAMP",
            Self::Data(JsonError::UnsafeInteger { .. }) => "UNVERIFIABLE_NUMBER",
            Self::Data(_) => "INVALID_DATA",
            Self::TooLarge { .. } => "TOO_LARGE",
            Self::IdReused => "ID_REUSED",
        }
    }

    /// `CODE: sentence`, as the rejected-events queue shows it.
    #[must_use]
    pub fn reason(&self) -> String {
        format!("{}: {self}", self.code())
    }
}

/// A message that names everything an event needs; `data` is still as it came.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    pub account: AccountId,
    pub event: EventType,
    pub data: &'a RawValue,
    pub id: Option<EventId>,
    pub timestamp: Option<String>,
}

/// Every field that one of the three forms has, as raw JSON: types are judged here, to say what is wrong.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    account: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    event: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    data: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    timestamp: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    specversion: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    source: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present", rename = "type")]
    event_type: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    subject: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    time: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    data_base64: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present", rename = "detail-type")]
    detail_type: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    detail: Option<&'a RawValue>,
}

/// Tells `null`, which is data, from a field that is not there.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// serde would also read the fields from an array, by position.
fn object(text: &str) -> Option<Envelope<'_>> {
    let is_object = text.trim_start_matches([' ', '\t', '\n', '\r']).starts_with('{');
    is_object.then(|| serde_json::from_str(text).ok()).flatten()
}

impl<'a> Message<'a> {
    /// Reads a message of the event queue in any of its three forms.
    ///
    /// # Errors
    /// What is missing or of the wrong kind.
    pub fn parse(body: &'a str) -> Result<Self, Rejection> {
        let envelope: Envelope<'a> = object(body).ok_or(Rejection::NotAnObject)?;
        if envelope.specversion.is_some() {
            return Self::from_cloud_event(&envelope);
        }
        match (envelope.detail_type, envelope.detail) {
            (Some(_), Some(detail)) => {
                let not_an_object = Rejection::Field { field: "detail", problem: "must be a JSON object" };
                Self::from_envelope(&object(detail.get()).ok_or(not_an_object)?)
            }
            _ => Self::from_envelope(&envelope),
        }
    }

    fn from_envelope(envelope: &Envelope<'a>) -> Result<Self, Rejection> {
        let account = required("account", envelope.account)?;
        let event = required("event", envelope.event)?;
        let data = envelope.data.ok_or(Rejection::Missing { field: "data" })?;
        let (id, timestamp) = (optional("id", envelope.id)?, optional("timestamp", envelope.timestamp)?);
        Self::assemble(&account, &event, data, id.as_deref(), timestamp)
    }

    /// `subject` is the account; `source` and `id` together are the identity.
    fn from_cloud_event(envelope: &Envelope<'a>) -> Result<Self, Rejection> {
        if required("specversion", envelope.specversion)? != "1.0" {
            return Err(Rejection::Field { field: "specversion", problem: "must be \"1.0\"" });
        }
        if envelope.data_base64.is_some() {
            return Err(Rejection::Field { field: "data_base64", problem: "is not supported: send JSON in 'data'" });
        }
        let account = required("subject", envelope.subject)?;
        let event = required("type", envelope.event_type)?;
        let (source, id) = (required("source", envelope.source)?, required("id", envelope.id)?);
        let data = envelope.data.ok_or(Rejection::Missing { field: "data" })?;
        let mut message = Self::assemble(&account, &event, data, None, optional("time", envelope.time)?)?;
        message.id = Some(EventId::for_cloud_event(&source, &id));
        Ok(message)
    }

    /// A message from its parts, each checked.
    ///
    /// # Errors
    /// Which part is malformed.
    pub fn assemble(
        account: &str,
        event: &str,
        data: &'a RawValue,
        id: Option<&str>,
        timestamp: Option<String>,
    ) -> Result<Self, Rejection> {
        if timestamp.as_deref().is_some_and(|text| time::parse_utc(text).is_none()) {
            return Err(Rejection::Timestamp);
        }
        Ok(Self {
            account: AccountId::parse(account).map_err(Rejection::Account)?,
            event: EventType::parse(event).map_err(|_| Rejection::MalformedEvent)?,
            data,
            id: id.map(EventId::parse).transpose().map_err(Rejection::Id)?,
            timestamp,
        })
    }
}

fn required(field: &'static str, value: Option<&RawValue>) -> Result<String, Rejection> {
    optional(field, value)?.ok_or(Rejection::Missing { field })
}

/// A string; `null` counts as absent, as many serialisers write absent fields.
fn optional(field: &'static str, value: Option<&RawValue>) -> Result<Option<String>, Rejection> {
    let Some(value) = value else { return Ok(None) };
    serde_json::from_str(value.get()).map_err(|_| Rejection::Field { field, problem: "must be a string" })
}

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
    /// When SQS first had it: orders the deliveries.
    pub accepted_at: Timestamp,
    /// Whether the publisher chose the timestamp.
    pub timestamp_given: bool,
    /// The exact bytes that are stored, signed and sent.
    pub body: String,
}

/// Names the event; its payload never gets into a log line.
impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Event({} {} {}, {} bytes)", self.account, self.event_type, self.id, self.body.len())
    }
}

impl Event {
    /// Judges a message by its account's profile and makes the body.
    ///
    /// # Errors
    /// Why no receiver of this profile could be sent it.
    pub fn admit(message: Message<'_>, profile: &Profile, arrival: Arrival) -> Result<Self, Rejection> {
        let Message { account, event, data, id, timestamp } = message;
        if !profile.knows(&event) {
            let (profile, valid) = (profile.name().to_owned(), profile.event_names());
            return Err(Rejection::UnknownEvent { event, profile, valid });
        }
        let data = CanonicalJson::parse(data.get(), profile.unsafe_integers()).map_err(Rejection::Data)?;
        let timestamp_given = timestamp.is_some();
        let timestamp = timestamp.unwrap_or_else(|| time::whole_seconds(arrival.at));
        let body = compose(profile, &event, &timestamp, data.as_str());
        if body.len() > profile.max_body_bytes() {
            return Err(Rejection::TooLarge { bytes: body.len(), limit: profile.max_body_bytes() });
        }
        let id = id.unwrap_or(arrival.id);
        Ok(Self { account, id, event_type: event, accepted_at: arrival.at, timestamp_given, body })
    }

    /// Whether this is `stored` published again: the same event type and data, and the same timestamp if both messages gave one.
    #[must_use]
    pub fn repeats(&self, stored: &Self) -> bool {
        if self.timestamp_given && stored.timestamp_given {
            return self.body == stored.body;
        }
        let (mine, theirs) = (without_timestamp(&self.body), without_timestamp(&stored.body));
        mine.is_some() && mine == theirs
    }
}

/// `{"event":…,"timestamp":…,"data":…}`, canonical because its parts are.
#[must_use]
pub fn compose(profile: &Profile, event: &EventType, timestamp: &str, data: &str) -> String {
    let mut body = String::with_capacity(data.len().saturating_add(128));
    body.push_str("{\"");
    body.push_str(profile.event_key().as_str());
    body.push_str("\":");
    push_quoted(&mut body, event.as_str());
    body.push_str(",\"timestamp\":");
    push_quoted(&mut body, timestamp);
    body.push_str(",\"data\":");
    body.push_str(data);
    body.push('}');
    body
}

/// What stands before and after the timestamp of a body made by [`compose`]: neither part can contain the separators earlier.
fn without_timestamp(body: &str) -> Option<(&str, &str)> {
    let (event, rest) = body.split_once(",\"timestamp\":\"")?;
    let (_, data) = rest.split_once("\",\"data\":")?;
    Some((event, data))
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
