//! What can be wrong with a request: a stable code, a sentence that says what to change, and the right status.
//!
//! There are two audiences. What the client reads is here; what the operator needs is logged where the error arises.

use axum::http::StatusCode;
use shared::{
    domain::{
        attempt::custom::HeadersError,
        event::{filter::InvalidFilter, rejection::Rejection},
        signing::secret::SecretError,
        target::TargetError,
    },
    logging::chain,
    store::StoreError,
};

use crate::{actions::patterns::PatternsError, quote::shortened};

/// An error response. A new variant needs a sentence here and a line in [`ApiError::status_and_code`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    // The body as a whole.
    #[error("the body is not declared as JSON; send the header Content-Type: application/json")]
    UnsupportedMediaType,
    #[error("the body is compressed, or encoded in another way; send it as plain JSON, without Content-Encoding")]
    EncodedBody,
    #[error("the body has more than {limit} bytes; send a smaller one")]
    BodyTooLarge { limit: usize },
    #[error("the body {problem}")]
    MalformedJson { problem: String },

    // One field or parameter.
    #[error("'{field}' is missing")]
    MissingField { field: &'static str },
    #[error("'{field}' {problem}")]
    InvalidField { field: String, problem: String },
    #[error("'{field}' is not a field of this request; valid fields are: {valid}")]
    UnknownField { field: String, valid: String },
    #[error("'{field}' cannot be changed; leave it out, or send the value that it has now")]
    ReadOnlyField { field: String },
    #[error("'{parameter}' {problem}")]
    InvalidParameter { parameter: String, problem: String },
    #[error(transparent)]
    InvalidEvents(PatternsError),
    #[error("'{name}' is not an event type; valid are: {valid}")]
    NotAnEventType { name: String, valid: String },
    #[error("'filter' is not valid {0}")]
    InvalidFilter(InvalidFilter),
    #[error("'url' {0}")]
    InvalidUrl(TargetError),
    /// It never holds a value.
    #[error("'{}' {error}", header_field(.error))]
    InvalidHeaders { error: HeadersError },
    #[error("'secret' {0}")]
    InvalidSecret(SecretError),
    #[error("{at}{rejection}")]
    Rejected { at: String, rejection: Rejection },

    // Who is calling.
    #[error("no API key was sent; send the header Authorization: Bearer <key>")]
    Unauthorized,
    #[error("the API key is not valid, or it was revoked; send a valid key")]
    UnknownKey,
    #[error("the account belongs to another platform's API; use it under {right_path}")]
    WrongProfile { right_path: String },
    #[error("this API key does not have the scope '{scope}'; use a key that has it")]
    MissingScope { scope: &'static str },

    #[error("this is an operator's key; name the account to act for in the header posthorn-account")]
    MissingAccount,
    #[error(
        "the header posthorn-account is for operators' keys; leave it out, because this key belongs to one account"
    )]
    UnexpectedAccount,
    #[error("the session is over; open a new link")]
    SessionOver,
    #[error("this is not an operator's key; `posthorn operator-keys create` makes one")]
    NotAnOperator,
    #[error("the account is suspended; ask the platform's operator")]
    AccountSuspended,
    #[error(
        "the account may not do this as often; wait {retry_after} s, as Retry-After says, and send the request again"
    )]
    RateLimited { retry_after: u64 },

    // Where the request went.
    #[error("there is nothing at this path; check the path")]
    UnknownPath,
    #[error("there is no {what} with this id")]
    NotFound { what: &'static str },
    #[error("the webhook that this Idempotency-Key created is deleted; create another one with a new key")]
    CreatedAndDeleted,
    #[error("this path does not support this method; the header Allow lists the methods that it supports")]
    MethodNotAllowed,

    // What operators do.
    #[error("the account is being deleted; wait until it is not found any more")]
    AccountDeleting,
    #[error(
        "this account gets the operational events: name another account in the parameter OperationsAccount, or none, and then delete it"
    )]
    OperationsAccount,
    #[error("the account has the profile '{profile}', and keeps it for life; send that, or use another account")]
    ProfileFixed { profile: String },

    // What the account has and does at this moment.
    #[error("100 sessions of this account are open, the most that may be; end one first, or wait until one is over")]
    TooManySessions,
    #[error("the account may have {most} webhooks, and has as many or more; delete one first")]
    TooManyWebhooks { most: u32 },
    #[error(
        "the event patterns and filters of the account's webhooks would have more than 32 KiB together; subscribe to fewer events, use \
         wildcards, or shorten filters"
    )]
    TooManyPatterns,
    #[error(
        "five previous secrets still sign; wait until a grace period ends, or rotate with \"gracePeriodSeconds\": 0"
    )]
    TooManySecrets,
    #[error("this Idempotency-Key was used within 24 hours for another request; use a new key for each new request")]
    IdempotencyKeyReused,
    #[error("{at}an event with this id was already published with other content; give each event its own id")]
    IdReused { at: String },
    #[error("this installation keeps no event log; its operator can turn it on with the parameter EventLog")]
    NoEventLog,
    #[error("the event log was off until {until}; ask for events since then, with the parameter or field 'since'")]
    EventLogWasOff { until: String },
    #[error("the webhook no longer subscribes to '{event}'; add the event type to it first")]
    NotSubscribed { event: String },
    #[error("the delivery is a test; send another test instead")]
    IsATest,
    #[error("the event is not stored any more, so that it cannot be sent again")]
    EventExpired,
    #[error("the recovery '{recovery}' of this webhook is under way; wait until it is over, or cancel it")]
    RecoveryRunning { recovery: String },
    #[error(
        "five recoveries of this account are under way, the most that may be; wait until one is over, or cancel one"
    )]
    TooManyRecoveries,
    #[error("the webhook is disabled; enable it first, with PATCH and \"isActive\": true")]
    WebhookDisabled,
    #[error("the recovery is {status} already, and cannot be changed any more; create another one")]
    RecoveryOver { status: &'static str },
    #[error("{0}")]
    InvalidWindow(String),
    #[error("another change was in progress; send the request again")]
    Conflict,
    #[error("not all events could be queued; send the same request again, with the same Idempotency-Key or ids")]
    NotQueued,
    #[error("the request could not be processed; send the request again in a moment")]
    Unavailable,
}

