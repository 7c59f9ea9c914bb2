//! What requests and responses look like in the AWS JSON protocol of SQS.
//!
//! A text that is missing is empty here, and the operations say which one they need. Unknown fields are ignored, as SQS
//! ignores them.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::attributes::{Attribute, Attributes};

/// An operation on up to ten messages at once; `E` is the same operation on one of them.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Batch<E> {
    pub queue_url: String,
    pub entries: Vec<E>,
}

/// One entry of a batch, which has a name in it.
pub trait Entry {
    fn id(&self) -> &str;
}

impl Entry for Send {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Entry for Delete {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Entry for ChangeVisibility {
    fn id(&self) -> &str {
        &self.id
    }
}

/// `SendMessage`, or one entry of `SendMessageBatch`. Only an entry has an id; only the former names its queue.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Send {
    pub queue_url: String,
    pub id: String,
    pub message_body: String,
    pub delay_seconds: Option<i32>,
    pub message_attributes: Attributes,
    pub message_system_attributes: HashMap<String, Attribute>,
    pub message_group_id: Option<String>,
}

/// `DeleteMessage`, or one entry of `DeleteMessageBatch`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Delete {
    pub queue_url: String,
    pub id: String,
    pub receipt_handle: String,
}

/// `ChangeMessageVisibility`, or one entry of `ChangeMessageVisibilityBatch`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ChangeVisibility {
    pub queue_url: String,
    pub id: String,
    pub receipt_handle: String,
    pub visibility_timeout: Option<i32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ReceiveMessage {
    pub queue_url: String,
    /// The older name of the next field.
    pub attribute_names: Vec<String>,
    pub message_system_attribute_names: Vec<String>,
    pub message_attribute_names: Vec<String>,
    pub max_number_of_messages: Option<i32>,
    pub visibility_timeout: Option<i32>,
    pub wait_time_seconds: Option<i32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CreateQueue {
    pub queue_name: String,
    pub attributes: BTreeMap<String, String>,
    /// The one field that SQS writes in lower case.
    #[serde(rename = "tags")]
    pub tags: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GetQueueUrl {
    pub queue_name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListQueues {
    pub queue_name_prefix: String,
    pub max_results: Option<i32>,
    pub next_token: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GetQueueAttributes {
    pub queue_url: String,
    pub attribute_names: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct SetQueueAttributes {
    pub queue_url: String,
    pub attributes: BTreeMap<String, String>,
}

/// `PurgeQueue` and `DeleteQueue`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct WholeQueue {
    pub queue_url: String,
}

/// The response to a batch: the entries that succeeded, and those that did not.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BatchResult<S> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub successful: Vec<S>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<FailedEntry>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FailedEntry {
    pub id: String,
    pub code: &'static str,
    pub message: String,
    pub sender_fault: bool,
}

/// An entry that succeeded, where there is nothing else to say.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Done {
    pub id: String,
}

/// The response to a message sent, alone or as an entry.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Sent {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    pub message_id: String,
    #[serde(rename = "MD5OfMessageBody")]
    pub md5_of_message_body: String,
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    pub md5_of_message_attributes: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Messages<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Message<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Message<'a> {
    pub message_id: &'a str,
    pub receipt_handle: &'a str,
    #[serde(rename = "MD5OfBody")]
    pub md5_of_body: &'a str,
    pub body: &'a str,
    #[serde(skip_serializing_if = "HashMap::is_empty")]
    pub attributes: HashMap<String, String>,
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    pub md5_of_message_attributes: Option<String>,
    #[serde(skip_serializing_if = "HashMap::is_empty")]
    pub message_attributes: Attributes,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct QueueUrl {
    pub queue_url: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct QueueUrls {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub queue_urls: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct QueueAttributes {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

/// The response of operations that only succeed.
#[derive(Debug, Serialize)]
pub struct Nothing {}
