//! What came back from a receiver, judged.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{address::Refused, retry_after, target::TargetError};

/// How much of a response is kept, in bytes.
pub const MAX_EXCERPT: usize = 1_024;

/// One HTTP request and what came of it.
#[derive(Debug)]
pub struct Exchange {
    pub started: Timestamp,
    /// Until the last response header, or the failure.
    pub elapsed: Duration,
    pub result: Result<Reply, TransportError>,
}

/// A receiver's answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub retry_after: Option<String>,
    /// The beginning of the body, made safe by [`excerpt`].
    pub excerpt: String,
}

/// Why there was no answer. Texts are for the customer: they name the class, never an internal.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    #[error("the URL is not allowed: it {0}")]
    Target(#[source] TargetError),
    #[error("the address was refused: {0}")]
    Address(#[source] Refused),
    #[error("the host name could not be resolved")]
    Dns,
    #[error("the host name could not be resolved within {} s", .limit.as_secs())]
    DnsTimedOut { limit: Duration },
    #[error("the connection could not be made: {0}")]
    Connect(String),
    #[error("the TLS handshake failed: {0}")]
    Tls(String),
    #[error("no complete response within {} s", .limit.as_secs())]
    TimedOut { limit: Duration },
    #[error("the connection was closed or reset before a complete response")]
    Closed,
    #[error("the response was not valid HTTP/1.1")]
    Protocol,
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

impl TransportError {
    fn class(&self) -> ErrorClass {
        match self {
            Self::Target(_) | Self::Address(_) => ErrorClass::Address,
            Self::Dns | Self::DnsTimedOut { .. } => ErrorClass::Dns,
            Self::Connect(_) => ErrorClass::Connect,
            Self::Tls(_) => ErrorClass::Tls,
            Self::TimedOut { .. } => ErrorClass::Timeout,
            Self::Closed => ErrorClass::Closed,
            Self::Protocol => ErrorClass::Protocol,
        }
    }
}

/// One attempt as the delivery log shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// 1 for the first.
    pub attempt: u32,
    /// When it began.
    #[serde(serialize_with = "super::time::serialize_milliseconds")]
    pub at: Timestamp,
    pub status_code: Option<u16>,
    pub response_time_ms: u64,
    /// A sentence; null on success.
    pub error: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_class: Option<ErrorClass>,
    /// The first KiB of the response body.
    pub response: Option<String>,
}

/// What an attempt means for the delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Success,
    Failure(Failure),
}

/// What a failed attempt asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Failure {
    /// From 429 and 503 only.
    pub retry_after: Option<Duration>,
    /// The receiver answered 410.
    pub gone: bool,
}

/// Judges an exchange: success is 2xx, and nothing else is.
#[must_use]
pub fn judge(number: u32, exchange: Exchange) -> (Attempt, Verdict) {
    let Exchange { started, elapsed, result } = exchange;
    let mut attempt = Attempt {
        attempt: number,
        at: started,
        status_code: None,
        response_time_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
        error: None,
        error_class: None,
        response: None,
    };
    match result {
        Ok(reply) => {
            attempt.status_code = Some(reply.status);
            let verdict = judge_reply(&reply, super::time::after(started, elapsed));
            attempt.response = Some(reply.excerpt);
            if verdict != Verdict::Success {
                attempt.error = Some(status_sentence(reply.status));
                attempt.error_class = Some(ErrorClass::Status);
            }
            (attempt, verdict)
        }
        Err(error) => {
            attempt.error = Some(error.to_string());
            attempt.error_class = Some(error.class());
            (attempt, Verdict::Failure(Failure::default()))
        }
    }
}

fn judge_reply(reply: &Reply, ended: Timestamp) -> Verdict {
    if (200..300).contains(&reply.status) {
        return Verdict::Success;
    }
    let asked = matches!(reply.status, 429 | 503).then_some(reply.retry_after.as_deref()).flatten();
    let retry_after = asked.and_then(|value| retry_after::parse(value, ended));
    Verdict::Failure(Failure { retry_after, gone: reply.status == 410 })
}

