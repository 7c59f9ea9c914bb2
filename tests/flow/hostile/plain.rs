//! Those that break HTTP/1.1, or time.

use tokio::io::AsyncWriteExt;

use super::{Behaviour, CLOSED, Case, FOREVER, NOT_HTTP, TOO_LATE, behaviour, drip, write_forever};

type Row = (&'static str, Behaviour, Option<u16>, Option<&'static str>);

pub(super) async fn cases() -> Vec<Case> {
    let rows = without_an_answer().into_iter().chain(too_much()).chain(broken()).chain(with_an_answer());
    let cases = rows.map(|(name, behaviour, status, error)| Case::plain(name, behaviour, status, error));
    futures::future::join_all(cases).await
}

fn refused(name: &'static str, behaviour: Behaviour, error: &'static str) -> Row {
    (name, behaviour, None, Some(error))
}

fn accepted(name: &'static str, status: u16, behaviour: Behaviour) -> Row {
    (name, behaviour, Some(status), None)
}

/// Those that go on until the time is up, or would.
fn without_an_answer() -> Vec<Row> {
    vec![
        refused(
            "never answers",
            behaviour!(|s| {
                tokio::time::sleep(FOREVER).await;
                s.shutdown().await
            }),
            TOO_LATE,
        ),
        refused(
            "drips its headers",
            behaviour!(|s| drip(&mut s, b"HTTP/1.1 200 OK\r\nx-a: b\r\nx-a: b\r\nx-a: b\r\nx-a: b\r\nx-a: b").await),
            TOO_LATE,
        ),
        refused(
            "sends 1xx without end",
            behaviour!(|s| write_forever(&mut s, b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n").await),
            TOO_LATE,
        ),
        refused(
            "says 100 Continue and no more",
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
                tokio::time::sleep(FOREVER).await;
                Ok(())
            }),
            TOO_LATE,
        ),
    ]
}

/// Those whose headers are too long, or too many.
fn too_much() -> Vec<Row> {
    vec![
        refused(
            "sends headers without end",
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 200 OK\r\n").await?;
                write_forever(&mut s, &[b"x-header: ".as_slice(), &[b'x'; 8_000], b"\r\n"].concat()).await
            }),
            NOT_HTTP,
        ),
        refused(
            "sends one header of 100 MB",
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 200 OK\r\nx-header: ").await?;
                for _ in 0..100 {
                    s.write_all(&vec![b'x'; 1_000_000]).await?;
                }
                s.write_all(b"\r\ncontent-length: 0\r\n\r\n").await
            }),
            NOT_HTTP,
        ),
        refused(
            "sends a million small headers",
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 200 OK\r\n").await?;
                s.write_all(&b"a: b\r\n".repeat(1_000_000)).await?;
                s.write_all(b"\r\n").await
            }),
            NOT_HTTP,
        ),
        refused(
            "sends a status line without end",
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 200 ").await?;
                write_forever(&mut s, &[b'x'; 8_000]).await
            }),
            NOT_HTTP,
        ),
    ]
}

/// Those that break off, or speak something else.
fn broken() -> Vec<Row> {
    vec![
        refused("closes at once", behaviour!(|s| s.shutdown().await), CLOSED),
        refused(
            "closes within the status line",
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 2").await?;
                s.shutdown().await
            }),
            CLOSED,
        ),
        refused(
            "closes within the headers",
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 200 OK\r\ncontent-le").await?;
                s.shutdown().await
            }),
            CLOSED,
        ),
        refused(
            "resets",
            behaviour!(|s| {
                s.flush().await?;
                s.set_zero_linger()?;
                drop(s);
                Ok(())
            }),
            CLOSED,
        ),
        refused(
            "does not speak HTTP",
            behaviour!(|s| {
                s.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").await?;
                s.shutdown().await
            }),
            NOT_HTTP,
        ),
        refused(
            "says goodbye in HTTP/2",
            behaviour!(|s| {
                // SETTINGS, then GOAWAY with HTTP_1_1_REQUIRED.
                s.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await?;
                s.write_all(&[0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 13]).await?;
                s.shutdown().await
            }),
            NOT_HTTP,
        ),
        refused(
            "answers with a status that is none",
            behaviour!(|s| s.write_all(b"HTTP/1.1 2000 OK\r\ncontent-length: 0\r\n\r\n").await),
            NOT_HTTP,
        ),
        refused(
            "gives two lengths",
            behaviour!(|s| s.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nabc").await),
            NOT_HTTP,
        ),
    ]
}

/// Those whose headers came in time: that is success, whatever the body then does.
fn with_an_answer() -> Vec<Row> {
    vec![
        accepted(
            "drips its body",
            200,
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n").await?;
                drip(&mut s, b"x").await
            }),
        ),
        accepted(
            "sends a body without end",
            200,
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await?;
                write_forever(&mut s, &[b"2000\r\n".as_slice(), &[b'x'; 0x2000], b"\r\n"].concat()).await
            }),
        ),
        accepted(
            "claims a chunk of 2^64 bytes",
            200,
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\nabc").await?;
                s.shutdown().await
            }),
        ),
        accepted(
            "claims ten gigabytes of gzip",
            200,
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 10000000000\r\n\r\n")
                    .await?;
                write_forever(&mut s, &[0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0]).await
            }),
        ),
        accepted(
            "sends 204 with a body",
            204,
            behaviour!(|s| s.write_all(b"HTTP/1.1 204 No Content\r\ncontent-length: 3\r\n\r\nabc").await),
        ),
        accepted(
            "breaks off its body",
            200,
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc").await?;
                s.shutdown().await
            }),
        ),
        accepted(
            "sends early hints, then its answer",
            200,
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await
            }),
        ),
    ]
}
