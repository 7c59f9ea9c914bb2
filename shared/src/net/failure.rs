//! Why there was no response, in the words of the person who has to fix an endpoint, and whether to ask once more.

use std::{io, time::Duration};

use domain::attempt::{excerpt::excerpt, outcome::TransportError};

use super::broken::{Broken, Ended};

/// The most bytes of an unreadable response that are kept: enough to recognise the protocol.
const MAX_FOUND: usize = 256;

/// Whether a request that broke off on a kept socket may be sent once more, on a fresh connection.
///
/// Receivers close idle sockets when they like. One that dies before a byte of the response was most likely closed before the request
/// came. What happens after a byte is the receiver's doing, and stands.
pub(super) fn may_repeat(broken: &Broken) -> bool {
    let is_dead = match &broken.end {
        Ended::Closed => true,
        Ended::Failed(error) => tls_error(error).is_none(),
        Ended::Unreadable(_) => false,
    };
    is_dead && broken.received.is_empty()
}

/// Classifies an exchange that brought no response.
pub(super) fn exchange_failure(broken: &Broken) -> TransportError {
    match &broken.end {
        Ended::Unreadable(fault) => {
            let found = broken.received.get(..MAX_FOUND).unwrap_or(&broken.received);
            TransportError::Protocol { fault: *fault, excerpt: excerpt(found) }
        }
        Ended::Failed(error) => match tls_error(error) {
            Some(error) => TransportError::Tls(tls_sentence(error)),
            None => TransportError::Closed,
        },
        Ended::Closed => TransportError::Closed,
    }
}

/// Classifies a connection that could not be made.
pub(super) fn connect_failure(error: &io::Error, limit: Duration) -> TransportError {
    if let Some(error) = tls_error(error) {
        return TransportError::Tls(tls_sentence(error));
    }
    let sentence = match error.kind() {
        io::ErrorKind::TimedOut => return too_slow(limit),
        io::ErrorKind::ConnectionRefused => "connection refused",
        io::ErrorKind::ConnectionReset => "connection reset",
        _ if is_unreachable(error) => "host unreachable",
        io::ErrorKind::UnexpectedEof => "the server closed it during the TLS handshake",
        _ => "connection failed",
    };
    TransportError::Connect(sentence.to_owned())
}

/// A connection that was not made in time.
pub(super) fn too_slow(limit: Duration) -> TransportError {
    TransportError::Connect(format!("it took more than {} s, with the TLS handshake", limit.as_secs()))
}

/// Whether there is no route to an address.
pub(super) fn is_unreachable(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable)
}

fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

fn tls_sentence(error: &rustls::Error) -> String {
    use rustls::{CertificateError, Error as Tls};
    match error {
        Tls::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "the certificate has expired".to_owned()
        }
        Tls::InvalidCertificate(CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. }) => {
            "the certificate is not valid yet".to_owned()
        }
        Tls::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => "the certificate is for another host name".to_owned(),
        Tls::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "the certificate is not signed by a public authority (is the intermediate certificate missing?)".to_owned()
        }
        Tls::InvalidCertificate(_) => "the certificate is not valid (is it self-signed?)".to_owned(),
        Tls::AlertReceived(alert) => format!("the server sent the alert {alert:?}"),
        _ => "the server does not speak TLS 1.2 or 1.3 as expected".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use domain::attempt::outcome::ProtocolFault;
    use io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};

    use super::*;

    fn broken(received: &[u8], end: Ended) -> Broken {
        Broken { received: received.to_vec(), end }
    }

    fn failed(kind: io::ErrorKind) -> Ended {
        Ended::Failed(kind.into())
    }

    fn alert() -> Ended {
        let alert = rustls::Error::AlertReceived(rustls::AlertDescription::InternalError);
        Ended::Failed(io::Error::new(io::ErrorKind::InvalidData, alert))
    }

    #[test]
    fn only_a_kept_socket_that_dies_silently_is_replaced() {
        for (received, end, expected) in [
            ("", Ended::Closed, true),
            ("", failed(ConnectionReset), true),
            ("", failed(BrokenPipe), true),
            ("", failed(UnexpectedEof), true),
            ("", alert(), false),
            ("H", Ended::Closed, false),
            ("H", failed(ConnectionReset), false),
            ("<", Ended::Unreadable(ProtocolFault::NotHttp), false),
        ] {
            let broken = broken(received.as_bytes(), end);
            assert_eq!(may_repeat(&broken), expected, "{broken:?}");
        }
    }

    #[test]
    fn an_exchange_fails_in_words() {
        let unreadable = Ended::Unreadable(ProtocolFault::NotHttp);
        for (end, expected) in [
            (Ended::Closed, "the connection was closed or reset before a complete response"),
            (failed(ConnectionReset), "the connection was closed or reset before a complete response"),
            (alert(), "the TLS handshake failed: the server sent the alert InternalError"),
            (unreadable, "the response was not valid HTTP/1.1"),
        ] {
            assert_eq!(exchange_failure(&broken(b"x", end)).to_string(), expected);
        }
    }

    #[test]
    fn an_unreadable_response_leaves_256_printable_bytes() {
        let received = [b"\x1b[2J\0".as_slice(), &[b'x'; 1_000]].concat();
        let failure = exchange_failure(&broken(&received, Ended::Unreadable(ProtocolFault::NotHttp)));
        let TransportError::Protocol { excerpt, .. } = failure else { panic!("{failure:?}") };
        assert_eq!(excerpt, format!("\u{fffd}[2J\u{fffd}{}", "x".repeat(251)));
    }
}
