use super::*;

fn check(url: &str) -> Result<TargetUrl, TargetError> {
    TargetPolicy::default().check(url)
}

#[test]
fn the_guides_urls_are_taken_as_written() {
    for url in [
        "https://your-server.com/webhooks/awsys",
        "https://your-server.com",
        "https://your-server.com:8443/a?b=c",
        "https://8.8.8.8/x",
        "https://[2606:4700::1111]/x",
        "https://bücher.example/x",
    ] {
        assert_eq!(check(url).unwrap().as_str(), url);
    }
}

#[test]
fn a_refused_url_says_which_rule_it_breaks() {
    for (url, error) in [
        ("http://example.com/", TargetError::NotHttps),
        ("ftp://example.com/", TargetError::NotHttps),
        ("javascript:alert(1)", TargetError::NotHttps),
        ("example.com/x", TargetError::Malformed),
        ("", TargetError::Malformed),
        ("https://", TargetError::Malformed),
        ("https:example.com", TargetError::Malformed),
        ("https:///example.com", TargetError::Malformed),
        ("https://exa mple.com/", TargetError::Malformed),
        ("https://example.com/\n", TargetError::Malformed),
        ("https://example.com/\u{1}", TargetError::Malformed),
        ("https://example.com/a b", TargetError::Malformed),
        ("https://example.com\\@evil.com/", TargetError::Malformed),
        ("https://user@example.com/", TargetError::UserInfo),
        ("https://user:pass@example.com/", TargetError::UserInfo),
        ("https://@example.com/", TargetError::UserInfo),
        ("https://example.com/#part", TargetError::Fragment),
        ("https://example.com:22/", TargetError::Port { port: 22, allowed: Ports::default() }),
        ("https://example.com:80/", TargetError::Port { port: 80, allowed: Ports::default() }),
        ("https://localhost/", TargetError::LocalName),
        ("https://localhost./", TargetError::LocalName),
        ("https://a.localhost/", TargetError::LocalName),
        ("https://intranet/", TargetError::LocalName),
        ("https://printer.local/", TargetError::LocalName),
        ("https://instance-data.ec2.internal/", TargetError::LocalName),
    ] {
        assert_eq!(check(url), Err(error), "{url}");
    }
}

#[test]
fn the_limit_of_a_url_counts_bytes_not_characters() {
    let of_bytes = |bytes: usize| format!("https://example.com/é{}", "x".repeat(bytes - 22));
    assert!(check(&of_bytes(2_048)).is_ok());
    assert_eq!(check(&of_bytes(2_049)), Err(TargetError::TooLong { bytes: 2_049 }));
    assert_eq!(of_bytes(2_049).chars().count(), 2_048);
}

#[test]
fn every_spelling_of_an_inner_address_is_refused() {
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0x7f.1",
        "127.0.0.1.",
        "0",
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[fd00:ec2::254]",
        "[64:ff9b::a9fe:a9fe]",
        "１２７.０.０.１",
    ] {
        let result = check(&format!("https://{host}/"));
        assert!(matches!(result, Err(TargetError::Address(_))), "{host}: {result:?}");
    }
}

#[test]
fn local_targets_need_an_allowance_and_may_then_use_http_and_any_port() {
    let allowance = Allowance::parse("127.0.0.0/8").unwrap();
    let local = TargetPolicy { allowance, ..TargetPolicy::default() };
    for (url, good) in [
        ("http://127.0.0.1:80/x", true),
        ("http://localhost:3000/x", true),
        ("https://127.0.0.1:22/x", true),
        ("http://[::1]:3000/x", false),
        ("http://10.0.0.1/x", false),
        ("http://example.com/x", false),
        ("https://169.254.169.254/x", false),
        ("http://[::ffff:127.0.0.1]/x", false),
    ] {
        assert_eq!(local.check(url).is_ok(), good, "{url}");
    }
}

#[test]
fn one_private_address_among_public_ones_rejects_the_name() {
    let mixed = ["8.8.8.8".parse().unwrap(), "10.0.0.1".parse().unwrap()];
    let error = TargetPolicy::default().check_addresses(&mixed).unwrap_err();
    assert_eq!(error.to_string(), "10.0.0.1 is not a public address (private)");
}

