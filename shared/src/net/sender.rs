//! One request in, one outcome out. The receiver is hostile: one deadline for everything, and every read is capped.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use domain::{
    attempt::{
        excerpt::{MAX_EXCERPT, excerpt},
        outcome::{Exchange, Reply, TransportError},
        request::Request,
    },
    target::TargetPolicy,
};
use reqwest::{
    Method, Response,
    header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER},
};
use rustls::pki_types::CertificateDer;
use tokio::time::{Instant, timeout, timeout_at};

use super::{
    failure::{Limits, classify},
    resolver::{Names, SystemNames, VettingResolver},
    tls,
};
use crate::ambient;

/// How long connecting may take, with name and TLS handshake; always less than an attempt.
const CONNECT: Duration = Duration::from_secs(6);

/// How long an idle socket is kept. Many servers (Node's among them) close theirs after 5 s, and a request that crosses the closing on
/// its way fails although no receiver saw it. Lambda's freezing between invocations makes that likelier.
const IDLE: Duration = Duration::from_secs(4);

/// How many idle sockets are kept for a host. A batch has ten records, so a Lambda function never needs more; `cargo local` runs many
/// batches in one process.
const IDLE_PER_HOST: usize = 32;

/// How long reading the excerpt may take after the headers decided the verdict: it must not hold a slot.
const EXCERPT: Duration = Duration::from_secs(1);

/// Sends webhooks. One for the life of a process.
#[derive(Debug, Clone)]
pub struct Sender {
    client: reqwest::Client,
    policy: TargetPolicy,
}

/// How the client knows the world outside. By default as it is; a test brings authorities and a name server of its own, as
/// values, so that nothing in a function's environment can change whom it believes.
#[derive(Debug, Clone, Default)]
pub struct Outside {
    /// Trusted in addition to Mozilla's roots, for webhooks only.
    pub authorities: Vec<CertificateDer<'static>>,
    /// Asked instead of the system.
    pub names: Option<Arc<dyn Names>>,
}

impl Sender {
    /// A sender that dials what `policy` lets it.
    ///
    /// # Panics
    /// If the client's constant settings are invalid, which only a broken build can cause.
    pub fn new(policy: TargetPolicy, outside: &Outside) -> Self {
        let names = outside.names.clone().unwrap_or_else(|| Arc::new(SystemNames));
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::config(&outside.authorities))
            .dns_resolver(VettingResolver::new(names, policy.clone()))
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(CONNECT)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_PER_HOST);
        #[expect(clippy::expect_used, reason = "every setting is a constant: this cannot fail at run time")]
        let client = builder.build().expect("the HTTP client's settings are valid");
        Self { client, policy }
    }

    /// Sends one request and reads what the receiver has to say, within the limit.
    pub async fn send(&self, request: &Request<'_>) -> Exchange {
        let (started, clock) = (ambient::now(), Instant::now());
        let limit = request.limit;
        let deadline = clock.checked_add(limit).unwrap_or(clock);
        let limits = Limits { attempt: limit, connect: CONNECT };
        let answered = match self.http(request) {
            Ok(request) => match timeout_at(deadline, self.client.execute(request)).await {
                Ok(answered) => answered.map_err(|error| classify(&error, limits)),
                Err(_) => Err(TransportError::TimedOut { limit }),
            },
            Err(error) => Err(error),
        };
        let elapsed = clock.elapsed();
        let result = match answered {
            Ok(response) => Ok(read(response).await),
            Err(error) => Err(error),
        };
        Exchange { started, elapsed, result }
    }

    fn http(&self, request: &Request<'_>) -> Result<reqwest::Request, TransportError> {
        // The client asks no resolver for a literal address, so the URL is checked here, at every attempt.
        let url = self.policy.dial(request.url).map_err(TransportError::Target)?;
        let mut http = reqwest::Request::new(Method::POST, url);
        *http.headers_mut() = header_map(&request.headers);
        *http.body_mut() = Some(Bytes::copy_from_slice(request.body.as_bytes()).into());
        Ok(http)
    }
}

/// Names and values were validated when they entered; one that still cannot be a header is left out, never a panic.
fn header_map(headers: &[(String, String)]) -> HeaderMap {
    let pairs = headers.iter().filter_map(|(name, value)| {
        Some((HeaderName::try_from(name.as_str()).ok()?, HeaderValue::from_str(value).ok()?))
    });
    pairs.collect()
}

async fn read(response: Response) -> Reply {
    let status = response.status().as_u16();
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    Reply { status, retry_after, excerpt: excerpt(&read_beginning(response).await) }
}

/// The first bytes of the body, or what came of them in time. A body that ends within the cap leaves its connection reusable.
async fn read_beginning(mut response: Response) -> Vec<u8> {
    let mut beginning = Vec::new();
    let read = async {
        while let Ok(Some(chunk)) = response.chunk().await {
            let room = MAX_EXCERPT.saturating_add(1).saturating_sub(beginning.len());
            beginning.extend_from_slice(chunk.get(..room.min(chunk.len())).unwrap_or_default());
            if beginning.len() > MAX_EXCERPT {
                break;
            }
        }
    };
    // The verdict stands: a body that stalls costs its excerpt, nothing else.
    let _in_time = timeout(EXCERPT, read).await;
    beginning
}
