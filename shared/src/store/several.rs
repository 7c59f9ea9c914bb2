//! Several items read with one request.

use std::collections::{HashMap, HashSet};

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use futures::future::join_all;
use serde::de::DeserializeOwned;

use super::{Item, Store, StoreError, failed, keys::Key};

/// `BatchGetItem` takes so many.
const MAX_READS: usize = 100;

/// What one request said of the items it was asked for.
#[derive(Debug, Default)]
struct Answered {
    found: HashMap<Key, Item>,
    absent: HashSet<Key>,
}

impl Store {
    /// Reads items consistently, in one request if it can; the answers are in the order of the keys, all of which differ.
    ///
    /// What that request does not answer, because it failed or DynamoDB did not get to it, is asked for item by item: so each
    /// has an answer or an error of its own.
    pub(super) async fn items<T: DeserializeOwned>(&self, wanted: Vec<Key>) -> Vec<Result<Option<T>, StoreError>> {
        let mut answered = match wanted.len() {
            0 | 1 => Answered::default(),
            // The error is not lost: if it lasts, asking item by item meets it again.
            _ => self.at_once(&wanted).await.unwrap_or_default(),
        };
        let answers = wanted.into_iter().map(|key| {
            let found = answered.found.remove(&key);
            let is_absent = answered.absent.contains(&key);
            async move {
                match found {
                    Some(item) => serde_dynamo::from_item(item).map(Some).map_err(StoreError::from),
                    None if is_absent => Ok(None),
                    None => Box::pin(self.item(key)).await,
                }
            }
        });
        join_all(answers).await
    }

    async fn at_once(&self, wanted: &[Key]) -> Result<Answered, StoreError> {
        let asked: Vec<Key> = wanted.iter().take(MAX_READS).cloned().collect();
        let items = asked.iter().cloned().map(Key::into_item).collect();
        let keys = KeysAndAttributes::builder().consistent_read(true).set_keys(Some(items)).build()?;
        let answer = self.client.batch_get_item().request_items(&self.table, keys).send().await.map_err(failed)?;
        let items = answer.responses.and_then(|mut tables| tables.remove(&self.table)).unwrap_or_default();
        let found: HashMap<Key, Item> = items.into_iter().filter_map(|item| Some((key_of(&item)?, item))).collect();
        let left = answer.unprocessed_keys.and_then(|mut tables| tables.remove(&self.table));
        let left: HashSet<Key> = left.map(|left| left.keys).iter().flatten().filter_map(key_of).collect();
        let absent = asked.into_iter().filter(|key| !found.contains_key(key) && !left.contains(key)).collect();
        Ok(Answered { found, absent })
    }
}

fn key_of(item: &Item) -> Option<Key> {
    let text = |name: &str| match item.get(name) {
        Some(AttributeValue::S(text)) => Some(text.clone()),
        _ => None,
    };
    Some(Key { pk: text("pk")?, sk: text("sk")? })
}
