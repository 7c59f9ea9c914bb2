//! A delivery as SQS carries it: the body itself, and its ids as versioned JSON in one attribute.

use std::sync::Arc;

use aws_sdk_sqs::{error::BuildError, types::MessageAttributeValue};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    delivery::job::Job,
    ids::{AccountId, EventId, RecoveryId, WebhookId},
};
use serde::{Deserialize, Serialize};

use super::JOB_ATTRIBUTE;

/// A delivery as SQS carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    pub attribute: String,
    pub body: String,
}

/// How the body is written in the message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum BodyEncoding {
    #[default]
    Plain,
    Base64,
    /// The body does not travel: it is the stored event's.
    Stored,
}

/// What stands for a body that does not travel: SQS accepts no empty message.
pub(super) const STORED: &str = "{}";

/// The body of a delivery's message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    Here(Arc<str>),
    /// In the stored event.
    Stored,
}

impl BodyEncoding {
    pub(super) fn of(body: &str) -> Self {
        // One character at a time is found by its bytes. For a set of them, every character is decoded.
        if body.contains('\u{fffe}') || body.contains('\u{ffff}') { Self::Base64 } else { Self::Plain }
    }
}

#[derive(Serialize, Deserialize)]
struct Versioned<J> {
    v: u32,
    #[serde(default)]
    encoding: BodyEncoding,
    #[serde(flatten)]
    job: J,
}

/// The version of a message that belongs to no round. Earlier releases read it too.
const FIRST_VERSION: u32 = 1;

/// The newest version of the `posthorn` attribute that this code writes and reads: it may name a round, and leave its body out.
const VERSION: u32 = 2;

/// A delivery message that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("the message has no attribute '{JOB_ATTRIBUTE}'")]
    Missing,
    #[error("the attribute '{JOB_ATTRIBUTE}' is not valid")]
    Attribute(#[source] serde_json::Error),
    #[error("the attribute '{JOB_ATTRIBUTE}' has version {found}; this code reads up to version {VERSION}")]
    Version { found: u32 },
    #[error("the body is not valid base64 of UTF-8")]
    Body,
}

/// Writes a delivery's ids and body for SQS, which refuses U+FFFE and U+FFFF: such bodies travel as base64.
pub fn encode(job: &Job, body: &Body) -> Encoded {
    let (encoding, body) = match body {
        Body::Stored => (BodyEncoding::Stored, STORED.to_owned()),
        Body::Here(body) => match BodyEncoding::of(body) {
            BodyEncoding::Base64 => (BodyEncoding::Base64, STANDARD.encode(&**body)),
            plain => (plain, body.to_string()),
        },
    };
    let v = if job.round.is_some() || encoding == BodyEncoding::Stored { VERSION } else { FIRST_VERSION };
    Encoded { attribute: serde_json::json!(Versioned { v, encoding, job }).to_string(), body }
}

/// Reads what [`encode`] wrote.
pub fn decode(attribute: Option<&str>, body: &str) -> Result<(Job, Body), DecodeError> {
    #[derive(Deserialize)]
    struct Version {
        v: u32,
    }
    let attribute = attribute.ok_or(DecodeError::Missing)?;
    let Version { v: found } = serde_json::from_str(attribute).map_err(DecodeError::Attribute)?;
    if !(FIRST_VERSION..=VERSION).contains(&found) {
        return Err(DecodeError::Version { found });
    }
    let Versioned { encoding, job, .. } =
        serde_json::from_str::<Versioned<Job>>(attribute).map_err(DecodeError::Attribute)?;
    let body = match encoding {
        BodyEncoding::Plain => Body::Here(Arc::from(body)),
        BodyEncoding::Base64 => {
            let bytes = STANDARD.decode(body).map_err(|_| DecodeError::Body)?;
            Body::Here(Arc::from(String::from_utf8(bytes).map_err(|_| DecodeError::Body)?))
        }
        BodyEncoding::Stored => Body::Stored,
    };
    Ok((job, body))
}

/// A recovery's turn to go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tick {
    pub account: AccountId,
    pub webhook: WebhookId,
    pub recovery: RecoveryId,
    /// The recovery's version that it is meant for. `None` for whatever version there is: something happened that it should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
}

#[derive(Serialize, Deserialize)]
struct TickAttribute<T> {
    v: u32,
    tick: T,
}

pub(super) fn encode_tick(tick: &Tick) -> String {
    serde_json::json!(TickAttribute { v: VERSION, tick }).to_string()
}

/// Reads what [`encode_tick`] wrote. `None` for any other message.
pub fn decode_tick(attribute: &str) -> Option<Tick> {
    serde_json::from_str::<TickAttribute<Tick>>(attribute).ok().map(|attribute| attribute.tick)
}

#[derive(Serialize, Deserialize)]
struct NoteAttribute<T> {
    v: u32,
    note: T,
}

/// A message that names the note of an operational event, and holds nothing of it: whoever may send to the event queue could forge it.
pub(super) fn encode_note(note: &EventId) -> String {
    serde_json::json!(NoteAttribute { v: FIRST_VERSION, note }).to_string()
}

/// Reads what [`encode_note`] wrote. `None` for any other message.
pub fn decode_note(attribute: &str) -> Option<EventId> {
    serde_json::from_str::<NoteAttribute<EventId>>(attribute).ok().map(|attribute| attribute.note)
}

pub(super) fn text_attribute(value: &str) -> Result<MessageAttributeValue, BuildError> {
    MessageAttributeValue::builder().data_type("String").string_value(value).build()
}

/// What SQS counts for a text attribute.
pub(super) fn attribute_bytes(name: &str, value: &str) -> usize {
    name.len().saturating_add("String".len()).saturating_add(value.len())
}

/// Text with the characters SQS refuses replaced by U+FFFD.
pub(super) fn sqs_text(text: &str) -> String {
    let allowed = |char: char| matches!(char, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|char| if allowed(char) { char } else { '\u{fffd}' }).collect()
}

#[cfg(test)]
mod tests;
