//! A receiver that records each request and responds as its script says.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
    serve::Listener,
};
use tokio::{net::TcpListener, time::Instant};

use super::{
    authority::{Identity, TlsListener},
    gate::Gate,
    request::Request,
    waiting::{FOREVER, eventually},
};

/// What a receiver responds.
#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    delay: Duration,
    gate: Option<Gate>,
}

impl Reply {
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: b"ok".to_vec(), delay: Duration::ZERO, gate: None }
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub fn body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    /// Not before this time has passed.
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Not before the story opens the gate.
    pub fn behind(mut self, gate: &Gate) -> Self {
        self.gate = Some(gate.clone());
        self
    }
}

type Script = dyn Fn(usize, &Request) -> Reply + Send + Sync;

#[derive(Clone)]
struct Recorder {
    script: Arc<Script>,
    requests: Arc<Mutex<Vec<Request>>>,
}

/// It listens until its story ends.
pub struct Receiver {
    scheme: &'static str,
    port: u16,
    recorder: Recorder,
}

impl Receiver {
    /// Responds to every request with the same status.
    pub async fn always(status: u16) -> Self {
        Self::scripted(move |_, _| Reply::status(status)).await
    }

    /// Responds with these statuses in turn, and with the last one from then on.
    pub async fn in_turn(statuses: &'static [u16]) -> Self {
        Self::scripted(|number, _| Reply::status(statuses[number.min(statuses.len()) - 1])).await
    }

    /// Reads every request and never responds.
    pub async fn silent() -> Self {
        Self::scripted(|_, _| Reply::status(200).after(FOREVER)).await
    }

    /// `script` is given the number of the request, from 1, and the request.
    pub async fn scripted(script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::serve("http", listener.local_addr().unwrap().port(), listener, script)
    }

    /// Over TLS, with this identity.
    pub async fn secure(identity: Identity, script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        Self::serve("https", port, TlsListener { listener, acceptor: identity.acceptor() }, script)
    }

    fn serve<L: Listener<Addr: Debug>>(
        scheme: &'static str,
        port: u16,
        listener: L,
        script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let recorder = Recorder { script: Arc::new(script), requests: Arc::default() };
        let router = Router::new().fallback(receive).with_state(recorder.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { scheme, port, recorder }
    }

    pub fn url(&self) -> String {
        self.url_at("127.0.0.1")
    }

    /// The URL with another host name.
    pub fn url_at(&self, host: &str) -> String {
        format!("{}://{host}:{}/webhooks", self.scheme, self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn requests(&self) -> Vec<Request> {
        self.recorder.requests.lock().unwrap().clone()
    }

    /// When each request came, by the receiver's clock.
    pub fn arrivals(&self) -> Vec<Instant> {
        self.recorder.requests.lock().unwrap().iter().map(|request| request.at).collect()
    }

    /// How many requests came for each attempt, by the attempt's number.
    pub fn attempts(&self) -> BTreeMap<usize, usize> {
        let mut attempts = BTreeMap::new();
        for request in self.recorder.requests.lock().unwrap().iter() {
            *attempts.entry(request.attempt()).or_default() += 1;
        }
        attempts
    }

    /// Waits until at least this many requests have come.
    pub async fn requests_at_least(&self, count: usize) -> Vec<Request> {
        eventually(&format!("{count} requests"), || async {
            let requests = self.requests();
            (requests.len() >= count).then_some(requests)
        })
        .await
    }
}

async fn receive(State(recorder): State<Recorder>, headers: HeaderMap, body: Bytes) -> Response {
    let request = Request { headers, body: String::from_utf8(body.to_vec()).unwrap(), at: Instant::now() };
    let number = {
        let mut requests = recorder.requests.lock().unwrap();
        requests.push(request.clone());
        requests.len()
    };
    let reply = (recorder.script)(number, &request);
    tokio::time::sleep(reply.delay).await;
    if let Some(gate) = reply.gate {
        gate.pass().await;
    }
    let mut response = (StatusCode::from_u16(reply.status).unwrap(), reply.body).into_response();
    for (name, value) in reply.headers {
        response.headers_mut().append(HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap());
    }
    response
}
