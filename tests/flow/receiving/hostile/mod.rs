//! Receivers that attack, or are broken as only real ones are. Each gets the right verdict within its deadline, and a log entry
//! that a person understands.

mod plain;
mod replies;
mod tls;

use std::{io, pin::Pin, sync::Arc, time::Duration};

use serde_json::{Value, json};
use shared::net::sender::Outside;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::harness::{Customer, Platform, authority::Authority};

/// What a server does with a connection after it has read the request.
type Behaviour = fn(TcpStream) -> Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

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
use behaviour;

/// Starts a server that reads each connection's first bytes and then behaves. Returns its port.
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

async fn write_forever(stream: &mut TcpStream, chunk: &[u8]) -> io::Result<()> {
    loop {
        stream.write_all(chunk).await?;
    }
}

async fn drip(stream: &mut TcpStream, text: &[u8]) -> io::Result<()> {
    for byte in text.iter().cycle() {
        stream.write_all(&[*byte]).await?;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

struct Case {
    name: &'static str,
    url: String,
    status: Option<u16>,
    error: Option<String>,
    /// How long to wait for the verdict, from the attempt's start.
    deadline: Duration,
}

impl Case {
    async fn plain(name: &'static str, behaviour: Behaviour, status: Option<u16>, error: Option<&'static str>) -> Self {
        let url = format!("http://127.0.0.1:{}/", serve(behaviour).await);
        Self { name, url, status, error: error.map(str::to_owned), deadline: ATTEMPT }
    }
}

/// How long to wait for an attempt's end: go2's limit, and some time for a busy machine.
const ATTEMPT: Duration = Duration::from_millis(11_500);

const TOO_LATE: &str = "no complete response within 10 s";
const CLOSED: &str = "the connection was closed or reset before a complete response";
const NOT_HTTP: &str = "the response was not valid HTTP/1.1";

/// Sends a test event to the case's receiver. Returns what is wrong with the verdict, or with what the log shows.
async fn faults_of(customer: &Customer, case: Case) -> Option<String> {
    let webhook = customer.webhook(&case.url, &["*"]).await;
    let attempt = tokio::time::timeout(Duration::from_secs(25), customer.test(&webhook, &json!({}))).await;
    let attempt = attempt.unwrap_or_else(|_| panic!("{}: no verdict in time", case.name));
    let is_as_expected = (&attempt["statusCode"], &attempt["error"]) == (&json!(case.status), &json!(case.error));
    let is_in_time = u128::from(attempt["responseTimeMs"].as_u64().unwrap()) <= case.deadline.as_millis();
    let delivery = customer.deliveries(&webhook).await.remove(0);
    let logged = &delivery["attempts"][0];
    let is_logged = ["statusCode", "error", "errorClass", "response", "responseTimeMs"]
        .iter()
        .all(|field| logged[field] == attempt[field])
        && delivery["status"] == if case.error.is_none() { "delivered" } else { "failed" };
    let is_good = is_as_expected && is_in_time && is_logged && is_harmless(logged);
    (!is_good).then(|| format!("{}: {attempt}\n  logged as {delivery}", case.name))
}

/// Whether what the receiver sent can be shown to anyone: it is short, and holds nothing that a terminal obeys.
fn is_harmless(attempt: &Value) -> bool {
    let texts = [&attempt["response"], &attempt["error"]].map(|text| text.as_str().unwrap_or_default());
    let obeyed = |char: char| char.is_control() && !matches!(char, '\n' | '\t' | '\r');
    texts.iter().all(|text| text.chars().count() <= 1_024 && !text.contains(obeyed))
}

#[tokio::test]
async fn a_hostile_receiver_gets_a_clear_verdict_in_time() {
    let authority = Authority::new();
    let outside = Outside { authorities: vec![authority.root()], ..Outside::default() };
    let platform = Arc::new(Platform::start_reaching("127.0.0.0/8", outside).await);
    let mut cases = plain::cases().await;
    cases.extend(tls::cases(&authority).await);
    cases.extend(replies::cases().await);
    let checks = cases.into_iter().map(|case| {
        let platform = Arc::clone(&platform);
        async move { faults_of(&platform.customer("go2"), case).await }
    });
    let wrong: Vec<String> = futures::future::join_all(checks).await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Arc::into_inner(platform).unwrap().end().await;
}
