//! A JSON text as a tree that borrows from it, for those who look into a payload.
//!
//! `serde_json` reads 127 levels, the canonical form has [`DEPTH_LIMIT`], and its doubles may be one step off. Here both are exact.

use std::borrow::Cow;

use super::cursor::Cursor;
use super::{DEPTH_LIMIT, JsonError, number, string};

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum Json<'t> {
    Null,
    Bool(bool),
    /// The nearest double. Infinite where the number is beyond the range of a double, which canonical JSON never has.
    Number(f64),
    Text(Cow<'t, str>),
    Array(Vec<Json<'t>>),
    /// Sorted by key. Members of one key stay next to each other, in the order of the text.
    Object(Vec<Member<'t>>),
}

/// A key and its value.
pub type Member<'t> = (Cow<'t, str>, Json<'t>);

impl<'t> Json<'t> {
    /// Reads one JSON text.
    pub fn parse(text: &'t str) -> Result<Self, JsonError> {
        let mut cursor = Cursor::new(text);
        cursor.skip_space();
        let json = value(&mut cursor, 0)?;
        cursor.skip_space();
        if cursor.peek().is_some() { Err(cursor.syntax("the end of the text")) } else { Ok(json) }
    }

    /// What it is, with its article.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

/// The value of a key in the members of an object.
pub fn member<'j, 't>(members: &'j [Member<'t>], key: &str) -> Option<&'j Json<'t>> {
    let place = members.binary_search_by(|(name, _)| name.as_ref().cmp(key)).ok()?;
    members.get(place).map(|(_, value)| value)
}

fn value<'t>(cursor: &mut Cursor<'t>, depth: usize) -> Result<Json<'t>, JsonError> {
    match cursor.peek() {
        Some(b'{') => object(cursor, depth).map(Json::Object),
        Some(b'[') => array(cursor, depth).map(Json::Array),
        Some(b'"') => string::read(cursor).map(Json::Text),
        Some(b'-' | b'0'..=b'9') => number::read(cursor).map(Json::Number),
        _ => word(cursor),
    }
}

fn word<'t>(cursor: &mut Cursor<'t>) -> Result<Json<'t>, JsonError> {
    let words = [("true", Json::Bool(true)), ("false", Json::Bool(false)), ("null", Json::Null)];
    let found = words.into_iter().find(|(word, _)| cursor.eat_word(word));
    found.map(|(_, json)| json).ok_or_else(|| cursor.syntax("a JSON value"))
}

fn array<'t>(cursor: &mut Cursor<'t>, depth: usize) -> Result<Vec<Json<'t>>, JsonError> {
    let depth = open(cursor, depth)?;
    let mut items = Vec::new();
    if cursor.eat(b']') {
        return Ok(items);
    }
    loop {
        items.push(value(cursor, depth)?);
        if !another(cursor, b']', "a comma or ]")? {
            return Ok(items);
        }
    }
}

fn object<'t>(cursor: &mut Cursor<'t>, depth: usize) -> Result<Vec<Member<'t>>, JsonError> {
    let depth = open(cursor, depth)?;
    let mut members = Vec::new();
    if cursor.eat(b'}') {
        return Ok(members);
    }
    loop {
        members.push(read_member(cursor, depth)?);
        if !another(cursor, b'}', "a comma or }")? {
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            return Ok(members);
        }
    }
}

fn read_member<'t>(cursor: &mut Cursor<'t>, depth: usize) -> Result<Member<'t>, JsonError> {
    if cursor.peek() != Some(b'"') {
        return Err(cursor.syntax("a key in double quotes"));
    }
    let key = string::read(cursor)?;
    cursor.skip_space();
    cursor.require(b':', "a colon")?;
    cursor.skip_space();
    Ok((key, value(cursor, depth)?))
}

/// Steps over a bracket, to the first element or the end, and returns the depth inside.
fn open(cursor: &mut Cursor, depth: usize) -> Result<usize, JsonError> {
    if depth >= DEPTH_LIMIT {
        return Err(JsonError::TooDeep { offset: cursor.offset(), limit: DEPTH_LIMIT });
    }
    cursor.step();
    cursor.skip_space();
    Ok(depth.saturating_add(1))
}

/// After an element: steps to the next one, or past the closing bracket and returns false.
fn another(cursor: &mut Cursor, closing: u8, expected: &'static str) -> Result<bool, JsonError> {
    cursor.skip_space();
    if cursor.eat(closing) {
        return Ok(false);
    }
    cursor.require(b',', expected)?;
    cursor.skip_space();
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_as_its_value() {
        let read = Json::parse(r#" { "b\u0041" : [ 1.0 , -2e1, true ] , "a" : null, "é":"x\ny" } "#).unwrap();
        let items = vec![Json::Number(1.0), Json::Number(-20.0), Json::Bool(true)];
        let expected =
            vec![("a".into(), Json::Null), ("bA".into(), Json::Array(items)), ("é".into(), Json::Text("x\ny".into()))];
        assert_eq!(read, Json::Object(expected));
    }

    #[test]
    fn nesting_is_read_as_deep_as_the_canonical_form_allows() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Json::parse(&nested(DEPTH_LIMIT)).is_ok());
        let too_deep = JsonError::TooDeep { offset: DEPTH_LIMIT, limit: DEPTH_LIMIT };
        assert_eq!(Json::parse(&nested(DEPTH_LIMIT + 1)), Err(too_deep));
    }

    #[test]
    fn a_text_that_is_no_json_is_rejected() {
        for text in
            ["", "{", "[1,]", "{\"a\"}", "{\"a\":1,}", "{a:1}", "01", "1 2", "\"a", "tru", "\"\\x\"", "[1 2]", "nul"]
        {
            assert!(Json::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_number_beyond_the_doubles_is_infinite() {
        assert_eq!(Json::parse("1e400"), Ok(Json::Number(f64::INFINITY)));
        assert_eq!(Json::parse("-1e400"), Ok(Json::Number(f64::NEG_INFINITY)));
    }

    #[test]
    fn each_kind_has_its_article() {
        for (text, kind) in [
            ("null", "null"),
            ("true", "a boolean"),
            ("1", "a number"),
            ("\"\"", "a string"),
            ("[]", "an array"),
            ("{}", "an object"),
        ] {
            assert_eq!(Json::parse(text).unwrap().kind(), kind, "{text}");
        }
    }

    #[test]
    fn a_member_is_found_by_its_key_wherever_it_stands() {
        let Json::Object(members) = Json::parse(r#"{"c":3,"a":1,"b":2}"#).unwrap() else { panic!() };
        for (key, value) in [("a", Some("1")), ("b", Some("2")), ("c", Some("3")), ("d", None), ("", None)] {
            assert_eq!(member(&members, key), value.map(|value| Json::parse(value).unwrap()).as_ref(), "{key}");
        }
    }
}
