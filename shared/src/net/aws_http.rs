//! The AWS SDK's HTTP client on top of `reqwest`, with the TLS configuration that webhooks have.
//!
//! The SDK's own default brings a second TLS stack and reads the system's certificates at start: 5 MB and several milliseconds
//! of every cold start.

use std::time::Duration;

use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;

use super::tls;

/// Lambda freezes a function between invocations; a socket idle for longer is not trusted.
const IDLE: Duration = Duration::from_secs(15);

/// A client for the SDK's configuration.
///
/// # Panics
/// If the TLS configuration is unusable, which only a broken build can cause.
pub fn client() -> SharedHttpClient {
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls::config(&[]))
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(Duration::from_secs(2))
        .pool_idle_timeout(IDLE);
    #[expect(clippy::expect_used, reason = "every setting is a constant: this cannot fail at run time")]
    let client = builder.build().expect("the HTTP client's settings are valid");
    let connector = SharedHttpConnector::new(Connector(client));
    http_client_fn(move |_, _| connector.clone())
}

#[derive(Debug)]
struct Connector(reqwest::Client);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move { send(&client, request).await })
    }
}

async fn send(client: &reqwest::Client, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let response = client.execute(translate(request)?).await.map_err(connector_error)?;
    let status = StatusCode::try_from(response.status().as_u16()).map_err(|error| other(error.into()))?;
    let headers = response.headers().clone();
    let body = response.bytes().await.map_err(connector_error)?;
    let mut answer = HttpResponse::new(status, SdkBody::from(body));
    for (name, value) in &headers {
        // A header that is not text says nothing the SDK reads.
        if let Ok(value) = value.to_str() {
            answer.headers_mut().append(name.as_str().to_owned(), value.to_owned());
        }
    }
    Ok(answer)
}

fn translate(request: HttpRequest) -> Result<reqwest::Request, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let (parts, body) = request.into_parts();
    // DynamoDB and SQS requests are always in memory.
    let body = body.bytes().map(bytes::Bytes::copy_from_slice).unwrap_or_default();
    reqwest::Request::try_from(http::Request::from_parts(parts, body))
        .map_err(|error| ConnectorError::user(error.into()))
}

/// Tells the SDK what may be retried.
fn connector_error(error: reqwest::Error) -> ConnectorError {
    if error.is_timeout() {
        ConnectorError::timeout(error.into())
    } else if error.is_builder() {
        ConnectorError::user(error.into())
    } else {
        ConnectorError::io(error.into())
    }
}

fn other(error: Box<dyn std::error::Error + Send + Sync>) -> ConnectorError {
    ConnectorError::other(error, None)
}
