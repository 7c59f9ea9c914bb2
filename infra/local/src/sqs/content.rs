//! A message: what its sender gave, and what a consumer receives.

use std::collections::HashMap;
use std::sync::Arc;

use super::attributes::{Attributes, Millis};
use super::digest;

/// What a sender gave, and what never changes afterwards.
#[derive(Debug)]
pub struct Content {
    pub id: String,
    pub body: String,
    pub body_md5: String,
    pub attributes: Attributes,
    pub group: Option<Arc<str>>,
    pub trace_header: Option<String>,
    pub sent_at: Millis,
}

/// A message handed to a consumer, hidden from others until its visibility timeout ends.
#[derive(Debug, Clone)]
pub struct Received {
    pub content: Arc<Content>,
    pub receipt: String,
    pub receive_count: u32,
    pub first_received_at: Millis,
    /// The queue that gave up on it, when this one is a dead-letter queue.
    pub dead_letter_source: Option<Arc<str>>,
}

impl Received {
    /// What SQS adds to what the sender gave.
    pub fn system_attributes(&self) -> HashMap<String, String> {
        let content = &self.content;
        let optional = [
            ("MessageGroupId", content.group.as_deref().map(str::to_owned)),
            ("AWSTraceHeader", content.trace_header.clone()),
            ("DeadLetterQueueSourceArn", self.dead_letter_source.as_deref().map(str::to_owned)),
        ];
        let always = [
            ("SenderId", "AIDAPOSTHORNLOCALSTACK".to_owned()),
            ("SentTimestamp", content.sent_at.to_string()),
            ("ApproximateReceiveCount", self.receive_count.to_string()),
            ("ApproximateFirstReceiveTimestamp", self.first_received_at.to_string()),
        ];
        let given = optional.into_iter().filter_map(|(name, value)| Some((name, value?)));
        always.into_iter().chain(given).map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// The digest of all message attributes, as Lambda passes it on.
    pub fn attributes_md5(&self) -> Option<String> {
        digest::of_attributes(&self.content.attributes)
    }
}
