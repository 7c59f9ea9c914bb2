//! JSON in the one form that survives `JSON.stringify(JSON.parse(text))` byte for byte.
//!
//! Some receivers verify a signature over `JSON.stringify(req.body)` instead of the bytes they got. So a payload is brought
//! into canonical form once, when it comes in, and those bytes are stored, signed and sent ever after:
//!
//! ```
//! use domain::json::{CanonicalJson, UnsafeNumbers};
//!
//! let json = CanonicalJson::parse(r#"{ "b": 1.0, "7": "\u00e9", "b": 1E5 }"#, UnsafeNumbers::Refuse)?;
//! assert_eq!(json.as_str(), r#"{"7":"é","b":100000}"#);
//! # Ok::<(), domain::json::JsonError>(())
//! ```
//!
//! The text is read once and written as it is read: `walk` knows the grammar, `number` and `string` their spelling,
//! `order` puts the members of an object where JavaScript would. What is accepted is what `JSON.parse` accepts, except
//! for the few texts whose value would not survive; [`JsonError`] lists them. `tree` reads a text for those who look into it.

mod cursor;
mod number;
mod order;
#[cfg(test)]
mod properties;
mod same;
mod string;
#[cfg(test)]
mod tests;
mod tree;
mod walk;

use std::fmt;

pub use same::{same_content, sorted};
pub use string::push_quoted;
pub use tree::{Json, Member, member};

/// How deep arrays and objects may nest.
///
/// The walk is recursive, so without a limit a text of brackets would exhaust the stack. 128 is about where common readers
/// give up too (100 in Ruby's `json`, 127 in `serde_json`), and far beyond any payload worth sending.
pub const DEPTH_LIMIT: usize = 128;

/// What to do with a number that JavaScript would print back with another decimal value, such as 9007199254740993 or 1e-400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnsafeNumbers {
    /// Keep it digit for digit: receivers verify the raw bytes.
    Keep,
    /// Reject the text: a receiver that parses and prints it again would see another number, and another signature.
    Refuse,
}

/// A JSON text in canonical form.
///
/// It may be up to five times as long as the text it came from (`1e20` has 21 digits), so size limits belong on this form.
/// Under [`UnsafeNumbers::Keep`] it equals what JavaScript prints except for the numbers that were kept.
#[derive(Clone, PartialEq, Eq)]
pub struct CanonicalJson(String);

impl CanonicalJson {
    /// Reads one JSON text and writes it in canonical form.
    ///
    /// Parsing a canonical form again changes nothing.
    pub fn parse(text: &str, unsafe_numbers: UnsafeNumbers) -> Result<Self, JsonError> {
        walk::canonical(text, unsafe_numbers).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, without a copy.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// Shows the length only: payloads never get into logs.
impl fmt::Debug for CanonicalJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CanonicalJson({} bytes)", self.0.len())
    }
}

/// Why a text has no canonical form. Offsets are in bytes and start at 0; the text itself is never repeated.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
pub enum JsonError {
    /// The text is no JSON (RFC 8259).
    #[error("this is not valid JSON: at byte {offset} there should be {expected}")]
    Syntax {
        /// Where the grammar was left.
        offset: usize,
        /// What would have been right there.
        expected: &'static str,
    },
    /// Arrays and objects nest deeper than [`DEPTH_LIMIT`].
    #[error("arrays and objects may nest {limit} deep, and at byte {offset} begins one more; please flatten the data")]
    TooDeep {
        /// Where the first bracket too many stands.
        offset: usize,
        /// The deepest nesting allowed.
        limit: usize,
    },
    /// An escape is half of a surrogate pair and therefore no character.
    #[error("the \\u escape at byte {offset} is half of a surrogate pair; please send both halves or neither")]
    LoneSurrogate {
        /// Where the escape begins.
        offset: usize,
    },
    /// A number is beyond the range of a double.
    #[error("the number at byte {offset} is too large for a double (about 1.8e308); please send it as a string")]
    NumberOutOfRange {
        /// Where the number begins.
        offset: usize,
    },
    /// A number that JavaScript would print back with another decimal value, under [`UnsafeNumbers::Refuse`].
    #[error("JavaScript would change the value of the number at byte {offset}; please send it as a string")]
    UnsafeNumber {
        /// Where the number begins.
        offset: usize,
    },
}
