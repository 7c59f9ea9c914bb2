//! Where a webhook points: which URLs are accepted, and why the others are not.

pub mod address;
pub mod ports;

use std::{fmt, net::IpAddr};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use self::{
    address::{Allowance, NotPublic, check_address},
    ports::Ports,
};

/// The most bytes that a URL may have.
pub const MAX_URL: usize = 2_048;

/// A URL that passed [`TargetPolicy::check`] when it was stored. Written as the customer wrote it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TargetUrl(String);

impl TargetUrl {
    /// The URL as the customer gave it.
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

/// Why a URL is rejected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    #[error("must have at most {MAX_URL} bytes")]
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
    Address(#[from] NotPublic),
    #[error("must name a host of letters, digits, '-', '_' and '.': at most 253, and 63 between dots")]
    HostName,
    #[error("names this machine or a private network; give a host that the public Internet can reach")]
    LocalName,
}

/// What an installation lets webhooks point at.
#[derive(Clone, Debug, Default)]
pub struct TargetPolicy {
    pub allowance: Allowance,
    pub ports: Ports,
}

impl TargetPolicy {
    /// Accepts a customer's URL, or says what to change.
    ///
    /// A name is checked again each time it is dialled, by the addresses that it then resolves to.
    pub fn check(&self, text: &str) -> Result<TargetUrl, TargetError> {
        self.parse(text)?;
        Ok(TargetUrl(text.to_owned()))
    }

    /// The stored URL ready to be dialled, checked again: the policy may have changed since it was stored.
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
            Some(address) => check_address(address, &self.allowance)?,
            None if !is_host_name(name) => return Err(TargetError::HostName),
            None if is_private_name(name) => return Err(TargetError::LocalName),
            None => {}
        }
        let port = url.port_or_known_default().unwrap_or(443);
        if self.ports.contains(port) { Ok(()) } else { Err(TargetError::Port { port, allowed: self.ports.clone() }) }
    }
}

/// `https:example.com` and `https:/example.com` are repaired by the URL standard, though they are always a mistake.
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

/// Names that never lead to the public Internet, rejected before DNS is asked: one label only, and special-use domains.
fn is_private_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    !name.contains('.') || [".localhost", ".local", ".internal", ".home.arpa"].iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests;
