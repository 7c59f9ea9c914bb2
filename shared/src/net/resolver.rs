//! Name resolution that returns only addresses which may be dialled.
//!
//! The check is on the addresses the connection is then made to, at every connection, so a name cannot change its mind in between.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use domain::target::address::{Allowance, check_addresses};
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
    allowance: Allowance,
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
    pub fn new(names: Arc<dyn Names>, allowance: Allowance) -> Self {
        Self { names, allowance }
    }
}

impl Resolve for VettingResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allowance = self.allowance.clone();
        let asked = timeout(LOOKUP, self.names.addresses(absolute(name.as_str())));
        Box::pin(async move {
            let found = asked.await.map_err(|_| Unresolved::TimedOut)?.map_err(Unresolved::Failed)?;
            if found.is_empty() {
                return Err(Unresolved::Empty.into());
            }
            check_addresses(&found, &allowance)?;
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
    use super::*;

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
