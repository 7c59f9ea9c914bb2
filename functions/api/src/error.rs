//! What can be wrong with a request: a stable code, a sentence that says what to change, and the right status.
//!
//! Two audiences: what the client reads is here; what the operator needs is logged where the error arises.

use axum::http::StatusCode;
use shared::{
    domain::{event::Rejection, secret::SecretError, target::TargetError},
    logging::chain,
    store::StoreError,
};

/// A request that is answered with an error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    #[error("the body is not valid JSON: {problem}")]
    MalformedJson { problem: String },
    #[error("'{field}' is missing")]
    MissingField { field: &'static str },
    #[error("'{field}' {problem}")]
    InvalidField { field: String, problem: String },
    #[error("'{field}' is not a field of this request; it takes: {valid}")]
    UnknownField { field: String, valid: String },
    #[error("{problem}")]
    InvalidEvents { problem: String },
    #[error("'url' {0}")]
    InvalidUrl(TargetError),
    #[error("'secret' {0}")]
    InvalidSecret(SecretError),
    #[error("'{parameter}' {problem}")]
    InvalidParameter { parameter: String, problem: String },
    #[error("the account has 100 webhooks, the most it may have; delete one first")]
    TooManyWebhooks,
    #[error("{at}{rejection}")]
    Rejected { at: String, rejection: Rejection },
    #[error("send an API key: Authorization: Bearer <key>")]
    Unauthorized,
    #[error("this API key is not valid; it may have been revoked")]
    UnknownKey,
    #[error("this API key belongs to another platform's API; use it under {right_path}")]
    WrongProfile { right_path: String },
    #[error("this API key lacks the scope '{scope}'")]
    MissingScope { scope: &'static str },
    #[error("there is nothing at this path")]
    UnknownPath,
    #[error("there is no {what} with this id")]
    NotFound { what: &'static str },
    #[error("this path does not take this method")]
    MethodNotAllowed,
    #[error("the body has more than {limit} bytes")]
    BodyTooLarge { limit: usize },
    #[error("send JSON with the header Content-Type: application/json")]
    UnsupportedMediaType,
    #[error("another change to this webhook was under way; try again")]
    Conflict,
    #[error("the events could not all be queued; send the same request again, with the same Idempotency-Key or ids")]
    NotQueued,
    #[error("the request could not be processed; try again in a moment")]
    Unavailable,
}

impl ApiError {
    /// The status it is answered with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::MalformedJson { .. }
            | Self::MissingField { .. }
            | Self::InvalidField { .. }
            | Self::UnknownField { .. }
            | Self::InvalidEvents { .. }
            | Self::InvalidUrl(_)
            | Self::InvalidSecret(_)
            | Self::InvalidParameter { .. }
            | Self::TooManyWebhooks
            | Self::Rejected { .. } => StatusCode::BAD_REQUEST,
            Self::Unauthorized | Self::UnknownKey => StatusCode::UNAUTHORIZED,
            Self::WrongProfile { .. } | Self::MissingScope { .. } => StatusCode::FORBIDDEN,
            Self::UnknownPath | Self::NotFound { .. } => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Conflict => StatusCode::CONFLICT,
            Self::NotQueued | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::MalformedJson { .. } => "MALFORMED_JSON",
            Self::MissingField { .. } => "MISSING_FIELD",
            Self::InvalidField { .. } => "INVALID_FIELD",
            Self::UnknownField { .. } => "UNKNOWN_FIELD",
            Self::InvalidEvents { .. } => "INVALID_EVENTS",
            Self::InvalidUrl(_) => "INVALID_URL",
            Self::InvalidSecret(_) => "INVALID_SECRET",
            Self::InvalidParameter { .. } => "INVALID_PARAMETER",
            Self::TooManyWebhooks => "TOO_MANY_WEBHOOKS",
            Self::Rejected { rejection, .. } => rejection.code(),
            Self::Unauthorized | Self::UnknownKey => "UNAUTHORIZED",
            Self::WrongProfile { .. } => "WRONG_PROFILE",
            Self::MissingScope { .. } => "MISSING_SCOPE",
            Self::UnknownPath | Self::NotFound { .. } => "NOT_FOUND",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::BodyTooLarge { .. } => "BODY_TOO_LARGE",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::Conflict => "CONFLICT",
            Self::NotQueued | Self::Unavailable => "UNAVAILABLE",
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        if matches!(error, StoreError::Busy) {
            return Self::Conflict;
        }
        tracing::error!("the table could not be asked: {}", chain(&error));
        Self::Unavailable
    }
}
