//! Several items read with one request.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use futures::future::join_all;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::{Store, StoreError, error::failed, keys::Key, values::Item};
use crate::logging::chain;

/// The most keys that `BatchGetItem` accepts.
const MAX_READS: usize = 100;

/// How long a request for many items may take; then each is asked for by itself, and still has the SDK's own time.
pub const TOGETHER: Duration = Duration::from_secs(2);

impl Store {
    /// Reads items consistently, in one request if possible. The results are in the order of the keys, all of which differ.
    ///
    /// That request can only say that an item is there. Whatever it does not find, because it failed, took over [`TOGETHER`], was
    /// not finished or there is no such item, is asked for by itself: what is dropped for being absent was read alone.
    pub(super) async fn items<T: DeserializeOwned>(&self, wanted: Vec<Key>) -> Vec<Result<Option<T>, StoreError>> {
        let items = self.raw_items(wanted).await;
        let read = |item: Option<Item>| item.map(serde_dynamo::from_item).transpose().map_err(StoreError::from);
        items.into_iter().map(|item| item.and_then(read)).collect()
    }

    /// The same, as the SDK knows them.
    pub(super) async fn raw_items(&self, wanted: Vec<Key>) -> Vec<Result<Option<Item>, StoreError>> {
        let mut found = if wanted.len() < 2 { HashMap::new() } else { self.found_together(&wanted).await };
        let answers = wanted.into_iter().map(|key| {
            let found = found.remove(&key);
            async move {
                match found {
                    Some(item) => Ok(Some(item)),
                    None => self.raw_item(key).await,
                }
            }
        });
        join_all(answers).await
    }

    /// What one request finds of these items. Empty if it fails, and if nothing is wanted.
    pub(super) async fn found_together(&self, wanted: &[Key]) -> HashMap<Key, Item> {
        if wanted.is_empty() {
            return HashMap::new();
        }
        match timeout(TOGETHER, self.read_together(wanted)).await {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => {
                tracing::warn!("items could not be read together, each is now read by itself: {}", chain(&error));
                HashMap::new()
            }
            Err(_) => {
                tracing::warn!("reading items together took over {} s, each is now read by itself", TOGETHER.as_secs());
                HashMap::new()
            }
        }
    }

    async fn read_together(&self, wanted: &[Key]) -> Result<HashMap<Key, Item>, StoreError> {
        let items = wanted.iter().take(MAX_READS).cloned().map(Key::into_item).collect();
        let keys = KeysAndAttributes::builder().consistent_read(true).set_keys(Some(items)).build()?;
        let request = self.client.batch_get_item().request_items(&self.table, keys);
        let answer = Box::pin(request.send()).await.map_err(failed)?;
        let items = answer.responses.into_iter().flat_map(HashMap::into_values).flatten();
        Ok(items.filter_map(|item| Some((key_of(&item)?, item))).collect())
    }
}

fn key_of(item: &Item) -> Option<Key> {
    let text = |name: &str| match item.get(name) {
        Some(AttributeValue::S(text)) => Some(text.clone()),
        _ => None,
    };
    Some(Key { pk: text("pk")?, sk: text("sk")? })
}
