//! Receive, send, and only then delete, until the dead-letter queue is empty.

use std::{
    collections::HashSet,
    io::{self, Write},
};

use aws_sdk_sqs::{
    Client,
    types::{Message, MessageSystemAttributeName, QueueAttributeName},
};
use serde_json::{Value, json};
use shared::{logging::chain, queue::SOURCE_ID_ATTRIBUTE};

use crate::{
    connect::connect,
    error::RedriveError,
    message::{Again, Kind, again},
    options::{Moving, Options},
};

/// SQS gives ten messages at most.
const MAX_RECEIVED: usize = 10;

/// Long enough to ask all of SQS's servers: an empty answer then means an empty queue.
const WAIT_SECONDS: i32 = 2;

/// For so long nobody else sees a message that is being moved.
const VISIBILITY_SECONDS: i32 = 120;

/// Does what the command line says.
///
/// # Errors
/// Says what to change. Messages are in one of the two queues, never in neither.
pub async fn run(options: Options, out: &mut impl Write) -> Result<(), RedriveError> {
    let (kind, Moving { queue, limit }) = options.command.parts();
    let sqs = connect(options.endpoint_url).await?;
    let dead_letters = dead_letters_of(&sqs, &queue).await?;
    let redrive = Redrive { sqs, kind, queue, dead_letters };
    redrive.all(limit.unwrap_or(usize::MAX), out).await
}

/// The dead-letter queue's URL, by the redrive policy of the queue it belongs to.
async fn dead_letters_of(sqs: &Client, queue: &str) -> Result<String, RedriveError> {
    let policy = QueueAttributeName::RedrivePolicy;
    let asked = sqs.get_queue_attributes().queue_url(queue).attribute_names(policy.clone()).send().await;
    let asked = asked.map_err(|error| RedriveError::Queue(Box::new(error)))?;
    let policy = asked.attributes.and_then(|mut attributes| attributes.remove(&policy));
    let policy = policy.and_then(|text| serde_json::from_str::<Value>(&text).ok());
    let arn = policy.as_ref().and_then(|policy| policy.get("deadLetterTargetArn")?.as_str());
    let name = arn.and_then(|arn| arn.rsplit(':').next()).ok_or(RedriveError::NoDeadLetters)?.to_owned();
    let found = sqs.get_queue_url().queue_name(&name).send().await;
    let found = match found {
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

impl Redrive {
    /// Moves messages until there are none, or so many were moved. One that could not be moved is met again only after all others.
    async fn all(&self, limit: usize, out: &mut impl Write) -> Result<(), RedriveError> {
        let (mut moved, mut left) = (0usize, HashSet::new());
        'more: while moved < limit {
            let received = self.receive(limit.saturating_sub(moved)).await?;
            if received.is_empty() {
                break;
            }
            for message in received {
                let id = message.message_id.clone().unwrap_or_default();
                if left.contains(&id) {
                    break 'more;
                }
                let told = match self.one(message).await {
                    Ok(told) => {
                        moved = moved.saturating_add(1);
                        told
                    }
                    Err(reason) => {
                        left.insert(id.clone());
                        json!({ "messageId": id, "left": reason })
                    }
                };
                print(out, &told)?;
            }
        }
        print(out, &json!({ "moved": moved, "left": left.len() }))?;
        if left.is_empty() { Ok(()) } else { Err(RedriveError::Left { left: left.len() }) }
    }

    async fn receive(&self, wanted: usize) -> Result<Vec<Message>, RedriveError> {
        let request = self.sqs.receive_message().queue_url(&self.dead_letters);
        let request = request
            .max_number_of_messages(i32::try_from(wanted.min(MAX_RECEIVED)).unwrap_or(1))
            .wait_time_seconds(WAIT_SECONDS)
            .visibility_timeout(VISIBILITY_SECONDS)
            .message_attribute_names("All")
            .message_system_attribute_names(MessageSystemAttributeName::All);
        let answer = request.send().await.map_err(|error| RedriveError::Receive(Box::new(error)))?;
        Ok(answer.messages.unwrap_or_default())
    }

    /// Moves one message and tells what became of it; what cannot be moved is left, with the reason for the operator.
    async fn one(&self, message: Message) -> Result<Value, String> {
        let letter = again(self.kind, message).map_err(|unfit| chain(&unfit))?;
        let sent_as = self.send(&letter).await?;
        let delete = self.sqs.delete_message().queue_url(&self.dead_letters).receipt_handle(&letter.receipt_handle);
        if let Err(error) = delete.send().await {
            return Err(format!("it was sent as {sent_as} but could not be deleted here: {}", chain(&error)));
        }
        let source = letter.attributes.get(SOURCE_ID_ATTRIBUTE).and_then(|value| value.string_value());
        Ok(json!({ "messageId": letter.message_id, "sentAs": sent_as, "sourceId": source }))
    }

    async fn send(&self, letter: &Again) -> Result<String, String> {
        let request = self.sqs.send_message().queue_url(&self.queue).message_body(&letter.body);
        let request = request
            .set_message_attributes(Some(letter.attributes.clone()))
            .set_message_group_id(letter.group.clone())
            .send();
        match request.await {
            Ok(sent) => Ok(sent.message_id.unwrap_or_default()),
            Err(error) => Err(format!("SQS did not take it: {}", chain(&error))),
        }
    }
}

fn print(out: &mut impl Write, line: &Value) -> Result<(), RedriveError> {
    let written: io::Result<()> = writeln!(out, "{line}").and_then(|()| out.flush());
    written.map_err(RedriveError::NotWritten)
}
