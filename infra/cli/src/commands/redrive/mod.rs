//! `posthorn redrive`: receives, sends and only then deletes, until the dead-letter queue is empty.
//!
//! SQS's own redrive gives a message a new id, and Posthorn knows events and retries by that id. An event that was stored but not sent
//! on would look like a second publication and be dropped. This command keeps the identity.

mod error;
pub mod message;

use std::{collections::HashSet, io::Write};

use aws_sdk_sqs::{
    Client,
    types::{Message, MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName},
};
use serde_json::{Value, json};
use shared::{
    logging::chain,
    queue::{JOB_ATTRIBUTE, SOURCE_ID_ATTRIBUTE},
};

pub use self::error::RedriveError;
use self::{
    error::Left,
    message::{Again, Kind, again},
};
use crate::{
    aws,
    options::redrive::{Moving, Options},
    output::Output,
};

/// The most messages that SQS gives at once.
const RECEIVED_MESSAGES: usize = 10;

/// How long to wait for a message, in seconds. SQS asks all its servers, so an empty response means an empty queue.
const WAIT_SECONDS: i32 = 2;

/// How long to keep a message that is being moved from other readers, in seconds.
const VISIBILITY_SECONDS: i32 = 120;

pub(crate) async fn run(options: Options, output: &mut Output<'_, impl Write>) -> Result<(), RedriveError> {
    let (kind, Moving { queue, limit }) = options.command.parts();
    let sqs = aws::sqs(options.endpoint_url).await?;
    let dead_letters = dead_letters_of(&sqs, &queue).await?;
    let redrive = Redrive { sqs, kind, queue, dead_letters };
    redrive.all(limit.unwrap_or(usize::MAX), output).await
}

/// The dead-letter queue's URL, by the redrive policy of the queue it belongs to.
async fn dead_letters_of(sqs: &Client, queue: &str) -> Result<String, RedriveError> {
    let policy = QueueAttributeName::RedrivePolicy;
    let response = sqs.get_queue_attributes().queue_url(queue).attribute_names(policy.clone()).send().await;
    let response = response.map_err(|error| RedriveError::Queue(Box::new(error)))?;
    let policy = response.attributes.and_then(|mut attributes| attributes.remove(&policy));
    let policy = policy.and_then(|text| serde_json::from_str::<Value>(&text).ok());
    let arn = policy.as_ref().and_then(|policy| policy.get("deadLetterTargetArn")?.as_str());
    let name = arn.and_then(|arn| arn.rsplit(':').next()).ok_or(RedriveError::NoDeadLetters)?.to_owned();
    let found = match sqs.get_queue_url().queue_name(&name).send().await {
        Ok(found) => found,
        Err(source) => return Err(RedriveError::DeadLetters { name, source: Box::new(source) }),
    };
    found.queue_url.ok_or(RedriveError::NoDeadLetters)
}

struct Redrive {
    sqs: Client,
    kind: Kind,
    queue: String,
    dead_letters: String,
}

/// What became of the messages so far.
#[derive(Default)]
struct Progress {
    moved: usize,
    /// The ids of those that stay where they are.
    left: HashSet<String>,
}

impl Redrive {
    /// Moves messages until there are none, or the limit is reached.
    async fn all(&self, limit: usize, output: &mut Output<'_, impl Write>) -> Result<(), RedriveError> {
        let mut progress = Progress::default();
        while progress.moved < limit {
            let received = self.receive(limit.saturating_sub(progress.moved)).await?;
            // A message that was left comes back when its visibility timeout ends.
            let is_left = |message: &Message| message.message_id().is_some_and(|id| progress.left.contains(id));
            let fresh: Vec<Message> = received.into_iter().filter(|message| !is_left(message)).collect();
            if fresh.is_empty() {
                break;
            }
            for message in fresh {
                self.next(message, &mut progress, output).await?;
            }
        }
        let (moved, left) = (progress.moved, progress.left.len());
        output.show(&format!("{moved} moved, {left} left."), &json!({ "moved": moved, "left": left }))?;
        if left == 0 { Ok(()) } else { Err(RedriveError::Left { left }) }
    }

    async fn receive(&self, wanted: usize) -> Result<Vec<Message>, RedriveError> {
        let request = self.sqs.receive_message().queue_url(&self.dead_letters);
        let request = request
            .max_number_of_messages(i32::try_from(wanted.min(RECEIVED_MESSAGES)).unwrap_or(1))
            .wait_time_seconds(WAIT_SECONDS)
            .visibility_timeout(VISIBILITY_SECONDS)
            .message_attribute_names(JOB_ATTRIBUTE)
            .message_attribute_names(SOURCE_ID_ATTRIBUTE)
            .message_system_attribute_names(MessageSystemAttributeName::MessageGroupId);
        let response = request.send().await.map_err(|error| RedriveError::Receive(Box::new(error)))?;
        Ok(response.messages.unwrap_or_default())
    }

    /// Moves one message and reports what became of it.
    async fn next(
        &self,
        message: Message,
        progress: &mut Progress,
        output: &mut Output<'_, impl Write>,
    ) -> Result<(), RedriveError> {
        let id = message.message_id.clone().unwrap_or_default();
        let (text, json) = match self.move_one(message).await {
            Ok((letter, sent_as)) => {
                progress.moved = progress.moved.saturating_add(1);
                let json = json!({ "messageId": id, "sentAs": sent_as, "sourceId": letter.sent.source_id });
                (format!("Message {id} was moved and is now {sent_as}."), json)
            }
            Err(left) => {
                let reason = chain(&left);
                progress.left.insert(id.clone());
                (format!("Message {id} was left: {reason}"), json!({ "messageId": id, "left": reason }))
            }
        };
        Ok(output.show(&text, &json)?)
    }

    /// Returns what was sent and its new id.
    async fn move_one(&self, message: Message) -> Result<(Again, String), Left> {
        let letter = again(self.kind, message)?;
        let sent_as = self.send(&letter).await?;
        let delete = self.sqs.delete_message().queue_url(&self.dead_letters).receipt_handle(&letter.receipt_handle);
        match delete.send().await {
            Ok(_) => Ok((letter, sent_as)),
            Err(source) => Err(Left::NotDeleted { sent_as, source: Box::new(source) }),
        }
    }

    async fn send(&self, letter: &Again) -> Result<String, Left> {
        let attributes = [(JOB_ATTRIBUTE, &letter.sent.job), (SOURCE_ID_ATTRIBUTE, &letter.sent.source_id)];
        let mut request = self.sqs.send_message().queue_url(&self.queue).message_body(&letter.sent.body);
        for (name, value) in attributes {
            if let Some(value) = value {
                let value = MessageAttributeValue::builder().data_type("String").string_value(value).build()?;
                request = request.message_attributes(name, value);
            }
        }
        let sent = request.set_message_group_id(letter.group.clone()).send().await;
        let sent = sent.map_err(|error| Left::NotSent(Box::new(error)))?;
        Ok(sent.message_id.unwrap_or_default())
    }
}
