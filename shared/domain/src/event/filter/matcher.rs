//! What a pattern asks of one leaf: a string, a number, a boolean or null.

use std::ops::{Bound, RangeBounds};

use crate::json::Json;

/// What stands in the array of one field of a pattern.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    /// One of them must match.
    pub(super) matchers: Vec<Matcher>,
    /// Whether `{"exists": false}` is among them.
    pub(super) absence: Absence,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absence {
    Matches,
    Fails,
}

/// One alternative of an array.
#[derive(Debug, Clone)]
pub(super) enum Matcher {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    Prefix(String),
    Suffix(String),
    IgnoreCase(String),
    Numeric(Bound<f64>, Bound<f64>),
    /// None of these matches.
    AnythingBut(Vec<Matcher>),
    Exists,
}

impl Leaf {
    /// How many matchers stand in the array.
    pub(super) fn count(&self) -> usize {
        self.matchers.len().saturating_add(usize::from(self.absence == Absence::Matches))
    }

    pub(super) fn matches(&self, leaf: &Json) -> bool {
        self.matchers.iter().any(|matcher| matcher.matches(leaf))
    }
}

impl Matcher {
    /// Reads no more of a string than the pattern is long.
    fn matches(&self, leaf: &Json) -> bool {
        match (self, leaf) {
            (Self::Exists, _) | (Self::Null, Json::Null) => true,
            (Self::AnythingBut(excluded), _) => !excluded.iter().any(|matcher| matcher.matches(leaf)),
            (Self::Bool(wanted), Json::Bool(found)) => wanted == found,
            // Exact on purpose: both are the double nearest to what was written.
            #[expect(clippy::float_cmp, reason = "numbers compare by value")]
            (Self::Number(wanted), Json::Number(found)) => wanted == found,
            (Self::Numeric(low, high), Json::Number(found)) => (*low, *high).contains(found),
            (Self::Text(wanted), Json::Text(found)) => wanted == found,
            (Self::Prefix(wanted), Json::Text(found)) => found.starts_with(wanted.as_str()),
            (Self::Suffix(wanted), Json::Text(found)) => found.ends_with(wanted.as_str()),
            (Self::IgnoreCase(wanted), Json::Text(found)) => lower(wanted).eq(lower(found)),
            _ => false,
        }
    }
}

fn lower(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}
