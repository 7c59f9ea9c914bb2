//! Targets that an installation excludes although they are public: its own domains, a partner's network, a test range.

use std::net::IpAddr;

use ipnet::IpNet;
use url::Host;

use super::host_name::{is_host_name, without_root};

/// The networks and domains that webhooks must not lead to. Empty by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeniedTargets {
    networks: Vec<IpNet>,
    /// In lower case, without a dot at either end.
    domains: Vec<String>,
}

/// A part of the list that is neither a network nor a domain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{part}' is neither a network such as 203.0.113.0/24 nor a domain such as example.internal or .corp.example")]
pub struct BadDeniedTarget {
    part: String,
}

/// A host that the installation excludes. The rule that excludes it is the operator's affair and is not shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{host} is excluded by the operator of this service; use another host")]
pub struct Excluded {
    host: String,
}

impl DeniedTargets {
    /// Reads networks, addresses and domains separated by commas: `203.0.113.0/24,example.internal,.corp.example`.
    ///
    /// A domain stands for the name itself and for every name below it, with or without a leading dot.
    pub fn parse(text: &str) -> Result<Self, BadDeniedTarget> {
        let mut denied = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            if let Some(network) = network(part) {
                denied.networks.push(network);
            } else {
                denied.domains.push(domain(part).ok_or_else(|| BadDeniedTarget { part: part.to_owned() })?);
            }
        }
        Ok(denied)
    }

    /// Checks a host name as the URL standard writes it: in ASCII and lower case.
    pub fn check_name(&self, name: &str) -> Result<(), Excluded> {
        let plain = without_root(name).to_ascii_lowercase();
        let is_within = |domain: &String| {
            plain.strip_suffix(domain.as_str()).is_some_and(|above| above.is_empty() || above.ends_with('.'))
        };
        if self.domains.iter().any(is_within) { Err(Excluded { host: name.to_owned() }) } else { Ok(()) }
    }

    /// Checks an address. An IPv4 address that an IPv6 one carries counts as itself.
    pub fn check_address(&self, address: IpAddr) -> Result<(), Excluded> {
        let inner = address.to_canonical();
        let is_denied = self.networks.iter().any(|network| network.contains(&address) || network.contains(&inner));
        if is_denied { Err(Excluded { host: address.to_string() }) } else { Ok(()) }
    }
}

fn network(part: &str) -> Option<IpNet> {
    part.parse().ok().or_else(|| part.parse::<IpAddr>().ok().map(IpNet::from))
}

/// The domain as names are compared with it. An international one is written in ASCII, as the URL standard does.
fn domain(part: &str) -> Option<String> {
    match Host::parse(part.strip_prefix('.').unwrap_or(part)).ok()? {
        Host::Domain(name) if is_host_name(&name) => Some(without_root(&name).to_owned()),
        Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denied_domain_covers_itself_and_every_name_below_it() {
        let denied = DeniedTargets::parse("Example.Internal, .corp.example ,bücher.example.").unwrap();
        for (name, is_denied) in [
            ("example.internal", true),
            ("a.b.example.internal", true),
            ("EXAMPLE.internal.", true),
            ("corp.example", true),
            ("hooks.corp.example", true),
            ("shop.xn--bcher-kva.example", true),
            ("myexample.internal", false),
            ("notcorp.example", false),
            ("example", false),
            ("corp.example.com", false),
        ] {
            assert_eq!(denied.check_name(name).is_err(), is_denied, "{name}");
        }
    }

    #[test]
    fn a_denied_network_covers_its_addresses_in_every_form() {
        let denied = DeniedTargets::parse("8.8.8.0/24,2606:4700::/32,9.9.9.9").unwrap();
        for (address, is_denied) in [
            ("8.8.8.255", true),
            ("8.8.9.0", false),
            ("::ffff:8.8.8.8", true),
            ("2606:4700::1111", true),
            ("2606:4701::1", false),
            ("9.9.9.9", true),
            ("9.9.9.8", false),
        ] {
            assert_eq!(denied.check_address(address.parse().unwrap()).is_err(), is_denied, "{address}");
        }
    }

    #[test]
    fn a_part_that_denies_nothing_is_named() {
        for part in
            ["8.8.8.0/33", "*.corp.example", "https://corp.example", "a b", "corp..example", ".", "127.1", "a:443"]
        {
            let error = DeniedTargets::parse(&format!("10.0.0.0/8,{part}")).unwrap_err();
            assert!(error.to_string().starts_with(&format!("'{part}' is neither a network")), "{error}");
        }
        assert_eq!(DeniedTargets::parse(" , "), Ok(DeniedTargets::default()));
    }
}
