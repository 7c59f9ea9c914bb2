//! A message of the event queue, read in any of its three forms.
//!
//! A message is `{"account","event","data","id"?,"timestamp"?}`, or a `CloudEvents` 1.0 JSON event whose `subject` is the account, or an
//! `EventBridge` envelope whose `detail` is the first form.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{
    super::{
        ids::{AccountId, EventId},
        time,
    },
    pattern::EventType,
    rejection::Rejection,
};

/// A message that names everything an event needs. `data` is still as it came.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    pub account: AccountId,
    pub event: EventType,
    pub data: &'a RawValue,
    pub id: Option<EventId>,
    /// RFC 3339 in UTC.
    pub timestamp: Option<String>,
    pub origin: Origin,
}

/// Whose message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Publisher,
    /// Posthorn's own, which may have a reserved name: an operational event or a test.
    Posthorn,
}

/// What the fields of one form are called, so that a reason names the field that was sent.
#[derive(Debug, Clone, Copy)]
pub struct FieldNames {
    account: &'static str,
    event: &'static str,
    timestamp: &'static str,
}

impl FieldNames {
    pub const PLAIN: Self = Self { account: "account", event: "event", timestamp: "timestamp" };
    const CLOUD_EVENT: Self = Self { account: "subject", event: "type", timestamp: "time" };
}

/// Every field that one of the three forms has, as raw JSON. Types are checked later, to say what is wrong.
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

/// Distinguishes `null`, which is data, from a field that is not there.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// An object's fields. Without the check serde would also read the fields from an array, by position.
fn object(text: &str) -> Option<Envelope<'_>> {
    let is_object = text.trim_start_matches([' ', '\t', '\n', '\r']).starts_with('{');
    is_object.then(|| serde_json::from_str(text).ok()).flatten()
}

impl<'a> Message<'a> {
    /// Reads a message of the event queue in any of its three forms.
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

    /// The account that a message names which is rejected, if it can be read so far.
    pub fn named_account(body: &str) -> Option<AccountId> {
        let envelope = object(body)?;
        let detail = envelope.detail.filter(|_| envelope.detail_type.is_some());
        let inner = detail.and_then(|detail| object(detail.get()));
        let named = [inner.and_then(|inner| inner.account), envelope.account, envelope.subject];
        let text = named.into_iter().flatten().find_map(|name| serde_json::from_str::<String>(name.get()).ok())?;
        AccountId::parse(&text).ok()
    }

    fn from_envelope(envelope: &Envelope<'a>) -> Result<Self, Rejection> {
        let account = required("account", envelope.account)?;
        let event = required("event", envelope.event)?;
        let data = envelope.data.ok_or(Rejection::Missing { field: "data" })?;
        let (id, timestamp) = (optional("id", envelope.id)?, optional("timestamp", envelope.timestamp)?);
        let parts = Parts { account: &account, event: &event, data, id: id.as_deref(), timestamp };
        Self::assemble(FieldNames::PLAIN, parts)
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
        let timestamp = optional("time", envelope.time)?;
        let parts = Parts { account: &account, event: &event, data, id: None, timestamp };
        let mut message = Self::assemble(FieldNames::CLOUD_EVENT, parts)?;
        message.id = Some(EventId::for_cloud_event(&source, &id));
        Ok(message)
    }

    /// A message from its parts, each checked.
    pub fn assemble(names: FieldNames, parts: Parts<'_, 'a>) -> Result<Self, Rejection> {
        let Parts { account, event, data, id, timestamp } = parts;
        let bad_account = |problem| Rejection::Account { field: names.account, problem };
        let bad_timestamp = Rejection::Timestamp { field: names.timestamp };
        Ok(Self {
            account: AccountId::parse(account).map_err(bad_account)?,
            event: EventType::parse(event).map_err(|_| Rejection::MalformedEvent { field: names.event })?,
            data,
            id: id.map(EventId::parse).transpose().map_err(Rejection::Id)?,
            timestamp: timestamp.map(|text| time::utc_text(&text).ok_or(bad_timestamp)).transpose()?,
            origin: Origin::Publisher,
        })
    }
}

/// The parts of a message as they were sent.
#[derive(Debug)]
pub struct Parts<'p, 'a> {
    pub account: &'p str,
    pub event: &'p str,
    pub data: &'a RawValue,
    pub id: Option<&'p str>,
    pub timestamp: Option<String>,
}

fn required(field: &'static str, value: Option<&RawValue>) -> Result<String, Rejection> {
    optional(field, value)?.ok_or(Rejection::Missing { field })
}

/// A string; `null` counts as absent, as many serialisers write absent fields.
fn optional(field: &'static str, value: Option<&RawValue>) -> Result<Option<String>, Rejection> {
    let Some(value) = value else { return Ok(None) };
    serde_json::from_str(value.get()).map_err(|_| Rejection::Field { field, problem: "must be a string" })
}
