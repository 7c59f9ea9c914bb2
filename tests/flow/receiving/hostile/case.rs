//! What the hostile receivers are made of: a server with a behaviour, and the verdict that it is to get.

use std::{io, pin::Pin, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// How long to wait for an attempt's end: go2's limit, and some time for a busy machine.
pub(super) const ATTEMPT: Duration = Duration::from_millis(11_500);

pub(super) const TOO_LATE: &str = "no complete response within 10 s";
pub(super) const CLOSED: &str = "the connection was closed or reset before a complete response";
pub(super) const NOT_HTTP: &str = "the response was not valid HTTP/1.1";
pub(super) const TOO_MUCH: &str = "the response has more than 64 KiB of headers";

/// A hostile receiver, and the verdict that an attempt to it must get.
pub(super) struct Case {
    pub name: &'static str,
    pub url: String,
    pub status: Option<u16>,
    pub error: Option<String>,
    /// How long to wait for the verdict, from the attempt's start.
    pub deadline: Duration,
}

impl Case {
    pub async fn plain(
        name: &'static str,
        behaviour: Behaviour,
        status: Option<u16>,
        error: Option<&'static str>,
    ) -> Self {
        let url = format!("http://127.0.0.1:{}/", serve(behaviour).await);
        Self { name, url, status, error: error.map(str::to_owned), deadline: ATTEMPT }
    }
}

/// What a server does with a connection after it has read the request.
pub(super) type Behaviour = fn(TcpStream) -> Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

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
pub(super) use behaviour;

/// Starts a server that reads each connection's first bytes and then behaves. Returns its port.
pub(super) async fn serve(behaviour: Behaviour) -> u16 {
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

pub(super) async fn write_forever(stream: &mut TcpStream, chunk: &[u8]) -> io::Result<()> {
    loop {
        stream.write_all(chunk).await?;
    }
}

pub(super) async fn drip(stream: &mut TcpStream, text: &[u8]) -> io::Result<()> {
    for byte in text.iter().cycle() {
        stream.write_all(&[*byte]).await?;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}
