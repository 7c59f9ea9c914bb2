//! The portal's style sheet and scripts. They are part of the binary, compressed when it was built.
//!
//! A path has the hash of the content, so that browsers keep the file for good. A page of another deployment names another hash: it gets
//! the present file, which browsers then do not keep.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;

/// A file as the binary has it.
#[derive(Debug)]
pub(super) struct Asset {
    name: &'static str,
    path: &'static str,
    hash: &'static str,
    content_type: &'static str,
    plain: &'static [u8],
    gzip: &'static [u8],
}

static ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const NOT_KEPT: HeaderValue = HeaderValue::from_static("no-store");

/// Where browsers find a file. Empty if there is none of that name, which a test rules out.
pub(super) fn path_of(name: &str) -> &'static str {
    ASSETS.iter().find(|asset| asset.name == name).map_or("", |asset| asset.path)
}

/// The file of that name, whatever the hash. `None` if there is none.
pub(super) fn response(name: &str, hash: &str, headers: &HeaderMap) -> Option<Response> {
    let asset = ASSETS.iter().find(|asset| asset.name == name)?;
    let is_compressed = accepts_gzip(headers);
    let content = if is_compressed { asset.gzip } else { asset.plain };
    let mut response = file(Bytes::from_static(content), asset.content_type, hash == asset.hash);
    if is_compressed {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    Some(response)
}

/// A file, which browsers keep for good if its path has its own hash.
pub(super) fn file(content: Bytes, content_type: &'static str, is_own_hash: bool) -> Response {
    let kept = if is_own_hash { FOR_GOOD } else { NOT_KEPT };
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(content_type)), (header::CACHE_CONTROL, kept)];
    (StatusCode::OK, headers, Body::from(content)).into_response()
}

/// Whether a browser understands gzip: every one does, and says so.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|coding| {
        let (name, quality) = coding.split_once(';').unwrap_or((coding, ""));
        name.trim().eq_ignore_ascii_case("gzip") && !matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Style and scripts together, compressed.
    const BUDGET: usize = 30 * 1_024;

    #[test]
    fn style_and_scripts_are_there_and_fit_their_budget() {
        for name in ["portal.css", "portal.js", "enter.js"] {
            assert!(path_of(name).ends_with(name), "{name}");
        }
        let bytes: usize = ASSETS.iter().map(|asset| asset.gzip.len()).sum();
        assert!(bytes <= BUDGET, "{bytes} bytes");
    }

    #[test]
    fn only_the_path_with_the_files_own_hash_is_kept() {
        let asset = &ASSETS[0];
        for (hash, kept) in [(asset.hash, FOR_GOOD), ("0123456789abcdef", NOT_KEPT)] {
            let response = response(asset.name, hash, &HeaderMap::new()).unwrap();
            assert_eq!(response.headers()[header::CACHE_CONTROL], kept, "{hash}");
        }
        assert!(response("no.css", asset.hash, &HeaderMap::new()).is_none());
    }

    #[test]
    fn a_client_without_gzip_gets_the_file_as_it_is() {
        for (accepted, expected) in [
            ("gzip, deflate, br", true),
            ("br;q=1.0, gzip;q=0.5", true),
            ("gzip;q=0", false),
            ("br", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, accepted.parse().unwrap())]);
            assert_eq!(accepts_gzip(&headers), expected, "{accepted}");
        }
    }
}
