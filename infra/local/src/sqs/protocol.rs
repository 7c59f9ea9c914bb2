//! The operations on messages: JSON in, JSON out.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::ambient;
use winterbaume_sqs::wire;

use super::queue::{Content, Received};
use super::{Receive, Sqs, SqsError, digest, limits, now};

pub(super) type Answer = Result<Bytes, SqsError>;
type Attributes = HashMap<String, wire::MessageAttributeValue>;

impl Sqs {
    /// Answers one operation.
    ///
    /// # Errors
    /// Whatever SQS would refuse, and what is not offered here.
    pub async fn call(&self, action: &str, body: Bytes) -> Answer {
        match action {
            "SendMessage" => self.send_message(parse(&body)?),
            "SendMessageBatch" => self.send_batch(parse(&body)?),
            "ReceiveMessage" => self.receive_message(parse(&body)?).await,
            "DeleteMessage" => self.delete_message(&parse(&body)?),
            "DeleteMessageBatch" => self.delete_batch(parse(&body)?),
            "ChangeMessageVisibility" => self.change_message_visibility(&parse(&body)?),
            "ChangeMessageVisibilityBatch" => self.change_batch(parse(&body)?),
            "PurgeQueue" => self.purge(&parse(&body)?),
            "CreateQueue" => self.create_queue(parse(&body)?).await,
            "SetQueueAttributes" => self.set_attributes(parse(&body)?, body).await,
            "GetQueueAttributes" => self.get_attributes(parse(&body)?, body).await,
            "DeleteQueue" => self.delete_queue(&parse(&body)?, body).await,
            "StartMessageMoveTask" | "CancelMessageMoveTask" => Err(SqsError::Unsupported(
                "Message move tasks are not offered here: receive, send on and delete instead.",
            )),
            _ => self.catalogue(action, body).await,
        }
    }

    fn send_message(&self, mut ask: wire::SendMessageRequest) -> Answer {
        let queue = std::mem::take(&mut ask.queue_url);
        let delay = ask.delay_seconds.map(limits::delay).transpose()?;
        let content = Arc::new(self.content(&queue, New::from(ask))?);
        self.send(&queue, Arc::clone(&content), delay)?;
        render(&wire::SendMessageResult {
            message_id: Some(content.id.clone()),
            m_d5_of_message_body: Some(content.body_md5.clone()),
            m_d5_of_message_attributes: digest::of_attributes(&content.attributes),
            ..Default::default()
        })
    }

    fn send_batch(&self, ask: wire::SendMessageBatchRequest) -> Answer {
        let none = Attributes::new();
        let size = |entry: &wire::SendMessageBatchRequestEntry| {
            limits::size(&entry.message_body, entry.message_attributes.as_ref().unwrap_or(&none))
        };
        let bytes = ask.entries.iter().map(size).sum();
        limits::check_batch(ask.entries.iter().map(|entry| entry.id.as_str()), bytes)?;
        let (mut successful, mut failed) = (Vec::new(), Vec::new());
        for entry in ask.entries {
            let id = entry.id.clone();
            match self.send_entry(&ask.queue_url, entry) {
                Ok(sent) => successful.push(sent),
                Err(SqsError::NoSuchQueue) => return Err(SqsError::NoSuchQueue),
                Err(refusal) => failed.push(refused(id, &refusal)),
            }
        }
        render(&wire::SendMessageBatchResult { failed: some(failed), successful: some(successful) })
    }

    fn send_entry(
        &self,
        queue: &str,
        entry: wire::SendMessageBatchRequestEntry,
    ) -> Result<wire::SendMessageBatchResultEntry, SqsError> {
        let delay = entry.delay_seconds.map(limits::delay).transpose()?;
        let id = entry.id.clone();
        let content = Arc::new(self.content(queue, New::from(entry))?);
        self.send(queue, Arc::clone(&content), delay)?;
        Ok(wire::SendMessageBatchResultEntry {
            id: Some(id),
            message_id: Some(content.id.clone()),
            m_d5_of_message_body: Some(content.body_md5.clone()),
            m_d5_of_message_attributes: digest::of_attributes(&content.attributes),
            ..Default::default()
        })
    }

