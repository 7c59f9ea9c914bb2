//! What the publisher and Lambda's pollers ask of SQS.

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A client of one SQS endpoint.
#[derive(Debug, Clone)]
pub struct Sqs {
    http: reqwest::Client,
    endpoint: String,
}

/// A queue.
#[derive(Debug, Clone)]
pub struct Queue {
    pub url: String,
    pub arn: String,
}

/// A message as received.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Message {
    pub message_id: String,
    pub receipt_handle: String,
    pub body: String,
    #[serde(default)]
    attributes: Map<String, Value>,
    #[serde(default)]
    message_attributes: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReceivedMessages {
    #[serde(default)]
    messages: Vec<Message>,
}

impl Sqs {
    pub fn new(http: reqwest::Client, endpoint: &str) -> Self {
        Self { http, endpoint: endpoint.to_owned() }
    }

    /// A new queue whose messages stay hidden for long once received.
    pub async fn create_queue(&self, name: &str) -> Result<Queue> {
        let attributes = json!({ "VisibilityTimeout": "3600" });
        let created = self.call("CreateQueue", &json!({ "QueueName": name, "Attributes": attributes })).await?;
        let url = created["QueueUrl"].as_str().context("CreateQueue gave no URL")?.to_owned();
        let arn = self.attribute(&url, "QueueArn").await?;
        Ok(Queue { url, arn })
    }

    /// Sends up to ten bodies, visible after `delay` seconds.
    pub async fn send(&self, queue: &str, bodies: &[String], delay: u64) -> Result<()> {
        let entry = |(index, body): (usize, &String)| json!({ "Id": index.to_string(), "MessageBody": body, "DelaySeconds": delay });
        let entries: Vec<_> = bodies.iter().enumerate().map(entry).collect();
        let answer = self.call("SendMessageBatch", &json!({ "QueueUrl": queue, "Entries": entries })).await?;
        ensure!(answer["Failed"].as_array().is_none_or(Vec::is_empty), "SQS did not take an event: {answer}");
        Ok(())
    }

    /// Up to `most` messages, ten at most; waits a moment for the first.
    pub async fn receive(&self, queue: &str, most: usize) -> Result<Vec<Message>> {
        let ask = json!({
            "QueueUrl": queue,
            "MaxNumberOfMessages": most.min(10),
            "WaitTimeSeconds": 5,
            "MessageSystemAttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        });
        let received: ReceivedMessages = serde_json::from_value(self.call("ReceiveMessage", &ask).await?)?;
        Ok(received.messages)
    }

    pub async fn delete(&self, queue: &str, messages: &[&Message]) -> Result<()> {
        for some in messages.chunks(10) {
            let entry = |(index, message): (usize, &&Message)| json!({ "Id": index.to_string(), "ReceiptHandle": message.receipt_handle });
            let entries: Vec<_> = some.iter().enumerate().map(entry).collect();
            self.call("DeleteMessageBatch", &json!({ "QueueUrl": queue, "Entries": entries })).await?;
        }
        Ok(())
    }

    /// How many messages could be received now.
    pub async fn visible(&self, queue: &str) -> Result<usize> {
        Ok(self.attribute(queue, "ApproximateNumberOfMessages").await?.parse()?)
    }

    async fn attribute(&self, queue: &str, name: &str) -> Result<String> {
        let ask = json!({ "QueueUrl": queue, "AttributeNames": [name] });
        let answer = self.call("GetQueueAttributes", &ask).await?;
        Ok(answer["Attributes"][name].as_str().with_context(|| format!("a queue without {name}"))?.to_owned())
    }

    async fn call(&self, action: &str, body: &Value) -> Result<Value> {
        let request = self.http.post(&self.endpoint).header("content-type", "application/x-amz-json-1.0");
        let answer =
            request.header("x-amz-target", format!("AmazonSQS.{action}")).body(body.to_string()).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "SQS refused {action}: {text}");
        Ok(if text.is_empty() { Value::Null } else { serde_json::from_str(&text)? })
    }
}

impl Message {
    /// Bytes as SQS counts them: the body, and each attribute's name, type and value.
    pub fn size(&self) -> usize {
        let attributes = self.message_attributes.iter().map(|(name, value)| {
            let of = |field: &str| value[field].as_str().map_or(0, str::len);
            name.len() + of("DataType") + of("StringValue")
        });
        self.body.len() + attributes.sum::<usize>()
    }

    /// As Lambda hands it to a function.
    fn record(&self, arn: &str) -> Value {
        let attributes: Map<_, _> = self
            .message_attributes
            .iter()
            .map(|(name, value)| {
                let value = json!({
                    "dataType": value["DataType"],
                    "stringValue": value["StringValue"],
                    "stringListValues": [],
                    "binaryListValues": [],
                });
                (name.clone(), value)
            })
            .collect();
        json!({
            "messageId": self.message_id,
            "receiptHandle": self.receipt_handle,
            "body": self.body,
            "attributes": self.attributes,
            "messageAttributes": attributes,
            "eventSource": "aws:sqs",
            "eventSourceARN": arn,
            "awsRegion": "us-east-1",
        })
    }
}

/// The event Lambda calls a function with.
pub fn event(arn: &str, batch: &[Message]) -> Bytes {
    let records: Vec<_> = batch.iter().map(|message| message.record(arn)).collect();
    json!({ "Records": records }).to_string().into()
}
