//! The table: one method for each question the business asks, in the domain's types.
//!
//! [`keys`] says where things are, [`items`] how they are written. The other modules each ask about one noun. No retry loop, no
//! policy and no clock live here; a lost race is a value.

pub mod accounts;
pub mod api_keys;
pub mod deliveries;
pub mod events;
pub mod items;
pub mod keys;
pub mod parked;
pub mod webhooks;

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use crate::domain::time;

/// An item as the SDK knows it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// The table of one installation.
#[derive(Debug, Clone)]
pub struct Store {
    client: Client,
    table: String,
    retention: Duration,
}

/// A question that got no answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The SDK has tried again as often as it should; the caller's message must come back.
    #[error("DynamoDB did not answer")]
    DynamoDb(#[source] Box<aws_sdk_dynamodb::Error>),
    /// Another transaction touched the same item: the caller may try again at once.
    #[error("another change to the same webhook was under way")]
    Busy,
    #[error("an item could not be written or read as what its key says it is")]
    Item(#[source] Box<serde_dynamo::Error>),
    #[error("{what} is not what was written: was it made by a newer version?")]
    Corrupt { what: &'static str },
    #[error("the request could not be built")]
    Build(#[from] aws_sdk_dynamodb::error::BuildError),
}

impl From<serde_dynamo::Error> for StoreError {
    fn from(error: serde_dynamo::Error) -> Self {
        Self::Item(Box::new(error))
    }
}

/// What a conditional write found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    Yes,
    /// Somebody else was first: read, and decide again.
    Lost,
}

impl Store {
    /// `retention` is how long events and deliveries are kept.
    #[must_use]
    pub fn new(client: Client, table: String, retention: Duration) -> Self {
        Self { client, table, retention }
    }

    /// Reads one item, consistently.
    async fn item<T: DeserializeOwned>(&self, key: keys::Key) -> Result<Option<T>, StoreError> {
        let request = self.client.get_item().table_name(&self.table).set_key(Some(key.into_item()));
        let answer = request.consistent_read(true).send().await.map_err(failed)?;
        answer.item.map(serde_dynamo::from_item).transpose().map_err(StoreError::from)
    }

    /// When an item from `time` stops existing, in unix seconds: TTL removes it days later.
    fn expires_at(&self, time: Timestamp) -> i64 {
        time::after(time, self.retention).as_second()
    }
}

/// The SDK's error of any operation, boxed.
fn failed<E>(error: E) -> StoreError
where
    aws_sdk_dynamodb::Error: From<E>,
{
    StoreError::DynamoDb(Box::new(error.into()))
}

fn to_item<T: Serialize>(value: T) -> Result<Item, StoreError> {
    Ok(serde_dynamo::to_item(value)?)
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(format!("{value}"))
}
