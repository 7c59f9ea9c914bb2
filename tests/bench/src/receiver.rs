//! Endpoints on loopback, well-behaved and otherwise.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, Result};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

use crate::lock::lock;

/// What an endpoint does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// 204 after a while.
    Answers(Duration),
    /// 204 at once, and remembers which event came when.
    Remembers,
    /// After a while; 500 to the first attempt of every tenth event, else 204.
    FailsTenthOnce(Duration),
    /// 500 after a while, always.
    Fails(Duration),
    /// 500 to the first attempt of every event, else 204, and remembers which event came when.
    FailsFirst,
    /// 503 at once, always, with a `Retry-After` of this many seconds.
    AsksForTime(u64),
    /// Accepts the connection and never sends anything.
    Dead,
    /// Sends one byte of a header each second, and never ends.
    Drips,
}

/// A running endpoint. Dropping it ends it.
#[derive(Debug)]
pub struct Receiver {
    pub url: String,
    seen: Arc<Seen>,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct Seen {
    manner: Manner,
    requests: AtomicUsize,
    bytes: AtomicUsize,
    arrivals: Mutex<Vec<(usize, Instant)>>,
    last: Mutex<Instant>,
    changed: Notify,
}

/// The data of the benchmark's events.
#[derive(Deserialize)]
struct Numbered {
    data: Number,
}

#[derive(Deserialize)]
struct Number {
    n: usize,
}

impl Receiver {
    pub async fn start(manner: Manner) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/", listener.local_addr()?);
        let seen = Arc::new(Seen {
            manner,
            requests: AtomicUsize::default(),
            bytes: AtomicUsize::default(),
            arrivals: Mutex::default(),
            last: Mutex::new(Instant::now()),
            changed: Notify::new(),
        });
        let server = match manner {
            Manner::Dead | Manner::Drips => tokio::spawn(misbehave(listener, Arc::clone(&seen))),
            _ => tokio::spawn(serve(listener, Arc::clone(&seen))),
        };
        Ok(Self { url, seen, server })
    }

    pub fn requests(&self) -> usize {
        self.seen.requests.load(Ordering::Relaxed)
    }

    /// Heads and bodies of all requests.
    pub fn bytes(&self) -> usize {
        self.seen.bytes.load(Ordering::Relaxed)
    }

    /// Waits until this many requests have come in all, and returns when the last one did.
    pub async fn reached(&self, requests: usize, patience: Duration) -> Result<Instant> {
        let reached = async {
            loop {
                let mut changed = std::pin::pin!(self.seen.changed.notified());
                changed.as_mut().enable();
                if self.requests() >= requests {
                    return *lock(&self.seen.last);
                }
                let _ = timeout(Duration::from_millis(20), changed).await;
            }
        };
        let reached = timeout(patience, reached).await;
        reached.with_context(|| format!("only {} of {requests} requests came", self.requests()))
    }

    /// Which events came when, in the order they came.
    pub fn arrivals(&self) -> Vec<(usize, Instant)> {
        lock(&self.seen.arrivals).clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, seen: Arc<Seen>) {
    let router = Router::new().fallback(receive).with_state(seen);
    // It ends with the receiver.
    let _ = axum::serve(listener, router).await;
}

async fn receive(State(seen): State<Arc<Seen>>, headers: HeaderMap, body: Bytes) -> Response {
    let now = Instant::now();
    let number = serde_json::from_slice::<Numbered>(&body).ok().map(|event| event.data.n);
    if matches!(seen.manner, Manner::Remembers | Manner::FailsFirst) {
        lock(&seen.arrivals).extend(number.map(|number| (number, now)));
    }
    let is_first = headers.get("x-posthorn-attempt").is_some_and(|attempt| attempt == "1");
    let (status, after) = seen.manner.response_to(number, is_first);
    let head: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    seen.bytes.fetch_add(head + body.len(), Ordering::Relaxed);
    if !after.is_zero() {
        sleep(after).await;
    }
    seen.count(now);
    match seen.manner {
        Manner::AsksForTime(seconds) => (status, [(header::RETRY_AFTER, seconds)]).into_response(),
        _ => status.into_response(),
    }
}

impl Manner {
    /// The status, and how long it takes.
    fn response_to(self, number: Option<usize>, is_first: bool) -> (StatusCode, Duration) {
        let failed_if = |fails: bool| if fails { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::NO_CONTENT };
        match self {
            Self::Answers(after) => (failed_if(false), after),
            Self::Fails(after) => (failed_if(true), after),
            Self::FailsTenthOnce(after) => {
                (failed_if(is_first && number.is_some_and(|number| number.is_multiple_of(10))), after)
            }
            Self::FailsFirst => (failed_if(is_first), Duration::ZERO),
            Self::AsksForTime(_) => (StatusCode::SERVICE_UNAVAILABLE, Duration::ZERO),
            Self::Remembers | Self::Dead | Self::Drips => (failed_if(false), Duration::ZERO),
        }
    }
}

impl Seen {
    fn count(&self, at: Instant) {
        *lock(&self.last) = at;
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.changed.notify_waiters();
    }
}

async fn misbehave(listener: TcpListener, seen: Arc<Seen>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(hold(stream, Arc::clone(&seen)));
    }
}

async fn hold(mut stream: TcpStream, seen: Arc<Seen>) {
    let mut sink = [0; 4_096];
    // What comes before the request would end the connection.
    if !matches!(stream.read(&mut sink).await, Ok(1..)) {
        return;
    }
    seen.count(Instant::now());
    let drips = seen.manner == Manner::Drips;
    if drips {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nx: ").await;
    }
    loop {
        match timeout(Duration::from_secs(1), stream.read(&mut sink)).await {
            // The other side has closed the connection.
            Ok(Ok(0) | Err(_)) => return,
            Err(_) if drips => {
                let _ = stream.write_all(b"y").await;
            }
            Ok(Ok(_)) | Err(_) => {}
        }
    }
}
