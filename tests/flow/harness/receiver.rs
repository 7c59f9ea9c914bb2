//! A receiver that records what it got and answers as its script says.

use std::{
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
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::{net::TcpListener, task::JoinHandle};

use super::{
    authority::{Identity, TlsListener},
    eventually,
};

/// One request as it arrived.
#[derive(Debug, Clone)]
pub struct Request {
    pub headers: HeaderMap,
    pub body: String,
}

impl Request {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// `hex(hmac-sha256(key, body))`
    pub fn body_hmac(&self, key: &str) -> String {
        hex::encode(hmac(key.as_bytes(), self.body.as_bytes()))
    }

    /// Whether one of the listed Standard Webhooks signatures is by this `whsec_` secret.
    pub fn is_signed_by(&self, secret: &str) -> bool {
        let key = secret.strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok());
        let key = key.unwrap_or_else(|| secret.as_bytes().to_vec());
        let signed = format!("{}.{}.{}", self.header("webhook-id"), self.header("webhook-timestamp"), self.body);
        let expected = format!("v1,{}", STANDARD.encode(hmac(&key, signed.as_bytes())));
        self.header("webhook-signature").split(' ').any(|signature| signature == expected)
    }
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

/// What a receiver answers.
#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    delay: Duration,
}

impl Reply {
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: b"ok".to_vec(), delay: Duration::ZERO }
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub fn body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

type Script = dyn Fn(usize, &Request) -> Reply + Send + Sync;

#[derive(Clone)]
struct Recorder {
    script: Arc<Script>,
    requests: Arc<Mutex<Vec<Request>>>,
}

pub struct Receiver {
    scheme: &'static str,
    port: u16,
    recorder: Recorder,
    server: JoinHandle<()>,
}

impl Receiver {
    /// Answers every request with the same status.
    pub async fn always(status: u16) -> Self {
        Self::scripted(move |_, _| Reply::status(status)).await
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

    fn serve<L: Listener<Addr: std::fmt::Debug>>(
        scheme: &'static str,
        port: u16,
        listener: L,
        script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let recorder = Recorder { script: Arc::new(script), requests: Arc::default() };
        let router = Router::new().fallback(receive).with_state(recorder.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { scheme, port, recorder, server }
    }

    pub fn url(&self) -> String {
        self.url_at("127.0.0.1")
    }

    /// By another name.
    pub fn url_at(&self, host: &str) -> String {
        format!("{}://{host}:{}/webhooks", self.scheme, self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn requests(&self) -> Vec<Request> {
        self.recorder.requests.lock().unwrap().clone()
    }

    /// Waits until so many requests have come.
    pub async fn requests_at_least(&self, count: usize) -> Vec<Request> {
        eventually(&format!("{count} requests"), || async {
            let requests = self.requests();
            (requests.len() >= count).then_some(requests)
        })
        .await
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn receive(State(recorder): State<Recorder>, headers: HeaderMap, body: Bytes) -> Response {
    let request = Request { headers, body: String::from_utf8(body.to_vec()).unwrap() };
    let number = {
        let mut requests = recorder.requests.lock().unwrap();
        requests.push(request.clone());
        requests.len()
    };
    let reply = (recorder.script)(number, &request);
    tokio::time::sleep(reply.delay).await;
    let mut response = (StatusCode::from_u16(reply.status).unwrap(), reply.body).into_response();
    for (name, value) in reply.headers {
        response.headers_mut().append(HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap());
    }
    response
}
