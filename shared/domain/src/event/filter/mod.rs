//! Which events a webhook wants, by their content: a pattern in the syntax of Amazon EventBridge over `{"event": …, "data": …}`.
//!
//! ```
//! use domain::event::{filter::{Filter, Subject}, pattern::EventType};
//!
//! let filter = Filter::parse(r#"{ "data": { "amount": [{ "numeric": [">=", 100] }], "currency": ["EUR", "USD"] } }"#)?;
//! let data = Subject::parse(r#"{"amount":250,"currency":"EUR"}"#)?;
//! assert!(filter.matches(&EventType::parse("order.paid")?, &data));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Arrays are OR, fields are AND, and `$or` is OR between objects. Where EventBridge's documentation leaves a choice:
//!
//! - A leaf is a string, number, boolean or null, or one of them in an array. Arrays inside arrays count as one array.
//! - An array matches if one of its leaves does. That holds for `anything-but` too: `["a","b"]` has a leaf other than `"a"`.
//!   `anything-but` needs a leaf, of any type: null and 5 are anything but `"a"`.
//! - Fields of objects in an array must match in the same object, whether `$or` or the pattern's own fields name them.
//! - `exists` looks at leaves. A field that holds an object, an empty array or an array of objects has none.
//! - `{"exists": false}` inside an array of objects means the object in which the way's other fields match. If no other field
//!   chooses an object, the leaf must be absent from all of them. So an object of `{"exists": false}` alone also matches where the
//!   data has a string or nothing in its place. (EventBridge itself looks at all objects if the absent field's name sorts first.)
//! - Field names are taken whole. A dot in one is a dot.
//! - Numbers compare by value as doubles, so `1.0`, `1` and `10e-1` are one number, and `"1"` is none.
//! - `equals-ignore-case` compares the lower case that Unicode gives each character, without regard to the language.
//!
//! `parse` and `operator` read the text, `invalid` says what is wrong with it, `plan` makes it ready, `matching` compares.

mod holding;
mod invalid;
mod limits;
mod matcher;
mod matching;
mod operator;
mod parse;
mod plan;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

pub use self::invalid::InvalidFilter;
pub use self::limits::{MAX_FILTER_BYTES, MAX_FILTER_LEAVES, MAX_FILTER_LEVELS, MAX_FILTER_WAYS};
use self::{
    invalid::{Fault, Place},
    plan::Plan,
};
use super::pattern::EventType;
use crate::json::{Json, JsonError};

/// A pattern that events are compared with. Stored as its text.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Filter {
    text: String,
    plans: Vec<Plan>,
}

impl Filter {
    /// Reads the JSON text of a filter and checks its limits.
    pub fn parse(text: &str) -> Result<Self, InvalidFilter> {
        if text.len() > MAX_FILTER_BYTES {
            return Err(Fault::TooLong { found: text.len() }.at(&Place::Top));
        }
        let json = Json::parse(text).map_err(|error| Fault::NotJson(error).at(&Place::Top))?;
        let pattern = parse::pattern(&json, &Place::Top)?;
        let leaves = pattern.leaves();
        if leaves > MAX_FILTER_LEAVES {
            return Err(Fault::TooManyLeaves { found: leaves }.at(&Place::Top));
        }
        if pattern.ways() > MAX_FILTER_WAYS {
            return Err(Fault::TooManyWays.at(&Place::Top));
        }
        Ok(Self { text: compact(text), plans: plan::plans(&pattern) })
    }

    /// The text as sent, without the white space between its tokens.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a webhook with this filter wants the event.
    pub fn matches(&self, event_type: &EventType, data: &Subject<'_>) -> bool {
        let event = Json::Text(Cow::Borrowed(event_type.as_str()));
        self.plans.iter().any(|plan| matching::matches(plan, &event, &data.0))
    }

    /// As [`Filter::matches`], for one filter and data in its stored form.
    pub fn matches_stored(&self, event_type: &EventType, data: &str) -> Result<bool, JsonError> {
        Subject::parse(data).map(|data| self.matches(event_type, &data))
    }
}

/// An event's data, parsed once for all filters that look at it.
pub struct Subject<'t>(Json<'t>);

impl<'t> Subject<'t> {
    /// Reads an event's data, which is canonical JSON: other text may give each key only once.
    pub fn parse(data: &'t str) -> Result<Self, JsonError> {
        Json::parse(data).map(Self)
    }
}

/// Equal texts make equal plans.
impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Filter {}

impl TryFrom<String> for Filter {
    type Error = InvalidFilter;
    fn try_from(text: String) -> Result<Self, InvalidFilter> {
        Self::parse(&text)
    }
}

impl From<Filter> for String {
    fn from(filter: Filter) -> String {
        filter.text
    }
}

/// A JSON text without the white space outside of its strings.
fn compact(text: &str) -> String {
    let (mut quoted, mut escaped) = (false, false);
    let is_kept = |character: &char| {
        let kept = quoted || !character.is_ascii_whitespace();
        quoted ^= *character == '"' && !escaped;
        escaped = quoted && *character == '\\' && !escaped;
        kept
    };
    text.chars().filter(is_kept).collect()
}
