//! Whether a signature matches, and if not which usual mistake explains it. Values only.
//!
//! A signature is made in a way: which key, over which content, written how. The way that a header asks for is its [`Scheme`]. If the
//! signature does not match by it, every other way is tried, and the one with the fewest differences is the diagnosis.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::way::{Content, Encoding, Ending, Key, Received, STANDARD_PREFIX, Scheme};

/// What contracts write before a signature.
const KNOWN_PREFIXES: [&str; 2] = [STANDARD_PREFIX, "sha256="];

/// The size of an HMAC-SHA256.
const MAC_BYTES: usize = 32;

/// What is to be said about one signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Matches,
    /// It would match, but for these.
    Mistaken(Vec<Mistake>),
    /// No usual mistake explains it.
    Unexplained,
    /// Nothing in the header can be 32 bytes, in hex or base64.
    Unreadable,
}

/// One difference between how a signature was made and how it must be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mistake {
    Prefix {
        found: String,
        expected: String,
    },
    Encoding {
        found: Encoding,
        expected: Encoding,
    },
    Key {
        found: Key,
        expected: Key,
    },
    Content {
        found: Content,
        expected: Content,
    },
    /// The body given here ends with a newline that was not signed.
    NewlineInBody,
    /// A newline that the body given here does not have was signed.
    NewlineSigned,
}

/// Compares the value of one header with what it must be by one of these schemes.
pub fn verdict_of(schemes: &[Scheme], value: &str, received: &Received<'_>) -> Verdict {
    let mut readable = false;
    let mut fewest: Option<Vec<Mistake>> = None;
    for scheme in schemes {
        for signature in value.split_whitespace().filter_map(|text| read(text, &scheme.prefix)) {
            readable = true;
            for mistakes in ways_that_match(scheme, &signature, received) {
                if fewest.as_ref().is_none_or(|fewest| mistakes.len() < fewest.len()) {
                    fewest = Some(mistakes);
                }
            }
        }
    }
    match fewest {
        Some(none) if none.is_empty() => Verdict::Matches,
        Some(mistakes) => Verdict::Mistaken(mistakes),
        None if readable => Verdict::Unexplained,
        None => Verdict::Unreadable,
    }
}

/// One signature of a header's value.
struct Signature {
    mac: Vec<u8>,
    prefix: String,
    encoding: Encoding,
}

/// Reads a signature whatever it begins with and however it is written.
fn read(text: &str, expected_prefix: &str) -> Option<Signature> {
    let prefixes = [expected_prefix].into_iter().chain(KNOWN_PREFIXES).filter(|prefix| !prefix.is_empty());
    let prefix = prefixes.into_iter().find(|prefix| text.starts_with(prefix)).unwrap_or_default();
    let written = text.strip_prefix(prefix)?;
    let hex_of = |digits: &[u8]| hex::decode(digits).ok();
    let base64 = STANDARD.decode(written).ok();
    let readings = [
        (Encoding::Hex, hex_of(written.as_bytes())),
        (Encoding::Base64OfHex, base64.as_deref().and_then(hex_of)),
        (Encoding::Base64, base64),
    ];
    let mut readings = readings.into_iter().filter_map(|(encoding, mac)| Some((encoding, mac?)));
    let (encoding, mac) = readings.find(|(_, mac)| mac.len() == MAC_BYTES)?;
    Some(Signature { mac, prefix: prefix.to_owned(), encoding })
}

/// For each way in which this signature can have been made, its differences from the scheme.
fn ways_that_match(scheme: &Scheme, signature: &Signature, received: &Received<'_>) -> Vec<Vec<Mistake>> {
    let mut found = Vec::new();
    for key in Key::ALL {
        for content in Content::ALL {
            for ending in Ending::ALL {
                if is_made_so(key, content, ending, signature, received) == Some(true) {
                    found.push(differences(scheme, signature, key, content, ending));
                }
            }
        }
    }
    found
}

/// In constant time, as a receiver must. Nothing if the secret or the request lacks what this way needs.
fn is_made_so(
    key: Key,
    content: Content,
    ending: Ending,
    signature: &Signature,
    received: &Received<'_>,
) -> Option<bool> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.bytes(received.secret)?).ok()?;
    mac.update(content.start(received)?.as_bytes());
    mac.update(&ending.applied_to(received.body)?);
    Some(mac.verify_slice(&signature.mac).is_ok())
}

fn differences(scheme: &Scheme, signature: &Signature, key: Key, content: Content, ending: Ending) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    if signature.prefix != scheme.prefix {
        mistakes.push(Mistake::Prefix { found: signature.prefix.clone(), expected: scheme.prefix.clone() });
    }
    if signature.encoding != scheme.encoding {
        mistakes.push(Mistake::Encoding { found: signature.encoding, expected: scheme.encoding });
    }
    if key != scheme.key {
        mistakes.push(Mistake::Key { found: key, expected: scheme.key });
    }
    if content != scheme.content {
        mistakes.push(Mistake::Content { found: content, expected: scheme.content });
    }
    match ending {
        Ending::AsGiven => {}
        Ending::WithoutNewline => mistakes.push(Mistake::NewlineInBody),
        Ending::WithNewline => mistakes.push(Mistake::NewlineSigned),
    }
    mistakes
}

#[cfg(test)]
mod tests;
