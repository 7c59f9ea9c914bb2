//! A delivery as SQS carries it: the body itself, and its ids as versioned JSON in one attribute.

use aws_sdk_sqs::{error::BuildError, types::MessageAttributeValue};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::delivery::job::Job;
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
}

impl BodyEncoding {
    pub(super) fn of(body: &str) -> Self {
        if body.contains(['\u{fffe}', '\u{ffff}']) { Self::Base64 } else { Self::Plain }
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

/// The version of the `posthorn` attribute that this code writes and reads.
const VERSION: u32 = 1;

/// A delivery message that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("the message has no attribute '{JOB_ATTRIBUTE}'")]
    Missing,
    #[error("the attribute '{JOB_ATTRIBUTE}' is not valid")]
    Attribute(#[source] serde_json::Error),
    #[error("the attribute '{JOB_ATTRIBUTE}' has version {found}; this code reads version {VERSION}")]
    Version { found: u32 },
    #[error("the body is not valid base64 of UTF-8")]
    Body,
}

/// Writes a delivery's ids and body for SQS, which refuses U+FFFE and U+FFFF: such bodies travel as base64.
pub fn encode(job: &Job, body: &str) -> Encoded {
    let encoding = BodyEncoding::of(body);
    let attribute = serde_json::json!(Versioned { v: VERSION, encoding, job }).to_string();
    let body = match encoding {
        BodyEncoding::Plain => body.to_owned(),
        BodyEncoding::Base64 => STANDARD.encode(body),
    };
    Encoded { attribute, body }
}

/// Reads what [`encode`] wrote.
pub fn decode(attribute: Option<&str>, body: &str) -> Result<(Job, String), DecodeError> {
    #[derive(Deserialize)]
    struct Version {
        v: u32,
    }
    let attribute = attribute.ok_or(DecodeError::Missing)?;
    let Version { v: found } = serde_json::from_str(attribute).map_err(DecodeError::Attribute)?;
    if found != VERSION {
        return Err(DecodeError::Version { found });
    }
    let Versioned { encoding, job, .. } =
        serde_json::from_str::<Versioned<Job>>(attribute).map_err(DecodeError::Attribute)?;
    let body = match encoding {
        BodyEncoding::Plain => body.to_owned(),
        BodyEncoding::Base64 => {
            let bytes = STANDARD.decode(body).map_err(|_| DecodeError::Body)?;
            String::from_utf8(bytes).map_err(|_| DecodeError::Body)?
        }
    };
    Ok((job, body))
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
