//! The table: one method for each question the business asks, in the domain's types.
//!
//! [`keys`] says where things are, [`items`] how they are written. The other modules each ask about one noun. No retry loop, no
//! policy and no clock live here, but that a request for many items is followed by one for each it did not answer within
//! [`TOGETHER`]; a lost race is a value, which [`again_if_busy`] lets its caller try again.

pub mod accounts;
pub mod api_keys;
pub mod deliveries;
pub mod events;
pub mod items;
pub mod keys;
pub mod parked;
mod several;
pub mod webhooks;

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use tokio::time::sleep;

use crate::{ambient, domain::time};

/// An item as the SDK knows it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// The table of one installation.
#[derive(Debug, Clone)]
pub struct Store {
    client: Client,
    table: String,
    retention: Duration,
}

/// A request for many items has so long; then each is asked for by itself, and still has the SDK's own time.
pub const TOGETHER: Duration = Duration::from_secs(2);

/// A change that met another, or was throttled, is tried again so often.
const ROUNDS: u32 = 5;

/// How long the first pause in between is, in milliseconds; each is up to twice the one before.
const PAUSE_MS: u64 = 20;

/// Makes a change, and again if another change to the same items was under way.
///
/// # Errors
/// The change's own; [`StoreError::Busy`] if it always was.
pub async fn again_if_busy<T, F>(mut change: impl FnMut() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let mut longest = PAUSE_MS;
    for _ in 1..ROUNDS {
        match change().await {
            Err(StoreError::Busy) => sleep(pause(longest, ambient::random())).await,
            settled => return settled,
        }
        longest = longest.saturating_mul(2);
    }
    change().await
}

/// Between half and all of the longest: those that met once should not meet again.
fn pause(longest_ms: u64, random: [u8; 1]) -> Duration {
    let [random] = random;
    let half = longest_ms.saturating_div(2);
    Duration::from_millis(half.saturating_add(half.saturating_mul(u64::from(random)).saturating_div(255)))
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
