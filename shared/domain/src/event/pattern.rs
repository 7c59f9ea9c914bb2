//! What events are called, and what a webhook subscribes to.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The most characters that an event type or pattern may have.
pub const MAX_EVENT_TYPE: usize = 128;

/// What the names of operational events begin with.
const RESERVED: &str = "posthorn.";

/// What happened, by name: `link.click`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EventType(String);

/// A name that no event can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to {MAX_EVENT_TYPE} letters, digits, '_', '.' or '-'")]
pub struct BadEventType;

impl EventType {
    /// Checks the alphabet and the length. Whether a profile knows the name is the profile's question.
    pub fn parse(text: &str) -> Result<Self, BadEventType> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
        let fits = (1..=MAX_EVENT_TYPE).contains(&text.len()) && text.bytes().all(legal);
        if fits { Ok(Self(text.to_owned())) } else { Err(BadEventType) }
    }

    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether only Posthorn itself may publish events of this name: operational events.
    pub fn is_reserved(&self) -> bool {
        self.0.starts_with(RESERVED)
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for EventType {
    type Error = BadEventType;
    fn try_from(text: String) -> Result<Self, BadEventType> {
        Self::parse(&text)
    }
}

impl From<EventType> for String {
    fn from(event: EventType) -> String {
        event.0
    }
}

/// What a webhook subscribes to: one event type, all that begin with a prefix, or everything.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum EventPattern {
    /// `*`
    Everything,
    /// `prefix.*`: names beginning `prefix.`, not `prefix` itself. The dot is part of the text kept here.
    Prefix(String),
    /// Exactly this name.
    Exactly(EventType),
}

impl EventPattern {
    /// Reads `*`, `prefix.*` or a name.
    pub fn parse(text: &str) -> Result<Self, BadEventType> {
        if text == "*" {
            return Ok(Self::Everything);
        }
        match text.strip_suffix(".*") {
            Some(prefix) => EventType::parse(prefix).map(|prefix| Self::Prefix(format!("{prefix}."))),
            None => EventType::parse(text).map(Self::Exactly),
        }
    }

    /// Whether an event of this type is wanted.
    pub fn matches(&self, event: &EventType) -> bool {
        match self {
            Self::Everything => true,
            Self::Prefix(prefix) => event.0.starts_with(prefix.as_str()),
            Self::Exactly(name) => name == event,
        }
    }
}

impl fmt::Display for EventPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("*"),
            Self::Prefix(prefix) => write!(f, "{prefix}*"),
            Self::Exactly(name) => f.write_str(name.as_str()),
        }
    }
}

impl TryFrom<String> for EventPattern {
    type Error = BadEventType;
    fn try_from(text: String) -> Result<Self, BadEventType> {
        Self::parse(&text)
    }
}

impl From<EventPattern> for String {
    fn from(pattern: EventPattern) -> String {
        pattern.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_matches_names_below_it_and_not_itself() {
        for (pattern, event, wanted) in [
            ("link.*", "link.click", true),
            ("link.*", "link.click.first", true),
            ("link.*", "link", false),
            ("link.*", "links.click", false),
            ("link.*", "link.", true),
            ("*", "anything", true),
            ("link.click", "link.click", true),
            ("link.click", "link.clicked", false),
            ("link.click", "Link.click", false),
        ] {
            let (pattern, event) = (EventPattern::parse(pattern).unwrap(), EventType::parse(event).unwrap());
            assert_eq!(pattern.matches(&event), wanted, "{pattern} {event}");
        }
    }

    #[test]
    fn a_pattern_is_written_as_it_was_read() {
        for text in ["*", "link.*", "link.click", "a.b.*"] {
            let pattern = EventPattern::parse(text).unwrap();
            assert_eq!(pattern.to_string(), text);
            assert_eq!(serde_json::json!(pattern), serde_json::json!(text));
        }
    }

    #[test]
    fn an_event_type_is_stored_as_it_was_read() {
        let event_type = EventType::parse("link.click").unwrap();
        assert_eq!(serde_json::json!(event_type), serde_json::json!("link.click"));
    }

    #[test]
    fn malformed_patterns_are_rejected() {
        for text in ["", "**", "a*", "*.a", ".*.*", "a b", "a.*.b", "é", "a/*"] {
            assert!(EventPattern::parse(text).is_err(), "{text}");
        }
    }
}
