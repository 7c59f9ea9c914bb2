//! One dead letter, and what is sent in its place.
//!
//! Only Posthorn's own attributes are sent. SQS counts the others against its limits, ten attributes and 1 MiB, and no function reads them.

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use shared::{
    domain::json::{CanonicalJson, UnsafeNumbers},
    queue::{self, DecodeError, Encoded, JOB_ATTRIBUTE, SOURCE_ID_ATTRIBUTE},
};

/// The most bytes of an SQS message, with the names, types and values of its attributes.
const MESSAGE_BYTES: usize = 1_048_576;

/// What a queue carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Event,
    FirstAttempt,
    Retry,
}

/// A dead letter that can be sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Again {
    /// The id it has in the dead-letter queue, which SQS kept on the way there.
    pub message_id: String,
    pub receipt_handle: String,
    pub group: Option<String>,
    pub sent: Sent,
}

/// The part of a message that its queue's reader sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub body: String,
    /// A delivery's ids: the attribute `posthorn`.
    pub job: Option<String>,
    /// The identity that the message keeps: the attribute `posthorn-source-id`.
    pub source_id: Option<String>,
}

/// Why a message cannot be sent again as this kind.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    #[error("SQS gave no id, receipt handle or body")]
    Incomplete,
    #[error("the message is a delivery, not an event: it has the attribute '{JOB_ATTRIBUTE}'")]
    IsDelivery,
    #[error("the message is not a delivery that this version can read")]
    NotReadable(#[from] DecodeError),
}

/// What to send in place of a dead letter. The message stays where it is if there is an error.
pub fn again(kind: Kind, message: Message) -> Result<Again, Unfit> {
    let attribute = |name: &str| Some(message.message_attributes.as_ref()?.get(name)?.string_value()?.to_owned());
    let (job, source_id) = (attribute(JOB_ATTRIBUTE), attribute(SOURCE_ID_ATTRIBUTE));
    let group = message.attributes.and_then(|mut system| system.remove(&MessageSystemAttributeName::MessageGroupId));
    let (Some(message_id), Some(receipt_handle), Some(body)) =
        (message.message_id, message.receipt_handle, message.body)
    else {
        return Err(Unfit::Incomplete);
    };
    // A message may die more than once. It keeps the id that it had the first time.
    let source_id = source_id.unwrap_or_else(|| message_id.clone());
    let sent = match kind {
        Kind::Event if job.is_some() => return Err(Unfit::IsDelivery),
        Kind::Event => event(body, source_id),
        Kind::FirstAttempt | Kind::Retry => delivery(kind, job.as_deref(), &body, source_id)?,
    };
    Ok(Again { message_id, receipt_handle, group, sent })
}

/// An event with the identity by which intake recognises what it has stored.
///
/// Where the identity does not fit, the event is written shorter: its canonical form is the same event. An event whose canonical form
/// does not fit is over every profile's limit. It was never stored, so it needs no identity, and intake rejects it.
fn event(body: String, source_id: String) -> Sent {
    let attribute = [SOURCE_ID_ATTRIBUTE, "String", &source_id].concat().len();
    let fits = |body: &str| body.len().saturating_add(attribute) <= MESSAGE_BYTES;
    if fits(&body) {
        return Sent { body, job: None, source_id: Some(source_id) };
    }
    let canonical = CanonicalJson::parse(&body, UnsafeNumbers::Keep).ok().filter(|json| fits(json.as_str()));
    match canonical {
        Some(json) => Sent { body: json.into_string(), job: None, source_id: Some(source_id) },
        None => Sent { body, job: None, source_id: None },
    }
}

/// A delivery with the identity that its record knows as its owner. A first attempt is marked, so that delivery reads the record
/// before it sends: the attempt may have succeeded, and only its acknowledgement failed. A recovery's tick is sent as it is.
fn delivery(kind: Kind, job: Option<&str>, body: &str, source_id: String) -> Result<Sent, DecodeError> {
    if let Some(tick) = job.filter(|job| queue::decode_tick(job).is_some()) {
        return Ok(Sent { body: body.to_owned(), job: Some(tick.to_owned()), source_id: Some(source_id) });
    }
    let (mut job, body) = queue::decode(job, body)?;
    job.again |= kind == Kind::FirstAttempt;
    let Encoded { attribute, body } = queue::encode(&job, &body);
    Ok(Sent { body, job: Some(attribute), source_id: Some(source_id) })
}

#[cfg(test)]
mod tests;
