//! The queues in the domain's words: deliveries sent to a lane, put back to wait, events published or rejected.

pub mod batches;
mod message;
pub mod receives;
mod rejected;
pub mod urls;

use aws_sdk_sqs::{
    Client,
    error::SdkError,
    operation::{
        change_message_visibility::ChangeMessageVisibilityError, get_queue_attributes::GetQueueAttributesError,
        send_message::SendMessageError,
    },
    types::QueueAttributeName,
};
use domain::{
    delivery::{job::Job, lane::Lane},
    operations::Note,
};
use jiff::Timestamp;

use self::batches::{Message, Unsent};
pub use self::message::{Body, DecodeError, Encoded, Tick, decode, decode_note, decode_tick, encode};
use self::urls::QueueUrls;
use crate::logging::chain;

/// The message attribute that carries a delivery's ids.
pub const JOB_ATTRIBUTE: &str = "posthorn";

/// The message attribute that keeps a message's identity when an operator sends it again.
pub const SOURCE_ID_ATTRIBUTE: &str = "posthorn-source-id";

/// The attribute of a rejected event that says why: `CODE: sentence`.
pub const REASON_ATTRIBUTE: &str = "reason";

/// The most bytes of a message and of a batch, attributes included with their names and types.
const MAX_BYTES: usize = 1_048_576;

/// The queues of one installation.
#[derive(Debug, Clone)]
pub struct Queues {
    sqs: Client,
    urls: QueueUrls,
}

/// A delivery on its way into a lane.
#[derive(Debug, Clone)]
pub struct Dispatch {
    pub job: Job,
    /// Shared: one event may go to a hundred webhooks.
    pub body: Body,
    pub delay_seconds: u64,
}

/// A call to SQS that did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    #[error("SQS did not accept the message")]
    Send(#[source] Box<SdkError<SendMessageError>>),
    #[error("SQS did not change the message's visibility")]
    Visibility(#[source] Box<SdkError<ChangeMessageVisibilityError>>),
    #[error("SQS did not say how many messages are in flight")]
    Attributes(#[source] Box<SdkError<GetQueueAttributesError>>),
    #[error("a message could not be built")]
    Build(#[from] aws_sdk_sqs::error::BuildError),
}

impl Queues {
    pub fn new(sqs: Client, urls: QueueUrls) -> Self {
        Self { sqs, urls }
    }

    /// Which lane a Lambda record came from.
    pub fn lane_of(&self, event_source_arn: &str) -> Option<Lane> {
        self.urls.lane_of(event_source_arn)
    }

    /// Sends deliveries to a lane in as few requests as fit, and says of each whether it is in the queue.
    ///
    /// Entries that SQS could not accept for its own reasons are tried again once; the call itself answers 200 for them.
    pub async fn send(&self, lane: Lane, deliveries: &[&Dispatch]) -> Vec<Result<(), Unsent>> {
        let messages: Vec<Message<'_>> = deliveries.iter().map(|dispatch| Message::of_delivery(dispatch)).collect();
        self.send_batches(self.urls.of_lane(lane), &messages).await
    }

    /// Has a recovery go on after a delay.
    pub async fn send_tick(&self, tick: &Tick, delay_seconds: u64) -> Result<(), Unsent> {
        let message = [Message::of_tick(tick, delay_seconds)];
        let sent = self.send_batches(self.urls.of_lane(Lane::Retry), &message).await;
        sent.into_iter().collect()
    }

    /// Has intake publish the events of these notes, each not before it is complete. What cannot be sent now is sent by the schedule.
    pub async fn announce(&self, notes: &[Note], now: Timestamp) {
        let messages: Vec<Message<'_>> = notes.iter().map(|note| Message::of_note(note, now)).collect();
        for sent in self.send_batches(&self.urls.event, &messages).await {
            if let Err(error) = sent {
                tracing::warn!("an operational event is published late: {}", chain(&error));
            }
        }
    }

    /// How many messages of a lane are in flight, as far as SQS knows.
    pub async fn in_flight(&self, lane: Lane) -> Result<u64, QueueError> {
        let name = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
        let request = self.sqs.get_queue_attributes().queue_url(self.urls.of_lane(lane)).attribute_names(name.clone());
        let answer = request.send().await.map_err(|error| QueueError::Attributes(Box::new(error)))?;
        Ok(answer.attributes.and_then(|found| found.get(&name)?.parse().ok()).unwrap_or(0))
    }

    /// Puts an API client's events on the event queue, and says of each whether it is there.
    pub async fn publish(&self, account: &str, events: &[String]) -> Vec<Result<(), Unsent>> {
        let messages: Vec<Message<'_>> = events.iter().map(|event| Message::of_event(account, event)).collect();
        self.send_batches(&self.urls.event, &messages).await
    }

    /// Makes a message of the retry lane wait: it is invisible for as many seconds, then received again.
    ///
    /// # Errors
    /// The message comes back when its current visibility timeout ends.
    pub async fn put_back(&self, receipt_handle: &str, visibility_seconds: u64) -> Result<(), QueueError> {
        let request = self.sqs.change_message_visibility().queue_url(&self.urls.retry).receipt_handle(receipt_handle);
        let seconds = i32::try_from(visibility_seconds).unwrap_or(i32::MAX);
        let sent = request.visibility_timeout(seconds).send().await;
        sent.map(|_| ()).map_err(|error| QueueError::Visibility(Box::new(error)))
    }
}
