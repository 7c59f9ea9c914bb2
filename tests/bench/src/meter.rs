//! Stands between the functions and AWS's services, and counts every request in the units AWS bills.
//!
//! `DynamoDB` is asked to say what each request consumed (`ReturnConsumedCapacity`, which the functions do not set); the local one
//! charges as AWS does, indexes and transactions included. A refused write says nothing of it: it counts one unit for each KB it
//! carried. SQS bills every 64 KiB of a request's messages as one request.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use anyhow::Result;
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{http, lock::lock, sqs::Message, stack::Ready};

/// What SQS bills as one request.
const SQS_CHUNK: usize = 64 * 1_024;
/// A write unit of `DynamoDB`.
const WRITE_UNIT: usize = 1_024;

/// Requests in billed units.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Requests {
    pub write_units: f64,
    pub read_units: f64,
    pub sqs: f64,
    /// How often each operation of `DynamoDB` was called.
    pub dynamodb_calls: BTreeMap<String, u64>,
    /// Successful responses of `DynamoDB` that did not state what they consumed.
    pub unmetered: u64,
}

/// The counting endpoints. Dropping it ends them.
#[derive(Debug)]
pub struct Meter {
    pub dynamodb: String,
    pub sqs: String,
    counted: Arc<Mutex<Requests>>,
    servers: Vec<JoinHandle<()>>,
}

#[derive(Clone)]
struct Counter {
    service: Service,
    upstream: Arc<str>,
    http: reqwest::Client,
    counted: Arc<Mutex<Requests>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    DynamoDb,
    Sqs,
}

impl Meter {
    pub async fn start(ready: &Ready) -> Result<Self> {
        let counted = Arc::new(Mutex::new(Requests::default()));
        let mut servers = Vec::new();
        let mut urls = Vec::new();
        for (service, upstream) in [(Service::DynamoDb, &ready.dynamodb), (Service::Sqs, &ready.sqs)] {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            urls.push(format!("http://{}", listener.local_addr()?));
            let proxy = Counter {
                service,
                upstream: Arc::from(upstream.as_str()),
                http: http::client()?,
                counted: Arc::clone(&counted),
            };
            servers.push(tokio::spawn(serve(listener, proxy)));
        }
        let [dynamodb, sqs] = <[String; 2]>::try_from(urls).unwrap_or_default();
        Ok(Self { dynamodb, sqs, counted, servers })
    }

    /// What was counted since the last time.
    pub fn take(&self) -> Requests {
        std::mem::take(&mut *lock(&self.counted))
    }

    /// Lambda's poller received these messages.
    pub fn polled(&self, messages: &[Message]) {
        let bytes = messages.iter().map(Message::size).sum();
        lock(&self.counted).add_sqs(bytes);
    }

    /// Lambda's poller deletes what succeeded of a batch, ten messages a request.
    pub fn deleted(&self, messages: usize) {
        for _ in 0..messages.div_ceil(10) {
            lock(&self.counted).add_sqs(0);
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.servers.iter().for_each(JoinHandle::abort);
    }
}

impl Requests {
    fn add_sqs(&mut self, bytes: usize) {
        self.sqs += units(bytes, SQS_CHUNK);
    }

    fn add_dynamodb(&mut self, operation: &str, request_bytes: usize, status: StatusCode, answer: &[u8]) {
        *self.dynamodb_calls.entry(operation.to_owned()).or_default() += 1;
        let is_read = matches!(operation, "GetItem" | "Query" | "BatchGetItem" | "TransactGetItems" | "Scan");
        let said = if status.is_success() { consumed(answer) } else { Some(refused(is_read, request_bytes)) };
        let consumed = match said {
            Some(units) => units,
            // All of its statements were rejected.
            None if operation == "BatchExecuteStatement" => refused(is_read, request_bytes),
            None => {
                self.unmetered += 1;
                0.0
            }
        };
        *(if is_read { &mut self.read_units } else { &mut self.write_units }) += consumed;
    }
}

#[expect(clippy::cast_precision_loss, reason = "requests have at most megabytes")]
fn units(bytes: usize, unit: usize) -> f64 {
    bytes.div_ceil(unit).max(1) as f64
}

/// What DynamoDB states that a request consumed: for one table an object, for a batch or a transaction a list.
fn consumed(answer: &[u8]) -> Option<f64> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let of_table = |capacity: &Value| capacity["CapacityUnits"].as_f64();
    match &answer["ConsumedCapacity"] {
        Value::Array(tables) => tables.iter().map(of_table).sum(),
        table => of_table(table),
    }
}

