//! Name resolution that returns only addresses which may be dialled.
//!
//! The check is on the addresses the connection is then made to, so a name cannot change its mind in between.

use std::net::{IpAddr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::domain::address::{Allowance, judge_all};

/// Resolves by the system, then judges.
#[derive(Debug, Clone)]
pub struct VettingResolver {
    allowance: Allowance,
}

/// The name has no address.
#[derive(Debug, thiserror::Error)]
#[error("the name could not be resolved")]
pub struct Unresolved(#[source] Option<std::io::Error>);

impl VettingResolver {
    #[must_use]
    pub fn new(allowance: Allowance) -> Self {
        Self { allowance }
    }
}

impl Resolve for VettingResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allowance = self.allowance.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|error| Unresolved(Some(error)))?;
            let found: Vec<SocketAddr> = found.collect();
            if found.is_empty() {
                return Err(Unresolved(None).into());
            }
            let addresses: Vec<IpAddr> = found.iter().map(SocketAddr::ip).collect();
            judge_all(&addresses, &allowance)?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
