//! The ways in which a signature can be made: which key, over which content, written how.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// What Standard Webhooks writes before a signature.
pub const STANDARD_PREFIX: &str = "v1,";

/// What secrets made by Posthorn begin with.
const SECRET_PREFIX: &str = "whsec_";

/// The secret and the parts of one request that a signature may cover.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    pub secret: &'a str,
    pub id: Option<&'a str>,
    pub timestamp: Option<&'a str>,
    pub body: &'a [u8],
}

/// How a header's signature must be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheme {
    pub prefix: String,
    pub encoding: Encoding,
    pub key: Key,
    pub content: Content,
}

/// How the 32 bytes of a signature are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Hex,
    Base64,
    /// The hex digits, encoded once more.
    Base64OfHex,
}

/// Which bytes of the secret are the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// The whole secret.
    Text,
    /// The bytes that the base64 after `whsec_` stands for.
    Decoded,
    /// The base64 after `whsec_`, not decoded.
    TextAfterPrefix,
    /// The whole secret and the newline of the file it came from.
    TextAndNewline,
}

/// What is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    Body,
    IdTimestampBody,
}

/// How the body that was signed ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    AsGiven,
    WithoutNewline,
    WithNewline,
}

impl Scheme {
    /// The headers that must be known.
    pub fn needs(&self) -> Vec<&'static str> {
        match self.content {
            Content::Body => Vec::new(),
            Content::IdTimestampBody => vec!["webhook-id", "webhook-timestamp"],
        }
    }
}

impl Key {
    pub(super) const ALL: [Self; 4] = [Self::Text, Self::Decoded, Self::TextAfterPrefix, Self::TextAndNewline];

    /// The decoded part if the secret has one, else the secret itself.
    pub fn of_standard_webhooks(secret: &str) -> Self {
        let encoded = secret.strip_prefix(SECRET_PREFIX).and_then(|encoded| STANDARD.decode(encoded).ok());
        if encoded.is_some_and(|key| !key.is_empty()) { Self::Decoded } else { Self::Text }
    }

    pub(super) fn bytes(self, secret: &str) -> Option<Vec<u8>> {
        match self {
            Self::Text => Some(secret.into()),
            Self::Decoded => STANDARD.decode(secret.strip_prefix(SECRET_PREFIX).unwrap_or(secret)).ok(),
            Self::TextAfterPrefix => secret.strip_prefix(SECRET_PREFIX).map(Into::into),
            Self::TextAndNewline => Some(format!("{secret}\n").into()),
        }
    }
}

impl Content {
    pub(super) const ALL: [Self; 2] = [Self::Body, Self::IdTimestampBody];

    /// What comes before the body.
    pub(super) fn start(self, received: &Received<'_>) -> Option<String> {
        match self {
            Self::Body => Some(String::new()),
            Self::IdTimestampBody => Some(format!("{}.{}.", received.id?, received.timestamp?)),
        }
    }
}

impl Ending {
    pub(super) const ALL: [Self; 3] = [Self::AsGiven, Self::WithoutNewline, Self::WithNewline];

    pub(super) fn applied_to(self, body: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::AsGiven => Some(body.to_vec()),
            Self::WithoutNewline => {
                let line = body.strip_suffix(b"\n")?;
                Some(line.strip_suffix(b"\r").unwrap_or(line).to_vec())
            }
            Self::WithNewline => Some([body, b"\n"].concat()),
        }
    }
}
