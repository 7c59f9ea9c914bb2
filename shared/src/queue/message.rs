//! A delivery as SQS carries it: the body itself, and its ids as versioned JSON in one attribute.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use super::JOB_ATTRIBUTE;
use crate::domain::delivery::Job;

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
#[must_use]
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
///
/// # Errors
/// The message was not made by this version of Posthorn.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        delivery::Reason,
        id::{AccountId, DeliveryId, EventId, WebhookId},
        subscription::EventType,
    };

    fn job() -> Job {
        Job {
            account: AccountId::parse("acme").unwrap(),
            profile: "go2".to_owned(),
            webhook: WebhookId::parse("wh_1").unwrap(),
            event_id: EventId::parse("e1").unwrap(),
            event_type: EventType::parse("click").unwrap(),
            delivery: DeliveryId::parse("dlv_1").unwrap(),
            accepted_at: "2026-11-22T08:00:00.123Z".parse().unwrap(),
            reason: Reason::Event,
            again: false,
        }
    }

    #[test]
    fn a_delivery_is_read_as_it_was_written() {
        for body in ["{\"a\":1}", "{\"a\":\"\u{fffe}\u{ffff}\"}", "\"\u{7f}\u{2028}😀\""] {
            let encoded = encode(&job(), body);
            assert!(!encoded.body.contains(['\u{fffe}', '\u{ffff}']));
            assert_eq!(decode(Some(&encoded.attribute), &encoded.body).unwrap(), (job(), body.to_owned()));
        }
    }

    #[test]
    fn a_message_of_another_version_is_not_misread() {
        let newer = encode(&job(), "1").attribute.replace("\"v\":1", "\"v\":2");
        assert!(matches!(decode(Some(&newer), "1"), Err(DecodeError::Version { found: 2 })));
        assert!(matches!(decode(None, "1"), Err(DecodeError::Missing)));
        assert!(matches!(decode(Some("{}"), "1"), Err(DecodeError::Attribute(_))));
    }

    proptest! {
        #[test]
        fn any_body_is_read_as_it_was_written(body in any::<String>()) {
            let encoded = encode(&job(), &body);
            let has_refused = encoded.body.contains(['\u{fffe}', '\u{ffff}']);
            prop_assert!(!has_refused);
            prop_assert_eq!(decode(Some(&encoded.attribute), &encoded.body).unwrap(), (job(), body));
        }

        #[test]
        fn no_message_makes_reading_panic(
            attribute in prop_oneof![any::<String>(), "\\{\"v\":[0-9]{1,12},\"[a-z]{1,9}\":\"[a-z0-9_]{0,9}\"\\}"],
            cut in 0..400_usize,
            body in any::<String>(),
        ) {
            let whole = encode(&job(), &body).attribute;
            let shortened = whole.get(..cut.min(whole.len())).unwrap_or_default().to_owned();
            for attribute in [attribute, shortened] {
                if let Ok((job, body)) = decode(Some(&attribute), &body) {
                    prop_assert!(decode(Some(&encode(&job, &body).attribute), &encode(&job, &body).body).is_ok());
                }
            }
        }
    }
}
