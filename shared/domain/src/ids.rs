//! Names of things: who owns what, and which event or delivery is meant.
//!
//! Every id is checked once, where it enters the program. Inside, a value of these types is known to be well formed.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Why a text cannot be an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Nothing there, or more than the limit.
    #[error("must have 1 to {max} characters")]
    Length { max: usize },
    /// A character outside the id's alphabet.
    #[error("may contain only {alphabet}")]
    Alphabet { alphabet: &'static str },
    /// The first character is none that the id may begin with.
    #[error("must begin with a letter or a digit")]
    Beginning,
}

fn check(text: &str, max: usize, alphabet: &'static str, allowed: fn(u8) -> bool) -> Result<(), IdError> {
    if text.is_empty() || text.len() > max {
        return Err(IdError::Length { max });
    }
    if text.bytes().all(allowed) { Ok(()) } else { Err(IdError::Alphabet { alphabet }) }
}

/// As [`check`], for an id that people choose and that stands in paths.
fn check_account(text: &str, max: usize, alphabet: &'static str, allowed: fn(u8) -> bool) -> Result<(), IdError> {
    check(text, max, alphabet, allowed)?;
    if text.starts_with(|first: char| first.is_ascii_alphanumeric()) { Ok(()) } else { Err(IdError::Beginning) }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $max:literal, $alphabet:literal, $allowed:expr) => {
        text_id!($(#[$doc])* $name, $max, $alphabet, $allowed, check);
    };
    ($(#[$doc:meta])* $name:ident, $max:literal, $alphabet:literal, $allowed:expr, $check:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks length and alphabet.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                $check(text, $max, $alphabet, $allowed)?;
                Ok(Self(text.to_owned()))
            }

            /// The id as it is written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                $check(&text, $max, $alphabet, $allowed)?;
                Ok(Self(text))
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

text_id!(
    /// A tenant of the platform: it has one profile, API keys and webhooks.
    AccountId, 64, "letters, digits, '.', '_' and '-'", |byte| is_name_byte(byte) || byte == b'.', check_account
);
text_id!(
    /// A platform's contract by its name, such as `standard`. Whether this installation has it is the registry's question.
    ProfileName, 64, "letters, digits, '_' and '-'", is_name_byte
);
text_id!(
    /// A webhook, `wh_…`. Ids made here sort by creation time.
    WebhookId, 64, "letters, digits, '_' and '-'", is_name_byte
);
text_id!(
    /// An event, as its publisher named it; unique within the account.
    EventId, 128, "printable ASCII characters without space", |byte| byte.is_ascii_graphic()
);
text_id!(
    /// One event on its way to one webhook. Also the Standard Webhooks message id, so it has no full stop.
    DeliveryId, 64, "letters, digits, '_' and '-'", is_name_byte
);
text_id!(
    /// A recovery, `rec_…`. Ids made here sort by creation time.
    RecoveryId, 64, "letters, digits, '_' and '-'", is_name_byte
);
text_id!(
    /// One resend of one delivery, `rsd_…`.
    ResendId, 64, "letters, digits, '_' and '-'", is_name_byte
);
text_id!(
    /// A session of the portal, `pts_…`. Ids made here sort by creation time.
    SessionId, 64, "letters, digits, '_' and '-'", is_name_byte
);
text_id!(
    /// The SQS message that Lambda handed to a function: the owner of a delivery's retries.
    MessageId, 128, "printable ASCII characters without space", |byte| byte.is_ascii_graphic()
);

macro_rules! timed_ids {
    ($($name:ident $prefix:literal),+) => {
        $(impl $name {
            /// A new id from the time and 8 random bytes.
            pub fn new(now: Timestamp, random: [u8; 8]) -> Self {
                Self(format!("{}{}{}", $prefix, time_prefix(now), hex::encode(random)))
            }
        })+
    };
}

timed_ids!(WebhookId "wh_", RecoveryId "rec_", ResendId "rsd_", SessionId "pts_");

impl DeliveryId {
    /// The id of this delivery, the same wherever and however often it is computed.
    ///
    /// Ids sort by `accepted_at`, the time at which SQS first had the event: never by a time that the publisher could choose.
    pub fn derive(accepted_at: Timestamp, account: &AccountId, event: &EventId, webhook: &WebhookId) -> Self {
        let mut hash = Sha256::new();
        for part in [account.as_str(), event.as_str(), webhook.as_str()] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        let digest: [u8; 32] = hash.finalize().into();
        Self::assemble(accepted_at, digest.first_chunk::<10>().copied().unwrap_or_default())
    }

    /// An id for a delivery without a stored event, such as a test.
    pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
        Self::assemble(now, random)
    }

    /// What sorts before every id of a delivery that was created at `time` or later, and after every other.
    pub fn first_at(time: Timestamp) -> String {
        format!("dlv_{}", time_prefix(time))
    }

    fn assemble(time: Timestamp, tail: [u8; 10]) -> Self {
        Self(format!("dlv_{}{}", time_prefix(time), hex::encode(tail)))
    }

    /// Which of `shards` keys holds this delivery: spread evenly, and the same for every copy.
    pub fn shard(&self, shards: u8) -> u8 {
        let tail = self.0.bytes().rev().take(2).fold(0u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
        tail.checked_rem(shards).unwrap_or(0)
    }
}

/// Milliseconds since 1970 in 12 hexadecimal digits: sorts as time does until the year 10889.
fn time_prefix(time: Timestamp) -> String {
    format!("{:012x}", time.as_millisecond().max(0))
}

impl EventId {
    /// The identity of a `CloudEvent`, which is its `source` and `id` together.
    pub fn for_cloud_event(source: &str, id: &str) -> Self {
        Self(format!("ce_{}", digest_of(&[source, id])))
    }

    /// The id of the event at `position` of a publish call that carried an `Idempotency-Key`.
    pub fn for_idempotency_key(account: &AccountId, key: &str, position: usize) -> Self {
        Self(format!("evt_{}", digest_of(&[account.as_str(), key, &position.to_string()])))
    }

    /// The id of the operational event about a change that these parts identify.
    pub fn for_operations(event_type: &str, parts: &[&str]) -> Self {
        Self(format!("ops_{}", digest_of(&[&[event_type], parts].concat())))
    }

    /// Whether it has the form of an operational event's id, which no publisher may take.
    pub fn is_of_operations(&self) -> bool {
        let digest = self.0.strip_prefix("ops_").unwrap_or_default();
        digest.len() == 32 && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
    }

    /// A new id from the time and 10 random bytes.
    pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
        Self(format!("evt_{}{}", time_prefix(now), hex::encode(random)))
    }
}

/// 128 bits that differ when any part differs; lengths are hashed too, so parts cannot run into each other.
fn digest_of(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest: [u8; 32] = hash.finalize().into();
    hex::encode(digest.first_chunk::<16>().copied().unwrap_or_default())
}

#[cfg(test)]
mod tests;
