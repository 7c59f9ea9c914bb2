//! Who does something, as the audit trail and the lines of denied requests name them.

use std::fmt;

use shared::domain::account::key::KeyHash;

/// Who does something, and with which request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub(crate) who: Who,
    pub(crate) request_id: String,
}

/// A key or a session by its id, as the audit trail names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    Key(KeyHash),
    Operator(KeyHash),
    /// A session of the portal, and who the platform says its user is.
    Session {
        id: String,
        user: Option<String>,
    },
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(hash) => f.write_str(&hash.key_id()),
            Self::Operator(hash) => write!(f, "operator:{}", hash.key_id()),
            Self::Session { id, user: None } => f.write_str(id),
            Self::Session { id, user: Some(user) } => write!(f, "{id} ({user})"),
        }
    }
}
