//! Parked retries: waits longer than a visibility timeout should be, kept in the table until a schedule finds them due.

use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};
use domain::delivery::job::Job;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Store, StoreError,
    error::failed,
    keys,
    values::{Item, text, to_item},
};

/// The most due retries that one page has: about as many as a response of DynamoDB has room for.
const DUE_AT_ONCE: i32 = 1_000;

/// A retry that waits longer than a visibility timeout should.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ParkedItem {
    pk: String,
    sk: String,
    /// The version of `job`. A newer one is left for the function that can read it.
    v: u32,
    /// The delivery's ids as they travel in a message; the payload is the stored event's.
    job: String,
    expires_at: i64,
}

/// The version that this code writes and reads.
const VERSION: u32 = 1;

/// A retry that is due.
#[derive(Debug, Clone)]
pub struct Parked {
    key: keys::Key,
    pub job: Job,
    pub due: Timestamp,
    item: Item,
}

impl Parked {
    /// The item, to be moved out of the way.
    pub fn aside(&self) -> Aside {
        Aside(self.item.clone())
    }
}

/// Some due retries of one shard, earliest first.
#[derive(Debug, Default)]
pub struct DuePage {
    pub parked: Vec<Parked>,
    /// Items that no version of this code can have written.
    pub unreadable: Vec<Aside>,
    /// Where the next page begins. `None` if nothing more is due.
    pub next: Option<DueStart>,
}

/// Where a page begins.
#[derive(Debug, Clone)]
pub struct DueStart(Item);

/// An item that can never be sent.
#[derive(Debug, Clone)]
pub struct Aside(Item);

impl Store {
    /// Parks a retry. Parking it twice for the same time leaves one item.
    ///
    /// # Errors
    /// Perhaps it is not parked.
    pub async fn park(&self, job: &Job, due: Timestamp) -> Result<(), StoreError> {
        let keys::Key { pk, sk } = keys::parked(due, &job.delivery);
        let job_text = serde_json::json!(job).to_string();
        let item = ParkedItem { pk, sk, v: VERSION, job: job_text, expires_at: self.expires_at(job.accepted_at) };
        let request = self.client.put_item().table_name(&self.table).set_item(Some(to_item(item)?));
        request.send().await.map(|_| ()).map_err(failed)
    }

    /// A page of what is due in a shard by a time, earliest first. What one page could not settle does not hide the next one.
    pub async fn due(&self, shard: u8, until: Timestamp, start: Option<DueStart>) -> Result<DuePage, StoreError> {
        let request = self.client.query().table_name(&self.table).key_condition_expression("pk = :pk AND sk <= :until");
        let request = request.expression_attribute_values(":pk", text(keys::due_shard(shard)));
        // '~' sorts after every delivery id of this very millisecond.
        let request = request.expression_attribute_values(":until", text(format!("{}~", keys::due_time(until))));
        let request = request.consistent_read(true).limit(DUE_AT_ONCE);
        let answer = request.set_exclusive_start_key(start.map(|start| start.0)).send().await.map_err(failed)?;
        let mut page = DuePage { next: answer.last_evaluated_key.map(DueStart), ..DuePage::default() };
        for item in answer.items.unwrap_or_default() {
            match parked(&item) {
                Some(parked) => page.parked.push(parked),
                None if is_newer(&item) => {}
                None => page.unreadable.push(Aside(item)),
            }
        }
        Ok(page)
    }

    /// Forgets retries whose messages have been sent, at most [`super::deliveries::MAX_BATCH`].
    ///
    /// # Errors
    /// Some may be sent again: the delivery's record lets only one message go on.
    pub async fn unpark(&self, parked: &[&Parked]) -> Result<(), StoreError> {
        let delete = |parked: &&Parked| {
            let delete = DeleteRequest::builder().set_key(Some(parked.key.clone().into_item())).build()?;
            Ok(WriteRequest::builder().delete_request(delete).build())
        };
        let mut requests = parked.iter().map(delete).collect::<Result<Vec<_>, StoreError>>()?;
        // What DynamoDB did not get to is sent once more; then the next run finds it.
        for _ in 0..2 {
            if requests.is_empty() {
                break;
            }
            let request = self.client.batch_write_item().request_items(&self.table, requests);
            let mut unprocessed = request.send().await.map_err(failed)?.unprocessed_items.unwrap_or_default();
            requests = unprocessed.remove(&self.table).unwrap_or_default();
        }
        if requests.is_empty() { Ok(()) } else { Err(StoreError::Busy) }
    }

    /// Moves an item out of the way, to where an operator can look at it.
    pub async fn set_aside(&self, Aside(item): Aside) -> Result<(), StoreError> {
        let (Some(pk), Some(sk)) = (item.get("pk").cloned(), item.get("sk").cloned()) else { return Ok(()) };
        let mut aside = item;
        aside.insert("pk".to_owned(), text(keys::ASIDE));
        self.client.put_item().table_name(&self.table).set_item(Some(aside)).send().await.map_err(failed)?;
        let request = self.client.delete_item().table_name(&self.table).key("pk", pk).key("sk", sk);
        request.send().await.map(|_| ()).map_err(failed)
    }
}

fn parked(item: &Item) -> Option<Parked> {
    let read: ParkedItem = serde_dynamo::from_item(item.clone()).ok().filter(|read: &ParkedItem| read.v == VERSION)?;
    let job = serde_json::from_str(&read.job).ok()?;
    let due = keys::due_of(&read.sk)?;
    Some(Parked { key: keys::Key { pk: read.pk, sk: read.sk }, job, due, item: item.clone() })
}

fn is_newer(item: &Item) -> bool {
    let version = item.get("v").and_then(|value| value.as_n().ok()?.parse::<u32>().ok());
    version.is_some_and(|version| version > VERSION)
}
