//! Why an event is rejected for good.

use super::{
    super::{
        ids::{AccountId, IdError, ProfileName},
        json::JsonError,
    },
    pattern::EventType,
};

/// Why an event is rejected for good. The code is stable; the sentence says what to change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error(
        "the message is not a JSON object: send {{\"account\",\"event\",\"data\"}}, a CloudEvent or an EventBridge event"
    )]
    NotAnObject,
    #[error("'{field}' is missing")]
    Missing { field: &'static str },
    #[error("'{field}' {problem}")]
    Field { field: &'static str, problem: &'static str },
    #[error("'{field}' {problem}")]
    Account { field: &'static str, problem: IdError },
    #[error("'id' {0}")]
    Id(IdError),
    #[error("no account '{account}' exists here")]
    UnknownAccount { account: AccountId },
    #[error("'{field}' must have 1 to 128 letters, digits, '_', '.' or '-'")]
    MalformedEvent { field: &'static str },
    #[error("'{event}' is not an event type of profile '{profile}'; valid are: {valid}")]
    UnknownEvent { event: EventType, profile: ProfileName, valid: String },
    #[error("'{event}' is reserved: names that begin with 'posthorn.' are Posthorn's own; choose another name")]
    Reserved { event: EventType },
    #[error("'id' has the form of an operational event's id, 'ops_' and 32 hexadecimal digits; choose another id")]
    ReservedId,
    #[error("'{field}' must be an RFC 3339 time such as 2026-05-25T14:32:01Z, with a second below 60")]
    Timestamp { field: &'static str },
    #[error("'data': {0}")]
    Data(JsonError),
    #[error("the webhook body would have {bytes} bytes; the limit is {limit}")]
    TooLarge { bytes: usize, limit: usize },
    #[error("an event with this id was already published with other content; give each event its own id")]
    IdReused,
}

impl Rejection {
    /// The stable code, also the beginning of the rejected message's `reason`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAnObject => "MALFORMED_MESSAGE",
            Self::Missing { .. } => "MISSING_FIELD",
            Self::Field { .. } | Self::Account { .. } => "INVALID_FIELD",
            Self::Id(_) | Self::ReservedId => "INVALID_ID",
            Self::UnknownAccount { .. } => "UNKNOWN_ACCOUNT",
            Self::MalformedEvent { .. } | Self::UnknownEvent { .. } => "UNKNOWN_EVENT",
            Self::Reserved { .. } => "RESERVED_EVENT",
            Self::Timestamp { .. } => "INVALID_TIMESTAMP",
            Self::Data(JsonError::UnsafeNumber { .. }) => "UNVERIFIABLE_NUMBER",
            Self::Data(_) => "INVALID_DATA",
            Self::TooLarge { .. } => "TOO_LARGE",
            Self::IdReused => "ID_REUSED",
        }
    }

    /// `CODE: sentence`, as the rejected-events queue shows it.
    pub fn reason(&self) -> String {
        format!("{}: {self}", self.code())
    }
}
