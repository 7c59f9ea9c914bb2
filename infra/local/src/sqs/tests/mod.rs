//! Operations as a client sees them.

use bytes::Bytes;
use serde_json::{Value, json};

use super::*;

mod queues;
mod receiving;
mod sending;

async fn sqs_with(attributes: Value) -> Sqs {
    let sqs = Sqs::new("http://127.0.0.1:9".to_owned());
    call(&sqs, "CreateQueue", json!({ "QueueName": "dead" })).await.unwrap();
    call(&sqs, "CreateQueue", json!({ "QueueName": "q", "Attributes": attributes })).await.unwrap();
    sqs
}

async fn call(sqs: &Sqs, action: &str, mut request: Value) -> Result<Value, SqsError> {
    if request.get("QueueUrl").is_none() {
        request["QueueUrl"] = sqs.url("q").into();
    }
    let answer = sqs.call(action, Bytes::from(request.to_string())).await?;
    Ok(serde_json::from_slice(&answer).unwrap())
}

async fn send(sqs: &Sqs, body: &str) {
    call(sqs, "SendMessage", json!({ "MessageBody": body })).await.unwrap();
}

async fn receive(sqs: &Sqs, request: Value) -> Vec<Value> {
    let answer = call(sqs, "ReceiveMessage", request).await.unwrap();
    answer["Messages"].as_array().cloned().unwrap_or_default()
}

fn code(refused: Result<Value, SqsError>) -> &'static str {
    refused.unwrap_err().codes().0
}

fn text_attribute(value: &str) -> Value {
    json!({ "DataType": "String", "StringValue": value })
}
