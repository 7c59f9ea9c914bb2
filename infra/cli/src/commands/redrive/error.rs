//! What can go wrong, each with what to do about it.

use aws_sdk_sqs::{
    error::{BuildError, SdkError},
    operation::{
        delete_message::DeleteMessageError, get_queue_attributes::GetQueueAttributesError,
        get_queue_url::GetQueueUrlError, receive_message::ReceiveMessageError, send_message::SendMessageError,
    },
};

use super::message::Unfit;
use crate::{aws::NoRegion, output::NotWritten};

/// Why the command stopped. What it had moved by then stays moved.
#[derive(Debug, thiserror::Error)]
pub enum RedriveError {
    #[error(transparent)]
    NoRegion(#[from] NoRegion),
    #[error("SQS did not name the queue's dead-letter queue: check --queue and the permission sqs:GetQueueAttributes")]
    Queue(#[source] Box<SdkError<GetQueueAttributesError>>),
    #[error("the queue has no dead-letter queue: --queue is the queue to move to, not the dead-letter queue itself")]
    NoDeadLetters,
    #[error("the dead-letter queue '{name}' could not be found: check the permission sqs:GetQueueUrl")]
    DeadLetters { name: String, source: Box<SdkError<GetQueueUrlError>> },
    #[error("the dead-letter queue could not be read")]
    Receive(#[source] Box<SdkError<ReceiveMessageError>>),
    #[error("{left} messages were left in the dead-letter queue: the output says why")]
    Left { left: usize },
    #[error(transparent)]
    NotWritten(#[from] NotWritten),
}

/// Why one message stays in the dead-letter queue.
#[derive(Debug, thiserror::Error)]
pub(super) enum Left {
    #[error(transparent)]
    Unfit(#[from] Unfit),
    #[error("the message could not be written")]
    Build(#[from] BuildError),
    #[error("SQS did not accept the message")]
    NotSent(#[source] Box<SdkError<SendMessageError>>),
    #[error("the message was sent as {sent_as} but could not be deleted here")]
    NotDeleted { sent_as: String, source: Box<SdkError<DeleteMessageError>> },
}
