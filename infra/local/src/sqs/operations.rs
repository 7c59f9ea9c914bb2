//! The operations by name: JSON in, JSON out.

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::messages::shown;
use super::{Sqs, SqsError};

type Response = Result<Bytes, SqsError>;

impl Sqs {
    /// Does what SQS does with a request, and rejects what is not offered here.
    pub async fn call(&self, action: &str, body: Bytes) -> Response {
        match action {
            "SendMessage" => render(&self.send_message(parse(&body)?)?),
            "SendMessageBatch" => render(&self.send_batch(parse(&body)?)?),
            "ReceiveMessage" => {
                let ask = parse(&body)?;
                render(&shown(&self.receive_message(&ask).await?, &ask))
            }
            "DeleteMessage" => render(&self.delete_message(&parse(&body)?)?),
            "DeleteMessageBatch" => render(&self.delete_batch(parse(&body)?)?),
            "ChangeMessageVisibility" => render(&self.change_message_visibility(&parse(&body)?)?),
            "ChangeMessageVisibilityBatch" => render(&self.change_batch(parse(&body)?)?),
            "PurgeQueue" => render(&self.purge(&parse(&body)?)?),
            "CreateQueue" => render(&self.create_queue(&parse(&body)?)?),
            "GetQueueUrl" => render(&self.queue_url(&parse(&body)?)?),
            "ListQueues" => render(&self.list_queues(&parse(&body)?)?),
            "SetQueueAttributes" => render(&self.set_attributes(&parse(&body)?)?),
            "GetQueueAttributes" => render(&self.attributes(&parse(&body)?)?),
            "DeleteQueue" => render(&self.delete_queue(&parse(&body)?)?),
            "StartMessageMoveTask" | "CancelMessageMoveTask" => Err(SqsError::Unsupported(
                "Message move tasks are not offered here: receive, send on and delete instead.",
            )),
            _ => Err(SqsError::Unsupported(
                "This operation is not offered here: there are those on messages, and create, list, get, set, purge and delete for queues.",
            )),
        }
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, SqsError> {
    serde_json::from_slice(body).map_err(|error| SqsError::Malformed(error.to_string()))
}

fn render<T: Serialize>(response: &T) -> Response {
    serde_json::to_vec(response).map(Bytes::from).map_err(|error| SqsError::Malformed(error.to_string()))
}
