//! The rejections of SQS, as its JSON protocol spells them.

use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::http::CONTENT_TYPE;

/// One rejection; the client gets its shape name, the older query code in a header, and the sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SqsError {
    #[error("The specified queue does not exist.")]
    NoSuchQueue,
    #[error("A queue already exists with the same name and a different value for attribute {0}.")]
    QueueNameExists(String),
    #[error("Unknown Attribute {0}.")]
    UnknownAttribute(String),
    #[error(
        "The maximum number of in flight messages is reached. Delete received messages, or wait for their visibility timeouts to end."
    )]
    OverLimit,
    #[error("The request must contain the parameter {0}.")]
    MissingParameter(&'static str),
    #[error("{0}")]
    InvalidParameterValue(String),
    #[error(
        "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"
    )]
    InvalidMessageContents,
    #[error("The input receipt handle is invalid.")]
    InvalidReceiptHandle,
    #[error(
        "Value for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change."
    )]
    MessageNotInflight,
    #[error("There should be at least one entry in the request.")]
    EmptyBatch,
    #[error("Maximum number of entries per request are 10. You have sent {0}.")]
    TooManyEntries(usize),
    #[error("Two or more batch entries have the same Id.")]
    BatchIdsNotDistinct,
    #[error(
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long."
    )]
    InvalidBatchEntryId,
    #[error("Batch requests cannot be longer than 1048576 bytes. You have sent {0} bytes.")]
    BatchTooLong(usize),
    #[error("{0}")]
    Unsupported(&'static str),
    #[error("The request is not JSON that this operation understands: {0}")]
    Malformed(String),
}

impl SqsError {
    pub(super) fn invalid(message: String) -> Self {
        Self::InvalidParameterValue(message)
    }

    /// The error's name in the JSON protocol and in the query protocol before it.
    pub fn codes(&self) -> (&'static str, &'static str) {
        match self {
            Self::NoSuchQueue => ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"),
            Self::QueueNameExists(_) => ("QueueNameExists", "QueueAlreadyExists"),
            Self::UnknownAttribute(_) => ("InvalidAttributeName", "InvalidAttributeName"),
            Self::OverLimit => ("OverLimit", "OverLimit"),
            Self::MissingParameter(_) => ("MissingRequiredParameterException", "MissingParameter"),
            Self::InvalidParameterValue(_) => ("InvalidParameterValueException", "InvalidParameterValue"),
            Self::InvalidMessageContents => ("InvalidMessageContents", "InvalidMessageContents"),
            Self::InvalidReceiptHandle => ("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid"),
            Self::MessageNotInflight => ("MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight"),
            Self::EmptyBatch => ("EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest"),
            Self::TooManyEntries(_) => {
                ("TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest")
            }
            Self::BatchIdsNotDistinct => {
                ("BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct")
            }
            Self::InvalidBatchEntryId => ("InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId"),
            Self::BatchTooLong(_) => ("BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong"),
            Self::Unsupported(_) => ("UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation"),
            Self::Malformed(_) => ("SerializationException", "SerializationException"),
        }
    }
}

impl IntoResponse for SqsError {
    fn into_response(self) -> Response {
        let (shape, query_code) = self.codes();
        let headers = [
            (header::CONTENT_TYPE, CONTENT_TYPE.to_owned()),
            (HeaderName::from_static("x-amzn-query-error"), format!("{query_code};Sender")),
        ];
        let body = json!({ "__type": format!("com.amazonaws.sqs#{shape}"), "message": self.to_string() });
        (StatusCode::BAD_REQUEST, headers, body.to_string()).into_response()
    }
}
