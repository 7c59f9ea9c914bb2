//! Where a webhook points: which URLs are accepted, and why the others are not.

pub mod address;
pub mod denied;
mod host_name;
pub mod ports;

use std::{fmt, net::IpAddr};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use self::{
    address::{Allowance, NotPublic, check_address},
    denied::{DeniedTargets, Excluded},
    host_name::{is_host_name, is_localhost, is_private_name},
    ports::Ports,
};
use super::text::is_invisible;

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

    /// What may be shown to others than the customer: path and query may hold tokens.
    pub fn host(&self) -> Option<String> {
        Url::parse(&self.0).ok().and_then(|url| url.host_str().map(str::to_owned))
    }
}

/// Host only: path and query may hold tokens.
impl fmt::Debug for TargetUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TargetUrl({})", self.host().as_deref().unwrap_or("?"))
    }
}

/// Why a URL is rejected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    #[error("has {bytes} bytes: shorten it to at most {MAX_URL}; a character outside ASCII has several bytes")]
    TooLong { bytes: usize },
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
    #[error("leads to an address that is not allowed: {0}")]
    Address(#[from] AddressError),
    #[error("names a host that is not allowed: {0}")]
    Excluded(#[from] Excluded),
    #[error(
        "contains the invisible character U+{code:04X} in its host name: remove it, or write the name in Punycode (xn--…)"
    )]
    Invisible { code: u32 },
    #[error("must name a host of letters, digits, '-', '_' and '.': at most 253, and 63 between dots")]
    HostName,
    #[error("names this machine or a private network; give a host that the public Internet can reach")]
    LocalName,
}

/// Why an address is not dialled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error(transparent)]
    NotPublic(#[from] NotPublic),
    #[error(transparent)]
    Excluded(#[from] Excluded),
}

/// What an installation lets webhooks point at.
#[derive(Clone, Debug, Default)]
pub struct TargetPolicy {
    pub allowance: Allowance,
    /// Stronger than the allowance.
    pub denied: DeniedTargets,
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

    /// Checks all addresses that one name resolved to. One bad address rejects the name, because a mix is how filters are tricked.
    pub fn check_addresses(&self, addresses: &[IpAddr]) -> Result<(), AddressError> {
        addresses.iter().try_for_each(|address| self.check_address(*address))
    }

    fn check_address(&self, address: IpAddr) -> Result<(), AddressError> {
        self.denied.check_address(address)?;
        check_address(address, &self.allowance)?;
        Ok(())
    }

    fn parse(&self, text: &str) -> Result<Url, TargetError> {
        if text.len() > MAX_URL {
            return Err(TargetError::TooLong { bytes: text.len() });
        }
        // The URL standard strips some of these silently, and turns '\' into '/': what was checked must be what is dialled.
        if text.chars().any(|char| char.is_control() || char.is_whitespace() || char == '\\') {
            return Err(TargetError::Malformed);
        }
        // In a host name it strips these too, so that the customer would see another name than the one that is dialled.
        if let Some(char) = authority(text).chars().find(|char| is_invisible(*char)) {
            return Err(TargetError::Invisible { code: char.into() });
        }
        let url = Url::parse(text).map_err(|_| TargetError::Malformed)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(TargetError::NotHttps);
        }
        if !has_authority(text) {
            return Err(TargetError::Malformed);
        }
        if has_user_info(&url, text) {
            return Err(TargetError::UserInfo);
        }
        if url.fragment().is_some() {
            return Err(TargetError::Fragment);
        }
        self.check_host(&url)?;
        // `exa%C2%ADmple.com` hides an invisible character, and nothing that DNS can carry needs to be encoded.
        if url.domain().is_some() && authority(text).contains('%') {
            return Err(TargetError::HostName);
        }
        Ok(url)
    }

    fn check_host(&self, url: &Url) -> Result<(), TargetError> {
        let address: Option<IpAddr> = match url.host().ok_or(TargetError::Malformed)? {
            Host::Ipv4(v4) => Some(v4.into()),
            Host::Ipv6(v6) => Some(v6.into()),
            Host::Domain(_) => None,
        };
        let name = url.host_str().unwrap_or_default();
        match address {
            Some(address) => self.denied.check_address(address).map_err(AddressError::from)?,
            None => self.denied.check_name(name)?,
        }
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
            Some(address) => check_address(address, &self.allowance).map_err(AddressError::from)?,
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

/// Whether there is a user name or a password, in the URL as it was read or as it was written.
fn has_user_info(url: &Url, text: &str) -> bool {
    !url.username().is_empty() || url.password().is_some() || authority(text).contains('@')
}

fn authority(text: &str) -> &str {
    let rest = text.split_once("//").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
