//! Many messages sent in as few requests as SQS accepts.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
    sync::Arc,
};

use aws_sdk_sqs::{
    error::{BuildError, SdkError},
    operation::send_message_batch::SendMessageBatchError,
    types::{
        MessageAttributeValue, SendMessageBatchRequestEntry as Entry,
        builders::SendMessageBatchRequestEntryBuilder as EntryBuilder,
    },
};
use domain::{attempt::schedule::whole_seconds, delivery::job::Job, operations::Note, time};
use futures::future::join_all;
use jiff::Timestamp;

use super::{
    Dispatch, JOB_ATTRIBUTE, MAX_BYTES, Queues,
    message::{Body, BodyEncoding, Encoded, STORED, Tick, encode, encode_note, encode_tick, text_attribute},
};

/// The most messages that SQS accepts in a batch.
const MAX_ENTRIES: usize = 10;

/// The most requests of one fan-out that are under way at once.
const MAX_REQUESTS: usize = 4;

/// The message group of notes, which no account can have.
const NOTES_GROUP: &str = "#notes";

/// The most that SQS accepts as `DelaySeconds`.
const MAX_DELAY_SECONDS: u64 = 900;

/// Why a message of a batch is not in the queue.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Unsent {
    /// The whole call failed; some messages may be in the queue all the same.
    #[error("SQS did not accept the batch")]
    Call(#[source] Arc<SdkError<SendMessageBatchError>>),
    /// SQS named this message as failed, twice.
    #[error("SQS refused the message with {code}")]
    Refused { code: String, sender_fault: bool },
    #[error("the message could not be written")]
    Build,
}

impl Unsent {
    /// Whether SQS will never accept this message.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Refused { sender_fault: true, .. })
    }
}

impl Queues {
    /// Requests are built when it is their turn, and few are under way at once: a hundred copies of a large event must not be
    /// in memory together.
    pub(super) async fn send_batches(&self, url: &str, messages: &[Message<'_>]) -> Vec<Result<(), Unsent>> {
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
        batch: Result<Vec<Entry>, BuildError>,
    ) -> Result<BTreeMap<usize, Unsent>, Unsent> {
        let batch = batch.map_err(|_| Unsent::Build)?;
        let request = self.sqs.send_message_batch().queue_url(url).set_entries(Some(batch));
        let answer = Box::pin(request.send()).await.map_err(|error| Unsent::Call(Arc::new(error)))?;
        let failed = answer.failed.into_iter().filter_map(|entry| {
            let refused = Unsent::Refused { code: entry.code, sender_fault: entry.sender_fault };
            Some((entry.id.parse().ok()?, refused))
        });
        Ok(failed.collect())
    }
}

/// A message before it is built: what it takes of a batch's bytes, and how to build it.
pub(super) struct Message<'a> {
    size: usize,
    build: Box<dyn Fn() -> EntryBuilder + Send + Sync + 'a>,
}

impl<'a> Message<'a> {
    pub(super) fn of_delivery(dispatch: &'a Dispatch) -> Self {
        let body = match &dispatch.body {
            Body::Here(body) if BodyEncoding::of(body) == BodyEncoding::Base64 => {
                body.len().div_ceil(3).saturating_mul(4)
            }
            Body::Here(body) => body.len(),
            Body::Stored => 2,
        };
        // More than the attribute can ever have.
        Self { size: body.saturating_add(1_024), build: Box::new(move || delivery_entry(dispatch)) }
    }

    pub(super) fn of_tick(tick: &'a Tick, delay_seconds: u64) -> Self {
        Self { size: 1_024, build: Box::new(move || tick_entry(tick, delay_seconds)) }
    }

    pub(super) fn of_note(note: &'a Note, now: Timestamp) -> Self {
        let delay_seconds = whole_seconds(time::between(now, note.due));
        Self { size: 1_024, build: Box::new(move || note_entry(note, delay_seconds)) }
    }

    pub(super) fn of_event(account: &'a str, event: &'a String) -> Self {
        let build = move || Entry::builder().message_body(event).message_group_id(account);
        Self { size: event.len(), build: Box::new(build) }
    }
}

/// The entries at these places of a batch; the place is the entry's id.
fn entries(batch: &[Message<'_>], places: impl Iterator<Item = usize>) -> Result<Vec<Entry>, BuildError> {
    let at = |place: usize| batch.get(place).map(|message| (message.build)().id(place.to_string()).build());
    places.filter_map(at).collect()
}

/// In a group of its own, so that a recovery's tick does not wait behind its deliveries.
fn tick_entry(tick: &Tick, delay_seconds: u64) -> EntryBuilder {
    Entry::builder()
        .message_group_id(format!("{}#recovery", tick.account))
        .set_message_attributes(job_attribute(&encode_tick(tick)))
        .set_delay_seconds(delay(delay_seconds))
        .message_body(STORED)
}

fn note_entry(note: &Note, delay_seconds: u64) -> EntryBuilder {
    Entry::builder()
        .message_group_id(NOTES_GROUP)
        .set_message_attributes(job_attribute(&encode_note(&note.id)))
        .set_delay_seconds(delay(delay_seconds))
        .message_body(STORED)
}

fn job_attribute(text: &str) -> Option<HashMap<String, MessageAttributeValue>> {
    text_attribute(text).ok().map(|value| [(JOB_ATTRIBUTE.to_owned(), value)].into())
}

fn delay(seconds: u64) -> Option<i32> {
    (seconds > 0).then(|| i32::try_from(seconds.min(MAX_DELAY_SECONDS)).unwrap_or(0))
}

/// The group of a delivery's message. SQS serves groups in turn, so that a recovery holds up no other delivery of its account.
fn group(job: &Job) -> String {
    let is_replay = job.round.as_ref().is_some_and(|round| round.recovery().is_some());
    if is_replay { format!("{}#replay", job.account) } else { job.account.to_string() }
}

fn delivery_entry(dispatch: &Dispatch) -> EntryBuilder {
    let Encoded { attribute, body } = encode(&dispatch.job, &dispatch.body);
    Entry::builder()
        .message_group_id(group(&dispatch.job))
        .set_message_attributes(job_attribute(&attribute))
        .set_delay_seconds(delay(dispatch.delay_seconds))
        .message_body(body)
}

/// Splits a list into batches that SQS accepts: at most ten entries and 1 MiB each.
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
}