    fn content(&self, queue: &str, new: New) -> Result<Content, SqsError> {
        let max_size = self.with(queue, |slot| slot.settings.maximum_message_size)?;
        limits::check_message(&new.body, &new.attributes, new.group.as_deref(), max_size)?;
        Ok(Content {
            id: message_id(),
            body_md5: digest::of_body(&new.body),
            body: new.body,
            attributes: new.attributes,
            group: new.group,
            trace_header: new.trace_header,
            sent_at: now(),
        })
    }

    async fn receive_message(&self, ask: wire::ReceiveMessageRequest) -> Answer {
        let receive = Receive {
            max_messages: limits::batch_size(ask.max_number_of_messages.unwrap_or(1))?,
            max_bytes: usize::MAX,
            visibility_timeout_secs: ask.visibility_timeout.map(limits::visibility).transpose()?,
            wait: ask.wait_time_seconds.map(limits::wait).transpose()?.map(Duration::from_secs),
        };
        let received = self.receive(&ask.queue_url, receive).await?;
        let messages = received.iter().map(|message| shown(message, &ask)).collect();
        render(&wire::ReceiveMessageResult { messages: some(messages) })
    }

    fn delete_message(&self, ask: &wire::DeleteMessageRequest) -> Answer {
        if ask.receipt_handle.is_empty() {
            return Err(SqsError::MissingParameter("ReceiptHandle"));
        }
        self.delete(&ask.queue_url, &ask.receipt_handle).map(|()| nothing())
    }

    fn delete_batch(&self, ask: wire::DeleteMessageBatchRequest) -> Answer {
        limits::check_batch(ask.entries.iter().map(|entry| entry.id.as_str()), 0)?;
        for entry in &ask.entries {
            self.delete(&ask.queue_url, &entry.receipt_handle)?;
        }
        let done =
            |entry: wire::DeleteMessageBatchRequestEntry| wire::DeleteMessageBatchResultEntry { id: Some(entry.id) };
        let successful = Some(ask.entries.into_iter().map(done).collect());
        render(&wire::DeleteMessageBatchResult { failed: None, successful })
    }

    fn change_message_visibility(&self, ask: &wire::ChangeMessageVisibilityRequest) -> Answer {
        let seconds = limits::visibility(ask.visibility_timeout)?;
        self.change_visibility(&ask.queue_url, &ask.receipt_handle, seconds).map(|()| nothing())
    }

    fn change_batch(&self, ask: wire::ChangeMessageVisibilityBatchRequest) -> Answer {
        limits::check_batch(ask.entries.iter().map(|entry| entry.id.as_str()), 0)?;
        let (mut successful, mut failed) = (Vec::new(), Vec::new());
        for entry in ask.entries {
            let changed = limits::visibility(entry.visibility_timeout.unwrap_or(0))
                .and_then(|seconds| self.change_visibility(&ask.queue_url, &entry.receipt_handle, seconds));
            match changed {
                Ok(()) => successful.push(wire::ChangeMessageVisibilityBatchResultEntry { id: Some(entry.id) }),
                Err(SqsError::NoSuchQueue) => return Err(SqsError::NoSuchQueue),
                Err(refusal) => failed.push(refused(entry.id, &refusal)),
            }
        }
        render(&wire::ChangeMessageVisibilityBatchResult { failed: some(failed), successful: some(successful) })
    }

    fn purge(&self, ask: &wire::PurgeQueueRequest) -> Answer {
        self.with(&ask.queue_url, |slot| slot.queue.purge()).map(|()| nothing())
    }
}

/// A message to send, from either operation.
struct New {
    body: String,
    attributes: Attributes,
    group: Option<String>,
    trace_header: Option<String>,
}

