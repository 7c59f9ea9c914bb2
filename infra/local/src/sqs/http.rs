//! The endpoint: one route for everything, as AWS has.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;

use super::{Sqs, SqsError};

/// The content type of every response.
pub const CONTENT_TYPE: &str = "application/x-amz-json-1.0";
/// The most bytes of a request: 1 MiB of messages, each byte written as `\u0000` at worst, and some room.
const MAX_REQUEST_BYTES: usize = 8 << 20;

impl Sqs {
    /// Serves HTTP until `shutdown` resolves.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        axum::serve(listener, self.router()).with_graceful_shutdown(shutdown).await
    }

    fn router(self) -> Router {
        Router::new().fallback(respond).layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES)).with_state(self)
    }
}

async fn respond(State(sqs): State<Sqs>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok());
    let called = match target.and_then(|target| target.strip_prefix("AmazonSQS.")) {
        Some(action) => sqs.call(action, body).await,
        None => Err(SqsError::Unsupported(
            "This endpoint speaks the AWS JSON protocol of SQS (header X-Amz-Target). Use an SDK or CLI from 2024 on.",
        )),
    };
    match called {
        Ok(json) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], json).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}
