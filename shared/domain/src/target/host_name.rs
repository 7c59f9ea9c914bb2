//! Host names: what DNS and TLS can carry, and which names never lead to the public Internet.

/// The name without the dot of the root at its end.
pub(super) fn without_root(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// Whether DNS and TLS can carry the name; the URL standard lets more through.
pub(super) fn is_host_name(name: &str) -> bool {
    let name = without_root(name);
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    name.len() <= 253 && name.split('.').all(|label| (1..=63).contains(&label.len()) && label.bytes().all(legal))
}

pub(super) fn is_localhost(name: &str) -> bool {
    let name = without_root(name);
    name == "localhost" || name.ends_with(".localhost")
}

/// Names that never lead to the public Internet, rejected before DNS is asked: one label only, and special-use domains.
pub(super) fn is_private_name(name: &str) -> bool {
    let name = without_root(name);
    !name.contains('.') || [".localhost", ".local", ".internal", ".home.arpa"].iter().any(|end| name.ends_with(end))
}
