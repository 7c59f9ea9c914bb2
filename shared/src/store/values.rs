//! Values as `DynamoDB` knows them. Times are milliseconds since 1970, except `expiresAt`, which `DynamoDB` wants in seconds.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::Serialize;

use super::error::StoreError;

/// An item as the SDK knows it.
pub(crate) type Item = HashMap<String, AttributeValue>;

pub(super) fn to_item<T: Serialize>(value: T) -> Result<Item, StoreError> {
    Ok(serde_dynamo::to_item(value)?)
}

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(format!("{value}"))
}

pub(super) fn time(value: Timestamp) -> AttributeValue {
    number(value.as_millisecond())
}

/// Times as milliseconds, for serde.
pub(super) mod ms {
    use jiff::Timestamp;
    use serde::Deserialize;

    pub fn serialize<S: serde::Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(time.as_millisecond())
    }

    pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        Timestamp::from_millisecond(i64::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Times that may be absent, for serde.
pub(super) mod optional_ms {
    use jiff::Timestamp;
    use serde::Deserialize;

    #[expect(clippy::ref_option, reason = "serde's signature")]
    pub fn serialize<S: serde::Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => serializer.serialize_i64(time.as_millisecond()),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        let ms = Option::<i64>::deserialize(deserializer)?;
        ms.map(|ms| Timestamp::from_millisecond(ms).map_err(serde::de::Error::custom)).transpose()
    }
}
