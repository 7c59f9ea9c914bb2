//! One request in, one outcome out. The receiver is hostile: one deadline for everything, and every read is capped.

use std::{fmt, sync::Arc};

use domain::{
    attempt::{
        excerpt::excerpt,
        outcome::{Exchange, Reply, TransportError},
        request::Request,
    },
    target::TargetPolicy,
};
use rustls::pki_types::CertificateDer;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::{
    connection::Connector,
    exchange::{Response, exchange},
    failure::{exchange_failure, may_repeat},
    pool::Pool,
    request::Message,
    resolver::{Names, SystemNames, VettingResolver},
    tls,
};
use crate::ambient;

/// Sends webhooks. One for the life of a process.
#[derive(Clone)]
pub struct Sender {
    policy: TargetPolicy,
    connector: Connector,
    pool: Pool,
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// How the sender knows the world outside. By default as it is; a test brings authorities and a name server of its own, as
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
    /// If the TLS configuration is unusable, which only a broken build can cause.
    pub fn new(policy: TargetPolicy, outside: &Outside) -> Self {
        let names = outside.names.clone().unwrap_or_else(|| Arc::new(SystemNames));
        let resolver = VettingResolver::new(names, policy.clone());
        let mut tls = tls::config(&outside.authorities);
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self { policy, connector: Connector::new(resolver, tls), pool: Pool::default() }
    }

    /// Sends one request and reads what the receiver has to say, within the limit.
    pub async fn send(&self, request: &Request<'_>) -> Exchange {
        let (started, clock) = (ambient::now(), Instant::now());
        // A literal address is checked here, at every attempt: it may lead to a kept connection, which asks no resolver.
        let url = match self.policy.dial(request.url) {
            Ok(url) => url,
            Err(error) => {
                return Exchange { started, elapsed: clock.elapsed(), result: Err(TransportError::Target(error)) };
            }
        };
        let limit = request.limit;
        let deadline = clock.checked_add(limit).unwrap_or(clock);
        let responded = timeout_at(deadline, self.response(&url, &Message::new(&url, request))).await;
        let elapsed = clock.elapsed();
        let result = match responded {
            Ok(Ok(response)) => Ok(self.reply(&url, response).await),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(TransportError::TimedOut { limit }),
        };
        Exchange { started, elapsed, result }
    }

    /// Uses a kept connection if there is one, and replaces it once if it proves dead.
    async fn response(&self, url: &Url, message: &Message<'_>) -> Result<Response, TransportError> {
        if let Some(socket) = self.pool.take(url) {
            match exchange(socket, message).await {
                Err(broken) if may_repeat(&broken) => {}
                settled => return settled.map_err(|broken| exchange_failure(&broken)),
            }
        }
        let socket = self.connector.connect(url).await?;
        exchange(socket, message).await.map_err(|broken| exchange_failure(&broken))
    }

    async fn reply(&self, url: &Url, mut response: Response) -> Reply {
        let (status, retry_after) = (response.head.status, response.head.retry_after.take());
        let headers = std::mem::take(&mut response.head.kept);
        let (beginning, socket) = response.beginning().await;
        if let Some(socket) = socket {
            self.pool.give(url, socket);
        }
        Reply { status, retry_after, excerpt: excerpt(&beginning), headers }
    }
}

#[cfg(test)]
mod tests;
