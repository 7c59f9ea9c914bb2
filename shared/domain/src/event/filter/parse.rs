//! Objects of a pattern: their fields, and `$or`.

use super::invalid::{Fault, InvalidFilter, OR, Place};
use super::limits::MAX_FILTER_LEVELS;
use super::matcher::Leaf;
use super::operator;
use crate::json::{Json, Member};

/// An object of a filter. All of it must match.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) fields: Vec<(String, Field)>,
    /// One of these must match too. Empty without `$or`.
    pub(super) or: Vec<Pattern>,
}

#[derive(Debug)]
pub(super) enum Field {
    Leaf(Leaf),
    Nested(Pattern),
}

/// Names that EventBridge keeps for operators, of today and of later, and refuses as fields inside `$or`.
const RESERVED_IN_OR: [&str; 24] = [
    "exactly",
    "equals-ignore-case",
    "prefix",
    "suffix",
    "anything-but",
    "exists",
    "wildcard",
    "numeric",
    "cidr",
    "=",
    "<",
    "<=",
    ">",
    ">=",
    "regex",
    "not-wildcard",
    "not-equals-ignore-case",
    "date-after",
    "date-on-or-after",
    "date-before",
    "date-on-or-before",
    "in-date-range",
    "ip-address-in-range",
    "ip-address-not-in-range",
];

/// Reads a whole filter, or an object of a `$or`.
pub(super) fn pattern(json: &Json, at: &Place) -> Result<Pattern, InvalidFilter> {
    let Json::Object(members) = json else {
        return Err(Fault::NotAnObject { found: json.kind() }.at(at));
    };
    if members.is_empty() {
        return Err(Fault::EmptyObject.at(at));
    }
    check_no_duplicate(members, at)?;
    let mut pattern = Pattern { fields: Vec::new(), or: Vec::new() };
    for (name, value) in members {
        let at = Place::Field(at, name);
        if name == OR {
            pattern.or = alternatives(value, &at)?;
        } else {
            pattern.fields.push((name.to_string(), field(name, value, &at)?));
        }
    }
    Ok(pattern)
}

fn check_no_duplicate(members: &[Member], at: &Place) -> Result<(), InvalidFilter> {
    // Equal keys stand next to each other.
    let mut pairs = members.iter().zip(members.iter().skip(1));
    match pairs.find(|((one, _), (other, _))| one == other) {
        Some(((name, _), _)) => Err(Fault::Duplicate.at(&Place::Field(at, name))),
        None => Ok(()),
    }
}

fn field(name: &str, value: &Json, at: &Place) -> Result<Field, InvalidFilter> {
    check_field(name, at)?;
    match value {
        Json::Array(items) => operator::leaf(items, at).map(Field::Leaf),
        Json::Object(_) => pattern(value, at).map(Field::Nested),
        _ => Err(Fault::NeitherArrayNorObject { found: value.kind() }.at(at)),
    }
}

fn check_field(name: &str, at: &Place) -> Result<(), InvalidFilter> {
    let level = at.level();
    if level == 1 && !matches!(name, "event" | "data") {
        Err(Fault::TopField.at(at))
    } else if level > MAX_FILTER_LEVELS {
        Err(Fault::TooManyLevels.at(at))
    } else if at.is_inside_or() && RESERVED_IN_OR.contains(&name) {
        Err(Fault::ReservedInOr.at(at))
    } else {
        Ok(())
    }
}

fn alternatives(value: &Json, at: &Place) -> Result<Vec<Pattern>, InvalidFilter> {
    let Json::Array(items) = value else {
        return Err(Fault::OrNotAnArray { found: value.kind() }.at(at));
    };
    if items.len() < 2 {
        return Err(Fault::OrTooShort { found: items.len() }.at(at));
    }
    items.iter().enumerate().map(|(index, item)| pattern(item, &Place::Item(at, index))).collect()
}

impl Pattern {
    /// How many matchers stand in all arrays.
    pub(super) fn leaves(&self) -> usize {
        let fields = self.fields.iter().map(|(_, field)| match field {
            Field::Leaf(leaf) => leaf.count(),
            Field::Nested(pattern) => pattern.leaves(),
        });
        fields.chain(self.or.iter().map(Self::leaves)).fold(0, usize::saturating_add)
    }

    /// In how many ways the filter can match: combinations of one alternative of each `$or`.
    pub(super) fn ways(&self) -> usize {
        let nested = self.fields.iter().map(|(_, field)| match field {
            Field::Leaf(_) => 1,
            Field::Nested(pattern) => pattern.ways(),
        });
        let alternatives = self.or.iter().map(Self::ways).reduce(usize::saturating_add);
        nested.chain(alternatives).fold(1, usize::saturating_mul)
    }
}
