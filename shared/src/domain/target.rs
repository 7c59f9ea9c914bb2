//! Where a webhook points: which URLs are taken, and why the others are not.

use std::{fmt, net::IpAddr, ops::RangeInclusive};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::address::{Allowance, Refused, judge};

/// The longest URL, in bytes.
pub const MAX_URL: usize = 2_048;

/// A URL that passed [`TargetPolicy::check`] when it was stored. Written as the customer wrote it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TargetUrl(String);

impl TargetUrl {
    /// The URL as the customer gave it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Host only: path and query may hold tokens.
impl fmt::Debug for TargetUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = Url::parse(&self.0).ok().and_then(|url| url.host_str().map(str::to_owned));
        write!(f, "TargetUrl({})", host.as_deref().unwrap_or("?"))
    }
}

/// Why a URL is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    #[error("must have at most {MAX_URL} characters")]
    TooLong,
    #[error("must be an absolute URL such as https://example.com/webhooks, without spaces or control characters")]
    Malformed,
    #[error("must begin with https://")]
    NotHttps,
    #[error("must not contain a user name or password: the signature proves who is calling")]
    UserInfo,
    #[error("must not contain a fragment (the part after '#'): it is never sent")]
    Fragment,
    #[error("uses port {port}; allowed are {allowed}")]
    Port { port: u16, allowed: Ports },
    #[error("leads to an address that is not public: {0}")]
    Address(#[from] Refused),
    #[error("must name a host of letters, digits, '-', '_' and '.': at most 253, and 63 between full stops")]
    HostName,
    #[error("names this machine or a private network; give a host that the public Internet can reach")]
    LocalName,
}

/// Ports that webhooks may use: `443,1024-65535`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ports(Vec<RangeInclusive<u16>>);

impl Default for Ports {
    fn default() -> Self {
        Self(vec![443..=443, 1_024..=65_535])
    }
}

impl Ports {
    /// Reads ports and ranges separated by commas.
    ///
    /// # Errors
    /// Returns the part that is neither.
    pub fn parse(text: &str) -> Result<Self, String> {
        let range = |part: &str| {
            let (low, high) = part.split_once('-').unwrap_or((part, part));
            let (low, high) = (low.trim().parse().ok()?, high.trim().parse().ok()?);
            (1 <= low && low <= high).then_some(low..=high)
        };
        text.split(',').map(|part| range(part).ok_or_else(|| part.to_owned())).collect::<Result<_, _>>().map(Self)
    }

    fn contains(&self, port: u16) -> bool {
        self.0.iter().any(|range| range.contains(&port))
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let write = |range: &RangeInclusive<u16>| match (range.start(), range.end()) {
            (low, high) if low == high => low.to_string(),
            (low, high) => format!("{low} to {high}"),
        };
        f.write_str(&self.0.iter().map(write).collect::<Vec<_>>().join(" and "))
    }
}

/// What an installation lets webhooks point at.
#[derive(Clone, Debug, Default)]
pub struct TargetPolicy {
    pub allowance: Allowance,
    pub ports: Ports,
}

impl TargetPolicy {
    /// Takes a customer's URL, or says what to change.
    ///
    /// A name is judged again whenever it is dialled, by the addresses it then resolves to.
    ///
    /// # Errors
    /// The rule it breaks.
    pub fn check(&self, text: &str) -> Result<TargetUrl, TargetError> {
        self.parse(text)?;
        Ok(TargetUrl(text.to_owned()))
    }

    /// The stored URL ready to be dialled, checked again: the policy may have changed since it was stored.
    ///
    /// # Errors
    /// The rule it breaks.
    pub fn dial(&self, target: &TargetUrl) -> Result<Url, TargetError> {
        self.parse(&target.0)
    }

    fn parse(&self, text: &str) -> Result<Url, TargetError> {
        if text.len() > MAX_URL {
            return Err(TargetError::TooLong);
        }
        // The URL standard strips some of these silently, and turns '\' into '/': what was checked must be what is dialled.
        if text.chars().any(|char| char.is_control() || char.is_whitespace() || char == '\\') {
            return Err(TargetError::Malformed);
        }
        let url = Url::parse(text).map_err(|_| TargetError::Malformed)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(TargetError::NotHttps);
        }
        if !has_authority(text) {
            return Err(TargetError::Malformed);
        }
        if !url.username().is_empty() || url.password().is_some() || authority(text).contains('@') {
            return Err(TargetError::UserInfo);
        }
        if url.fragment().is_some() {
            return Err(TargetError::Fragment);
        }
        self.check_host(&url)?;
        Ok(url)
    }

    fn check_host(&self, url: &Url) -> Result<(), TargetError> {
        let address: Option<IpAddr> = match url.host().ok_or(TargetError::Malformed)? {
            Host::Ipv4(v4) => Some(v4.into()),
            Host::Ipv6(v6) => Some(v6.into()),
            Host::Domain(_) => None,
        };
        let name = url.host_str().unwrap_or_default();
        let allowed = match address {
            Some(address) => self.allowance.covers(address),
            None => is_localhost(name) && self.allowance.covers_loopback(),
        };
        if allowed {
            return Ok(());
        }
        if url.scheme() != "https" {
            return Err(TargetError::NotHttps);
        }
        match address {
            Some(address) => judge(address, &self.allowance)?,
            None if !is_host_name(name) => return Err(TargetError::HostName),
            None if is_private_name(name) => return Err(TargetError::LocalName),
            None => {}
        }
        let port = url.port_or_known_default().unwrap_or(443);
        if self.ports.contains(port) { Ok(()) } else { Err(TargetError::Port { port, allowed: self.ports.clone() }) }
    }
}

/// `https:example.com` and `https:/example.com` are repaired by the URL standard; nobody means them.
fn has_authority(text: &str) -> bool {
    text.split_once(':').is_some_and(|(_, rest)| rest.starts_with("//") && !rest.starts_with("///"))
}

fn authority(text: &str) -> &str {
    let rest = text.split_once("//").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

/// Whether DNS and TLS can carry the name; the URL standard lets more through.
fn is_host_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    name.len() <= 253 && name.split('.').all(|label| (1..=63).contains(&label.len()) && label.bytes().all(legal))
}

fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name == "localhost" || name.ends_with(".localhost")
}

/// Names that never lead to the public Internet, refused before anybody asks DNS: one label only, and special-use domains.
fn is_private_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    !name.contains('.') || [".localhost", ".local", ".internal", ".home.arpa"].iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
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
    fn ports_are_read_as_numbers_and_ranges() {
        assert_eq!(Ports::parse("443,8000-8999").unwrap().to_string(), "443 and 8000 to 8999");
        for bad in ["", "0", "443;80", "9-1", "70000"] {
            assert!(Ports::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_url_in_a_log_line_shows_its_host_only() {
        let url = check("https://example.com/hook/s3cret?token=s3cret").unwrap();
        assert_eq!(format!("{url:?}"), "TargetUrl(example.com)");
    }
}
