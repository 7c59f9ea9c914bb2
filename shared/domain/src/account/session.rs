//! Sessions of the portal: who a customer's browser is, what it may do, and for how long.
//!
//! A platform's backend makes a session and gets a link with a code. The browser exchanges the code for a token, once. Neither is ever
//! stored: the table holds their hashes.

use std::{fmt, ops::RangeInclusive, time::Duration};

use jiff::Timestamp;

use super::{
    super::{
        ids::{AccountId, ProfileName, SessionId},
        time,
    },
    key::KeyHash,
    portal_path::PortalPath,
};

/// How many seconds a session may last: from 15 minutes to a week.
pub const SESSION_SECONDS: RangeInclusive<u64> = 900..=604_800;

/// How many seconds a session lasts if its maker does not say: a working day.
pub const DEFAULT_SESSION_SECONDS: u64 = 28_800;

/// How long a code works: as long as a browser may take to follow a link.
pub const CODE_LASTS: Duration = Duration::from_mins(5);

/// The most sessions of an account that may be open at once.
pub const MAX_SESSIONS: usize = 100;

/// The most characters of the name of a session's user.
pub const MAX_USER: usize = 128;

/// What a session may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    Manage,
    ReadOnly,
}

/// The key that made a session, and ends it: the session lasts no longer than the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Maker {
    Key(KeyHash),
    Operator(KeyHash),
}

/// A session of the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub account: AccountId,
    pub profile: ProfileName,
    pub maker: Maker,
    /// Who the platform says it is, for the audit trail.
    pub user: Option<String>,
    pub rights: Rights,
    /// The page that it begins with.
    pub path: PortalPath,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// What its maker says of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionTerms {
    pub lasts: Duration,
    pub rights: Rights,
    pub user: Option<String>,
    pub path: PortalPath,
}

impl Session {
    /// A session that begins now.
    pub fn new(
        id: SessionId,
        account: AccountId,
        profile: ProfileName,
        maker: Maker,
        terms: SessionTerms,
        now: Timestamp,
    ) -> Self {
        let SessionTerms { lasts, rights, user, path } = terms;
        Self { id, account, profile, maker, user, rights, path, created_at: now, expires_at: time::after(now, lasts) }
    }

    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }
}

/// A code or a token as a browser has it: never stored, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionSecret(String);

/// How many hexadecimal digits a code or a token has: 32 random bytes.
const SECRET_DIGITS: usize = 64;

impl SessionSecret {
    pub fn generate(random: [u8; 32]) -> Self {
        Self(hex::encode(random))
    }

    /// What a browser sent, if it may be one at all.
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (text.len() == SECRET_DIGITS && text.bytes().all(is_digit)).then(|| Self(text.to_owned()))
    }

    /// The secret itself, for its holder.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What it is stored and found under. A secret has 256 random bits, so that its hash cannot be searched.
    pub fn hash(&self) -> KeyHash {
        KeyHash::of(&self.0)
    }
}

impl fmt::Debug for SessionSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_parsed_as_it_was_made_and_hides_itself() {
        let secret = SessionSecret::generate([0xab; 32]);
        assert_eq!(SessionSecret::parse(secret.reveal()), Some(secret.clone()));
        assert_eq!(format!("{secret:?}"), "SessionSecret(…)");
        for text in ["", "ab", &"g".repeat(64), &"A".repeat(64), &"a".repeat(65)] {
            assert_eq!(SessionSecret::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_session_counts_until_exactly_its_end() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let terms = SessionTerms {
            lasts: Duration::from_mins(15),
            rights: Rights::ReadOnly,
            user: None,
            path: PortalPath::default(),
        };
        let (account, profile) = (AccountId::parse("acme").unwrap(), ProfileName::parse("go2").unwrap());
        let id = SessionId::new(at(0), [7; 8]);
        let session = Session::new(id, account, profile, Maker::Key(KeyHash::of("phk_1")), terms, at(0));
        assert_eq!([at(899), at(900)].map(|now| session.has_expired(now)), [false, true]);
    }
}
