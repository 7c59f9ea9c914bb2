//! Who does something, as the audit trail and the lines of denied requests name them.

use std::fmt;

/// Who does something, and with which request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub(crate) who: Who,
    pub(crate) request_id: String,
}

/// A key or a session by its id, as the audit trail names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    Key(String),
    Operator(String),
    /// A session of the portal, and who the platform says its user is.
    Session {
        id: String,
        user: Option<String>,
    },
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(id) => f.write_str(id),
            Self::Operator(id) => write!(f, "operator:{id}"),
            Self::Session { id, user: None } => f.write_str(id),
            Self::Session { id, user: Some(user) } => write!(f, "{id} ({user})"),
        }
    }
}
