use super::*;

fn judged(status: u16, retry_after: Option<&str>) -> (Attempt, Verdict) {
    let reply = Reply {
        status,
        retry_after: retry_after.map(str::to_owned),
        excerpt: String::new(),
        headers: KeptHeaders::default(),
    };
    let exchange = Exchange { started: Timestamp::UNIX_EPOCH, elapsed: Duration::ZERO, result: Ok(reply) };
    verdict_of(1, Reason::Event, exchange)
}

fn verdict(status: u16, retry_after: Option<&str>) -> Verdict {
    judged(status, retry_after).1
}

fn failure(cause: Cause) -> Verdict {
    Verdict::Failure(Failure { retry_after: None, cause })
}

#[test]
fn only_2xx_is_success() {
    for status in 100..600 {
        assert_eq!(verdict(status, None) == Verdict::Success, (200..300).contains(&status), "{status}");
    }
}

#[test]
fn a_retry_after_counts_with_429_and_503_only() {
    for (status, wait, cause) in [
        (429, Some(9), Cause::Rejected),
        (503, Some(9), Cause::Other),
        (500, None, Cause::Other),
        (301, None, Cause::Other),
    ] {
        let expected = Verdict::Failure(Failure { retry_after: wait.map(Duration::from_secs), cause });
        assert_eq!(verdict(status, Some("9")), expected, "{status}");
    }
}

#[test]
fn only_410_means_gone_and_other_4xx_mean_rejected() {
    assert_eq!(verdict(410, None), failure(Cause::Gone));
    for status in [400, 401, 403, 404, 409, 411, 422, 499] {
        assert_eq!(verdict(status, None), failure(Cause::Rejected), "{status}");
    }
    for status in [304, 399, 500] {
        assert_eq!(verdict(status, None), failure(Cause::Other), "{status}");
    }
}

#[test]
fn a_failed_attempt_says_why_in_a_sentence() {
    let result = Err(TransportError::TimedOut { limit: Duration::from_secs(10) });
    let exchange = Exchange { started: Timestamp::UNIX_EPOCH, elapsed: Duration::from_secs(10), result };
    let (attempt, _) = verdict_of(2, Reason::Retry, exchange);
    assert_eq!(attempt.error.as_deref(), Some("no complete response within 10 s"));
    assert_eq!((attempt.number, attempt.response_time_ms, attempt.status_code), (2, 10_000, None));
}

#[test]
fn an_error_goes_with_failures_only() {
    for (status, error) in [
        (204, None),
        (304, Some("the endpoint answered 304 instead of 2xx")),
        (404, Some("the endpoint answered 404 instead of 2xx")),
        (410, Some("the endpoint answered 410 Gone")),
        (429, Some("the endpoint answered 429 Too Many Requests")),
        (500, Some("the endpoint answered 500 instead of 2xx")),
    ] {
        let attempt = judged(status, None).0;
        assert_eq!((attempt.status_code, attempt.error.as_deref()), (Some(status), error));
        assert_eq!(attempt.error_class, error.map(|_| ErrorClass::Status), "{status}");
    }
}

#[test]
fn a_304_is_not_called_a_redirect() {
    assert!(!status_sentence(304).contains("redirect"));
    for status in [301, 302, 303, 307, 308] {
        assert!(status_sentence(status).contains("a redirect"), "{status}");
    }
}

#[test]
fn an_unreadable_response_leaves_its_first_bytes() {
    for (fault, error) in [
        (ProtocolFault::NotHttp, "the response was not valid HTTP/1.1"),
        (ProtocolFault::HeadersTooLarge, "the response has more than 64 KiB of headers"),
    ] {
        let result = Err(TransportError::Protocol { fault, excerpt: "SSH-2.0".to_owned() });
        let exchange = Exchange { started: Timestamp::UNIX_EPOCH, elapsed: Duration::ZERO, result };
        let (attempt, verdict) = verdict_of(1, Reason::Event, exchange);
        assert_eq!(attempt.error.as_deref(), Some(error));
        assert_eq!(attempt.error_class, Some(ErrorClass::Protocol));
        assert_eq!(attempt.response.as_deref(), Some("SSH-2.0"));
        assert_eq!(verdict, failure(Cause::Other));
    }
}
