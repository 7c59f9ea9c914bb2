//! What went wrong with a request, from the HTTP client's error to the delivery log's words.

use std::{error::Error, io, time::Duration};

use domain::{attempt::outcome::TransportError, target::AddressError};

use super::resolver::{LOOKUP, Unresolved};

/// What a request had to keep to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// From connecting to the last response header.
    pub attempt: Duration,
    /// The connection, with name and TLS handshake.
    pub connect: Duration,
}

/// Finds the cause in the chain of sources: the client's own classes are too coarse for the person who has to fix an endpoint.
pub(crate) fn classify(error: &reqwest::Error, limits: Limits) -> TransportError {
    if let Some(address) = find::<AddressError>(error) {
        return TransportError::Address(address.clone());
    }
    match find::<Unresolved>(error) {
        Some(Unresolved::Failed(_) | Unresolved::Empty) => return TransportError::Dns,
        Some(Unresolved::TimedOut) => return TransportError::DnsTimedOut { limit: LOOKUP },
        None => {}
    }
    if let Some(tls) = find::<rustls::Error>(error) {
        return TransportError::Tls(tls_sentence(tls));
    }
    if error.is_connect() {
        return TransportError::Connect(connect_sentence(error, limits.connect));
    }
    if error.is_timeout() {
        return TransportError::TimedOut { limit: limits.attempt };
    }
    let unreadable = find::<hyper::Error>(error).is_some_and(hyper::Error::is_parse);
    if unreadable { TransportError::Protocol } else { TransportError::Closed }
}

/// The first error of type `T` in the chain, also inside an `io::Error`, whose own source skips what it wraps.
fn find<'e, T: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e T> {
    let mut current = Some(error);
    while let Some(error) = current {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(found) = inner.and_then(|inner| find::<T>(inner)) {
            return Some(found);
        }
        current = error.source();
    }
    None
}

/// The kind of the last `io::Error` in the chain: those around it are wrappers that say only "other".
fn innermost_io_kind(error: &(dyn Error + 'static)) -> Option<io::ErrorKind> {
    let mut kind = None;
    let mut current = Some(error);
    while let Some(error) = current {
        current = error.source();
        if let Some(io) = error.downcast_ref::<io::Error>() {
            kind = Some(io.kind());
            current = io.get_ref().map(|inner| inner as &(dyn Error + 'static)).or(current);
        }
    }
    kind
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

fn connect_sentence(error: &reqwest::Error, limit: Duration) -> String {
    match innermost_io_kind(error) {
        _ if error.is_timeout() => format!("it took more than {} s, with the TLS handshake", limit.as_secs()),
        Some(io::ErrorKind::ConnectionRefused) => "connection refused".to_owned(),
        Some(io::ErrorKind::ConnectionReset) => "connection reset".to_owned(),
        Some(io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable) => "host unreachable".to_owned(),
        Some(io::ErrorKind::UnexpectedEof) => "the server closed it during the TLS handshake".to_owned(),
        _ => "connection failed".to_owned(),
    }
}
