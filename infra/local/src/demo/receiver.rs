//! A customer's endpoint: it responds with 200 and passes on what it got.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

/// One request as received.
#[derive(Debug)]
pub struct Request {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// A running endpoint; dropping it ends it.
pub struct Receiver {
    address: SocketAddr,
    requests: mpsc::UnboundedReceiver<Request>,
    server: JoinHandle<()>,
}

impl Receiver {
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (sender, requests) = mpsc::unbounded_channel();
        let router = Router::new().fallback(take).with_state(sender);
        let server = tokio::spawn(async move {
            // Ends only with the process or this receiver.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, requests, server })
    }

    pub fn url(&self, profile: &str) -> String {
        format!("http://{}/{profile}", self.address)
    }

    /// The next request to this profile's path.
    pub async fn next(&mut self, profile: &str, patience: Duration) -> Option<Request> {
        let deadline = Instant::now() + patience;
        loop {
            let request = timeout_at(deadline, self.requests.recv()).await.ok()??;
            if request.path.trim_start_matches('/') == profile {
                return Some(request);
            }
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn take(
    State(requests): State<mpsc::UnboundedSender<Request>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> &'static str {
    // No one listens any more when the demonstration is over.
    let _ = requests.send(Request { path: uri.path().to_owned(), headers, body });
    "thank you"
}

impl Request {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "POST {}", self.path)?;
        for (name, value) in &self.headers {
            writeln!(f, "{name}: {}", String::from_utf8_lossy(value.as_bytes()))?;
        }
        write!(f, "\n{}", String::from_utf8_lossy(&self.body))
    }
}
