//! Receivers that mean no good, or are broken as only real ones are: each gets the right verdict within its deadline, and a log
//! entry that a person understands.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::harness::Platform;

/// Answers a connection in its own way.
type Behaviour = fn(TcpStream) -> std::pin::Pin<Box<dyn Future<Output = std::io::Result<()>> + Send>>;

macro_rules! behaviour {
    (|$stream:ident| $body:expr) => {
        |stream| {
            Box::pin(async move {
                let mut $stream = stream;
                $body
            })
        }
    };
}

const FOREVER: Duration = Duration::from_hours(1);

/// Starts a server that lets every connection's request in and then behaves. Returns its port.
async fn serve(behaviour: Behaviour) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = vec![0; 65_536];
                let _request_or_tls_hello = stream.read(&mut request).await?;
                behaviour(stream).await
            });
        }
    });
    port
}

async fn write_forever(stream: &mut TcpStream, chunk: &[u8]) -> std::io::Result<()> {
    loop {
        stream.write_all(chunk).await?;
    }
}

async fn drip(stream: &mut TcpStream, text: &[u8]) -> std::io::Result<()> {
    for byte in text.iter().cycle() {
        stream.write_all(&[*byte]).await?;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

struct Case {
    name: &'static str,
    scheme: &'static str,
    behaviour: Behaviour,
    status: Value,
    error: Option<&'static str>,
}

fn refused(name: &'static str, behaviour: Behaviour, error: &'static str) -> Case {
    Case { name, scheme: "http", behaviour, status: Value::Null, error: Some(error) }
}

fn accepted(name: &'static str, status: u16, behaviour: Behaviour) -> Case {
    Case { name, scheme: "http", behaviour, status: json!(status), error: None }
}

const TOO_LATE: &str = "no complete response within 10 s";
const CLOSED: &str = "the connection was closed or reset before a complete response";
const NOT_HTTP: &str = "the response was not valid HTTP/1.1";

/// Those that never give a complete answer.
fn without_an_answer() -> Vec<Case> {
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
            "sends headers without end",
            behaviour!(|s| {
                s.write_all(b"HTTP/1.1 200 OK\r\n").await?;
                write_forever(&mut s, &[b"x-header: ".as_slice(), &[b'x'; 8_000], b"\r\n"].concat()).await
            }),
            NOT_HTTP,
        ),
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
    ]
}

/// Those whose headers came in time: that is success, whatever the body then does.
fn with_an_answer() -> Vec<Case> {
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
    ]
}

/// Those that lead elsewhere, or nowhere.
fn astray() -> Vec<Case> {
    vec![
        Case {
            name: "redirects to the metadata service",
            scheme: "http",
            behaviour: behaviour!(|s| s
                .write_all(b"HTTP/1.1 301 Moved\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n")
                .await),
            status: json!(301),
            error: Some("the endpoint answered 301, a redirect; redirects are not followed, so set the final URL"),
        },
        Case {
            name: "answers TLS with plain text",
            scheme: "https",
            behaviour: behaviour!(|s| {
                s.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await?;
                s.shutdown().await
            }),
            status: Value::Null,
            error: Some("the TLS handshake failed: the server does not speak TLS 1.2 or 1.3 as expected"),
        },
        Case {
            name: "hangs up during the TLS handshake",
            scheme: "https",
            behaviour: behaviour!(|s| s.shutdown().await),
            status: Value::Null,
            error: Some("the connection could not be made: the server closed it during the TLS handshake"),
        },
    ]
}

#[tokio::test]
async fn every_hostile_receiver_gets_its_verdict_in_time_and_in_words() {
    let platform = Arc::new(Platform::start().await);
    let cases = without_an_answer().into_iter().chain(with_an_answer()).chain(astray());
    let told = cases.map(|case| {
        let platform = Arc::clone(&platform);
        async move {
            let customer = platform.customer("go2");
            let url = format!("{}://127.0.0.1:{}/", case.scheme, serve(case.behaviour).await);
            let webhook = customer.webhook(&url, &["*"]).await;
            let path = format!("/webhooks/{}/test", webhook["id"].as_str().unwrap());
            let answer = tokio::time::timeout(Duration::from_secs(25), customer.post(&path, &json!({}))).await;
            let attempt = answer.unwrap_or_else(|_| panic!("{}: no verdict in time", case.name)).data().clone();
            let verdict = (attempt["statusCode"].clone(), attempt["error"].clone());
            let is_capped = attempt["response"].as_str().unwrap_or_default().chars().count() <= 1_024;
            let expected = (case.status, json!(case.error));
            (verdict != expected || !is_capped).then(|| format!("{}: {attempt}", case.name))
        }
    });
    let wrong: Vec<String> = futures::future::join_all(told).await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Arc::into_inner(platform).unwrap().end().await;
}