type SystemAttributes = Option<HashMap<String, wire::MessageSystemAttributeValue>>;

fn trace_header(system: SystemAttributes) -> Option<String> {
    system?.remove("AWSTraceHeader")?.string_value
}

impl From<wire::SendMessageRequest> for New {
    fn from(ask: wire::SendMessageRequest) -> Self {
        Self {
            body: ask.message_body,
            attributes: ask.message_attributes.unwrap_or_default(),
            group: ask.message_group_id,
            trace_header: trace_header(ask.message_system_attributes),
        }
    }
}

impl From<wire::SendMessageBatchRequestEntry> for New {
    fn from(entry: wire::SendMessageBatchRequestEntry) -> Self {
        Self {
            body: entry.message_body,
            attributes: entry.message_attributes.unwrap_or_default(),
            group: entry.message_group_id,
            trace_header: trace_header(entry.message_system_attributes),
        }
    }
}

fn shown(message: &Received, ask: &wire::ReceiveMessageRequest) -> wire::Message {
    let none = Vec::new();
    let wanted = ask.message_attribute_names.as_ref().unwrap_or(&none);
    let attributes: Attributes = message
        .content
        .attributes
        .iter()
        .filter(|(name, _)| is_wanted(wanted, name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let system = [&ask.attribute_names, &ask.message_system_attribute_names];
    let system: Vec<_> = system.into_iter().flatten().flatten().cloned().collect();
    let system: HashMap<_, _> =
        message.system_attributes().into_iter().filter(|(name, _)| is_wanted(&system, name)).collect();
    wire::Message {
        message_id: Some(message.content.id.clone()),
        receipt_handle: Some(message.receipt.clone()),
        m_d5_of_body: Some(message.content.body_md5.clone()),
        body: Some(message.content.body.clone()),
        attributes: (!system.is_empty()).then_some(system),
        m_d5_of_message_attributes: digest::of_attributes(&attributes),
        message_attributes: (!attributes.is_empty()).then_some(attributes),
    }
}

impl Received {
    /// What SQS says about a message beside what the sender gave.
    #[must_use]
    pub fn system_attributes(&self) -> HashMap<String, String> {
        let content = &self.content;
        let optional = [
            ("MessageGroupId", content.group.clone()),
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
    #[must_use]
    pub fn attributes_md5(&self) -> Option<String> {
        digest::of_attributes(&self.content.attributes)
    }
}

/// `All`, `.*`, `prefix.*` or the name itself.
pub(super) fn is_wanted(wanted: &[String], name: &str) -> bool {
    wanted.iter().any(|pattern| {
        pattern == "All" || pattern == name || pattern.strip_suffix(".*").is_some_and(|prefix| name.starts_with(prefix))
    })
}

fn refused(id: String, refusal: &SqsError) -> wire::BatchResultErrorEntry {
    wire::BatchResultErrorEntry {
        id: Some(id),
        code: Some(refusal.codes().1.to_owned()),
        message: Some(refusal.to_string()),
        sender_fault: Some(true),
    }
}

/// A random UUID of version 4, as SQS names messages.
fn message_id() -> String {
    let number = u128::from_be_bytes(ambient::random());
    let (time_low, time_mid, time_high) = (number >> 96, number >> 80 & 0xffff, number >> 64 & 0xfff);
    let (sequence, node) = (number >> 48 & 0x3fff | 0x8000, number & 0xffff_ffff_ffff);
    format!("{time_low:08x}-{time_mid:04x}-4{time_high:03x}-{sequence:04x}-{node:012x}")
}

pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, SqsError> {
    serde_json::from_slice(body).map_err(|error| SqsError::Malformed(error.to_string()))
}

pub(super) fn render<T: Serialize>(answer: &T) -> Answer {
    serde_json::to_vec(answer).map(Bytes::from).map_err(|error| SqsError::Malformed(error.to_string()))
}

fn nothing() -> Bytes {
    Bytes::from_static(b"{}")
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}
