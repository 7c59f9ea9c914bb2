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
    assert_eq!(check(&format!("https://example.com/{}", "x".repeat(2_048))), Err(TargetError::TooLong));
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
    let local = TargetPolicy { allowance: Allowance::parse("127.0.0.0/8").unwrap(), ports: Ports::default() };
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
