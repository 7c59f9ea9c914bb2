//! Arrays of a pattern: literals, and objects with one operator.

use std::ops::Bound;

use super::invalid::{Fault, InvalidFilter, Place};
use super::matcher::{Absence, Leaf, Matcher};
use crate::json::Json;

/// Reads the array of one field.
pub(super) fn leaf(items: &[Json], at: &Place) -> Result<Leaf, InvalidFilter> {
    if items.is_empty() {
        return Err(Fault::EmptyArray.at(at));
    }
    let mut leaf = Leaf { matchers: Vec::new(), absence: Absence::Fails };
    for (index, item) in items.iter().enumerate() {
        match alternative(item, &Place::Item(at, index))? {
            Some(matcher) => leaf.matchers.push(matcher),
            None => leaf.absence = Absence::Matches,
        }
    }
    Ok(leaf)
}

/// None is `{"exists": false}`.
fn alternative(item: &Json, at: &Place) -> Result<Option<Matcher>, InvalidFilter> {
    match item {
        Json::Null => Ok(Some(Matcher::Null)),
        Json::Bool(value) => Ok(Some(Matcher::Bool(*value))),
        Json::Number(value) => finite(*value, at).map(|value| Some(Matcher::Number(value))),
        Json::Text(value) => Ok(Some(Matcher::Text(value.to_string()))),
        Json::Object(_) => operator(item, at),
        Json::Array(_) => Err(Fault::NotAMatcher { found: item.kind() }.at(at)),
    }
}

fn operator(item: &Json, at: &Place) -> Result<Option<Matcher>, InvalidFilter> {
    let (name, value) = only_member(item, at)?;
    let at_value = Place::Field(at, name);
    let matcher = match name {
        "prefix" => Matcher::Prefix(text("prefix", value, &at_value)?),
        "suffix" => Matcher::Suffix(text("suffix", value, &at_value)?),
        "equals-ignore-case" => Matcher::IgnoreCase(text("equals-ignore-case", value, &at_value)?),
        "anything-but" => Matcher::AnythingBut(excluded(value, &at_value)?),
        "numeric" => numeric(value, &at_value)?,
        "exists" => return exists(value, &at_value),
        _ => return Err(Fault::UnknownOperator { name: name.to_owned() }.at(at)),
    };
    Ok(Some(matcher))
}

/// The one operator of a matcher, and what follows it.
fn only_member<'j, 't>(item: &'j Json<'t>, at: &Place) -> Result<(&'j str, &'j Json<'t>), InvalidFilter> {
    match item {
        Json::Object(members) => match members.as_slice() {
            [(name, value)] => Ok((name, value)),
            _ => Err(Fault::NotOneOperator { found: members.len() }.at(at)),
        },
        _ => Err(Fault::NotAMatcher { found: item.kind() }.at(at)),
    }
}

fn text(operator: &'static str, value: &Json, at: &Place) -> Result<String, InvalidFilter> {
    match value {
        Json::Text(text) => Ok(text.to_string()),
        _ => Err(Fault::NotText { operator, found: value.kind() }.at(at)),
    }
}

fn exists(value: &Json, at: &Place) -> Result<Option<Matcher>, InvalidFilter> {
    match value {
        Json::Bool(true) => Ok(Some(Matcher::Exists)),
        Json::Bool(false) => Ok(None),
        _ => Err(Fault::NotABool { found: value.kind() }.at(at)),
    }
}

fn excluded(value: &Json, at: &Place) -> Result<Vec<Matcher>, InvalidFilter> {
    match value {
        Json::Object(_) => excluded_affixes(value, at),
        Json::Array(items) => {
            let matchers = each(items, at, excluded_value)?;
            let texts = matchers.iter().filter(|matcher| matches!(matcher, Matcher::Text(_))).count();
            let uniform = texts == 0 || texts == matchers.len();
            if uniform { Ok(matchers) } else { Err(Fault::MixedList.at(at)) }
        }
        _ => excluded_value(value, at).map(|matcher| vec![matcher]),
    }
}

fn excluded_value(value: &Json, at: &Place) -> Result<Matcher, InvalidFilter> {
    match value {
        Json::Text(value) => Ok(Matcher::Text(value.to_string())),
        Json::Number(value) => finite(*value, at).map(Matcher::Number),
        _ => Err(Fault::NotExcludable { found: value.kind() }.at(at)),
    }
}

