//! Request bodies, field by field: every error names the field and says what to change.

use std::{collections::BTreeMap, fmt};

use axum::{
    body::to_bytes,
    extract::Request,
    http::{HeaderValue, header},
};
use bytes::Bytes;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{error::ApiError, quote::shortened};

/// A body that claims to be JSON, not yet parsed. An absent body is empty.
///
/// What is wrong with it is reported when its fields are asked for: a client without a key learns only that.
#[derive(Debug)]
pub(super) struct JsonBody(Result<Bytes, ApiError>);

impl Default for JsonBody {
    fn default() -> Self {
        Self(Ok(Bytes::new()))
    }
}

impl JsonBody {
    pub(super) async fn read(request: Request, limit: usize) -> Self {
        let content_type = request.headers().get(header::CONTENT_TYPE).cloned();
        Self(match to_bytes(request.into_body(), limit).await {
            Err(_) => Err(ApiError::BodyTooLarge { limit }),
            Ok(bytes) if is_declared_as_json(content_type.as_ref()) => Ok(bytes),
            Ok(_) => Err(ApiError::UnsupportedMediaType),
        })
    }

    /// The fields of the object that was sent.
    pub(super) fn fields(&self) -> Result<Fields<'_>, ApiError> {
        let bytes = self.0.as_ref().map_err(ApiError::clone)?;
        let text = std::str::from_utf8(bytes);
        Fields::parse(text.map_err(|_| ApiError::MalformedJson { problem: "is not UTF-8".to_owned() })?)
    }

    /// The same where the body may be left out.
    pub(super) fn optional_fields(&self) -> Result<Fields<'_>, ApiError> {
        match &self.0 {
            Ok(body) if body.is_empty() => Ok(Fields(BTreeMap::new())),
            _ => self.fields(),
        }
    }
}

/// A client that sends no body needs no type, and a body without a type is taken for JSON.
fn is_declared_as_json(content_type: Option<&HeaderValue>) -> bool {
    content_type.is_none_or(|value| value.to_str().is_ok_and(is_json))
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// An object's fields, taken one by one; what is left in the end is rejected.
#[derive(Debug)]
pub struct Fields<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Fields<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, ApiError> {
        // serde_json's text names line and column, never content.
        let Pairs(pairs) = serde_json::from_str(text).map_err(|error| ApiError::MalformedJson {
            problem: if error.is_data() {
                "is not a JSON object".to_owned()
            } else {
                format!("is not valid JSON: {error}")
            },
        })?;
        let mut fields = BTreeMap::new();
        for (name, value) in pairs {
            if fields.insert(name.clone(), value).is_some() {
                return Err(invalid(&shortened(&name), "is given twice; give it once"));
            }
        }
        Ok(Self(fields))
    }

    /// A field as it was written.
    pub(crate) fn raw(&mut self, field: &str) -> Option<&'a RawValue> {
        self.0.remove(field)
    }

    /// A field of type `T`; `null` is a wrong type.
    pub(crate) fn optional<T: Deserialize<'a>>(&mut self, field: &str, expected: &str) -> Result<Option<T>, ApiError> {
        let Some(raw) = self.raw(field) else { return Ok(None) };
        let value = serde_json::from_str(raw.get()).map_err(|_| invalid(field, expected))?;
        Ok(Some(value))
    }

    /// As [`Fields::optional`], for a field that must be there.
    pub(crate) fn required<T: Deserialize<'a>>(&mut self, field: &'static str, expected: &str) -> Result<T, ApiError> {
        self.optional(field, expected)?.ok_or(ApiError::MissingField { field })
    }

    pub(crate) fn has(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// Rejects what is left. `valid` are the fields that the request may have, in words.
    pub(crate) fn finish(self, valid: &str) -> Result<(), ApiError> {
        match self.0.into_keys().next() {
            None => Ok(()),
            Some(field) => Err(ApiError::UnknownField { field: shortened(&field), valid: valid.to_owned() }),
        }
    }
}

/// An object's members as they were written, repeated names included.
struct Pairs<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }
}

/// What is wrong with a field; `problem` follows the field's name.
pub(crate) fn invalid(field: &str, problem: &str) -> ApiError {
    ApiError::InvalidField { field: field.to_owned(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_an_object() {
        for (body, good) in [("{}", true), ("{\"a\":1}", true), ("[]", false), ("1", false), ("", false), ("{", false)]
        {
            assert_eq!(Fields::parse(body).is_ok(), good, "{body}");
        }
    }

    #[test]
    fn a_field_given_twice_is_rejected_however_it_is_spelled() {
        for body in [r#"{"url":1,"url":2}"#, r#"{"url":1,"x":0,"\u0075rl":1}"#] {
            assert_eq!(Fields::parse(body).unwrap_err(), invalid("url", "is given twice; give it once"), "{body}");
        }
    }

    #[test]
    fn a_field_that_was_not_taken_is_unknown() {
        let mut fields = Fields::parse(r#"{"name":"x","nmae":"y"}"#).unwrap();
        assert_eq!(fields.optional::<String>("name", "must be a string").unwrap().unwrap(), "x");
        let expected = ApiError::UnknownField { field: "nmae".to_owned(), valid: "name".to_owned() };
        assert_eq!(fields.finish("name"), Err(expected));
    }

    #[test]
    fn a_wrong_type_and_null_are_rejected() {
        for value in ["1", "null", "[]", "{}", "true"] {
            let text = format!(r#"{{"name":{value}}}"#);
            let read = Fields::parse(&text).unwrap().optional::<String>("name", "must be a string");
            assert_eq!(read, Err(invalid("name", "must be a string")), "{value}");
        }
    }

    #[test]
    fn json_may_name_its_charset() {
        for (content_type, good) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/x-www-form-urlencoded", false),
            ("text/plain", false),
            ("application/json-seq", false),
        ] {
            assert_eq!(is_json(content_type), good, "{content_type}");
        }
    }
}
