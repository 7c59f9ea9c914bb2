//! Stands between the functions and DynamoDB or SQS, sees every call, and does with it what a test or a measurement wants.

use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;

/// Larger than any request of either service.
const MAX_REQUEST_BYTES: usize = 32 << 20;

/// One call of a function to AWS.
#[derive(Debug, Clone)]
pub struct Call {
    /// As the protocol names it: `GetItem`, `SendMessageBatch`.
    pub operation: String,
    pub body: Bytes,
    headers: HeaderMap,
}

impl Call {
    /// The same call with another body.
    #[must_use]
    pub fn with_body(&self, body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..self.clone() }
    }
}

/// What the caller gets.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub body: Bytes,
}

/// What becomes of a call: a response, or none, in which case its connection breaks.
pub type Answered = Pin<Box<dyn Future<Output = Option<Answer>> + Send>>;

/// Decides about every call; [`Upstream::forward`] is what happens without it.
pub type Hook = Arc<dyn Fn(Call, Upstream) -> Answered + Send + Sync>;

/// The service behind.
#[derive(Debug, Clone)]
pub struct Upstream {
    url: Arc<str>,
    http: reqwest::Client,
}

impl Upstream {
    /// The service's own response; none if it does not give any.
    pub async fn forward(&self, call: &Call) -> Option<Answer> {
        let request = self.http.post(&*self.url).headers(call.headers.clone()).body(call.body.clone());
        let response = request.send().await.ok()?;
        let status = response.status().as_u16();
        Some(Answer { status, body: response.bytes().await.ok()? })
    }
}

#[derive(Clone)]
struct Tap {
    hook: Hook,
    upstream: Upstream,
}

/// Serves on `listener` what `hook` makes of the calls to the service at `url`, until dropped.
///
/// # Errors
/// When the listener or the client fails.
pub async fn serve(listener: TcpListener, url: &str, hook: Hook) -> std::io::Result<()> {
    let http = crate::loopback::client().map_err(std::io::Error::other)?;
    let tap = Tap { hook, upstream: Upstream { url: Arc::from(url), http } };
    let router = Router::new().fallback(answer).layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES)).with_state(tap);
    axum::serve(listener, router).await
}

async fn answer(State(tap): State<Tap>, mut headers: HeaderMap, body: Bytes) -> Response {
    for name in [header::HOST, header::CONTENT_LENGTH, header::CONNECTION] {
        headers.remove(name);
    }
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    match (tap.hook)(Call { operation, body, headers }, tap.upstream).await {
        Some(answer) => {
            let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
            (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.0")], answer.body).into_response()
        }
        // A body that breaks off before its first byte breaks the connection.
        None => Response::new(Body::from_stream(futures::stream::once(async {
            Err::<Bytes, _>(std::io::Error::other("the tap broke the connection"))
        }))),
    }
}
