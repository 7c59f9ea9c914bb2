//! Why a filter is rejected, and where in it.

use std::fmt;

use super::limits::{MAX_FILTER_BYTES, MAX_FILTER_LEAVES, MAX_FILTER_LEVELS, MAX_FILTER_WAYS};
use crate::json::JsonError;

/// A filter that is rejected: what is wrong, where, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {fault}", place_in_words(place))]
pub struct InvalidFilter {
    place: String,
    fault: Fault,
}

impl InvalidFilter {
    /// A path such as `data.amount[0].numeric[1]`. Empty where the filter as a whole is wrong.
    pub fn place(&self) -> &str {
        &self.place
    }
}

fn place_in_words(place: &str) -> String {
    if place.is_empty() { "in the filter".to_owned() } else { format!("at '{place}'") }
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    #[error("{0}")]
    NotJson(JsonError),
    #[error("{found} bytes are too many; use at most {MAX_FILTER_BYTES}")]
    TooLong { found: usize },
    #[error("{found} matchers are too many; use at most {MAX_FILTER_LEAVES} in the whole filter")]
    TooManyLeaves { found: usize },
    #[error("the arrays of '$or' have too many combinations; use at most {MAX_FILTER_WAYS}")]
    TooManyWays,
    #[error("the field is more than {MAX_FILTER_LEVELS} levels deep; use a field further up")]
    TooManyLevels,
    #[error("{found} is not a pattern; use an object such as {{\"event\":[\"user.created\"]}}")]
    NotAnObject { found: &'static str },
    #[error("an object without fields matches nothing in particular; name a field, or leave the object out")]
    EmptyObject,
    #[error("the field is given twice; put all its values into one array")]
    Duplicate,
    #[error("the field is not a part of what is filtered; use event, data or $or")]
    TopField,
    #[error("a field inside '$or' cannot have the name of an operator; use another field")]
    ReservedInOr,
    #[error("{found} is neither an array of values nor an object; put the value into an array")]
    NeitherArrayNorObject { found: &'static str },
    #[error("an empty array matches nothing; put at least one value into the array")]
    EmptyArray,
    #[error("{found} cannot be a matcher; use a string, number, true, false, null or an object with one operator")]
    NotAMatcher { found: &'static str },
    #[error("{found} cannot follow '$or'; use an array of two or more objects")]
    OrNotAnArray { found: &'static str },
    #[error("'$or' has {found} of the two or more objects it needs; add one, or leave '$or' out")]
    OrTooShort { found: usize },
    #[error("'{name}' is not an operator; use prefix, suffix, equals-ignore-case, anything-but, numeric or exists")]
    UnknownOperator { name: String },
    #[error("a matcher has {found} operators; use exactly one")]
    NotOneOperator { found: usize },
    #[error("{found} cannot follow '{operator}'; use a string")]
    NotText { operator: &'static str, found: &'static str },
    #[error("{found} cannot follow 'exists'; use true or false")]
    NotABool { found: &'static str },
    #[error("{found} cannot follow 'anything-but'; use a string, a number, an array of either, prefix or suffix")]
    NotExcludable { found: &'static str },
    #[error("'anything-but' has strings and numbers in one array; use only strings or only numbers")]
    MixedList,
    #[error("'{name}' cannot follow 'anything-but'; use prefix or suffix")]
    NotAfterAnythingBut { name: String },
    #[error("an empty string follows 'anything-but' and excludes every string; use at least one character")]
    EmptyExclusion,
    #[error("{found} cannot follow 'numeric'; use an array such as [\">\",0,\"<=\",5]")]
    NotARange { found: &'static str },
    #[error("{found} cannot stand here; use one of \"=\", \"<\", \"<=\", \">\" and \">=\"")]
    NotAComparison { found: String },
    #[error("only an upper bound can follow a lower one; use \"<\" or \"<=\"")]
    NotAnUpperBound,
    #[error("a number must follow the comparison, and there is {found}; use a number")]
    NotANumber { found: &'static str },
    #[error("the range goes on after its end; use one comparison, or a lower bound before an upper one")]
    RangeTooLong,
    #[error("the upper bound is not above the lower one; use a range that is not empty")]
    EmptyRange,
    #[error("the number is too large for a double (about 1.8e308); use a smaller number")]
    NotFinite,
}

impl Fault {
    pub(super) fn at(self, place: &Place) -> InvalidFilter {
        InvalidFilter { place: place.to_string(), fault: self }
    }
}

/// Where in the filter the parser is.
#[derive(Clone, Copy)]
pub(super) enum Place<'p> {
    Top,
    Field(&'p Place<'p>, &'p str),
    Item(&'p Place<'p>, usize),
}

/// The field that is no field.
pub(super) const OR: &str = "$or";

impl Place<'_> {
    /// How many fields lead here. `$or` is none.
    pub(super) fn level(&self) -> usize {
        match self {
            Self::Top => 0,
            Self::Field(parent, name) => parent.level().saturating_add(usize::from(*name != OR)),
            Self::Item(parent, _) => parent.level(),
        }
    }

    pub(super) fn is_inside_or(&self) -> bool {
        match self {
            Self::Top => false,
            Self::Field(parent, name) => *name == OR || parent.is_inside_or(),
            Self::Item(parent, _) => parent.is_inside_or(),
        }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Top => Ok(()),
            Self::Field(Place::Top, name) => f.write_str(name),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}
