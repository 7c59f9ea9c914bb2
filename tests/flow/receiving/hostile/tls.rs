//! Receivers that fail at TLS, and one that does not.

use std::time::Duration;

use tokio::io::AsyncWriteExt;

use super::case::{Behaviour, Case, behaviour, drip, serve};
use crate::harness::{
    FOREVER, Receiver, Reply,
    authority::{Authority, Identity, Valid},
};

/// How long to wait for a connection: the sender's limit, and some time for a busy machine.
const CONNECT: Duration = Duration::from_millis(7_500);

const NOT_TLS: &str = "the TLS handshake failed: the server does not speak TLS 1.2 or 1.3 as expected";
const UNKNOWN: &str = "the TLS handshake failed: the certificate is not signed by a public authority (is the intermediate certificate missing?)";
const TOO_SLOW: &str = "the connection could not be made: it took more than 6 s, with the TLS handshake";

pub(super) async fn cases(authority: &Authority) -> Vec<Case> {
    let mut cases = certificates(authority).await;
    for (name, behaviour, error) in handshakes().into_iter().chain(slow_handshakes()) {
        let url = format!("https://127.0.0.1:{}/", serve(behaviour).await);
        cases.push(Case { name, url, status: None, error: Some(error.to_owned()), deadline: CONNECT });
    }
    cases
}

/// Real TLS servers, each with a different identity.
async fn certificates(authority: &Authority) -> Vec<Case> {
    let here: &[&str] = &["127.0.0.1"];
    let mut cases = Vec::new();
    for (name, identity, error) in [
        ("shows a good certificate", authority.identity(here), None),
        (
            "shows an expired certificate",
            authority.identity_valid(here, Valid::LongAgo),
            Some("the TLS handshake failed: the certificate has expired"),
        ),
        (
            "shows a certificate from the future",
            authority.identity_valid(here, Valid::NotYet),
            Some("the TLS handshake failed: the certificate is not valid yet"),
        ),
        (
            "shows another host's certificate",
            authority.identity(&["other.test", "127.0.0.2"]),
            Some("the TLS handshake failed: the certificate is for another host name"),
        ),
        ("shows the certificate of an unknown authority", Authority::new().identity(here), Some(UNKNOWN)),
        ("forgets the intermediate", authority.identity(here).without_intermediate(), Some(UNKNOWN)),
        ("signs for itself", Identity::self_signed(here, false), Some(UNKNOWN)),
        (
            "signs for itself as an authority",
            Identity::self_signed(here, true),
            Some("the TLS handshake failed: the certificate is not valid (is it self-signed?)"),
        ),
    ] {
        let receiver = Receiver::secure(identity, |_, _| Reply::status(200)).await;
        let (url, status) = (receiver.url(), error.is_none().then_some(200));
        cases.push(Case { name, url, status, error: error.map(str::to_owned), deadline: CONNECT });
    }
    cases
}

/// Scripted servers that never send a certificate.
fn handshakes() -> Vec<(&'static str, Behaviour, &'static str)> {
    vec![
        (
            "responds to TLS with plain text",
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await?;
                s.shutdown().await
            }),
            NOT_TLS,
        ),
        (
            "hangs up during the TLS handshake",
            behaviour!(|s| s.shutdown().await),
            "the connection could not be made: the server closed it during the TLS handshake",
        ),
        (
            "resets during the TLS handshake",
            behaviour!(|s| {
                s.set_zero_linger()?;
                s.flush().await?;
                drop(s);
                Ok(())
            }),
            "the connection could not be made: connection reset",
        ),
        (
            "knows TLS 1.1 only",
            behaviour!(|s| {
                // ServerHello: version 3.2, 32 random bytes, no session, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, no compression.
                s.write_all(&[22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2]).await?;
                s.write_all(&[7; 32]).await?;
                s.write_all(&[0, 0xc0, 0x13, 0]).await?;
                tokio::time::sleep(FOREVER).await;
                Ok(())
            }),
            NOT_TLS,
        ),
        (
            "rejects this version of TLS",
            behaviour!(|s| {
                s.write_all(&[21, 3, 1, 0, 2, 2, 70]).await?;
                s.shutdown().await
            }),
            "the TLS handshake failed: the server sent the alert ProtocolVersion",
        ),
    ]
}

/// Servers that never finish a handshake.
fn slow_handshakes() -> Vec<(&'static str, Behaviour, &'static str)> {
    vec![
        (
            "never responds to the TLS handshake",
            behaviour!(|s| {
                tokio::time::sleep(FOREVER).await;
                s.shutdown().await
            }),
            TOO_SLOW,
        ),
        (
            "drips its TLS handshake",
            behaviour!(|s| {
                s.write_all(&[22, 3, 3, 0x3f, 0xff, 2, 0, 0x3f, 0xfb]).await?;
                drip(&mut s, &[3]).await
            }),
            TOO_SLOW,
        ),
    ]
}
