//! Request bodies, field by field: every error names the field and says what to change.

use std::{collections::BTreeMap, convert::Infallible, fmt};

use axum::{
    body::{Body, to_bytes},
    extract::{FromRequest, Request},
    http::header,
};
use bytes::Bytes;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::error::ApiError;

/// Bodies of the management endpoints.
const MAX_BODY: usize = 262_144;

/// Bodies of `POST /events`.
pub(crate) const MAX_EVENTS_BODY: usize = 4_194_304;

/// A body that claims to be JSON, not yet parsed. An absent body is empty.
///
/// What is wrong with it is told when its fields are asked for: who has no key learns only that.
#[derive(Debug)]
pub struct JsonBody(Result<Bytes, ApiError>);

/// As [`JsonBody`], as large as a publication may be.
#[derive(Debug)]
pub struct EventsBody(Result<Bytes, ApiError>);

impl<S: Sync> FromRequest<S> for JsonBody {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Infallible> {
        Ok(Self(read(request, MAX_BODY).await))
    }
}

impl<S: Sync> FromRequest<S> for EventsBody {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Infallible> {
        Ok(Self(read(request, MAX_EVENTS_BODY).await))
    }
}

async fn read(request: Request, limit: usize) -> Result<Bytes, ApiError> {
    let content_type = request.headers().get(header::CONTENT_TYPE).cloned();
    let body: Body = request.into_body();
    let bytes = to_bytes(body, limit).await.map_err(|_| ApiError::BodyTooLarge { limit })?;
    let is_json = content_type.as_ref().is_some_and(|value| value.to_str().is_ok_and(is_json));
    // Nothing sent needs no type; something sent with no type is taken for what it should be.
    if is_json || content_type.is_none() { Ok(bytes) } else { Err(ApiError::UnsupportedMediaType) }
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

impl JsonBody {
    /// The fields of the object that was sent.
    pub(crate) fn fields(&self) -> Result<Fields<'_>, ApiError> {
        Fields::parse(text(&self.0)?)
    }

    /// The same where the body may be left out.
    pub(crate) fn optional_fields(&self) -> Result<Fields<'_>, ApiError> {
        match &self.0 {
            Ok(body) if body.is_empty() => Ok(Fields(BTreeMap::new())),
            _ => self.fields(),
        }
    }
}

impl EventsBody {
    pub(crate) fn fields(&self) -> Result<Fields<'_>, ApiError> {
        Fields::parse(text(&self.0)?)
    }
}

fn text(body: &Result<Bytes, ApiError>) -> Result<&str, ApiError> {
    let bytes = body.as_ref().map_err(ApiError::clone)?;
    std::str::from_utf8(bytes).map_err(|_| ApiError::MalformedJson { problem: "it is not UTF-8".to_owned() })
}

/// An object's fields, taken one by one; what is left in the end is refused.
#[derive(Debug)]
pub struct Fields<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Fields<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, ApiError> {
        // serde_json's text names line and column, never content.
        let Pairs(pairs) = serde_json::from_str(text).map_err(|error| ApiError::MalformedJson {
            problem: if error.is_data() { "it must be an object".to_owned() } else { error.to_string() },
        })?;
        let mut fields = BTreeMap::new();
        for (name, value) in pairs {
            if fields.insert(name.clone(), value).is_some() {
                return Err(invalid(&shortened(&name), "is given twice"));
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

    /// Refuses what is left.
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

/// A client's own words in an error are bounded and printable.
pub(crate) fn shortened(text: &str) -> String {
    let printable = text.chars().map(|char| if char.is_control() { '\u{fffd}' } else { char });
    let mut short: String = printable.take(64).collect();
    if text.chars().count() > 64 {
        short.push('…');
    }
    short
}

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
    fn a_field_given_twice_is_refused_by_name_however_it_is_spelled() {
        for body in [r#"{"url":1,"url":2}"#, r#"{"url":1,"x":0,"\u0075rl":1}"#] {
            assert_eq!(Fields::parse(body).unwrap_err(), invalid("url", "is given twice"), "{body}");
        }
    }

    #[test]
    fn what_nobody_took_is_unknown() {
        let mut fields = Fields::parse(r#"{"name":"x","nmae":"y"}"#).unwrap();
        assert_eq!(fields.optional::<String>("name", "must be a string").unwrap().unwrap(), "x");
        let expected = ApiError::UnknownField { field: "nmae".to_owned(), valid: "name".to_owned() };
        assert_eq!(fields.finish("name"), Err(expected));
    }

    #[test]
    fn a_wrong_type_and_null_are_refused() {
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