fn refused(is_read: bool, request_bytes: usize) -> f64 {
    if is_read { 0.0 } else { units(request_bytes, WRITE_UNIT) }
}

async fn serve(listener: TcpListener, counter: Counter) {
    let router = Router::new().fallback(pass).layer(DefaultBodyLimit::disable()).with_state(counter);
    // It ends with the meter.
    let _ = axum::serve(listener, router).await;
}

async fn pass(State(counter): State<Counter>, mut headers: HeaderMap, body: Bytes) -> Response {
    for name in [header::HOST, header::CONTENT_LENGTH, header::CONNECTION] {
        headers.remove(name);
    }
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    match counter.forward(&operation, headers, body).await {
        Ok((status, answer)) => {
            (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.0")], answer).into_response()
        }
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

impl Counter {
    async fn forward(&self, operation: &str, headers: HeaderMap, body: Bytes) -> Result<(StatusCode, Bytes)> {
        let asked = match self.service {
            Service::DynamoDb => asking_for_capacity(&body)?,
            Service::Sqs => body.clone(),
        };
        let answer = self.http.post(&*self.upstream).headers(headers).body(asked).send().await?;
        let (status, answer) = (answer.status(), answer.bytes().await?);
        let mut counted = lock(&self.counted);
        match self.service {
            Service::DynamoDb => counted.add_dynamodb(operation, body.len(), status, &answer),
            Service::Sqs => counted.add_sqs(sent_bytes(&body)),
        }
        Ok((status, answer))
    }
}

fn asking_for_capacity(body: &[u8]) -> Result<Bytes> {
    let mut request: Value = serde_json::from_slice(body)?;
    request["ReturnConsumedCapacity"] = "TOTAL".into();
    Ok(request.to_string().into())
}

/// The messages in a request, as SQS measures them.
fn sent_bytes(body: &[u8]) -> usize {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let of_message = |message: &Value| {
        let attributes = message["MessageAttributes"].as_object().into_iter().flatten().map(|(name, value)| {
            let of = |field: &str| value[field].as_str().map_or(0, str::len);
            name.len() + of("DataType") + of("StringValue")
        });
        message["MessageBody"].as_str().map_or(0, str::len) + attributes.sum::<usize>()
    };
    match &request["Entries"] {
        Value::Array(entries) => entries.iter().map(of_message).sum(),
        _ => of_message(&request),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqs_bills_each_begun_64_kib_of_a_request() {
        let mut counted = Requests::default();
        for bytes in [0, SQS_CHUNK, SQS_CHUNK + 1] {
            counted.add_sqs(bytes);
        }
        assert!((counted.sqs - 4.0).abs() < f64::EPSILON);
    }

    #[test]
    fn attributes_count_as_a_messages_bytes() {
        let entry = r#"{"MessageBody":"12345","MessageAttributes":{"abc":{"DataType":"String","StringValue":"1234"}}}"#;
        assert_eq!(sent_bytes(format!(r#"{{"Entries":[{entry},{entry}]}}"#).as_bytes()), 2 * (5 + 3 + 6 + 4));
        assert_eq!(sent_bytes(entry.as_bytes()), 18);
    }

    #[test]
    fn a_refused_write_costs_what_it_carried_and_a_refused_read_nothing() {
        let mut counted = Requests::default();
        counted.add_dynamodb("PutItem", 1_500, StatusCode::BAD_REQUEST, b"{}");
        counted.add_dynamodb("GetItem", 1_500, StatusCode::BAD_REQUEST, b"{}");
        assert_eq!((counted.write_units, counted.read_units), (2.0, 0.0));
        assert_eq!(counted.dynamodb_calls["PutItem"], 1);
    }

    #[test]
    fn an_answer_that_does_not_say_what_it_consumed_is_noticed() {
        let mut counted = Requests::default();
        counted.add_dynamodb("PutItem", 100, StatusCode::OK, b"{}");
        assert_eq!(counted.unmetered, 1);
    }

    #[test]
    fn a_transactions_tables_are_added_up() {
        let answer = br#"{"ConsumedCapacity":[{"CapacityUnits":4.0},{"CapacityUnits":2.0}]}"#;
        assert_eq!(consumed(answer), Some(6.0));
    }
}
