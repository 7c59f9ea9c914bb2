//! The queues in the domain's words: deliveries sent to a lane, put back to wait, events published or rejected.

mod message;

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use aws_sdk_sqs::{
    Client,
    error::SdkError,
    operation::{
        change_message_visibility::ChangeMessageVisibilityError, send_message::SendMessageError,
        send_message_batch::SendMessageBatchError,
    },
    types::{
        MessageAttributeValue, SendMessageBatchRequestEntry as Entry,
        builders::SendMessageBatchRequestEntryBuilder as EntryBuilder,
    },
};
use futures::future::join_all;

use self::message::BodyEncoding;
pub use self::message::{DecodeError, Encoded, decode, encode};
use crate::{
    config::QueueUrls,
    domain::delivery::{Job, Lane},
};

/// The message attribute that carries a delivery's ids.
pub const JOB_ATTRIBUTE: &str = "posthorn";

/// The message attribute that keeps an event's identity when an operator sends its message again.
pub const SOURCE_ID_ATTRIBUTE: &str = "posthorn-source-id";

/// The attribute of a rejected event that says why: `CODE: sentence`.
pub const REASON_ATTRIBUTE: &str = "reason";

/// Appended to a rejected event's body that had to be cut.
const CUT_MARK: &str = "…[cut by Posthorn]";

/// SQS takes 1 MiB a message and a batch, attributes included with their names and types.
const MAX_BYTES: usize = 1_048_576;

/// A reason is cut here, in characters: it may quote what a publisher sent.
const MAX_REASON: usize = 500;

/// SQS takes ten messages a batch.
const MAX_ENTRIES: usize = 10;

/// So many requests of one fan-out are under way at once.
const MAX_REQUESTS: usize = 4;

/// The queues of one installation.
#[derive(Debug, Clone)]
pub struct Queues {
    sqs: Client,
    urls: QueueUrls,
}

/// A delivery on its way into a lane.
#[derive(Debug, Clone)]
pub struct Outgoing {
    pub job: Job,
    /// Shared: one event may go to a hundred webhooks.
    pub body: Arc<str>,
    pub delay_seconds: u64,
}

