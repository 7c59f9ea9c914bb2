//! The table: one method for each question the business asks, in the domain's types.
//!
//! [`keys`] says where items are, and each module says how its own are written. No retry loop, no policy and no clock live here, with
//! one exception: a request for many items is followed by a request for each item that it did not return within
//! [`read_many::TOGETHER`]. A lost race is a value, which [`busy::again_if_busy`] lets its caller try again.
//!
//! The SDK's futures take about 5 KB. Those that every event or request awaits are boxed, here and in [`crate::queue`]: otherwise each
//! future around them takes as much, and copies it when it is moved.

pub mod accounts;
pub mod api_keys;
pub mod busy;
pub mod deletions;
pub mod deliveries;
pub mod erasure;
mod error;
pub mod event_log;
pub mod events;
pub mod idempotency;
pub mod insert_many;
pub mod keys;
mod lease;
pub mod limits;
mod merge;
pub mod notes;
pub mod operator_keys;
pub mod pace;
mod paging;
pub mod parked;
pub mod read_many;
pub mod recoveries;
pub mod sessions;
pub mod standings;
pub mod tests_at_once;
mod transact;
mod values;
pub mod webhooks;

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use domain::time;
use jiff::Timestamp;
use serde::de::DeserializeOwned;

pub use self::error::StoreError;
use self::error::failed;

/// The table of one installation.
#[derive(Debug, Clone)]
pub struct Store {
    client: Client,
    table: String,
    retention: Duration,
}

/// What a conditional write found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    Yes,
    /// Another writer was first: read, and decide again.
    Lost,
}

impl Store {
    /// `retention` is how long events and deliveries are kept.
    pub fn new(client: Client, table: String, retention: Duration) -> Self {
        Self { client, table, retention }
    }

    /// How long events and deliveries are kept.
    pub fn retention(&self) -> Duration {
        self.retention
    }

    /// Reads one item, consistently.
    async fn item<T: DeserializeOwned>(&self, key: keys::Key) -> Result<Option<T>, StoreError> {
        self.raw_item(key).await?.map(serde_dynamo::from_item).transpose().map_err(StoreError::from)
    }

    /// Reads one item, consistently, as the SDK knows it.
    async fn raw_item(&self, key: keys::Key) -> Result<Option<values::Item>, StoreError> {
        let request = self.client.get_item().table_name(&self.table).set_key(Some(key.into_item()));
        Ok(Box::pin(request.consistent_read(true).send()).await.map_err(failed)?.item)
    }

    /// When an item from `time` stops existing, in unix seconds: TTL removes it days later.
    fn expires_at(&self, time: Timestamp) -> i64 {
        time::after(time, self.retention).as_second()
    }
}
