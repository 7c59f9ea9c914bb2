//! A profile's own headers: templates, whose placeholders are filled in for each attempt.

use serde::Deserialize;

/// One header of the profile's own.
#[derive(Debug, Clone)]
pub struct Header {
    /// In lower case.
    pub name: String,
    pub value: HeaderValue,
}

/// A header's value: literal text with placeholders in braces.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct HeaderValue(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Placeholder(Placeholder),
}

/// What a header can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placeholder {
    WebhookId,
    EventId,
    Event,
    DeliveryId,
    /// RFC 3339, of the attempt.
    AttemptTime,
    /// HMAC-SHA256 of the raw body with the profile's key.
    BodyHmacHex,
}

/// A template that cannot be filled in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the header value '{0}' names an unknown placeholder or lacks a closing brace")]
pub struct BadTemplate(String);

impl HeaderValue {
    /// The value with each placeholder filled in.
    pub fn render(&self, mut fill: impl FnMut(Placeholder) -> String) -> String {
        self.0.iter().fold(String::new(), |mut text, part| {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Placeholder(placeholder) => text.push_str(&fill(*placeholder)),
            }
            text
        })
    }
}

impl TryFrom<String> for HeaderValue {
    type Error = BadTemplate;

    fn try_from(text: String) -> Result<Self, BadTemplate> {
        let bad = || BadTemplate(text.clone());
        let mut parts = Vec::new();
        let mut rest = text.as_str();
        while let Some((literal, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or_else(bad)?;
            parts.push(Part::Literal(literal.to_owned()));
            parts.push(Part::Placeholder(Placeholder::by_name(name).ok_or_else(bad)?));
            rest = after;
        }
        parts.push(Part::Literal(rest.to_owned()));
        Ok(Self(parts))
    }
}

impl Placeholder {
    fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "webhook_id" => Self::WebhookId,
            "event_id" => Self::EventId,
            "event" => Self::Event,
            "delivery_id" => Self::DeliveryId,
            "attempt_time" => Self::AttemptTime,
            "body_hmac_hex" => Self::BodyHmacHex,
            _ => return None,
        })
    }
}

/// Whether a profile may send a header of this name: one that an HTTP client takes as it is, and that no request carries already.
pub fn is_free_name(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let reserved = name.starts_with("webhook-")
        || name.starts_with("x-posthorn-")
        || matches!(
            name,
            "content-type" | "content-length" | "transfer-encoding" | "user-agent" | "host" | "connection"
        );
    !name.is_empty() && name.bytes().all(legal) && !reserved
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str) -> Result<HeaderValue, BadTemplate> {
        HeaderValue::try_from(text.to_owned())
    }

    #[test]
    fn each_placeholder_is_filled_in_and_the_rest_stays() {
        for (text, filled) in [
            ("{webhook_id}", "[WebhookId]"),
            ("{event_id}", "[EventId]"),
            ("{event}", "[Event]"),
            ("{delivery_id}", "[DeliveryId]"),
            ("{attempt_time}", "[AttemptTime]"),
            ("sha256={body_hmac_hex}", "sha256=[BodyHmacHex]"),
            ("a {event}{event_id} b", "a [Event][EventId] b"),
            ("a } b", "a } b"),
            ("", ""),
        ] {
            let value = template(text).unwrap().render(|placeholder| format!("[{placeholder:?}]"));
            assert_eq!(value, filled, "{text}");
        }
    }

    #[test]
    fn a_template_names_only_placeholders_that_there_are() {
        for text in ["{", "{event", "{}", "{ event }", "{Event}", "{secret}", "{event} {"] {
            assert_eq!(template(text), Err(BadTemplate(text.to_owned())));
        }
    }

    #[test]
    fn a_profile_may_not_send_what_every_request_carries() {
        for (name, is_free) in [
            ("x-webhook-id", true),
            ("x-1", true),
            ("", false),
            ("X-A", false),
            ("x_a", false),
            ("webhook-id", false),
            ("x-posthorn-attempt", false),
            ("content-type", false),
            ("content-length", false),
            ("transfer-encoding", false),
            ("user-agent", false),
            ("host", false),
            ("connection", false),
        ] {
            assert_eq!(is_free_name(name), is_free, "{name:?}");
        }
    }
}
