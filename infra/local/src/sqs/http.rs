//! The endpoint: one route for everything, as AWS has.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;

use super::{Sqs, SqsError};

/// 1 MiB of messages, each byte written as `\u0000` at worst, and some room.
const MAX_REQUEST_BYTES: usize = 8 << 20;

impl Sqs {
    /// Serves HTTP until `shutdown` resolves.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        axum::serve(listener, self.router()).with_graceful_shutdown(shutdown).await
    }

    fn router(self) -> Router {
        Router::new().fallback(answer).layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES)).with_state(self)
    }
}

async fn answer(State(sqs): State<Sqs>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok());
    let answered = match target.and_then(|target| target.strip_prefix("AmazonSQS.")) {
        Some(action) => sqs.call(action, body).await,
        None => Err(SqsError::Unsupported(
            "This endpoint speaks the AWS JSON protocol of SQS (header X-Amz-Target). Use an SDK or CLI from 2024 on.",
        )),
    };
    match answered {
        Ok(json) => ([(header::CONTENT_TYPE, "application/x-amz-json-1.0")], json).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}
