//! What a batch asks of DynamoDB in one request, and what becomes of each record when that request is rejected, lost or only
//! partly done.

use std::{
    collections::BTreeMap,
    iter::repeat_n,
    sync::{Arc, Mutex},
};

use local::{
    stack::Taps,
    tap::{Answer, Call, Hook, Upstream},
};
use serde_json::{Value, json};

use crate::harness::{Platform, Receiver};

#[tokio::test]
async fn ten_new_events_are_stored_with_one_request() {
    let (platform, calls) = ten_events_delivered(Fault::None).await;
    assert_eq!((calls.count("BatchExecuteStatement"), calls.count("PutItem")), (1, 0));
    platform.end().await;
}

#[tokio::test]
async fn a_batch_of_ten_webhooks_is_read_with_one_request() {
    let (platform, calls) = ten_events_delivered(Fault::None).await;
    // One for each batch of delivery; a batch of one webhook would need none.
    assert!((1..=5).contains(&calls.count("BatchGetItem")), "{calls:?}");
    platform.end().await;
}

#[tokio::test]
async fn single_requests_replace_a_rejected_batch_request() {
    let (platform, calls) = ten_events_delivered(Fault::Rejected).await;
    // Ten events, and one entry of the event log.
    assert_eq!(calls.count("PutItem"), 11);
    assert!(calls.count("GetItem") >= 10, "{calls:?}");
    platform.end().await;
}

#[tokio::test]
async fn events_whose_batch_response_was_lost_are_delivered_once() {
    let (platform, calls) = ten_events_delivered(Fault::Lost).await;
    // The SDK sends the request again and finds that every id exists; each event is recognised as its own message's.
    assert_eq!((calls.count("BatchExecuteStatement"), calls.count("PutItem")), (2, 11));
    assert_eq!(platform.rejected_count(), 0);
    platform.end().await;
}

#[tokio::test]
async fn what_a_batch_request_left_undone_is_done_singly() {
    let (platform, calls) = ten_events_delivered(Fault::Halved).await;
    assert_eq!((calls.count("BatchExecuteStatement"), calls.count("PutItem")), (1, 5));
    assert!(calls.count("GetItem") >= 5, "{calls:?}");
    platform.end().await;
}

/// Delivers ten events that reach intake in one batch. Each webhook subscribes to one of them, so that delivery has ten
/// webhooks in a batch.
async fn ten_events_delivered(fault: Fault) -> (Platform, Calls) {
    let calls = Calls::default();
    let taps = Taps { dynamodb: Some(faulty(fault, &calls)), sqs: None };
    let mut platform = Platform::start_tapped(taps).await;
    let (customer, receiver) = (platform.customer("standard"), Receiver::always(200).await);
    let names: Vec<String> = (0..10).map(|number| format!("event.{number}")).collect();
    for name in &names {
        customer.webhook(&receiver.url(), &[name]).await;
    }
    calls.0.lock().unwrap().clear();
    let events = names.iter().map(|name| customer.event(name, name, 1));
    platform.send_as_batch(&events.collect::<Vec<_>>()).await;
    receiver.requests_at_least(10).await;
    platform.settled().await;
    assert_eq!(receiver.requests().len(), 10);
    (platform, calls)
}

/// How often each operation was called.
#[derive(Debug, Clone, Default)]
struct Calls(Arc<Mutex<BTreeMap<String, usize>>>);

impl Calls {
    /// Counts one more, and returns how many there are now.
    fn add(&self, operation: &str) -> usize {
        *self.0.lock().unwrap().entry(operation.to_owned()).and_modify(|count| *count += 1).or_insert(1)
    }

    fn count(&self, operation: &str) -> usize {
        self.0.lock().unwrap().get(operation).copied().unwrap_or_default()
    }
}

/// What is done to a request for several items.
#[derive(Clone, Copy)]
enum Fault {
    None,
    Rejected,
    /// The first is done, and its response is lost.
    Lost,
    /// Only the first half is done; the rest is throttled.
    Halved,
}

fn faulty(fault: Fault, calls: &Calls) -> Hook {
    let calls = calls.clone();
    Arc::new(move |call, upstream| {
        let number = calls.add(&call.operation);
        Box::pin(async move {
            match (fault, call.operation.as_str()) {
                (Fault::Rejected, "BatchExecuteStatement" | "BatchGetItem") => Some(rejection()),
                (Fault::Lost, "BatchExecuteStatement" | "BatchGetItem") if number == 1 => {
                    upstream.forward(&call).await;
                    None
                }
                (Fault::Halved, "BatchExecuteStatement") => half_of_the_statements(&call, upstream).await,
                (Fault::Halved, "BatchGetItem") => half_of_the_keys(&call, upstream).await,
                _ => upstream.forward(&call).await,
            }
        })
    })
}

fn rejection() -> Answer {
    let body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#AccessDeniedException",
        "Message": "not authorized to perform: dynamodb:PartiQLInsert",
    });
    Answer { status: 400, body: body.to_string().into() }
}

/// DynamoDB does the first half of the statements and throttles the others, with 200.
async fn half_of_the_statements(call: &Call, upstream: Upstream) -> Option<Answer> {
    let mut body: Value = serde_json::from_slice(&call.body).unwrap();
    let statements = body["Statements"].as_array_mut().unwrap();
    let throttled = statements.len() / 2;
    statements.truncate(statements.len() - throttled);
    let response = upstream.forward(&call.with_body(body.to_string())).await?;
    let mut body: Value = serde_json::from_slice(&response.body).unwrap();
    let error = json!({"Error": {"Code": "ThrottlingError", "Message": "slow down"}});
    body["Responses"].as_array_mut().unwrap().extend(repeat_n(error, throttled));
    Some(Answer { status: response.status, body: body.to_string().into() })
}

/// DynamoDB reads the first half of the keys and gives the others back, with 200.
async fn half_of_the_keys(call: &Call, upstream: Upstream) -> Option<Answer> {
    let mut body: Value = serde_json::from_slice(&call.body).unwrap();
    let mut left = body["RequestItems"].clone();
    let (read, unread) = (keys_of(&mut body["RequestItems"]), keys_of(&mut left));
    let middle = read.len() / 2;
    read.truncate(middle);
    drop(unread.drain(..middle));
    let response = upstream.forward(&call.with_body(body.to_string())).await?;
    let mut body: Value = serde_json::from_slice(&response.body).unwrap();
    body["UnprocessedKeys"] = left;
    Some(Answer { status: response.status, body: body.to_string().into() })
}

/// The keys asked for in the only table.
fn keys_of(tables: &mut Value) -> &mut Vec<Value> {
    tables.as_object_mut().unwrap().values_mut().next().unwrap()["Keys"].as_array_mut().unwrap()
}
