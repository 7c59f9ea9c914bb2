//! Which addresses may be dialled: public unicast ones, and nothing else.
//!
//! One policy for every door: literal hosts when a webhook is created or changed, and every resolved address when it is dialled.
//! Ranges are those of the IANA special-purpose registries (RFC 6890 and updates) that are not globally reachable, and all that
//! carry an IPv4 address inside an IPv6 one: whatever they lead to, no honest endpoint needs them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Addresses that may be dialled although they are not public, for tests and local use only. Empty in production.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowance(Vec<IpNet>);

impl Allowance {
    /// No address but public ones.
    pub fn none() -> Self {
        Self(Vec::new())
    }

    /// Reads networks such as `127.0.0.0/8,::1/128`, separated by commas.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(|part| part.parse().map_err(|_| part.to_owned())).collect::<Result<_, _>>().map(Self)
    }

    /// Whether this address is one of them. An IPv4 address hidden in an IPv6 one is not.
    pub fn covers(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Whether `localhost` leads to one of them.
    pub fn covers_loopback(&self) -> bool {
        self.covers(Ipv4Addr::LOCALHOST.into()) || self.covers(Ipv6Addr::LOCALHOST.into())
    }
}

/// An address that is not dialled, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{address} is not a public address ({range})")]
pub struct NotPublic {
    pub address: IpAddr,
    pub range: &'static str,
}

/// Says whether an address may be dialled.
pub fn check_address(address: IpAddr, allowance: &Allowance) -> Result<(), NotPublic> {
    if allowance.covers(address) {
        return Ok(());
    }
    let range = match address {
        IpAddr::V4(v4) => special_v4(v4),
        IpAddr::V6(v6) => special_v6(v6),
    };
    range.map_or(Ok(()), |range| Err(NotPublic { address, range }))
}

const V4: [(Ipv4Net, &str); 15] = [
    (v4(0, 0, 0, 0, 8), "this network"),
    (v4(10, 0, 0, 0, 8), "private"),
    (v4(100, 64, 0, 0, 10), "carrier-grade NAT"),
    (v4(127, 0, 0, 0, 8), "loopback"),
    (v4(169, 254, 0, 0, 16), "link-local"),
    (v4(172, 16, 0, 0, 12), "private"),
    (v4(192, 0, 0, 0, 24), "protocol assignments"),
    (v4(192, 0, 2, 0, 24), "documentation"),
    (v4(192, 88, 99, 0, 24), "6to4 relay"),
    (v4(192, 168, 0, 0, 16), "private"),
    (v4(198, 18, 0, 0, 15), "benchmarking"),
    (v4(198, 51, 100, 0, 24), "documentation"),
    (v4(203, 0, 113, 0, 24), "documentation"),
    (v4(224, 0, 0, 0, 4), "multicast"),
    (v4(240, 0, 0, 0, 4), "reserved"),
];

/// The only part of IPv6 that is assigned for global unicast; what lies outside is refused whole.
const V6_GLOBAL: Ipv6Net = v6([0x2000, 0], 3);

const V6_SPECIAL: [(Ipv6Net, &str); 4] = [
    // Teredo, ORCHID and other protocol assignments, none a web server's.
    (v6([0x2001, 0], 23), "protocol assignments"),
    (v6([0x2001, 0x0db8], 32), "documentation"),
    (v6([0x2002, 0], 16), "6to4"),
    (v6([0x3fff, 0], 20), "documentation"),
];

const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits)
}

const fn v6([a, b]: [u16; 2], bits: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), bits)
}

fn special_v4(address: Ipv4Addr) -> Option<&'static str> {
    V4.iter().find(|(network, _)| network.contains(&address)).map(|(_, range)| *range)
}

fn special_v6(address: Ipv6Addr) -> Option<&'static str> {
    if !V6_GLOBAL.contains(&address) {
        return Some(outside_global_unicast(address));
    }
    V6_SPECIAL.iter().find(|(network, _)| network.contains(&address)).map(|(_, range)| *range)
}

/// The name of a range outside global unicast, for the error's reader; refused all the same.
fn outside_global_unicast(address: Ipv6Addr) -> &'static str {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => "loopback",
        [0, 0, 0, 0, 0, 0xffff, ..] => "IPv4-mapped",
        [0x64, 0xff9b, ..] => "NAT64",
        [first, ..] if first & 0xfe00 == 0xfc00 => "unique local",
        [first, ..] if first & 0xffc0 == 0xfe80 => "link-local",
        [first, ..] if first & 0xff00 == 0xff00 => "multicast",
        _ => "not global unicast",
    }
}

#[cfg(test)]
mod tests;
