//! The headers of every page.

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::Response,
};
use shared::portal::WebUrl;

/// What every page has. `no-referrer` would make browsers send `Origin: null` with forms.
const ALWAYS: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// How long browsers ask for nothing but https: two years.
const HSTS: &str = "max-age=63072000";

/// The policy: nothing but the portal's own files and the operator's logo.
pub(super) fn policy(logo: Option<&WebUrl>) -> String {
    let logo = logo.map(|logo| format!(" {}", logo.as_source())).unwrap_or_default();
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:{logo}; connect-src 'self'; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'"
    )
}

/// Adds them. What says how long it may be kept, an asset, keeps that.
pub(super) fn secured(mut response: Response, policy: &str, is_https: bool) -> Response {
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if is_https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_allows_the_operators_logo_and_nothing_else_from_elsewhere() {
        let logo = WebUrl::parse("https://cdn.example.com/logo.svg").unwrap();
        for (logo, images) in
            [(None, "img-src 'self' data:;"), (Some(&logo), "img-src 'self' data: https://cdn.example.com/logo.svg;")]
        {
            let policy = policy(logo);
            assert!(policy.contains(images), "{policy}");
            assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
            assert!(policy.ends_with("form-action 'self'; base-uri 'none'; frame-ancestors 'none'"), "{policy}");
        }
    }
}
