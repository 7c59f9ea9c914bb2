//! Receivers that break HTTP/1.1, or never finish.

use tokio::io::AsyncWriteExt;

use super::case::{Behaviour, CLOSED, Case, NOT_HTTP, TOO_LATE, TOO_MUCH, behaviour, drip, write_forever};
use crate::harness::FOREVER;

type Row = (&'static str, Behaviour, Option<u16>, Option<&'static str>);

pub(super) async fn cases() -> Vec<Case> {
    let rows = without_a_response().into_iter().chain(too_much()).chain(broken());
    let rows = rows.chain(with_a_response()).chain(odd_and_valid());
    let cases = rows.map(|(name, behaviour, status, error)| Case::plain(name, behaviour, status, error));
    futures::future::join_all(cases).await
}

fn failed(name: &'static str, behaviour: Behaviour, error: &'static str) -> Row {
    (name, behaviour, None, Some(error))
}

fn delivered(name: &'static str, status: u16, behaviour: Behaviour) -> Row {
    (name, behaviour, Some(status), None)
}

/// Receivers that take longer than the attempt.
fn without_a_response() -> Vec<Row> {
    vec![
        failed(
            "never responds",
            behaviour!(|s| {
                tokio::time::sleep(FOREVER).await;
                s.shutdown().await
            }),
            TOO_LATE,
        ),
        failed(
            "drips its headers",
            behaviour!(|s| drip(&mut s, b"HTTP/1.1 200 OK\r\nx-a: b\r\nx-a: b\r\nx-a: b\r\nx-a: b\r\nx-a: b").await),
            TOO_LATE,
        ),
        failed(
            "sends 1xx without end",
            behaviour!(|s| write_forever(&mut s, b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n").await),
            TOO_MUCH,
        ),
        failed(
            "sends 100 Continue and no more",
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
                tokio::time::sleep(FOREVER).await;
                Ok(())
            }),
            TOO_LATE,
        ),
    ]
}

/// Receivers whose headers are too long, or too many.
fn too_much() -> Vec<Row> {
    vec![
        failed(
            "sends headers without end",
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 200 OK\r\n").await?;
                write_forever(&mut s, &[b"x-header: ".as_slice(), &[b'x'; 8_000], b"\r\n"].concat()).await
            }),
            TOO_MUCH,
        ),
        failed(
            "sends one header of 100 MB",
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 200 OK\r\nx-header: ").await?;
                for _ in 0..100 {
                    s.write_all(&vec![b'x'; 1_000_000]).await?;
                }
                s.write_all(b"\r\ncontent-length: 0\r\n\r\n").await
            }),
            TOO_MUCH,
        ),
        failed(
            "sends a million small headers",
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 200 OK\r\n").await?;
                s.write_all(&b"a: b\r\n".repeat(1_000_000)).await?;
                s.write_all(b"\r\n").await
            }),
            TOO_MUCH,
        ),
        failed(
            "sends a status line without end",
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 200 ").await?;
                write_forever(&mut s, &[b'x'; 8_000]).await
            }),
            TOO_MUCH,
        ),
    ]
}

/// Receivers that break off, or speak something else.
fn broken() -> Vec<Row> {
    vec![
        failed("closes at once", behaviour!(|s| s.shutdown().await), CLOSED),
        failed(
            "closes within the status line",
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 2").await?;
                s.shutdown().await
            }),
            CLOSED,
        ),
        failed(
            "closes within the headers",
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 200 OK\r\ncontent-le").await?;
                s.shutdown().await
            }),
            CLOSED,
        ),
        failed(
            "resets",
            behaviour!(|s| {
                s.flush().await?;
                s.set_zero_linger()?;
                drop(s);
                Ok(())
            }),
            CLOSED,
        ),
        failed(
            "does not speak HTTP",
            behaviour!(|s| {
                s.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").await?;
                s.shutdown().await
            }),
            NOT_HTTP,
        ),
        failed(
            "says goodbye in HTTP/2",
            behaviour!(|s| {
                // SETTINGS, then GOAWAY with HTTP_1_1_REQUIRED.
                s.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await?;
                s.write_all(&[0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 13]).await?;
                s.shutdown().await
            }),
            NOT_HTTP,
        ),
        failed(
            "responds with a status of four digits",
            behaviour!(|s| s.write_all(b"HTTP/1.1 2000 OK\r\ncontent-length: 0\r\n\r\n").await),
            NOT_HTTP,
        ),
    ]
}

/// Receivers whose headers come in time: that is a success, whatever the body then does.
fn with_a_response() -> Vec<Row> {
    vec![
        delivered(
            "drips its body",
            200,
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n").await?;
                drip(&mut s, b"x").await
            }),
        ),
        delivered(
            "sends a body without end",
            200,
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await?;
                write_forever(&mut s, &[b"2000\r\n".as_slice(), &[b'x'; 0x2000], b"\r\n"].concat()).await
            }),
        ),
        delivered(
            "claims a chunk of 2^64 bytes",
            200,
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\nabc").await?;
                s.shutdown().await
            }),
        ),
        delivered(
            "claims ten gigabytes of gzip",
            200,
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 10000000000\r\n\r\n")
                    .await?;
                write_forever(&mut s, &[0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0]).await
            }),
        ),
        delivered(
            "sends 204 with a body",
            204,
            behaviour!(|s| s.write_all(b"HTTP/1.1 204 No Content\r\ncontent-length: 3\r\n\r\nabc").await),
        ),
        delivered(
            "breaks off its body",
            200,
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc").await?;
                s.shutdown().await
            }),
        ),
        delivered(
            "sends early hints, then its response",
            200,
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await
            }),
        ),
    ]
}

/// Receivers that curl and browsers understand, though the specification does not.
fn odd_and_valid() -> Vec<Row> {
    vec![
        delivered(
            "gives two lengths",
            200,
            behaviour!(|s| s.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nabc").await),
        ),
        delivered(
            "folds a header",
            200,
            behaviour!(|s| s.write_all(b"HTTP/1.1 200 OK\r\nx-a: b\r\n  c\r\ncontent-length: 0\r\n\r\n").await),
        ),
        delivered(
            "puts a blank before the colon",
            201,
            behaviour!(|s| s.write_all(b"HTTP/1.1 201 Created\r\nx-a : b\r\ncontent-length: 0\r\n\r\n").await),
        ),
        delivered(
            "sends 500 headers",
            200,
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 200 OK\r\n").await?;
                s.write_all(&b"x-header: value\r\n".repeat(500)).await?;
                s.write_all(b"content-length: 0\r\n\r\n").await
            }),
        ),
        delivered(
            "ends its lines with line feeds",
            200,
            behaviour!(|s| s.write_all(b"HTTP/1.1 200 OK\ncontent-length: 0\n\n").await),
        ),
        delivered(
            "leaves the reason out",
            202,
            behaviour!(|s| s.write_all(b"HTTP/1.1 202\r\ncontent-length: 0\r\n\r\n").await),
        ),
        delivered(
            "speaks HTTP/1.0",
            200,
            behaviour!(|s| {
                s.write_all(b"HTTP/1.0 200 OK\r\n\r\nhello").await?;
                s.shutdown().await
            }),
        ),
        delivered(
            "sends a header that is no text",
            200,
            behaviour!(|s| s.write_all(b"HTTP/1.1 200 OK\r\nx-a: \xff\xfe\r\ncontent-length: 0\r\n\r\n").await),
        ),
    ]
}
