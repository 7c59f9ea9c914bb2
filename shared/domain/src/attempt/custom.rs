//! The headers that a customer adds to a webhook's requests. Their values are secrets, such as a receiver's token.
//!
//! A value is shown as a mask: `••••7f3a`. Whoever sends the mask back leaves the value as it is.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::headers::Header;

/// The most headers that a webhook may have: they are read with the webhook at every batch.
pub const MAX_HEADERS: usize = 10;

/// The most characters that a header's name may have.
pub const MAX_NAME: usize = 64;

/// The most characters that a header's value may have.
pub const MAX_VALUE: usize = 1_024;

/// What stands for the hidden part of a value.
const MASK: &str = "\u{2022}\u{2022}\u{2022}\u{2022}";

/// How many characters of a value are shown.
const SHOWN: usize = 4;

/// The fewest characters of a value that is shown in part: four of a shorter one would be too much of it.
const MIN_SHOWN_IN_PART: usize = 12;

/// Names that belong to the connection, to the request itself or to who forwards it.
const RESERVED: [&str; 13] = [
    "connection",
    "cookie",
    "date",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
];

/// Beginnings of names that belong to the body, to browsers, to proxies, to AWS or to Posthorn.
const RESERVED_PREFIXES: [&str; 7] = ["content-", "proxy-", "sec-", "webhook-", "x-amz", "x-forwarded-", "x-posthorn-"];

/// A header's name, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CustomName(String);

/// A header's value. It never prints itself.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CustomValue(String);

impl fmt::Debug for CustomValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CustomValue(…)")
    }
}

/// A webhook's own headers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CustomHeaders(BTreeMap<CustomName, CustomValue>);

/// What a customer does to a webhook's headers. What is not named stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeaderChanges(BTreeMap<CustomName, HeaderChange>);

/// What a customer does to one header.
#[derive(Debug, Clone, PartialEq, Eq)]
enum HeaderChange {
    Set(CustomValue),
    Remove,
    /// It stays if this is the mask of its value.
    Keep {
        mask: String,
    },
}

/// Why headers are rejected. Never holds a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeadersError {
    #[error("is not a header name: use 1 to {MAX_NAME} letters, digits and !#$%&'*+-.^_`|~")]
    NotAName { name: String },
    #[error("belongs to the request itself, to those who carry it or to Posthorn: choose another name")]
    Reserved { name: String },
    #[error("is given twice: header names are the same in upper and lower case, so give it once")]
    Repeated { name: String },
    #[error("must have 1 to {MAX_VALUE} visible ASCII characters, with spaces only between them")]
    Value { name: String },
    #[error(
        "is a masked value, but not the one that the webhook has now: send the value itself, or leave the header out"
    )]
    OtherMask { name: String },
    #[error("would have {count} headers: remove some, because a webhook may have at most {MAX_HEADERS}")]
    TooMany { count: usize },
}

impl HeadersError {
    /// The header that is wrong, if it is one, as the customer wrote it.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::NotAName { name }
            | Self::Reserved { name }
            | Self::Repeated { name }
            | Self::Value { name }
            | Self::OtherMask { name } => Some(name),
            Self::TooMany { .. } => None,
        }
    }
}

impl CustomName {
    fn parse(text: &str) -> Result<Self, HeadersError> {
        let fits = (1..=MAX_NAME).contains(&text.len());
        if fits && text.bytes().all(is_token) {
            return Ok(Self(text.to_ascii_lowercase()));
        }
        Err(HeadersError::NotAName { name: text.to_owned() })
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether Posthorn, or a profile with these headers, sets it.
    fn is_reserved(&self, of_profile: &[Header]) -> bool {
        RESERVED.contains(&self.as_str())
            || RESERVED_PREFIXES.iter().any(|prefix| self.0.starts_with(prefix))
            || of_profile.iter().any(|header| header.name == self.0)
    }
}

/// RFC 9110, section 5.6.2.
pub fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

impl CustomValue {
    fn parse(text: &str) -> Option<Self> {
        let fits = (1..=MAX_VALUE).contains(&text.len());
        let is_legal = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
        (fits && is_legal && text.trim() == text).then(|| Self(text.to_owned()))
    }

    /// The value itself: for the request, and for the store.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What its customer may see of it: the last four characters, unless they are too much of it.
    pub fn masked(&self) -> String {
        let shown = self.0.len().checked_sub(SHOWN).filter(|_| self.0.len() >= MIN_SHOWN_IN_PART);
        let end = shown.and_then(|from| self.0.get(from..)).unwrap_or_default();
        format!("{MASK}{end}")
    }
}

impl HeaderChanges {
    /// Reads what a customer sent: values by name, none to remove the header. `of_profile` are the headers that the profile sets.
    pub fn parse(
        sent: impl IntoIterator<Item = (String, Option<String>)>,
        of_profile: &[Header],
    ) -> Result<Self, HeadersError> {
        let mut changes = BTreeMap::new();
        for (name, value) in sent {
            let parsed = CustomName::parse(&name)?;
            let change = HeaderChange::parse(&name, &parsed, value, of_profile)?;
            if changes.insert(parsed, change).is_some() {
                return Err(HeadersError::Repeated { name });
            }
        }
        Ok(Self(changes))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl HeaderChange {
    /// A header may be removed whatever it is called: a profile may have come to set it itself.
    fn parse(
        name: &str,
        parsed: &CustomName,
        value: Option<String>,
        of_profile: &[Header],
    ) -> Result<Self, HeadersError> {
        match value {
            None => Ok(Self::Remove),
            Some(mask) if mask.starts_with(MASK) => Ok(Self::Keep { mask }),
            Some(_) if parsed.is_reserved(of_profile) => Err(HeadersError::Reserved { name: name.to_owned() }),
            Some(value) => {
                let value = CustomValue::parse(&value);
                value.map(Self::Set).ok_or_else(|| HeadersError::Value { name: name.to_owned() })
            }
        }
    }
}

impl CustomHeaders {
    /// The headers after these changes.
    pub fn merged(&self, changes: &HeaderChanges) -> Result<Self, HeadersError> {
        let mut headers = self.0.clone();
        for (name, change) in &changes.0 {
            match change {
                HeaderChange::Set(value) => {
                    headers.insert(name.clone(), value.clone());
                }
                HeaderChange::Remove => {
                    headers.remove(name);
                }
                HeaderChange::Keep { mask } => {
                    if headers.get(name).is_none_or(|value| value.masked() != *mask) {
                        return Err(HeadersError::OtherMask { name: name.0.clone() });
                    }
                }
            }
        }
        match headers.len() {
            count if count > MAX_HEADERS => Err(HeadersError::TooMany { count }),
            _ => Ok(Self(headers)),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// By name.
    pub fn iter(&self) -> impl Iterator<Item = (&CustomName, &CustomValue)> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests;
