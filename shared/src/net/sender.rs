//! One request in, one outcome out. The receiver is hostile: one deadline for everything, and every read is capped.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
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
use crate::{
    ambient,
    domain::{
        outcome::{Exchange, MAX_EXCERPT, Reply, TransportError, excerpt},
        target::{TargetPolicy, TargetUrl},
    },
};

/// Connecting may take so long, with name and TLS handshake; always less than an attempt.
const CONNECT: Duration = Duration::from_secs(6);

/// A socket idle for longer is not trusted: many servers (Node's among them) close theirs after 5 s, and a request that crosses
/// the closing on its way fails although nobody saw it. Lambda's freezing between invocations makes that likelier.
const IDLE: Duration = Duration::from_secs(4);

/// A batch has ten records, so a Lambda copy never has more; `cargo local` runs many batches in one process.
const IDLE_PER_HOST: usize = 32;

/// After the headers decided the verdict, reading the excerpt may not hold a slot for longer.
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
    /// Trusted beside Mozilla's roots, for webhooks only.
    pub authorities: Vec<CertificateDer<'static>>,
    /// Asked instead of the system.
    pub names: Option<Arc<dyn Names>>,
}

/// What is sent.
#[derive(Debug)]
pub struct Outgoing<'a> {
    pub url: &'a TargetUrl,
    /// Names in lower case.
    pub headers: &'a [(String, String)],
    pub body: Bytes,
    /// From connecting to the last response header.
    pub limit: Duration,
}

impl Sender {
    /// A sender that dials what `policy` lets it.
    ///
    /// # Panics
    /// If the client's constant settings are invalid, which only a broken build can cause.
    #[must_use]
    pub fn new(policy: TargetPolicy, outside: &Outside) -> Self {
        let names = outside.names.clone().unwrap_or_else(|| Arc::new(SystemNames));
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::config(&outside.authorities))
            .dns_resolver(VettingResolver::new(names, policy.allowance.clone()))
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
    pub async fn send(&self, outgoing: Outgoing<'_>) -> Exchange {
        let (started, clock) = (ambient::now(), Instant::now());
        let deadline = clock.checked_add(outgoing.limit).unwrap_or(clock);
        let limit = outgoing.limit;
        let limits = Limits { attempt: limit, connect: CONNECT };
        let answered = match self.request(outgoing) {
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

    fn request(&self, outgoing: Outgoing<'_>) -> Result<reqwest::Request, TransportError> {
        // The client asks no resolver for a literal address, so the URL is judged here, at every attempt.
        let url = self.policy.dial(outgoing.url).map_err(TransportError::Target)?;
        let mut request = reqwest::Request::new(Method::POST, url);
        *request.headers_mut() = header_map(outgoing.headers);
        *request.body_mut() = Some(outgoing.body.into());
        Ok(request)
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
