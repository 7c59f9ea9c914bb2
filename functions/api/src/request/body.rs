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
use shared::domain::{
    json::{CanonicalJson, UnsafeNumbers, sorted},
    webhook::settings::Change,
};

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
        let encoding = request.headers().get(header::CONTENT_ENCODING).cloned();
        Self(match to_bytes(request.into_body(), limit).await {
            Err(_) => Err(ApiError::BodyTooLarge { limit }),
            Ok(bytes) if is_encoded(encoding.as_ref(), &bytes) => Err(ApiError::EncodedBody),
            Ok(bytes) if is_declared_as_json(content_type.as_ref()) => Ok(bytes),
            Ok(_) => Err(ApiError::UnsupportedMediaType),
        })
    }

    /// The content, whatever its white space and the order of its members: two requests with the same content are the same request.
    pub(super) fn content(&self) -> Result<String, ApiError> {
        let text = self.text()?;
        let canonical = CanonicalJson::parse(text, UnsafeNumbers::Keep);
        Ok(canonical.map_or_else(|_| text.to_owned(), |json| sorted(json.as_str())))
    }

    fn text(&self) -> Result<&str, ApiError> {
        let bytes = self.0.as_ref().map_err(ApiError::clone)?;
        let malformed = |problem: &str| ApiError::MalformedJson { problem: problem.to_owned() };
        if bytes.starts_with(BYTE_ORDER_MARK) {
            return Err(malformed("begins with a byte order mark; send UTF-8 without one"));
        }
        std::str::from_utf8(bytes).map_err(|_| malformed("is not UTF-8"))
    }

    /// The fields of the object that was sent.
    pub(super) fn fields(&self) -> Result<Fields<'_>, ApiError> {
        Fields::parse(self.text()?)
    }

    /// The same where the body may be left out.
    pub(super) fn optional_fields(&self) -> Result<Fields<'_>, ApiError> {
        match &self.0 {
            Ok(body) if body.is_empty() => Ok(Fields(BTreeMap::new())),
            _ => self.fields(),
        }
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The first bytes of what gzip writes. No JSON text begins with them.
const GZIP: &[u8] = b"\x1f\x8b";

/// Whether a body is compressed, declared or not.
fn is_encoded(encoding: Option<&HeaderValue>, body: &[u8]) -> bool {
    encoding.is_some_and(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity")) || body.starts_with(GZIP)
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

    /// What a patch does to a value: `null` clears it, and a field that is not there leaves it.
    pub(crate) fn change<T: Deserialize<'a>>(&mut self, field: &str, expected: &str) -> Result<Change<T>, ApiError> {
        if self.0.get(field).is_some_and(|raw| raw.get() == "null") {
            self.0.remove(field);
            return Ok(Change::Clear);
        }
        Ok(self.optional(field, expected)?.map_or(Change::Keep, Change::Set))
    }

    /// The members of an object, in the order in which they were sent, repeated names included.
    pub(crate) fn members(
        &mut self,
        field: &str,
        expected: &str,
    ) -> Result<Option<Vec<(String, &'a RawValue)>>, ApiError> {
        let Some(raw) = self.raw(field) else { return Ok(None) };
        let Pairs(pairs) = serde_json::from_str(raw.get()).map_err(|_| invalid(field, expected))?;
        Ok(Some(pairs))
    }

    /// A whole number. `3600.0` and `36e2` are whole: JSON does not know integers.
    pub(crate) fn integer(&mut self, field: &str, expected: &str) -> Result<Option<u64>, ApiError> {
        let Some(number) = self.optional::<serde_json::Number>(field, expected)? else { return Ok(None) };
        whole(&number).map(Some).ok_or_else(|| invalid(field, expected))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was not taken.
    pub(crate) fn rest(self) -> impl Iterator<Item = (String, &'a RawValue)> {
        self.0.into_iter()
    }

    /// As [`Fields::optional`], for a field that must be there.
    pub(crate) fn required<T: Deserialize<'a>>(&mut self, field: &'static str, expected: &str) -> Result<T, ApiError> {
        self.optional(field, expected)?.ok_or(ApiError::MissingField { field })
    }

    pub(crate) fn has(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    pub(crate) fn has_null(&self, field: &str) -> bool {
        self.0.get(field).is_some_and(|raw| raw.get() == "null")
    }

    /// Rejects any field, where a request has none.
    pub(crate) fn finish_empty(self) -> Result<(), ApiError> {
        self.finish("none, so leave the body out")
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

/// A number as a whole one, if it is one that a double holds exactly.
pub(crate) fn whole(number: &serde_json::Number) -> Option<u64> {
    if let Some(whole) = number.as_u64() {
        return Some(whole);
    }
    let double =
        number.as_f64().filter(|double| double.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(double))?;
    format!("{:.0}", double.abs()).parse().ok()
}

/// What is wrong with a field; `problem` follows the field's name.
pub(crate) fn invalid(field: &str, problem: &str) -> ApiError {
    ApiError::InvalidField { field: field.to_owned(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests;
