//! Why the table could not be read or written.

use aws_sdk_dynamodb::error::ProvideErrorMetadata;

/// A question that got no response.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The SDK has tried again as often as it should; the caller's message must come back.
    #[error("DynamoDB did not answer")]
    DynamoDb(#[source] Box<aws_sdk_dynamodb::Error>),
    /// Another change touched the same item, or the change was throttled: the caller may try again at once.
    #[error("another change to the same item was under way")]
    Busy,
    #[error("an item could not be written or read as what its key says it is")]
    Item(#[source] Box<serde_dynamo::Error>),
    #[error("{what} is not what was written: was it made by a newer version?")]
    Corrupt { what: &'static str },
    #[error("the request could not be built")]
    Build(#[from] aws_sdk_dynamodb::error::BuildError),
}

impl From<serde_dynamo::Error> for StoreError {
    fn from(error: serde_dynamo::Error) -> Self {
        Self::Item(Box::new(error))
    }
}

/// The SDK's error of any operation, boxed.
pub(super) fn failed<E>(error: E) -> StoreError
where
    aws_sdk_dynamodb::Error: From<E>,
{
    StoreError::DynamoDb(Box::new(error.into()))
}

/// Whether a single write met a transaction or was throttled, and has certainly changed nothing.
pub(super) fn is_busy(error: &impl ProvideErrorMetadata) -> bool {
    matches!(
        error.code(),
        Some(
            "TransactionConflictException"
                | "ProvisionedThroughputExceededException"
                | "RequestLimitExceeded"
                | "ThrottlingException"
        )
    )
}

/// Whether a transaction was cancelled for one of these reasons, any of which may end by itself.
pub(super) fn may_be_repeated(reason: &str) -> bool {
    matches!(reason, "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded")
}