#[test]
fn a_denied_target_is_rejected_at_every_door() {
    let denied = DeniedTargets::parse("8.8.8.0/24,2606:4700::/32,.corp.example").unwrap();
    let policy = TargetPolicy { denied, ..TargetPolicy::default() };
    for (url, error) in [
        ("https://corp.example/x", "names a host that is not allowed: corp.example is excluded by the operator"),
        ("https://Hooks.CORP.example./x", "names a host that is not allowed: hooks.corp.example. is excluded"),
        ("https://ⓒorp.example/x", "names a host that is not allowed: corp.example is excluded"),
        ("https://8.8.8.8/x", "leads to an address that is not allowed: 8.8.8.8 is excluded by the operator"),
        ("https://0x08080808/x", "leads to an address that is not allowed: 8.8.8.8 is excluded"),
        ("https://[2606:4700::1]/x", "leads to an address that is not allowed: 2606:4700::1 is excluded"),
    ] {
        // The URL as it was stored before the operator excluded its host.
        let stored = check(url).unwrap();
        for refused in [policy.check(url).map(|_| ()), policy.dial(&stored).map(|_| ())] {
            let sentence = refused.unwrap_err().to_string();
            assert!(sentence.starts_with(error), "{url}: {sentence}");
        }
    }
    for url in ["https://notcorp.example/x", "https://8.8.4.4/x"] {
        assert!(policy.check(url).is_ok(), "{url}");
    }
    let resolved = ["8.8.4.4".parse().unwrap(), "8.8.8.8".parse().unwrap()];
    let error = policy.check_addresses(&resolved).unwrap_err().to_string();
    assert_eq!(error, "8.8.8.8 is excluded by the operator of this service; use another host");
}

#[test]
fn a_denial_is_stronger_than_an_allowance() {
    let policy = TargetPolicy {
        allowance: Allowance::parse("127.0.0.0/8").unwrap(),
        denied: DeniedTargets::parse("127.0.0.2,localhost").unwrap(),
        ports: Ports::default(),
    };
    assert!(policy.check("http://127.0.0.1:3000/x").is_ok());
    assert!(policy.check("http://127.0.0.2:3000/x").is_err());
    assert!(policy.check("http://localhost:3000/x").is_err());
    assert!(policy.check_addresses(&["127.0.0.2".parse().unwrap()]).is_err());
}

#[test]
fn an_invisible_character_in_a_host_name_is_rejected() {
    for code in [0xad, 0x200b, 0x200c, 0x200d, 0x202e, 0x2060, 0xfe0f, 0xfeff, 0xe0061] {
        let char = char::from_u32(code).unwrap();
        for url in [format!("https://exam{char}ple.com/x"), format!("https://{char}127.0.0.1/x")] {
            assert_eq!(check(&url), Err(TargetError::Invisible { code }), "{url:?}");
        }
        assert!(check(&format!("https://example.com/a{char}b")).is_ok(), "a path is sent as it is: U+{code:04X}");
    }
    let error = check("https://exam\u{ad}ple.com/").unwrap_err().to_string();
    assert!(error.starts_with("contains the invisible character U+00AD in its host name: remove it"), "{error}");
    assert_eq!(check("https://exam%C2%ADple.com/x"), Err(TargetError::HostName));
    assert_eq!(check("https://ex%61mple.com/x"), Err(TargetError::HostName));
}

#[test]
fn no_character_disappears_from_a_host_name() {
    let basic = '\0'..='\u{ffff}';
    let special = '\u{1b000}'..='\u{1dfff}';
    let tags = '\u{e0000}'..='\u{e0fff}';
    for char in basic.chain(special).chain(tags) {
        if let Ok(url) = TargetPolicy::default().parse(&format!("https://exam{char}ple.com/")) {
            let is_part_of_the_url = matches!(char, '/' | '?' | '#' | ':');
            assert!(is_part_of_the_url || url.host_str() != Some("example.com"), "{}", char.escape_unicode());
        }
    }
}

#[test]
fn a_host_name_that_dns_cannot_hold_is_refused_at_once() {
    let (label, long) = ("a".repeat(64), ["a"; 128].join("."));
    let (longest_label, longest) = ("a".repeat(63), ["a"; 127].join("."));
    for host in [&format!("{label}.com"), &long, "example..com", "exa$mple.com", "a.b.c!", "*.example.com"] {
        assert_eq!(check(&format!("https://{host}/")), Err(TargetError::HostName), "{host}");
    }
    for host in [&format!("{longest_label}.com"), &longest, "a_b.example.com", "1-2.example.com."] {
        assert!(check(&format!("https://{host}/")).is_ok(), "{host}");
    }
}

#[test]
fn the_port_error_names_the_rule() {
    assert_eq!(
        check("https://example.com:25/").unwrap_err().to_string(),
        "uses port 25; allowed are 443 and 1024 to 65535"
    );
}

#[test]
fn a_url_in_a_log_line_shows_its_host_only() {
    let url = check("https://example.com/hook/s3cret?token=s3cret").unwrap();
    assert_eq!(format!("{url:?}"), "TargetUrl(example.com)");
}
