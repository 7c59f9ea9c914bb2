//! Who was turned away: a line for each request with a known key, and one a second at most for all others.

use std::sync::{Mutex, PoisonError};

use axum::http::StatusCode;
use jiff::Timestamp;

use crate::{actor::Actor, error::ApiError};

/// What one execution of the API knows of requests without a valid key.
#[derive(Debug, Default)]
pub(crate) struct Denials(Mutex<Unknown>);

/// Requests without a valid key that no line has counted yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Unknown {
    /// The second of the last line.
    logged: Option<i64>,
    since: u64,
}

impl Unknown {
    /// Counts one more. If a line is due, it names this many.
    fn count(&mut self, now: Timestamp) -> Option<u64> {
        self.since = self.since.saturating_add(1);
        if self.logged == Some(now.as_second()) {
            return None;
        }
        self.logged = Some(now.as_second());
        Some(std::mem::take(&mut self.since))
    }
}

impl Denials {
    /// A request had no valid key.
    pub(crate) fn count_unknown(&self, now: Timestamp) {
        let due = self.0.lock().unwrap_or_else(PoisonError::into_inner).count(now);
        if let Some(requests) = due {
            tracing::warn!(requests, "requests had no valid API key since the last such line");
        }
    }
}

/// A key or a session that is known was turned away.
pub(crate) fn denied(actor: &Actor, error: &ApiError) {
    denied_with(actor, error.status(), error.code(), &error.to_string());
}

/// The same for a reason that the API does not know.
pub(crate) fn denied_with(actor: &Actor, status: StatusCode, code: &'static str, why: &str) {
    if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        tracing::warn!(
            audit.actor = %actor.who,
            http.status = status.as_u16(),
            error.code = code,
            request.id = %actor.request_id,
            "a request was denied: {why}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_callers_cost_one_line_a_second() {
        let mut unknown = Unknown::default();
        let lines: Vec<Option<u64>> =
            [0, 10, 999, 1_000, 2_000].map(|ms| unknown.count(Timestamp::from_millisecond(ms).unwrap())).into();
        assert_eq!(lines, [Some(1), None, None, Some(3), Some(1)]);
    }
}
