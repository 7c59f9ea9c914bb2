//! Parked retries: waits longer than a visibility timeout should be, kept in the table until a schedule finds them due.

use domain::delivery::job::Job;
use futures::future::try_join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Item, Store, StoreError, error::failed, keys, to_item, values::text};
use crate::logging::chain;

/// The most due retries that one page has of each shard.
const DUE_AT_ONCE: i32 = 25;

/// A retry that waits longer than a visibility timeout should.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ParkedItem {
    pk: String,
    sk: String,
    /// The delivery's ids as they travel in a message; the payload is the stored event's.
    job: String,
    expires_at: i64,
}

/// A retry that is due.
#[derive(Debug, Clone)]
pub struct Parked {
    key: keys::Key,
    pub job: Job,
}

impl Store {
    /// Parks a retry. Parking it twice for the same time leaves one item.
    ///
    /// # Errors
    /// Perhaps it is not parked.
    pub async fn park(&self, job: &Job, due: Timestamp) -> Result<(), StoreError> {
        let keys::Key { pk, sk } = keys::parked(due, &job.delivery);
        let job_text = serde_json::json!(job).to_string();
        let item = ParkedItem { pk, sk, job: job_text, expires_at: self.expires_at(job.accepted_at) };
        let request = self.client.put_item().table_name(&self.table).set_item(Some(to_item(item)?));
        request.send().await.map(|_| ()).map_err(failed)
    }

    /// What is due, earliest first in each shard, as much as one run should take.
    pub async fn due(&self, now: Timestamp) -> Result<Vec<Parked>, StoreError> {
        let shards = (0..keys::SHARDS).map(|shard| self.due_in(shard, now));
        Ok(try_join_all(shards).await?.into_iter().flatten().collect())
    }

    async fn due_in(&self, shard: u8, now: Timestamp) -> Result<Vec<Parked>, StoreError> {
        let request = self.client.query().table_name(&self.table).key_condition_expression("pk = :pk AND sk <= :now");
        let request = request.expression_attribute_values(":pk", text(keys::due_shard(shard)));
        // '~' sorts after every delivery id of this very millisecond.
        let request = request.expression_attribute_values(":now", text(format!("{}~", keys::due_time(now))));
        let request = request.consistent_read(true).limit(DUE_AT_ONCE);
        let mut start: Option<Item> = None;
        loop {
            let answer = request.clone().set_exclusive_start_key(start).send().await.map_err(failed)?;
            // Those that cannot be read must not hold up the others; they stay, and are named every minute.
            let read = answer.items.unwrap_or_default().into_iter().map(parked);
            let read: Vec<Parked> = read
                .filter_map(|parked| parked.inspect_err(|error| tracing::error!("{}", chain(error))).ok())
                .collect();
            start = answer.last_evaluated_key;
            if !read.is_empty() || start.is_none() {
                return Ok(read);
            }
        }
    }

    /// Forgets a retry whose message has been sent.
    ///
    /// # Errors
    /// It may be sent once more: the delivery's record lets only one message go on.
    pub async fn unpark(&self, parked: &Parked) -> Result<(), StoreError> {
        let request = self.client.delete_item().table_name(&self.table);
        let request = request.set_key(Some(parked.key.clone().into_item()));
        request.send().await.map(|_| ()).map_err(failed)
    }
}

fn parked(item: Item) -> Result<Parked, StoreError> {
    let item: ParkedItem = serde_dynamo::from_item(item)?;
    let job = serde_json::from_str(&item.job).map_err(|_| StoreError::Corrupt { what: "a parked retry" })?;
    Ok(Parked { key: keys::Key { pk: item.pk, sk: item.sk }, job })
}
