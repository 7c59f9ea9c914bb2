//! One attempt: the request that is sent, and what came of it.

pub mod custom;
pub mod excerpt;
pub mod headers;
pub mod jitter;
pub mod kept;
pub mod outcome;
pub mod request;
pub mod retry_after;
pub mod schedule;
pub mod timing;

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use self::{headers::Header, kept::KeptHeaders, timing::TimingRules};
use super::{signing::secret::KeyForm, time};

/// What a profile says of attempts.
#[derive(Debug, Clone)]
pub struct AttemptRules {
    pub timing: TimingRules,
    /// Which bytes of the secret are the key of the profile's own signature.
    pub key: KeyForm,
    /// The profile's own headers, next to those that every request carries.
    pub headers: Vec<Header>,
}

/// Why a request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    Event,
    Retry,
    Test,
    Resend,
    Replay,
}

impl Reason {
    /// As `x-posthorn-reason` says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Retry => "retry",
            Self::Test => "test",
            Self::Resend => "resend",
            Self::Replay => "replay",
        }
    }

    /// The reason of one attempt: a repeated event is a retry; anything else keeps its own name.
    pub fn of_attempt(self, number: u32) -> Self {
        if self == Self::Event && number > 1 { Self::Retry } else { self }
    }
}

/// The class of an error, for filters and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorClass {
    Address,
    Dns,
    Connect,
    Tls,
    Timeout,
    Closed,
    Protocol,
    Status,
}

/// One attempt as the delivery log shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// 1 for the first.
    pub number: u32,
    pub reason: Reason,
    /// When it began.
    pub at: Timestamp,
    pub status_code: Option<u16>,
    pub response_time_ms: u64,
    /// A sentence. None on success.
    pub error: Option<String>,
    pub error_class: Option<ErrorClass>,
    /// The first KiB of the response body, or the first bytes of a response that could not be read.
    pub response: Option<String>,
    /// Of a failure.
    pub response_headers: KeptHeaders,
}

impl Attempt {
    /// The attempt without its response, for whatever only counts it.
    pub fn without_response(&self) -> Self {
        Self {
            number: self.number,
            reason: self.reason,
            at: self.at,
            status_code: self.status_code,
            response_time_ms: self.response_time_ms,
            error: self.error.clone(),
            error_class: self.error_class,
            response: None,
            response_headers: KeptHeaders::default(),
        }
    }

    /// How long it took, to the last response header or to the failure.
    pub fn took(&self) -> Duration {
        Duration::from_millis(self.response_time_ms)
    }

    pub fn ended_at(&self) -> Timestamp {
        time::after(self.at, self.took())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_one_name_in_headers_and_in_the_table() {
        for (reason, name) in [
            (Reason::Event, "event"),
            (Reason::Retry, "retry"),
            (Reason::Test, "test"),
            (Reason::Resend, "resend"),
            (Reason::Replay, "replay"),
        ] {
            assert_eq!((reason.as_str(), serde_json::json!(reason)), (name, serde_json::json!(name)));
        }
    }

    #[test]
    fn a_repeated_event_is_sent_as_a_retry_and_a_resend_stays_one() {
        assert_eq!(Reason::Event.of_attempt(1), Reason::Event);
        assert_eq!(Reason::Event.of_attempt(2), Reason::Retry);
        assert_eq!(Reason::Resend.of_attempt(2), Reason::Resend);
    }
}
