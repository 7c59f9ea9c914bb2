//! The operations on messages.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use shared::ambient;

use super::attributes::Attribute;
use super::content::{Content, Received};
use super::{Receive, Sqs, SqsError, digest, limits, now, wire};

impl Sqs {
    pub(super) fn send_message(&self, ask: wire::Send) -> Result<wire::Sent, SqsError> {
        let queue = ask.queue_url.clone();
        self.send_one(&queue, ask)
    }

    pub(super) fn send_batch(&self, ask: wire::Batch<wire::Send>) -> Result<wire::BatchResult<wire::Sent>, SqsError> {
        let size = |entry: &wire::Send| limits::size(&entry.message_body, &entry.message_attributes);
        limits::check_batch(&ask.entries, ask.entries.iter().map(size).sum())?;
        each(ask.entries, |entry| self.send_one(&ask.queue_url, entry))
    }

    fn send_one(&self, queue: &str, ask: wire::Send) -> Result<wire::Sent, SqsError> {
        let delay = ask.delay_seconds.map(limits::delay).transpose()?;
        let max_bytes = self.with(queue, |slot| slot.settings.maximum_message_bytes)?;
        let group = ask.message_group_id.as_deref();
        limits::check_message(&ask.message_body, &ask.message_attributes, group, max_bytes)?;
        let id = ask.id.clone();
        let content = Arc::new(content(ask));
        self.send(queue, Arc::clone(&content), delay)?;
        Ok(wire::Sent {
            id,
            message_id: content.id.clone(),
            md5_of_message_body: content.body_md5.clone(),
            md5_of_message_attributes: digest::of_attributes(&content.attributes),
        })
    }

    pub(super) async fn receive_message(&self, ask: &wire::ReceiveMessage) -> Result<Vec<Received>, SqsError> {
        let receive = Receive {
            max_messages: limits::batch_size(ask.max_number_of_messages.unwrap_or(1))?,
            max_bytes: usize::MAX,
            visibility_timeout_secs: ask.visibility_timeout.map(limits::visibility).transpose()?,
            wait: ask.wait_time_seconds.map(limits::wait).transpose()?.map(Duration::from_secs),
        };
        self.receive(&ask.queue_url, receive).await
    }

    pub(super) fn delete_message(&self, ask: &wire::Delete) -> Result<wire::Nothing, SqsError> {
        self.delete_one(&ask.queue_url, ask).map(|_| wire::Nothing {})
    }

    pub(super) fn delete_batch(
        &self,
        ask: wire::Batch<wire::Delete>,
    ) -> Result<wire::BatchResult<wire::Done>, SqsError> {
        limits::check_batch(&ask.entries, 0)?;
        each(ask.entries, |entry| self.delete_one(&ask.queue_url, &entry))
    }

    fn delete_one(&self, queue: &str, ask: &wire::Delete) -> Result<wire::Done, SqsError> {
        if ask.receipt_handle.is_empty() {
            return Err(SqsError::MissingParameter("ReceiptHandle"));
        }
        self.delete(queue, &ask.receipt_handle)?;
        Ok(wire::Done { id: ask.id.clone() })
    }

    pub(super) fn change_message_visibility(&self, ask: &wire::ChangeVisibility) -> Result<wire::Nothing, SqsError> {
        self.change_one(&ask.queue_url, ask).map(|_| wire::Nothing {})
    }

    pub(super) fn change_batch(
        &self,
        ask: wire::Batch<wire::ChangeVisibility>,
    ) -> Result<wire::BatchResult<wire::Done>, SqsError> {
        limits::check_batch(&ask.entries, 0)?;
        each(ask.entries, |entry| self.change_one(&ask.queue_url, &entry))
    }

    fn change_one(&self, queue: &str, ask: &wire::ChangeVisibility) -> Result<wire::Done, SqsError> {
        let seconds = ask.visibility_timeout.ok_or(SqsError::MissingParameter("VisibilityTimeout"))?;
        self.change_visibility(queue, &ask.receipt_handle, limits::visibility(seconds)?)?;
        Ok(wire::Done { id: ask.id.clone() })
    }

    pub(super) fn purge(&self, ask: &wire::WholeQueue) -> Result<wire::Nothing, SqsError> {
        self.with(&ask.queue_url, |slot| slot.queue.purge())?;
        Ok(wire::Nothing {})
    }
}

/// Does each entry of a batch by itself. Only a missing queue fails the batch as a whole.
fn each<E: wire::Entry, S>(
    entries: Vec<E>,
    act: impl Fn(E) -> Result<S, SqsError>,
) -> Result<wire::BatchResult<S>, SqsError> {
    let mut result = wire::BatchResult { successful: Vec::new(), failed: Vec::new() };
    for entry in entries {
        let id = entry.id().to_owned();
        match act(entry) {
            Ok(done) => result.successful.push(done),
            Err(SqsError::NoSuchQueue) => return Err(SqsError::NoSuchQueue),
            Err(refusal) => result.failed.push(failed(id, &refusal)),
        }
    }
    Ok(result)
}

fn failed(id: String, refusal: &SqsError) -> wire::FailedEntry {
    wire::FailedEntry { id, code: refusal.codes().1, message: refusal.to_string(), sender_fault: true }
}

fn content(ask: wire::Send) -> Content {
    Content {
        id: message_id(),
        body_md5: digest::of_body(&ask.message_body),
        body: ask.message_body,
        attributes: ask.message_attributes,
        group: ask.message_group_id.map(Arc::from),
        trace_header: trace_header(ask.message_system_attributes),
        sent_at: now(),
    }
}

/// The only system attribute that a sender can set.
fn trace_header(mut attributes: HashMap<String, Attribute>) -> Option<String> {
    attributes.remove("AWSTraceHeader")?.string_value
}

/// A random UUID of version 4, as SQS names messages.
fn message_id() -> String {
    let number = u128::from_be_bytes(ambient::random());
    let (time_low, time_mid, time_high) = (number >> 96, number >> 80 & 0xffff, number >> 64 & 0xfff);
    let (sequence, node) = (number >> 48 & 0x3fff | 0x8000, number & 0xffff_ffff_ffff);
    format!("{time_low:08x}-{time_mid:04x}-4{time_high:03x}-{sequence:04x}-{node:012x}")
}

/// The messages with the attributes asked for, and no others.
pub(super) fn shown<'a>(received: &'a [Received], ask: &wire::ReceiveMessage) -> wire::Messages<'a> {
    let system: Vec<_> = ask.attribute_names.iter().chain(&ask.message_system_attribute_names).cloned().collect();
    let messages = received.iter().map(|message| show(message, &system, &ask.message_attribute_names)).collect();
    wire::Messages { messages }
}

fn show<'a>(message: &'a Received, system: &[String], own: &[String]) -> wire::Message<'a> {
    let content = &message.content;
    let mut attributes = message.system_attributes();
    attributes.retain(|name, _| is_wanted(system, name));
    let mut message_attributes = content.attributes.clone();
    message_attributes.retain(|name, _| is_wanted(own, name));
    wire::Message {
        message_id: &content.id,
        receipt_handle: &message.receipt,
        md5_of_body: &content.body_md5,
        body: &content.body,
        attributes,
        md5_of_message_attributes: digest::of_attributes(&message_attributes),
        message_attributes,
    }
}

/// `All`, `.*`, `prefix.*` or the name itself.
pub(super) fn is_wanted(wanted: &[String], name: &str) -> bool {
    wanted.iter().any(|pattern| {
        pattern == "All" || pattern == name || pattern.strip_suffix(".*").is_some_and(|prefix| name.starts_with(prefix))
    })
}
