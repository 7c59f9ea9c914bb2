//! API keys: how they look, what they may do, and under which hash they are stored.

use std::fmt;

use sha2::{Digest, Sha256};

/// The beginning of every key, so that a leaked one is recognised.
const PREFIX: &str = "phk_";

/// A key as its holder has it: shown once, never stored, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKeySecret(String);

impl fmt::Debug for ApiKeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeySecret(…)")
    }
}

impl ApiKeySecret {
    /// A new key from 32 random bytes.
    #[must_use]
    pub fn generate(random: [u8; 32]) -> Self {
        Self(format!("{PREFIX}{}", hex::encode(random)))
    }

    /// The key itself, for its holder's eyes, once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What it is stored and found under.
    #[must_use]
    pub fn hash(&self) -> String {
        hash(&self.0)
    }
}

/// The hash of a presented key. Keys have 256 random bits, so a plain SHA-256 cannot be searched.
#[must_use]
pub fn hash(presented: &str) -> String {
    hex::encode(Sha256::digest(presented.as_bytes()))
}

/// What a key may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manage => "manage",
            Self::Publish => "publish",
            Self::Read => "read",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }

    /// Whether a key with these scopes may do what needs `self`.
    #[must_use]
    pub fn is_granted_by(self, scopes: &[String]) -> bool {
        let has = |scope: Self| scopes.iter().any(|granted| granted == scope.as_str());
        has(self) || (self == Self::Read && has(Self::Manage))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_by_its_hash_and_does_not_print_itself() {
        let key = ApiKeySecret::generate([7; 32]);
        assert_eq!(key.hash(), hash(key.reveal()));
        assert_eq!(format!("{key:?}"), "ApiKeySecret(…)");
    }

    #[test]
    fn managing_includes_reading_and_nothing_includes_publishing() {
        let granted = |needed: Scope, scopes: &[&str]| {
            needed.is_granted_by(&scopes.iter().map(|scope| (*scope).to_owned()).collect::<Vec<_>>())
        };
        assert!(granted(Scope::Read, &["manage"]));
        assert!(granted(Scope::Read, &["read"]));
        assert!(!granted(Scope::Manage, &["read"]));
        assert!(!granted(Scope::Publish, &["manage", "read"]));
    }
}
