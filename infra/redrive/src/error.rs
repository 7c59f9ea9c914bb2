//! What can go wrong, each with what to do about it.

use aws_sdk_sqs::{
    error::SdkError,
    operation::{
        get_queue_attributes::GetQueueAttributesError, get_queue_url::GetQueueUrlError,
        receive_message::ReceiveMessageError,
    },
};

/// Why the command stopped. What it had moved by then stays moved.
#[derive(Debug, thiserror::Error)]
pub enum RedriveError {
    #[error("no AWS region is set: set AWS_REGION, or choose a profile that has one with AWS_PROFILE")]
    NoRegion,
    #[error("the queue could not be asked for its dead-letter queue: see --queue")]
    Queue(#[source] Box<SdkError<GetQueueAttributesError>>),
    #[error("the queue has no dead-letter queue: --queue is the queue to move to, not the dead-letter queue itself")]
    NoDeadLetters,
    #[error("the dead-letter queue '{name}' could not be found")]
    DeadLetters { name: String, source: Box<SdkError<GetQueueUrlError>> },
    #[error("the dead-letter queue could not be read")]
    Receive(#[source] Box<SdkError<ReceiveMessageError>>),
    #[error("{left} messages were left in the dead-letter queue; the output says why")]
    Left { left: usize },
    #[error("the answer could not be written")]
    NotWritten(#[source] std::io::Error),
}
