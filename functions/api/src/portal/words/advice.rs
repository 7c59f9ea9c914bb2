//! What to do about a failed attempt: one line for each kind of failure.
//!
//! The error itself says what happened. This says where to look next, to a person who may never have seen the endpoint's code.

use shared::domain::attempt::{Attempt, ErrorClass, outcome::is_success};

/// What to do about an attempt that failed. `None` for a success.
pub(crate) fn advice(attempt: &Attempt) -> Option<&'static str> {
    advice_on(attempt.error_class, attempt.status_code)
}

/// The same for failures of one kind.
pub(crate) fn advice_on(class: Option<ErrorClass>, status: Option<u16>) -> Option<&'static str> {
    match (class, status) {
        (None | Some(ErrorClass::Status), Some(status)) if is_success(status) => None,
        (None | Some(ErrorClass::Status), Some(status)) => Some(of_status(status)),
        (Some(class), _) => of_class(class),
        (None, None) => None,
    }
}

/// A failure in as few words as fit a table: `503`, `timeout`.
pub(crate) fn kind(class: Option<ErrorClass>, status: Option<u16>) -> String {
    match (status, class) {
        (Some(status), _) => status.to_string(),
        (None, Some(class)) => class_word(class).to_owned(),
        (None, None) => "no response".to_owned(),
    }
}

fn class_word(class: ErrorClass) -> &'static str {
    match class {
        ErrorClass::Address => "address refused",
        ErrorClass::Dns => "name not found",
        ErrorClass::Connect => "no connection",
        ErrorClass::Tls => "TLS error",
        ErrorClass::Timeout => "timeout",
        ErrorClass::Closed => "connection closed",
        ErrorClass::Protocol => "not HTTP",
        ErrorClass::Status => "bad status",
    }
}

fn of_class(class: ErrorClass) -> Option<&'static str> {
    Some(match class {
        ErrorClass::Address => {
            "Point the URL to an address on the public Internet. Private and reserved addresses are refused."
        }
        ErrorClass::Dns => "Check the spelling of the host name, and that it has an A or AAAA record in public DNS.",
        ErrorClass::Connect => {
            "Check that the server runs and listens on the URL's port, and that no firewall keeps the Internet out."
        }
        ErrorClass::Tls => {
            "Check the server's certificate: it must be in date, name this host, and come with its intermediate certificates."
        }
        ErrorClass::Timeout => "Answer with 200 as soon as the event is stored, and do the slow work afterwards.",
        ErrorClass::Closed => {
            "Look in the log of the server, or of the proxy in front of it, for a crash or a limit at this time."
        }
        ErrorClass::Protocol => {
            "Check that a web server answers at this port, with plain HTTP/1.1 and less than 64 KB of headers."
        }
        ErrorClass::Status => return None,
    })
}

fn of_status(status: u16) -> &'static str {
    match status {
        304 => "Let the endpoint answer every POST with 200. It must not answer from a cache.",
        300..400 => "Set the webhook's URL to the address in the header location. Redirects are not followed.",
        400 | 422 => "Look in the response for what the endpoint did not accept, and compare it with the payload.",
        401 | 403 => {
            "Check that the endpoint verifies with this webhook's newest secret, over the raw body, and that no login or \
             firewall rule rejects the request first."
        }
        404 => "Check the path of the webhook's URL: the server answers, but it has nothing at this path.",
        405 => "Let the endpoint accept the method POST at this URL.",
        408 | 504 => "Answer with 200 as soon as the event is stored. A proxy waited for the endpoint in vain.",
        409 => "Answer with 200 for an event that the endpoint has already: the same event may come twice.",
        410 => "The endpoint says that it is gone for good. Set another URL, or let it answer with 200 again.",
        413 => "Raise the limit for request bodies of the endpoint, or of the proxy in front of it.",
        415 => "Let the endpoint accept the content type application/json.",
        429 => "The endpoint asks for fewer requests. Raise its limit, or set a rate limit in the webhook's settings.",
        400..500 => {
            "The endpoint rejected the request. Look in the response, and in the endpoint's log, for the reason."
        }
        500 => "Look in the endpoint's log for the error at this time. It failed while it handled the request.",
        502 | 503 => "Check that the application behind the proxy runs. It may have been restarting or overloaded.",
        501 | 505..600 => {
            "Look in the log of the endpoint, or of the proxy in front of it, for the error at this time."
        }
        _ => "Let the endpoint answer with a status from 200 to 299.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASSES: [ErrorClass; 8] = [
        ErrorClass::Address,
        ErrorClass::Dns,
        ErrorClass::Connect,
        ErrorClass::Tls,
        ErrorClass::Timeout,
        ErrorClass::Closed,
        ErrorClass::Protocol,
        ErrorClass::Status,
    ];

    #[test]
    fn each_kind_of_failure_says_where_to_look() {
        use ErrorClass::{Address, Closed, Connect, Dns, Protocol, Status, Timeout, Tls};
        for (class, status, word) in [
            (Status, Some(301), "Redirects"),
            (Status, Some(304), "cache"),
            (Status, Some(308), "location"),
            (Status, Some(400), "response"),
            (Status, Some(401), "newest secret"),
            (Status, Some(403), "newest secret"),
            (Status, Some(404), "path"),
            (Status, Some(405), "POST"),
            (Status, Some(408), "stored"),
            (Status, Some(409), "twice"),
            (Status, Some(410), "gone"),
            (Status, Some(413), "limit for request bodies"),
            (Status, Some(415), "application/json"),
            (Status, Some(418), "rejected"),
            (Status, Some(429), "rate limit"),
            (Status, Some(500), "log"),
            (Status, Some(503), "restarting"),
            (Status, Some(501), "proxy"),
            (Status, Some(599), "proxy"),
            (Status, Some(999), "200 to 299"),
            (Address, None, "public Internet"),
            (Dns, None, "host name"),
            (Connect, None, "firewall"),
            (Tls, None, "certificate"),
            (Timeout, None, "stored"),
            (Closed, None, "crash"),
            (Protocol, None, "HTTP/1.1"),
        ] {
            let said = advice_on(Some(class), status).unwrap_or_default();
            assert!(said.contains(word), "{class:?} {status:?}: {said}");
        }
    }

    #[test]
    fn a_success_needs_no_advice() {
        for status in [200, 204, 299] {
            assert_eq!(advice_on(None, Some(status)), None, "{status}");
        }
        assert_eq!(advice_on(None, None), None);
    }

    #[test]
    fn every_failure_has_a_line_of_whole_sentences() {
        let statuses =
            (100..600).filter(|status| !is_success(*status)).map(|status| (ErrorClass::Status, Some(status)));
        let classes = CLASSES.into_iter().filter(|class| *class != ErrorClass::Status).map(|class| (class, None));
        for (class, status) in statuses.chain(classes) {
            let line = advice_on(Some(class), status).unwrap();
            assert!(line.ends_with('.') && line.len() <= 170 && !line.contains('\n'), "{class:?} {status:?}: {line}");
        }
    }

    #[test]
    fn a_failure_fits_a_table_in_a_word_or_two() {
        for (class, status, expected) in [
            (Some(ErrorClass::Status), Some(503), "503"),
            (None, Some(200), "200"),
            (Some(ErrorClass::Timeout), None, "timeout"),
            (None, None, "no response"),
        ] {
            assert_eq!(kind(class, status), expected);
        }
    }
}