fn status_sentence(status: u16) -> String {
    match status {
        300..400 => {
            format!("the endpoint answered {status}, a redirect; redirects are not followed, so set the final URL")
        }
        410 => "the endpoint answered 410 Gone".to_owned(),
        429 => "the endpoint answered 429 Too Many Requests".to_owned(),
        _ => format!("the endpoint answered {status} instead of 2xx"),
    }
}

/// The beginning of a response body as text that any log, terminal or database can take.
///
/// Invalid UTF-8 and control characters (line feeds and tabs apart) become U+FFFD; a character cut in half at the end is dropped.
#[must_use]
pub fn excerpt(body: &[u8]) -> String {
    let (kept, cut) = match body.get(..MAX_EXCERPT) {
        Some(kept) => (kept, body.len() > MAX_EXCERPT),
        None => (body, false),
    };
    let kept = if cut { without_partial_char(kept) } else { kept };
    let printable =
        |char: char| if char.is_control() && !matches!(char, '\n' | '\t' | '\r') { '\u{fffd}' } else { char };
    String::from_utf8_lossy(kept).chars().map(printable).collect()
}

fn without_partial_char(bytes: &[u8]) -> &[u8] {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => bytes.get(..error.valid_up_to()).unwrap_or(bytes),
        _ => bytes,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn verdict(status: u16, retry_after: Option<&str>) -> Verdict {
        let reply = Reply { status, retry_after: retry_after.map(str::to_owned), excerpt: String::new() };
        let exchange = Exchange { started: Timestamp::UNIX_EPOCH, elapsed: Duration::ZERO, result: Ok(reply) };
        judge(1, exchange).1
    }

    #[test]
    fn only_2xx_is_success() {
        for status in 100..600 {
            assert_eq!(verdict(status, None) == Verdict::Success, (200..300).contains(&status), "{status}");
        }
    }

    #[test]
    fn a_retry_after_counts_with_429_and_503_only() {
        for (status, wait) in [(429, Some(9)), (503, Some(9)), (500, None), (301, None)] {
            let expected = Verdict::Failure(Failure { retry_after: wait.map(Duration::from_secs), gone: false });
            assert_eq!(verdict(status, Some("9")), expected, "{status}");
        }
    }

    #[test]
    fn only_410_means_gone() {
        assert_eq!(verdict(410, None), Verdict::Failure(Failure { retry_after: None, gone: true }));
        assert_eq!(verdict(404, None), Verdict::Failure(Failure::default()));
    }

    #[test]
    fn a_failed_attempt_says_why_in_a_sentence() {
        let result = Err(TransportError::TimedOut { limit: Duration::from_secs(10) });
        let exchange = Exchange { started: Timestamp::UNIX_EPOCH, elapsed: Duration::from_secs(10), result };
        let (attempt, _) = judge(2, exchange);
        assert_eq!(attempt.error.as_deref(), Some("no complete response within 10 s"));
        assert_eq!((attempt.attempt, attempt.response_time_ms, attempt.status_code), (2, 10_000, None));
    }

    #[test]
    fn an_excerpt_keeps_a_kibibyte_and_no_half_character() {
        let long = "é".repeat(600);
        assert_eq!(excerpt(long.as_bytes()), "é".repeat(512));
        let odd = format!("x{long}");
        assert_eq!(excerpt(odd.as_bytes()), format!("x{}", "é".repeat(511)));
    }

    #[test]
    fn an_excerpt_holds_no_nul_and_no_terminal_escape() {
        assert_eq!(excerpt(b"a\0b\x1b[31mred\xff\n"), "a\u{fffd}b\u{fffd}[31mred\u{fffd}\n");
    }

    proptest! {
        #[test]
        fn no_body_breaks_the_excerpt(body: Vec<u8>) {
            let text = excerpt(&body);
            prop_assert!(text.chars().count() <= MAX_EXCERPT);
            prop_assert!(!text.contains('\0'));
        }
    }
}
