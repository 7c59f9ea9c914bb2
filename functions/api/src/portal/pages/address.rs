//! A URL with its host set apart: the part by which people know an endpoint.

use crate::portal::words::visible::line;

/// A URL in three parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) before: String,
    pub(crate) host: String,
    pub(crate) after: String,
}

impl Address {
    /// Of a URL that was checked. Anything else is all host.
    pub(crate) fn of(url: &str) -> Self {
        let (before, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        let before = if before.is_empty() { String::new() } else { format!("{before}://") };
        let before = if user.is_empty() { before } else { format!("{before}{user}@") };
        Self { before: line(&before), host: line(host), after: line(if after == "/" { "" } else { after }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_stands_apart_from_what_is_around_it() {
        for (url, before, host, after) in [
            ("https://example.com/", "https://", "example.com", ""),
            ("https://a.example:8443/hooks?b=1", "https://", "a.example:8443", "/hooks?b=1"),
            ("http://[::1]:80?x", "http://", "[::1]:80", "?x"),
            ("https://example.com@evil.example/", "https://example.com@", "evil.example", ""),
            ("nonsense", "", "nonsense", ""),
        ] {
            let expected = Address { before: before.into(), host: host.into(), after: after.into() };
            assert_eq!(Address::of(url), expected, "{url}");
        }
    }
}
