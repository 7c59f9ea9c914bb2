//! Error responses: one for each status, with the codes that come with it. A test compares them with [`crate::error`].

use axum::http::StatusCode;
use serde_json::{Value, json};
use shared::domain::profile::AnswerStyle;

use super::envelope;

/// A status, the name of its response, and what that says, with the codes it comes with.
const ERRORS: [(u16, &str, &str); 10] = [
    (
        400,
        "BadRequest",
        "The body, a field, a parameter or the cursor is wrong. Codes: MALFORMED_JSON, MISSING_FIELD, INVALID_FIELD, UNKNOWN_FIELD, \
         INVALID_EVENTS, INVALID_FILTER, INVALID_WINDOW, INVALID_URL, INVALID_SECRET, INVALID_PARAMETER, TOO_MANY_WEBHOOKS, TOO_MANY_SESSIONS, UNEXPECTED_ACCOUNT (the header posthorn-account is for operators' keys); of operators' keys \
         MISSING_ACCOUNT; of events also UNKNOWN_EVENT, RESERVED_EVENT, INVALID_ID, \
         INVALID_TIMESTAMP, INVALID_DATA, UNVERIFIABLE_NUMBER, TOO_LARGE, ID_REUSED.",
    ),
    (401, "Unauthorized", "There is no valid API key. Code: UNAUTHORIZED."),
    (
        403,
        "Forbidden",
        "The key belongs to another platform's API or lacks the scope, or its account is suspended. Codes: WRONG_PROFILE, MISSING_SCOPE, \
         ACCOUNT_SUSPENDED.",
    ),
    (404, "NotFound", "The account has nothing with this id. Code: NOT_FOUND."),
    (
        409,
        "Conflict",
        "What was sent does not go with what is there. Codes: CONFLICT (another change was in progress: send the request again), \
         IDEMPOTENCY_KEY_REUSED, ID_REUSED (the event's id was published with other content), TOO_MANY_SECRETS, \
         NO_EVENT_LOG (events are not listed, or were not at that time), NOT_SUBSCRIBED, IS_A_TEST, WEBHOOK_DISABLED, RECOVERY_RUNNING, \
         RECOVERY_OVER; of operators' keys ACCOUNT_DELETING, OPERATIONS_ACCOUNT, PROFILE_FIXED.",
    ),
    (410, "Gone", "The event is not stored any more. Code: EVENT_EXPIRED."),
    (413, "BodyTooLarge", "The body is too large. Code: BODY_TOO_LARGE."),
    (415, "UnsupportedMediaType", "The body is not declared as JSON, or is compressed. Code: UNSUPPORTED_MEDIA_TYPE."),
    (
        429,
        "TooManyRequests",
        "Too many requests: wait as long as `Retry-After` says, and try again. Codes: RATE_LIMITED; of recoveries TOO_MANY_RECOVERIES, \
         without that header. API Gateway's own response has neither.",
    ),
    (503, "Unavailable", "Try again in a moment; an event with the same id or Idempotency-Key. Code: UNAVAILABLE."),
];

/// `{"$ref": …}` to the response with an error status.
pub(super) fn reference(status: StatusCode) -> Value {
    json!({"$ref": format!("#/components/responses/{}", name_of(status.as_u16()))})
}

fn name_of(status: u16) -> &'static str {
    ERRORS.iter().find(|(listed, ..)| *listed == status).map_or("Unavailable", |(_, name, _)| name)
}

/// Every named response.
pub(super) fn responses(style: AnswerStyle) -> Value {
    let named = |(status, name, description): &(u16, &str, &str)| {
        let mut response = json!({"description": description, "content": content(style, *status)});
        if *status == StatusCode::TOO_MANY_REQUESTS.as_u16() {
            let header =
                json!({"description": "How many seconds to wait.", "schema": {"type": "integer", "minimum": 1}});
            response["headers"] = json!({"Retry-After": header});
        }
        if *status == StatusCode::UNAUTHORIZED.as_u16() {
            let header = json!({"description": "The scheme, Bearer.", "schema": {"type": "string"}});
            response["headers"] = json!({"WWW-Authenticate": header});
        }
        ((*name).to_owned(), response)
    };
    Value::Object(ERRORS.iter().map(named).collect())
}