impl ApiError {
    pub fn status(&self) -> StatusCode {
        self.status_and_code().0
    }

    /// The stable code, for programs.
    pub fn code(&self) -> &'static str {
        self.status_and_code().1
    }

    fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::UnsupportedMediaType | Self::EncodedBody => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE")
            }
            Self::BodyTooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE"),
            Self::MalformedJson { .. } => (StatusCode::BAD_REQUEST, "MALFORMED_JSON"),
            Self::MissingField { .. } => (StatusCode::BAD_REQUEST, "MISSING_FIELD"),
            Self::InvalidField { .. } | Self::InvalidHeaders { .. } | Self::ReadOnlyField { .. } => {
                (StatusCode::BAD_REQUEST, "INVALID_FIELD")
            }
            Self::UnknownField { .. } => (StatusCode::BAD_REQUEST, "UNKNOWN_FIELD"),
            Self::InvalidParameter { .. } => (StatusCode::BAD_REQUEST, "INVALID_PARAMETER"),
            Self::InvalidEvents(_) | Self::NotAnEventType { .. } | Self::TooManyPatterns => {
                (StatusCode::BAD_REQUEST, "INVALID_EVENTS")
            }
            Self::InvalidFilter(_) => (StatusCode::BAD_REQUEST, "INVALID_FILTER"),
            Self::InvalidUrl(_) => (StatusCode::BAD_REQUEST, "INVALID_URL"),
            Self::InvalidSecret(_) => (StatusCode::BAD_REQUEST, "INVALID_SECRET"),
            Self::Rejected { rejection, .. } => (StatusCode::BAD_REQUEST, rejection.code()),
            Self::Unauthorized | Self::UnknownKey | Self::NotAnOperator | Self::SessionOver => {
                (StatusCode::UNAUTHORIZED, "UNAUTHORIZED")
            }
            Self::MissingAccount => (StatusCode::BAD_REQUEST, "MISSING_ACCOUNT"),
            Self::UnexpectedAccount => (StatusCode::BAD_REQUEST, "UNEXPECTED_ACCOUNT"),
            Self::AccountSuspended => (StatusCode::FORBIDDEN, "ACCOUNT_SUSPENDED"),
            Self::RateLimited { .. } => (StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED"),
            Self::OperationsAccount => (StatusCode::CONFLICT, "OPERATIONS_ACCOUNT"),
            Self::AccountDeleting => (StatusCode::CONFLICT, "ACCOUNT_DELETING"),
            Self::ProfileFixed { .. } => (StatusCode::CONFLICT, "PROFILE_FIXED"),
            Self::WrongProfile { .. } => (StatusCode::FORBIDDEN, "WRONG_PROFILE"),
            Self::MissingScope { .. } => (StatusCode::FORBIDDEN, "MISSING_SCOPE"),
            Self::UnknownPath | Self::NotFound { .. } | Self::CreatedAndDeleted => (StatusCode::NOT_FOUND, "NOT_FOUND"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED"),
            Self::TooManyWebhooks { .. } => (StatusCode::BAD_REQUEST, "TOO_MANY_WEBHOOKS"),
            Self::TooManySessions => (StatusCode::BAD_REQUEST, "TOO_MANY_SESSIONS"),
            Self::TooManySecrets => (StatusCode::CONFLICT, "TOO_MANY_SECRETS"),
            Self::IdempotencyKeyReused => (StatusCode::CONFLICT, "IDEMPOTENCY_KEY_REUSED"),
            Self::IdReused { .. } => (StatusCode::CONFLICT, "ID_REUSED"),
            Self::NoEventLog | Self::EventLogWasOff { .. } => (StatusCode::CONFLICT, "NO_EVENT_LOG"),
            Self::NotSubscribed { .. } => (StatusCode::CONFLICT, "NOT_SUBSCRIBED"),
            Self::IsATest => (StatusCode::CONFLICT, "IS_A_TEST"),
            Self::EventExpired => (StatusCode::GONE, "EVENT_EXPIRED"),
            Self::RecoveryRunning { .. } => (StatusCode::CONFLICT, "RECOVERY_RUNNING"),
            Self::TooManyRecoveries => (StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_RECOVERIES"),
            Self::WebhookDisabled => (StatusCode::CONFLICT, "WEBHOOK_DISABLED"),
            Self::RecoveryOver { .. } => (StatusCode::CONFLICT, "RECOVERY_OVER"),
            Self::InvalidWindow(_) => (StatusCode::BAD_REQUEST, "INVALID_WINDOW"),
            Self::Conflict => (StatusCode::CONFLICT, "CONFLICT"),
            Self::NotQueued | Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE"),
        }
    }
}

/// Which header is wrong, or that all together are.
fn header_field(error: &HeadersError) -> String {
    error.name().map_or_else(|| "headers".to_owned(), |name| format!("headers.{}", shortened(name)))
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        if matches!(error, StoreError::Busy) {
            return Self::Conflict;
        }
        tracing::error!("a request to DynamoDB failed: {}", chain(&error));
        Self::Unavailable
    }
}
