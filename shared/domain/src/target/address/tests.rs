use proptest::prelude::*;

use super::*;

fn refused(text: &str) -> bool {
    check_address(text.parse().unwrap(), &Allowance::none()).is_err()
}

#[test]
fn addresses_that_lead_inside_are_refused() {
    for address in [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.100.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:8.8.8.8",
        "::ffff:127.0.0.1",
        "::8.8.8.8",
        "64:ff9b::8.8.8.8",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ] {
        assert!(refused(address), "{address}");
    }
}

#[test]
fn an_address_is_refused_by_the_name_of_its_range() {
    for (address, range) in [
        ("10.0.0.1", "private"),
        ("169.254.169.254", "link-local"),
        ("::1", "loopback"),
        ("::2", "not global unicast"),
        ("::1:0:0:1", "not global unicast"),
        ("::ffff:8.8.8.8", "IPv4-mapped"),
        ("64:ff9b::8.8.8.8", "NAT64"),
        ("64:ff9b:1::1", "NAT64"),
        ("fbff::1", "not global unicast"),
        ("fc00::1", "unique local"),
        ("fdff::1", "unique local"),
        ("fe00::1", "not global unicast"),
        ("fe80::1", "link-local"),
        ("febf::1", "link-local"),
        ("fec0::1", "not global unicast"),
        ("feff::1", "not global unicast"),
        ("ff02::1", "multicast"),
        ("2001:db8::1", "documentation"),
    ] {
        let refusal = check_address(address.parse().unwrap(), &Allowance::none()).unwrap_err();
        assert_eq!(refusal.range, range, "{address}");
    }
}

#[test]
fn public_addresses_are_dialled() {
    for address in [
        "1.1.1.1",
        "8.8.8.8",
        "100.63.255.255",
        "100.128.0.1",
        "172.15.255.255",
        "172.32.0.1",
        "192.0.1.1",
        "198.17.255.255",
        "198.20.0.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450::1",
        "2001:4860::8888",
    ] {
        assert!(!refused(address), "{address}");
    }
}

#[test]
fn an_allowance_opens_nothing_beside_itself() {
    let local = Allowance::parse("127.0.0.0/8, ::1/128").unwrap();
    for (address, good) in [
        ("127.0.0.1", true),
        ("127.9.9.9", true),
        ("::1", true),
        ("::ffff:127.0.0.1", false),
        ("64:ff9b::127.0.0.1", false),
        ("169.254.169.254", false),
        ("10.0.0.1", false),
        ("0.0.0.0", false),
        ("::", false),
    ] {
        assert_eq!(check_address(address.parse().unwrap(), &local).is_ok(), good, "{address}");
    }
}

#[test]
fn an_allowance_that_is_no_network_is_named() {
    assert_eq!(Allowance::parse("127.0.0.0/8,localhost"), Err("localhost".to_owned()));
    assert_eq!(Allowance::parse(""), Ok(Allowance::none()));
}

proptest! {
    #[test]
    fn an_ipv4_address_inside_an_ipv6_one_is_never_dialled(bits: u32) {
        let v4 = Ipv4Addr::from(bits);
        let [a, b] = [(bits >> 16) as u16, (bits & 0xffff) as u16];
        for hidden in [
            v4.to_ipv6_mapped(),
            v4.to_ipv6_compatible(),
            Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, a, b),
            Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, a, b),
            Ipv6Addr::new(0x2002, a, b, 0, 0, 0, 0, 1),
            Ipv6Addr::new(0x2001, 0, a, b, 0, 0, 0, 1),
        ] {
            prop_assert!(check_address(hidden.into(), &Allowance::none()).is_err(), "{}", hidden);
        }
    }
}
