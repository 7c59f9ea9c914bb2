//! What came back from a receiver, classified.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    super::{
        target::{AddressError, TargetError},
        time,
    },
    Attempt, ErrorClass, Reason,
    kept::KeptHeaders,
    retry_after,
};

/// The most bytes that the status line and the headers of a response may have, with all interim responses before it.
/// Curl and browsers accept more; a receiver's proxies rarely let 16 KiB through.
pub const MAX_RESPONSE_HEAD: usize = 64 * 1024;

/// One HTTP request and what came of it.
#[derive(Debug)]
pub struct Exchange {
    pub started: Timestamp,
    /// Until the last response header, or the failure.
    pub elapsed: Duration,
    pub result: Result<Reply, TransportError>,
}

/// A receiver's response.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub retry_after: Option<String>,
    /// The beginning of the body, made safe by [`super::excerpt::excerpt`].
    pub excerpt: String,
    /// Of a response that is no success.
    pub headers: KeptHeaders,
}

/// Why there was no response. Texts are for the customer: they name the class, never an internal.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    #[error("the URL is not allowed: it {0}")]
    Target(#[source] TargetError),
    #[error("the address was refused: {0}")]
    Address(#[source] AddressError),
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
    #[error("{fault}")]
    Protocol {
        fault: ProtocolFault,
        /// The response's first bytes, made safe by [`super::excerpt::excerpt`].
        excerpt: String,
    },
}

/// Why a response could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolFault {
    #[error("the response was not valid HTTP/1.1")]
    NotHttp,
    #[error("the response has more than {} KiB of headers", MAX_RESPONSE_HEAD / 1024)]
    HeadersTooLarge,
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
            Self::Protocol { .. } => ErrorClass::Protocol,
        }
    }
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
    pub cause: Cause,
}

/// What a failure says about the receiver.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Cause {
    /// The endpoint is gone for good: 410.
    Gone,
    /// The endpoint rejected the request: any other 4xx, as a receiver does that holds another secret.
    Rejected,
    #[default]
    Other,
}

/// Classifies an exchange: success is 2xx, and nothing else is.
pub fn verdict_of(number: u32, reason: Reason, exchange: Exchange) -> (Attempt, Verdict) {
    let Exchange { started, elapsed, result } = exchange;
    let mut attempt = Attempt {
        number,
        reason,
        at: started,
        status_code: None,
        response_time_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
        error: None,
        error_class: None,
        response: None,
        response_headers: KeptHeaders::default(),
    };
    match result {
        Ok(reply) => {
            attempt.status_code = Some(reply.status);
            let verdict = verdict_of_reply(&reply, time::after(started, elapsed));
            attempt.response = Some(reply.excerpt);
            attempt.response_headers = reply.headers;
            if verdict != Verdict::Success {
                attempt.error = Some(status_sentence(reply.status));
                attempt.error_class = Some(ErrorClass::Status);
            }
            (attempt, verdict)
        }
        Err(error) => {
            attempt.error = Some(error.to_string());
            attempt.error_class = Some(error.class());
            if let TransportError::Protocol { excerpt, .. } = error {
                attempt.response = Some(excerpt);
            }
            (attempt, Verdict::Failure(Failure::default()))
        }
    }
}

/// Whether a response with this status is a success.
pub fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

fn verdict_of_reply(reply: &Reply, ended: Timestamp) -> Verdict {
    if is_success(reply.status) {
        return Verdict::Success;
    }
    let asked = matches!(reply.status, 429 | 503).then_some(reply.retry_after.as_deref()).flatten();
    let retry_after = asked.and_then(|value| retry_after::parse(value, ended));
    let cause = match reply.status {
        410 => Cause::Gone,
        400..500 => Cause::Rejected,
        _ => Cause::Other,
    };
    Verdict::Failure(Failure { retry_after, cause })
}

fn status_sentence(status: u16) -> String {
    match status {
        304 => "the endpoint answered 304 instead of 2xx".to_owned(),
        300..400 => {
            format!("the endpoint answered {status}, a redirect; redirects are not followed, so set the final URL")
        }
        410 => "the endpoint answered 410 Gone".to_owned(),
        429 => "the endpoint answered 429 Too Many Requests".to_owned(),
        _ => format!("the endpoint answered {status} instead of 2xx"),
    }
}

#[cfg(test)]
mod tests;
