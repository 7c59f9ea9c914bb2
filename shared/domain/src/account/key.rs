//! API keys: how they look, what they may do, and under which hash they are stored.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::super::ids::{AccountId, ProfileName};

/// The beginning of every account's key, so that a leaked one is recognised.
const ACCOUNT_PREFIX: &str = "phk_";

/// The beginning of every operator's key.
const OPERATOR_PREFIX: &str = "pho_";

/// How many characters of a key's hash name the key to its operator.
const KEY_ID: usize = 16;

/// A key as its holder has it: shown once, never stored, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKeySecret(String);

impl fmt::Debug for ApiKeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeySecret(…)")
    }
}

impl ApiKeySecret {
    /// A new key of an account from 32 random bytes.
    pub fn generate(random: [u8; 32]) -> Self {
        Self(format!("{ACCOUNT_PREFIX}{}", hex::encode(random)))
    }

    /// A new key of an operator from 32 random bytes.
    pub fn of_operator(random: [u8; 32]) -> Self {
        Self(format!("{OPERATOR_PREFIX}{}", hex::encode(random)))
    }

    /// The key itself, for its holder's eyes, once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub fn hash(&self) -> KeyHash {
        KeyHash::of(&self.0)
    }
}

/// SHA-256 of a key, in hexadecimal: what the key is stored and found under.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyHash(String);

impl KeyHash {
    /// The hash of a presented key. Keys have 256 random bits, so a plain SHA-256 cannot be searched.
    pub fn of(presented: &str) -> Self {
        Self(hex::encode(Sha256::digest(presented.as_bytes())))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a key with this hash is called: the beginning of the hash.
    pub fn key_id(&self) -> String {
        self.0.chars().take(KEY_ID).collect()
    }
}

/// Whether a presented key claims to be an operator's.
pub fn claims_to_be_operators(presented: &str) -> bool {
    presented.starts_with(OPERATOR_PREFIX)
}

/// A key as it is known after its creation: everything but the key itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub hash: KeyHash,
    pub account: AccountId,
    pub profile: ProfileName,
    pub scopes: Scopes,
    pub name: Option<String>,
    pub created_at: Timestamp,
    /// `None`: until it is revoked.
    pub expires_at: Option<Timestamp>,
}

impl ApiKey {
    pub fn id(&self) -> String {
        self.hash.key_id()
    }

    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|expires_at| expires_at <= now)
    }
}

/// An operator's key, which belongs to no account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorKey {
    pub hash: KeyHash,
    pub name: Option<String>,
    pub created_at: Timestamp,
    /// `None`: until it is revoked.
    pub expires_at: Option<Timestamp>,
}

impl OperatorKey {
    pub fn id(&self) -> String {
        self.hash.key_id()
    }

    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|expires_at| expires_at <= now)
    }
}

/// What a key may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Everything about webhooks, reading included.
    Manage,
    /// Publishing events.
    Publish,
    /// Reading webhooks and deliveries.
    Read,
}

impl Scope {
    pub const ALL: [Self; 3] = [Self::Manage, Self::Publish, Self::Read];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manage => "manage",
            Self::Publish => "publish",
            Self::Read => "read",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}

/// The scopes of one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    pub fn new(scopes: impl IntoIterator<Item = Scope>) -> Self {
        let mut scopes: Vec<Scope> = scopes.into_iter().collect();
        scopes.sort();
        scopes.dedup();
        Self(scopes)
    }

    /// Whether a key with these scopes may do what needs `scope`. Managing includes reading.
    pub fn allow(&self, scope: Scope) -> bool {
        self.0.contains(&scope) || (scope == Scope::Read && self.0.contains(&Scope::Manage))
    }

    pub fn iter(&self) -> impl Iterator<Item = Scope> {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests;
