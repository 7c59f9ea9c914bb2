//! Name resolution that returns only addresses which may be dialled.
//!
//! The resolver checks the addresses that the connection is then made to, at every connection. So a name cannot change them in
//! between. It does not see the aliases (CNAME) on the way: a denied domain does not cover an alias that leads to it.

use std::{fmt, io, net::IpAddr, sync::Arc, time::Duration};

use domain::{attempt::outcome::TransportError, target::TargetPolicy};
use futures::future::BoxFuture;
use tokio::time::timeout;
use url::Host;

/// How long to wait for a name server: less than for a connection, so that a name without a response is reported as such.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(5);

/// Who knows the addresses of names: the system, or in tests a client of the test's own name server.
pub trait Names: fmt::Debug + Send + Sync {
    /// All addresses of a name, which is absolute (it ends with a dot) unless it is of this machine.
    fn addresses(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// What `getaddrinfo` says. It answers on a thread of its own and cannot be stopped, only no longer waited for.
#[derive(Debug)]
pub(crate) struct SystemNames;

impl Names for SystemNames {
    fn addresses(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.map(|found| found.ip()).collect()) })
    }
}

/// Resolves a name, then checks every address.
#[derive(Debug, Clone)]
pub(super) struct VettingResolver {
    names: Arc<dyn Names>,
    policy: TargetPolicy,
}

impl VettingResolver {
    pub fn new(names: Arc<dyn Names>, policy: TargetPolicy) -> Self {
        Self { names, policy }
    }

    /// The host's addresses, at least one, if all of them may be dialled.
    pub async fn addresses(&self, host: &Host<&str>) -> Result<Vec<IpAddr>, TransportError> {
        let addresses = match host {
            Host::Domain(name) => self.lookup(name).await?,
            Host::Ipv4(address) => vec![IpAddr::from(*address)],
            Host::Ipv6(address) => vec![IpAddr::from(*address)],
        };
        self.policy.check_addresses(&addresses).map_err(TransportError::Address)?;
        Ok(addresses)
    }

    async fn lookup(&self, name: &str) -> Result<Vec<IpAddr>, TransportError> {
        match timeout(LOOKUP_TIMEOUT, self.names.addresses(absolute(name))).await {
            Ok(Ok(found)) if !found.is_empty() => Ok(found),
            Ok(_) => Err(TransportError::Dns),
            Err(_) => Err(TransportError::DnsTimedOut { limit: LOOKUP_TIMEOUT }),
        }
    }
}

/// The name as it is meant in a URL, from the root: with the system's search domains, `intranet.corp` could also be
/// `intranet.corp.<the platform's own domain>`. Names of this machine are left to its hosts file, which knows no final dot.
fn absolute(name: &str) -> String {
    let local = !name.contains('.') || name.ends_with(".localhost");
    if local || name.ends_with('.') { name.to_owned() } else { format!("{name}.") }
}

#[cfg(test)]
mod tests {
    use domain::target::denied::DeniedTargets;

    use super::*;

    #[derive(Debug)]
    struct Always(IpAddr);

    impl Names for Always {
        fn addresses(&self, _: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
            let address = self.0;
            Box::pin(async move { Ok(vec![address]) })
        }
    }

    #[tokio::test]
    async fn a_name_that_resolves_to_a_denied_address_is_not_dialled() {
        let policy = TargetPolicy { denied: DeniedTargets::parse("8.8.8.0/24").unwrap(), ..TargetPolicy::default() };
        for (address, is_dialled) in [("8.8.8.8", false), ("8.8.4.4", true)] {
            let resolver = VettingResolver::new(Arc::new(Always(address.parse().unwrap())), policy.clone());
            let found = resolver.addresses(&Host::Domain("hooks.example.com")).await;
            assert_eq!(found.is_ok(), is_dialled, "{address}: {found:?}");
            assert!(is_dialled || matches!(found, Err(TransportError::Address(_))), "{address}: {found:?}");
        }
    }

    #[test]
    fn names_are_absolute_so_that_no_search_domain_is_tried() {
        for (name, asked) in [
            ("intranet.corp", "intranet.corp."),
            ("example.com.", "example.com."),
            ("localhost", "localhost"),
            ("a.localhost", "a.localhost"),
        ] {
            assert_eq!(absolute(name), asked);
        }
    }
}
