//! The policy as a function: it is checked for every range and spelling against the table.

use std::net::{IpAddr, Ipv4Addr};

use proptest::prelude::*;
use shared::domain::target::{
    TargetPolicy,
    address::{Allowance, check_address},
};
use url::{Host, Url};

use super::table::{any_address, edges, is_public};

#[test]
fn at_the_edges_of_every_range_only_public_addresses_pass() {
    for address in edges() {
        assert_eq!(check_address(address, &Allowance::none()).is_ok(), is_public(address), "{address}");
    }
}

#[test]
fn every_block_of_ipv4_is_classified_as_in_the_table() {
    for block in 0..1 << 16 {
        let address = IpAddr::V4(Ipv4Addr::from((block << 16) | 0x0101));
        assert_eq!(check_address(address, &Allowance::none()).is_ok(), is_public(address), "{address}");
    }
}

/// All the ways to write an IPv4 address that the URL standard knows.
fn spelled(v4: Ipv4Addr) -> impl Strategy<Value = String> {
    let number = u32::from(v4);
    let [a, b, c, d] = v4.octets();
    let (low16, low24) = (number & 0xffff, number & 0xff_ffff);
    let forms = vec![
        v4.to_string(),
        format!("{number}"),
        format!("{number:#x}"),
        format!("{number:#X}"),
        format!("0{number:o}"),
        format!("{a}.{low24}"),
        format!("{a}.{b}.{low16}"),
        format!("{a:#x}.{b:#o}.{c}.{d:#x}").replace("0o", "0"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("{v4}."),
        v4.to_string().replace('.', "。"),
        v4.to_string().chars().map(full_width).collect(),
        percent_encoded(&v4.to_string()),
        format!("[::ffff:{v4}]"),
        format!("[::{v4}]"),
        format!("[0:0:0:0:0:FFFF:{v4}]"),
        format!("[64:ff9b::{v4}]"),
        format!("[2002:{:x}:{low16:x}::1]", number >> 16),
    ];
    proptest::sample::select(forms)
}

fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat()
}

fn full_width(char: char) -> char {
    char.to_digit(10).and_then(|digit| char::from_u32(u32::from('０') + digit)).unwrap_or(char)
}

/// The address that the URL standard reads from a URL.
fn meant(url: &str) -> Option<IpAddr> {
    match Url::parse(url).ok()?.host()? {
        Host::Ipv4(v4) => Some(v4.into()),
        Host::Ipv6(v6) => Some(v6.into()),
        Host::Domain(_) => None,
    }
}

fn any_spelling() -> impl Strategy<Value = String> {
    any_address().prop_flat_map(|address| match address {
        IpAddr::V4(v4) => spelled(v4).boxed(),
        IpAddr::V6(v6) => {
            let segments: Vec<String> = v6.segments().iter().map(|segment| format!("{segment:04X}")).collect();
            let forms = vec![format!("[{v6}]"), format!("[{}]", segments.join(":"))];
            proptest::sample::select(forms).boxed()
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn an_address_passes_only_if_it_is_public(address in any_address()) {
        prop_assert_eq!(check_address(address, &Allowance::none()).is_ok(), is_public(address), "{}", address);
    }

    #[test]
    fn a_name_passes_only_if_all_its_addresses_are_public(addresses in prop::collection::vec(any_address(), 1..6)) {
        let all_public = addresses.iter().copied().all(is_public);
        prop_assert_eq!(TargetPolicy::default().check_addresses(&addresses).is_ok(), all_public, "{:?}", addresses);
    }

    #[test]
    fn an_address_in_any_spelling_passes_only_if_it_is_public(host in any_spelling()) {
        let url = format!("https://{host}/hook");
        let meant = meant(&url);
        prop_assert!(meant.is_some(), "this is no spelling of an address: {}", url);
        let is_accepted = TargetPolicy::default().check(&url).is_ok();
        prop_assert_eq!(is_accepted, meant.is_some_and(is_public), "{} means {:?}", url, meant);
    }

    #[test]
    fn an_allowance_opens_only_its_own_addresses(host in any_spelling(), allowed in any::<u32>(), bits in 8_u8..=32) {
        let allowed = Ipv4Addr::from(allowed);
        let allowance = Allowance::parse(&format!("{allowed}/{bits}")).unwrap();
        let shift = 32 - u32::from(bits);
        let inside = |address: IpAddr| match address {
            IpAddr::V4(v4) => u64::from(u32::from(v4)) >> shift == u64::from(u32::from(allowed)) >> shift,
            IpAddr::V6(_) => false,
        };
        let policy = TargetPolicy { allowance, ..TargetPolicy::default() };
        let meant = meant(&format!("https://{host}/")).unwrap();
        prop_assert_eq!(policy.check(&format!("https://{host}/")).is_ok(), is_public(meant) || inside(meant), "{}", host);
        prop_assert_eq!(policy.check(&format!("http://{host}/")).is_ok(), inside(meant), "{}", host);
    }

    #[test]
    fn an_accepted_url_never_names_a_private_address(host in "[0-9a-fxA-FX.:\\[\\]%０-９。]{1,40}") {
        let url = format!("https://{host}/");
        if TargetPolicy::default().check(&url).is_ok() {
            prop_assert!(meant(&url).is_none_or(is_public), "{}", url);
        }
    }
}
