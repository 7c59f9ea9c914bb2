//! A message of a lane, read from what Lambda sent; and what is none, kept for the operator.

use std::str::FromStr;

use aws_lambda_events::event::sqs::SqsMessage;
use jiff::Timestamp;
use shared::{
    domain::{
        delivery::{admission::Receive, job::Job, lane::Lane},
        ids::MessageId,
    },
    logging::chain,
    metrics::Count,
    queue::{Body, DecodeError, JOB_ATTRIBUTE, Queues, SOURCE_ID_ATTRIBUTE, Tick, decode, decode_tick},
};

use super::settled::Fate;
use crate::Handler;

/// One message of a lane.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub lane: Lane,
    /// SQS's id, or the one that an operator's redrive kept: the owner of a delivery stays the owner.
    pub id: MessageId,
    pub receipt_handle: String,
    pub receive: Receive,
    pub job: Job,
    pub body: Body,
}

/// What a record of the retry lane asks for.
#[derive(Debug)]
pub(super) enum Work {
    Deliver(Message),
    /// A recovery's turn.
    Tick(TickMessage),
}

/// A recovery's turn, as its message has it.
#[derive(Debug, Clone)]
pub(crate) struct TickMessage {
    pub tick: Tick,
    pub receipt_handle: String,
}

/// A message that is not a delivery.
#[derive(Debug)]
pub(super) struct Poison {
    body: String,
    job_attribute: Option<String>,
    cause: Cause,
}

#[derive(Debug, thiserror::Error)]
enum Cause {
    #[error("the message cannot be read")]
    Unreadable(#[source] DecodeError),
    #[error("the message came from a queue that is no lane")]
    NoLane,
    #[error("the message has no message id")]
    NoId,
}

/// How many times SQS handed a message out.
pub(super) fn receives(record: &SqsMessage) -> Option<u64> {
    number(record, "ApproximateReceiveCount")
}

/// Reads a message, or says why it is no delivery.
pub(super) fn read(queues: &Queues, record: SqsMessage, now: Timestamp) -> Result<Work, Poison> {
    let receives = receives(&record);
    let first_received = number(&record, "ApproximateFirstReceiveTimestamp");
    let first_received = first_received.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let text = |name: &str| record.message_attributes.get(name).and_then(|value| value.string_value.clone());
    let (job_attribute, source_id) = (text(JOB_ATTRIBUTE), text(SOURCE_ID_ATTRIBUTE));
    let body = record.body.unwrap_or_default();
    let lane = queues.lane_of(record.event_source_arn.as_deref().unwrap_or_default());
    let id = source_id.or(record.message_id).and_then(|id| MessageId::parse(&id).ok());
    if let Some(tick) = job_attribute.as_deref().and_then(decode_tick) {
        let receipt_handle = record.receipt_handle.unwrap_or_default();
        return Ok(Work::Tick(TickMessage { tick, receipt_handle }));
    }
    let decoded = decode(job_attribute.as_deref(), &body);
    let cause = match (decoded, lane, id) {
        (Ok((job, body)), Some(lane), Some(id)) => {
            let receive = Receive::of(receives, first_received, now);
            let receipt_handle = record.receipt_handle.unwrap_or_default();
            return Ok(Work::Deliver(Message { lane, id, receipt_handle, receive, job, body }));
        }
        (Err(error), _, _) => Cause::Unreadable(error),
        (_, None, _) => Cause::NoLane,
        (_, _, None) => Cause::NoId,
    };
    Err(Poison { body, job_attribute, cause })
}

fn number<T: FromStr>(record: &SqsMessage, name: &str) -> Option<T> {
    record.attributes.get(name)?.parse().ok()
}

impl Handler {
    /// Keeps what is no delivery for the operator. A message of another version is left for the function that can read it; if none
    /// comes, it ends in the dead-letter queue, which raises an alarm.
    pub(super) async fn reject(&self, poison: Poison) -> Fate {
        let reason = format!("MALFORMED_DELIVERY: {}", chain(&poison.cause));
        if matches!(poison.cause, Cause::Unreadable(DecodeError::Version { .. })) {
            tracing::error!("a delivery is left for another version of this function: {reason}");
            return Fate::ComesBack;
        }
        tracing::error!("a message of a lane is not a delivery and was rejected: {reason}");
        match self.queues.reject(&poison.body, poison.job_attribute.as_deref(), &reason).await {
            Ok(()) => {
                self.metrics.count(Count::RejectedEvents);
                Fate::Acknowledged
            }
            Err(error) => {
                tracing::error!("the message could not be moved to the rejected queue: {}", chain(&error));
                Fate::ComesBack
            }
        }
    }
}