fn content(style: AnswerStyle, status: u16) -> Value {
    if status == StatusCode::TOO_MANY_REQUESTS.as_u16() {
        // API Gateway responds before any profile is known.
        let schema = json!({"type": "object", "properties": {"message": {"type": "string"}}});
        let mut content = envelope::error_content(style);
        let own = content.as_object_mut().and_then(|content| content.remove("application/json"));
        let either = own.map_or(schema.clone(), |own| json!({"anyOf": [own["schema"], schema]}));
        content["application/json"] = json!({"schema": either});
        return content;
    }
    envelope::error_content(style)
}

#[cfg(test)]
mod tests {
    use shared::domain::{
        attempt::custom::HeadersError,
        event::{filter::Filter, rejection::Rejection},
        signing::secret::SecretError,
        target::TargetError,
    };

    use super::*;
    use crate::{
        actions::patterns::PatternsError,
        endpoints::{ENDPOINTS, row::Endpoint},
        error::ApiError,
    };

    #[test]
    fn every_status_of_an_endpoint_has_a_response() {
        for status in ENDPOINTS.iter().flat_map(Endpoint::error_statuses) {
            assert!(ERRORS.iter().any(|(listed, ..)| *listed == status.as_u16()), "{status}");
        }
    }

    #[test]
    fn every_code_is_documented_with_its_status() {
        let text = String::new;
        for error in [
            ApiError::UnsupportedMediaType,
            ApiError::BodyTooLarge { limit: 1 },
            ApiError::MalformedJson { problem: text() },
            ApiError::MissingField { field: "url" },
            ApiError::InvalidField { field: text(), problem: text() },
            ApiError::UnknownField { field: text(), valid: text() },
            ApiError::InvalidParameter { parameter: text(), problem: text() },
            ApiError::InvalidEvents(PatternsError::TooMany),
            ApiError::NotAnEventType { name: text(), valid: text() },
            ApiError::InvalidFilter(Filter::parse("{}").unwrap_err()),
            ApiError::InvalidUrl(TargetError::NotHttps),
            ApiError::InvalidSecret(SecretError::Refused),
            ApiError::InvalidHeaders { error: HeadersError::TooMany { count: 11 } },
            ApiError::Rejected { at: text(), rejection: Rejection::MalformedEvent { field: "event" } },
            ApiError::Rejected { at: text(), rejection: Rejection::Timestamp { field: "timestamp" } },
            ApiError::Rejected { at: text(), rejection: Rejection::TooLarge { bytes: 2, limit: 1 } },
            ApiError::Rejected { at: text(), rejection: Rejection::IdReused },
            ApiError::Unauthorized,
            ApiError::WrongProfile { right_path: text() },
            ApiError::MissingScope { scope: "read" },
            ApiError::NotFound { what: "webhook" },
            ApiError::CreatedAndDeleted,
            ApiError::TooManyWebhooks { most: 1 },
            ApiError::MissingAccount,
            ApiError::UnexpectedAccount,
            ApiError::NotAnOperator,
            ApiError::SessionOver,
            ApiError::TooManySessions,
            ApiError::AccountSuspended,
            ApiError::RateLimited { retry_after: 1 },
            ApiError::AccountDeleting,
            ApiError::OperationsAccount,
            ApiError::ProfileFixed { profile: text() },
            ApiError::TooManyPatterns,
            ApiError::TooManySecrets,
            ApiError::IdempotencyKeyReused,
            ApiError::IdReused { at: text() },
            ApiError::EncodedBody,
            ApiError::ReadOnlyField { field: text() },
            ApiError::NoEventLog,
            ApiError::NotSubscribed { event: text() },
            ApiError::IsATest,
            ApiError::EventExpired,
            ApiError::RecoveryRunning { recovery: text() },
            ApiError::TooManyRecoveries,
            ApiError::WebhookDisabled,
            ApiError::RecoveryOver { status: "finished" },
            ApiError::InvalidWindow(text()),
            ApiError::EventLogWasOff { until: text() },
            ApiError::Conflict,
            ApiError::NotQueued,
            ApiError::Unavailable,
        ] {
            let of_status = ERRORS.iter().find(|(status, ..)| *status == error.status().as_u16());
            let (.., description) = of_status.unwrap_or_else(|| panic!("{error:?} has an undocumented status"));
            let mut words = description.split(|char: char| !char.is_ascii_uppercase() && char != '_');
            assert!(words.any(|word| word == error.code()), "{} is missing in: {description}", error.code());
        }
    }
}
