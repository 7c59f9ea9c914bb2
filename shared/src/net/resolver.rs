//! Name resolution that returns only addresses which may be dialled.
//!
//! The resolver checks the addresses that the connection is then made to, at every connection. So a name cannot change them in
//! between. It does not see the aliases (CNAME) on the way: a denied domain does not cover an alias that leads to it.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use domain::target::TargetPolicy;
use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::time::timeout;

/// How long a name server may take: less than connecting may, so that a name without a response is reported as such.
pub(crate) const LOOKUP: Duration = Duration::from_secs(5);

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
pub struct VettingResolver {
    names: Arc<dyn Names>,
    policy: TargetPolicy,
}

/// The name has no address.
#[derive(Debug, thiserror::Error)]
pub enum Unresolved {
    #[error("the name could not be resolved")]
    Failed(#[source] io::Error),
    #[error("the name has no address")]
    Empty,
    #[error("no answer for the name within {} s", LOOKUP.as_secs())]
    TimedOut,
}

impl VettingResolver {
    pub fn new(names: Arc<dyn Names>, policy: TargetPolicy) -> Self {
        Self { names, policy }
    }
}

impl Resolve for VettingResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.policy.clone();
        let asked = timeout(LOOKUP, self.names.addresses(absolute(name.as_str())));
        Box::pin(async move {
            let found = asked.await.map_err(|_| Unresolved::TimedOut)?.map_err(Unresolved::Failed)?;
            if found.is_empty() {
                return Err(Unresolved::Empty.into());
            }
            policy.check_addresses(&found)?;
            Ok(Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}

/// The name as it is meant in a URL, from the root: with the system's search domains, `intranet.corp` could also be
/// `intranet.corp.<the platform's own domain>`. Names of this machine are left to its hosts file, which knows no final stop.
fn absolute(name: &str) -> String {
    let local = !name.contains('.') || name.ends_with(".localhost");
    if local || name.ends_with('.') { name.to_owned() } else { format!("{name}.") }
}

#[cfg(test)]
mod tests {
    use domain::target::{AddressError, denied::DeniedTargets};

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
            let names = Arc::new(Always(address.parse().unwrap()));
            let resolver = VettingResolver::new(names, policy.clone());
            let found = resolver.resolve("hooks.example.com".parse().unwrap()).await.map(Iterator::count);
            let refusal = found.map_err(|error| error.downcast::<AddressError>().unwrap().to_string());
            let sentence = "8.8.8.8 is excluded by the operator of this service; use another host".to_owned();
            assert_eq!(refusal, if is_dialled { Ok(1) } else { Err(sentence) });
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