/// `{"prefix": …}` or `{"suffix": …}` after `anything-but`: a string, or an array of strings.
fn excluded_affixes(value: &Json, at: &Place) -> Result<Vec<Matcher>, InvalidFilter> {
    let (name, value) = only_member(value, at)?;
    let (operator, matcher): (_, fn(String) -> Matcher) = match name {
        "prefix" => ("prefix", Matcher::Prefix),
        "suffix" => ("suffix", Matcher::Suffix),
        _ => return Err(Fault::NotAfterAnythingBut { name: name.to_owned() }.at(at)),
    };
    let at = &Place::Field(at, name);
    let affix = |value: &Json, at: &Place| match text(operator, value, at)? {
        text if text.is_empty() => Err(Fault::EmptyExclusion.at(at)),
        text => Ok(matcher(text)),
    };
    match value {
        Json::Array(items) => each(items, at, affix),
        _ => affix(value, at).map(|matcher| vec![matcher]),
    }
}

fn each(
    items: &[Json],
    at: &Place,
    read: impl Fn(&Json, &Place) -> Result<Matcher, InvalidFilter>,
) -> Result<Vec<Matcher>, InvalidFilter> {
    if items.is_empty() {
        return Err(Fault::EmptyArray.at(at));
    }
    items.iter().enumerate().map(|(index, item)| read(item, &Place::Item(at, index))).collect()
}

/// One comparison, or a lower bound and then an upper one.
fn numeric(value: &Json, at: &Place) -> Result<Matcher, InvalidFilter> {
    let Json::Array(items) = value else {
        return Err(Fault::NotARange { found: value.kind() }.at(at));
    };
    let (operator, first) = comparison(items, at, 0)?;
    let single = match operator {
        "=" => Matcher::Number(first),
        "<" => Matcher::Numeric(Bound::Unbounded, Bound::Excluded(first)),
        "<=" => Matcher::Numeric(Bound::Unbounded, Bound::Included(first)),
        ">" => return range(items, at, (first, Bound::Excluded(first))),
        _ => return range(items, at, (first, Bound::Included(first))),
    };
    if items.len() > 2 { Err(Fault::RangeTooLong.at(&Place::Item(at, 2))) } else { Ok(single) }
}

/// After a lower bound: its end, or an upper bound.
fn range(items: &[Json], at: &Place, (bottom, low): (f64, Bound<f64>)) -> Result<Matcher, InvalidFilter> {
    if items.len() == 2 {
        return Ok(Matcher::Numeric(low, Bound::Unbounded));
    }
    let (operator, top) = comparison(items, at, 2)?;
    let high = match operator {
        "<" => Bound::Excluded(top),
        "<=" => Bound::Included(top),
        _ => return Err(Fault::NotAnUpperBound.at(&Place::Item(at, 2))),
    };
    if items.len() > 4 {
        Err(Fault::RangeTooLong.at(&Place::Item(at, 4)))
    } else if bottom >= top {
        Err(Fault::EmptyRange.at(at))
    } else {
        Ok(Matcher::Numeric(low, high))
    }
}

/// The comparison at `index` and the number after it.
fn comparison<'j>(items: &'j [Json], at: &Place, index: usize) -> Result<(&'j str, f64), InvalidFilter> {
    let (at_operator, at_number) = (Place::Item(at, index), Place::Item(at, index.saturating_add(1)));
    let operator = match items.get(index) {
        Some(Json::Text(text)) if matches!(text.as_ref(), "=" | "<" | "<=" | ">" | ">=") => text.as_ref(),
        Some(Json::Text(text)) => return Err(Fault::NotAComparison { found: format!("'{text}'") }.at(&at_operator)),
        Some(other) => return Err(Fault::NotAComparison { found: other.kind().to_owned() }.at(&at_operator)),
        None => return Err(Fault::EmptyArray.at(at)),
    };
    match items.get(index.saturating_add(1)) {
        Some(Json::Number(number)) => finite(*number, &at_number).map(|number| (operator, number)),
        Some(other) => Err(Fault::NotANumber { found: other.kind() }.at(&at_number)),
        None => Err(Fault::NotANumber { found: "nothing" }.at(&at_number)),
    }
}

fn finite(number: f64, at: &Place) -> Result<f64, InvalidFilter> {
    if number.is_finite() { Ok(number) } else { Err(Fault::NotFinite.at(at)) }
}
