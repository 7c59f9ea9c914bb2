//! The address ranges that are not public, written down from IANA's registries for the tests alone: first and last address,
//! no masks, so that a slip in the product's table is not repeated here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

/// "IPv4 Special-Purpose Address Registry", "IPv4 Multicast Address Space Registry", and class E.
/// `192.0.0.9`, `192.0.0.10` (anycast of protocols) are reachable, but have no web server: the whole block is rejected.
const V4: [(&str, &str, &str); 15] = [
    ("0.0.0.0", "0.255.255.255", "this network, RFC 791"),
    ("10.0.0.0", "10.255.255.255", "private use, RFC 1918"),
    ("100.64.0.0", "100.127.255.255", "shared address space, RFC 6598"),
    ("127.0.0.0", "127.255.255.255", "loopback, RFC 1122; the runtime's API is at 127.0.0.1:9001"),
    ("169.254.0.0", "169.254.255.255", "link local, RFC 3927; metadata is at 169.254.169.254"),
    ("172.16.0.0", "172.31.255.255", "private use, RFC 1918"),
    ("192.0.0.0", "192.0.0.255", "protocol assignments, RFC 6890"),
    ("192.0.2.0", "192.0.2.255", "TEST-NET-1, RFC 5737"),
    ("192.88.99.0", "192.88.99.255", "6to4 relays, RFC 7526"),
    ("192.168.0.0", "192.168.255.255", "private use, RFC 1918"),
    ("198.18.0.0", "198.19.255.255", "benchmarking, RFC 2544"),
    ("198.51.100.0", "198.51.100.255", "TEST-NET-2, RFC 5737"),
    ("203.0.113.0", "203.0.113.255", "TEST-NET-3, RFC 5737"),
    ("224.0.0.0", "239.255.255.255", "multicast, RFC 5771"),
    ("240.0.0.0", "255.255.255.255", "reserved, RFC 1112, and limited broadcast"),
];

/// "IPv6 Special-Purpose Address Registry", and all that "IPv6 Address Space" does not name global unicast.
const V6: [(&str, &str, &str); 19] = [
    ("::", "::", "unspecified, RFC 4291"),
    ("::1", "::1", "loopback, RFC 4291"),
    ("::2", "::ffff:ffff", "IPv4-compatible, RFC 4291"),
    ("::1:0:0", "::fffe:ffff:ffff", "reserved"),
    ("::ffff:0:0", "::ffff:ffff:ffff", "IPv4-mapped, RFC 4291"),
    ("0:0:0:0:1::", "64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff", "reserved"),
    ("64:ff9b::", "64:ff9b:0:ffff:ffff:ffff:ffff:ffff", "NAT64, RFC 6052, and what lies around it"),
    ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "local NAT64, RFC 8215"),
    ("64:ff9b:2::", "ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "reserved"),
    ("100::", "100:0:0:1:ffff:ffff:ffff:ffff", "discard only and dummy, RFC 6666, RFC 9780"),
    ("100:0:0:2::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "reserved"),
    ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "protocol assignments with Teredo and ORCHID, RFC 2928"),
    ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "documentation, RFC 3849"),
    ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "6to4, RFC 3056"),
    ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "documentation, RFC 9637"),
    ("4000::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "reserved, with segment routing 5f00::, RFC 9602"),
    ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "unique local, RFC 4193; metadata is at fd00:ec2::254"),
    ("fe00::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "link local, RFC 4291, site local, reserved"),
    ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "multicast, RFC 4291"),
];

/// Both families' ranges as numbers, first and last.
fn v4_ranges() -> impl Iterator<Item = (u32, u32)> {
    let number = |text: &str| u32::from(text.parse::<Ipv4Addr>().unwrap());
    V4.iter().map(move |(first, last, _)| (number(first), number(last)))
}

fn v6_ranges() -> impl Iterator<Item = (u128, u128)> {
    let number = |text: &str| u128::from(text.parse::<Ipv6Addr>().unwrap());
    V6.iter().map(move |(first, last, _)| (number(first), number(last)))
}

/// Whether the tables above leave the address public.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !v4_ranges().any(|(first, last)| (first..=last).contains(&v4.into())),
        IpAddr::V6(v6) => !v6_ranges().any(|(first, last)| (first..=last).contains(&v6.into())),
    }
}

/// The first and last address of every range, and their neighbours outside.
pub fn edges() -> Vec<IpAddr> {
    let v4 = v4_ranges().flat_map(|(first, last)| [first.wrapping_sub(1), first, last, last.wrapping_add(1)]);
    let v6 = v6_ranges().flat_map(|(first, last)| [first.wrapping_sub(1), first, last, last.wrapping_add(1)]);
    v4.map(|bits| IpAddr::V4(bits.into())).chain(v6.map(|bits| IpAddr::V6(bits.into()))).collect()
}

/// Any address. Many are near the edge of a range, or inside one.
pub fn any_address() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<u32>().prop_map(|bits| IpAddr::V4(bits.into())),
        any::<u128>().prop_map(|bits| IpAddr::V6(bits.into())),
        // Global unicast, which is an eighth of IPv6.
        any::<u128>().prop_map(|bits| IpAddr::V6(((bits >> 3) | (1 << 125)).into())),
        proptest::sample::select(edges()),
        not_public(),
    ]
}

/// An address that must never be dialled.
pub fn not_public() -> impl Strategy<Value = IpAddr> {
    let v4 = proptest::sample::select(v4_ranges().collect::<Vec<_>>());
    let v6 = proptest::sample::select(v6_ranges().collect::<Vec<_>>());
    prop_oneof![
        v4.prop_flat_map(|(first, last)| first..=last).prop_map(|bits| IpAddr::V4(bits.into())),
        v6.prop_flat_map(|(first, last)| first..=last).prop_map(|bits| IpAddr::V6(bits.into())),
    ]
}