/// A call to SQS that did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    #[error("SQS did not take the message")]
    Send(#[source] Box<SdkError<SendMessageError>>),
    #[error("SQS did not change the message's visibility")]
    Visibility(#[source] Box<SdkError<ChangeMessageVisibilityError>>),
    #[error("a message could not be built")]
    Build(#[from] aws_sdk_sqs::error::BuildError),
}

/// Why one message of a batch is not in the queue.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Unsent {
    /// The whole call failed; some messages may be in the queue all the same.
    #[error("SQS did not take the batch")]
    Call(#[source] Arc<SdkError<SendMessageBatchError>>),
    /// SQS named this message as failed, twice.
    #[error("SQS refused the message with {code}")]
    Refused { code: String, sender_fault: bool },
    #[error("the message could not be written")]
    Build,
}

impl Unsent {
    /// Whether SQS will never take this message.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Refused { sender_fault: true, .. })
    }
}

impl Queues {
    #[must_use]
    pub fn new(sqs: Client, urls: QueueUrls) -> Self {
        Self { sqs, urls }
    }

    /// Which lane a Lambda record came from, by the queue's name at the end of its ARN.
    #[must_use]
    pub fn lane_of(&self, event_source_arn: &str) -> Option<Lane> {
        let name = event_source_arn.rsplit(':').next()?;
        let is = |url: &str| url.rsplit('/').next() == Some(name);
        match () {
            () if is(&self.urls.delivery) => Some(Lane::First),
            () if is(&self.urls.retry) => Some(Lane::Retry),
            () => None,
        }
    }

    /// Sends deliveries to a lane in as few requests as fit, and says of each whether it is in the queue.
    ///
    /// Entries that SQS could not take for its own reasons are tried once more; the call itself answers 200 for them.
    pub async fn send(&self, lane: Lane, deliveries: &[&Outgoing]) -> Vec<Result<(), Unsent>> {
        let url = match lane {
            Lane::First => &self.urls.delivery,
            Lane::Retry => &self.urls.retry,
        };
        let messages: Vec<Message<'_>> = deliveries.iter().map(|outgoing| Message::of_delivery(outgoing)).collect();
        self.send_batches(url, &messages).await
    }

    /// Puts an API client's events on the event queue, and says of each whether it is there.
    pub async fn publish(&self, account: &str, events: &[String]) -> Vec<Result<(), Unsent>> {
        let messages: Vec<Message<'_>> = events.iter().map(|event| Message::of_event(account, event)).collect();
        self.send_batches(&self.urls.event, &messages).await
    }

    /// Requests are built when it is their turn, and few are under way at once: a hundred copies of a large event must not be
    /// in memory together.
    async fn send_batches(&self, url: &str, messages: &[Message<'_>]) -> Vec<Result<(), Unsent>> {
        let sizes: Vec<usize> = messages.iter().map(|message| message.size).collect();
        let mut answers = Vec::with_capacity(messages.len());
        for round in batches(&sizes).chunks(MAX_REQUESTS) {
            let batches = round.iter().map(|range| messages.get(range.clone()).unwrap_or_default());
            let sent = join_all(batches.map(|batch| self.send_batch(url, batch))).await;
            answers.extend(sent.into_iter().flatten());
        }
        answers
    }

    async fn send_batch(&self, url: &str, batch: &[Message<'_>]) -> Vec<Result<(), Unsent>> {
        let failed = match self.try_batch(url, entries(batch, 0..batch.len())).await {
            Ok(failed) if failed.is_empty() => failed,
            Ok(failed) => self.try_batch(url, entries(batch, failed.keys().copied())).await.unwrap_or(failed),
            Err(error) => return vec![Err(error); batch.len()],
        };
        (0..batch.len()).map(|index| failed.get(&index).cloned().map_or(Ok(()), Err)).collect()
    }

    /// The entries that SQS names as failed, by their place in the batch, which is their id.
    async fn try_batch(
        &self,
        url: &str,
        batch: Result<Vec<Entry>, aws_sdk_sqs::error::BuildError>,
    ) -> Result<BTreeMap<usize, Unsent>, Unsent> {
        let batch = batch.map_err(|_| Unsent::Build)?;
        let request = self.sqs.send_message_batch().queue_url(url).set_entries(Some(batch));
        let answer = request.send().await.map_err(|error| Unsent::Call(Arc::new(error)))?;
        let failed = answer.failed.into_iter().filter_map(|entry| {
            let refused = Unsent::Refused { code: entry.code, sender_fault: entry.sender_fault };
            Some((entry.id.parse().ok()?, refused))
        });
        Ok(failed.collect())
    }

    /// Makes a message of the retry lane wait: it is invisible for so long, then received again.
    ///
    /// # Errors
    /// The message comes back when its current visibility timeout ends.
    pub async fn put_back(&self, receipt_handle: &str, visibility_seconds: u64) -> Result<(), QueueError> {
        let request = self.sqs.change_message_visibility().queue_url(&self.urls.retry).receipt_handle(receipt_handle);
        let seconds = i32::try_from(visibility_seconds).unwrap_or(i32::MAX);
        let sent = request.visibility_timeout(seconds).send().await;
        sent.map(|_| ()).map_err(|error| QueueError::Visibility(Box::new(error)))
    }

    /// Keeps a message that can never be processed, with its reason (`CODE: sentence`) and, if it was a delivery, its ids, for a
    /// human.
    ///
    /// # Errors
    /// The event is not in the rejected queue.
    pub async fn reject(&self, body: &str, ids: Option<&str>, reason: &str) -> Result<(), QueueError> {
        let reason: String = sqs_text(reason).chars().take(MAX_REASON).collect();
        let ids = ids.map(sqs_text);
        let attributes = [(REASON_ATTRIBUTE, Some(reason)), (JOB_ATTRIBUTE, ids)];
        let attributes = attributes.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let mut room = MAX_BYTES;
        let mut request = self.sqs.send_message().queue_url(&self.urls.rejected);
        for (name, value) in attributes {
            room = room.saturating_sub(attribute_bytes(name, &value));
            request = request.message_attributes(name, text_attribute(&value)?);
        }
        let request = request.message_body(fitting(body, room));
        request.send().await.map(|_| ()).map_err(|error| QueueError::Send(Box::new(error)))
    }
}

/// A message before it is built: what it takes of a batch's bytes, and how to build it.
struct Message<'a> {
    size: usize,
    build: Box<dyn Fn() -> EntryBuilder + Send + Sync + 'a>,
}

impl<'a> Message<'a> {
    fn of_delivery(outgoing: &'a Outgoing) -> Self {
        let body = outgoing.body.len();
        let body = match BodyEncoding::of(&outgoing.body) {
            BodyEncoding::Plain => body,
            BodyEncoding::Base64 => body.div_ceil(3).saturating_mul(4),
        };
        // More than the attribute can ever have.
        Self { size: body.saturating_add(1_024), build: Box::new(move || delivery_entry(outgoing)) }
    }

    fn of_event(account: &'a str, event: &'a String) -> Self {
        let build = move || Entry::builder().message_body(event).message_group_id(account);
        Self { size: event.len(), build: Box::new(build) }
    }
}

/// The entries at these places of a batch; the place is the entry's id.
fn entries(
    batch: &[Message<'_>],
    places: impl Iterator<Item = usize>,
) -> Result<Vec<Entry>, aws_sdk_sqs::error::BuildError> {
    let at = |place: usize| batch.get(place).map(|message| (message.build)().id(place.to_string()).build());
    places.filter_map(at).collect()
}

fn delivery_entry(outgoing: &Outgoing) -> EntryBuilder {
    let Encoded { attribute, body } = encode(&outgoing.job, &outgoing.body);
    Entry::builder()
        .message_group_id(outgoing.job.webhook.as_str())
        .set_message_attributes(text_attribute(&attribute).ok().map(|value| [(JOB_ATTRIBUTE.to_owned(), value)].into()))
        .set_delay_seconds((outgoing.delay_seconds > 0).then(|| i32::try_from(outgoing.delay_seconds).unwrap_or(900)))
        .message_body(body)
}

fn text_attribute(value: &str) -> Result<MessageAttributeValue, aws_sdk_sqs::error::BuildError> {
    MessageAttributeValue::builder().data_type("String").string_value(value).build()
}

/// What SQS counts for a text attribute.
fn attribute_bytes(name: &str, value: &str) -> usize {
    name.len().saturating_add("String".len()).saturating_add(value.len())
}

/// Splits a list into batches that SQS takes: at most ten entries and 1 MiB each.
fn batches(sizes: &[usize]) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut bytes = 0usize;
    for (index, size) in sizes.iter().enumerate() {
        let next = index.saturating_add(1);
        match ranges.last_mut() {
            Some(range) if range.len() < MAX_ENTRIES && bytes.saturating_add(*size) <= MAX_BYTES => {
                range.end = next;
                bytes = bytes.saturating_add(*size);
            }
            _ => {
                ranges.push(index..next);
                bytes = *size;
            }
        }
    }
    ranges
}

/// A rejected event's body as it came, cut and marked only if it would not fit beside its reason.
fn fitting(body: &str, room: usize) -> String {
    let body = sqs_text(if body.is_empty() { "(empty)" } else { body });
    if body.len() <= room {
        return body;
    }
    let room = room.saturating_sub(CUT_MARK.len());
    let kept = body.char_indices().map(|(at, char)| at.saturating_add(char.len_utf8())).take_while(|end| *end <= room);
    let end = kept.last().unwrap_or(0);
    format!("{}{CUT_MARK}", body.get(..end).unwrap_or_default())
}

/// Text with the characters SQS refuses replaced by U+FFFD.
fn sqs_text(text: &str) -> String {
    let allowed = |char: char| matches!(char, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|char| if allowed(char) { char } else { '\u{fffd}' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_hold_ten_entries_and_a_mebibyte() {
        assert_eq!(batches(&[]), Vec::<Range<usize>>::new());
        assert_eq!(batches(&[1; 23]), [0..10, 10..20, 20..23]);
        assert_eq!(batches(&[600_000, 600_000, 100_000]), [0..1, 1..3]);
        assert_eq!(batches(&[2_000_000, 1]), [0..1, 1..2]);
    }

    #[test]
    fn a_rejected_body_is_kept_and_cut_only_if_it_would_not_fit() {
        assert_eq!(fitting("{\"a\":1}", 7), "{\"a\":1}");
        assert_eq!(fitting("", 100), "(empty)");
        let cut = fitting(&"é".repeat(100), 101);
        assert!(cut.starts_with('é') && cut.ends_with(CUT_MARK), "{cut}");
        assert!((100..=101).contains(&cut.len()), "{}", cut.len());
    }

    #[test]
    fn text_for_sqs_holds_only_what_it_takes() {
        assert_eq!(sqs_text("a\0b\u{fffe}c\n😀"), "a\u{fffd}b\u{fffd}c\n😀");
    }
}
