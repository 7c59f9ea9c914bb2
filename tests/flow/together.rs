//! What a batch asks DynamoDB in one request, and what becomes of each record when that request is refused, lost or only partly done.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use local::{
    stack::{StackOptions, Taps},
    tap::{Answer, Call, Hook},
};
use serde_json::{Value, json};

use crate::harness::{Customer, Platform, Receiver};

/// What is done to a request for many.
#[derive(Clone, Copy)]
enum Fault {
    None,
    Refused,
    /// The first is done, and its answer lost.
    Lost,
    /// Only the first half is done; the rest is throttled.
    Halved,
}

/// How often each operation was called.
type Calls = Arc<Mutex<BTreeMap<String, usize>>>;

fn faulty(fault: Fault, calls: &Calls) -> Hook {
    let calls = Arc::clone(calls);
    Arc::new(move |call, upstream| {
        let number = *calls.lock().unwrap().entry(call.operation.clone()).and_modify(|count| *count += 1).or_insert(1);
        let is_for_many = ["BatchExecuteStatement", "BatchGetItem"].contains(&call.operation.as_str());
        Box::pin(async move {
            match fault {
                Fault::Refused if is_for_many => Some(refusal()),
                Fault::Lost if is_for_many && number == 1 => {
                    upstream.forward(&call).await;
                    None
                }
                Fault::Halved if call.operation == "BatchExecuteStatement" => {
                    let (half, throttled) = halved(&call);
                    let answer = upstream.forward(&half).await?;
                    let mut body: Value = serde_json::from_slice(&answer.body).unwrap();
                    let error = json!({"Error": {"Code": "ThrottlingError", "Message": "slow down"}});
                    body["Responses"].as_array_mut().unwrap().extend(std::iter::repeat_n(error, throttled));
                    Some(Answer { status: answer.status, body: body.to_string().into() })
                }
                Fault::Halved if call.operation == "BatchGetItem" => {
                    let (half, left) = half_of_the_keys(&call);
                    let answer = upstream.forward(&half).await?;
                    let mut body: Value = serde_json::from_slice(&answer.body).unwrap();
                    body["UnprocessedKeys"] = left;
                    Some(Answer { status: answer.status, body: body.to_string().into() })
                }
                _ => upstream.forward(&call).await,
            }
        })
    })
}

fn refusal() -> Answer {
    let body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#AccessDeniedException",
        "Message": "not authorized to perform: dynamodb:PartiQLInsert",
    });
    Answer { status: 400, body: body.to_string().into() }
}

/// The same request with the first half of its statements, and how many are missing.
fn halved(call: &Call) -> (Call, usize) {
    let mut body: Value = serde_json::from_slice(&call.body).unwrap();
    let statements = body["Statements"].as_array_mut().unwrap();
    let missing = statements.len() / 2;
    statements.truncate(statements.len() - missing);
    (call.with_body(body.to_string()), missing)
}

/// The same request for the first half of its keys, and a request for the others.
fn half_of_the_keys(call: &Call) -> (Call, Value) {
    let mut body: Value = serde_json::from_slice(&call.body).unwrap();
    let mut left = body["RequestItems"].clone();
    for (half, is_first) in [(&mut body["RequestItems"], true), (&mut left, false)] {
        let keys = half.as_object_mut().unwrap().values_mut().next().unwrap()["Keys"].as_array_mut().unwrap();
        let middle = keys.len() / 2;
        if is_first { keys.truncate(middle) } else { drop(keys.drain(..middle)) }
    }
    (call.with_body(body.to_string()), left)
}

/// Ten events that reach intake in one batch: each webhook wants one of them, so delivery has ten webhooks in a batch.
async fn ten(fault: Fault) -> (Platform, Customer, Receiver, Calls) {
    let calls = Calls::default();
    let taps = Taps { dynamodb: Some(faulty(fault, &calls)), sqs: None };
    let mut platform = Platform::start_with(StackOptions { retry_scale: 0.01, taps, ..StackOptions::default() }).await;
    let receiver = Receiver::always(200).await;
    let customer = platform.customer("standard");
    for number in 0..10 {
        customer.webhook(&receiver.url(), &[&format!("event.{number}")]).await;
    }
    let event = |number| {
        let event = format!("event.{number}");
        json!({"account": customer.account, "event": event, "id": event, "data": number}).to_string()
    };
    platform.kill().await;
    platform.send_all(&(0..10).map(event).collect::<Vec<_>>()).await;
    calls.lock().unwrap().clear();
    platform.restart().await;
    receiver.requests_at_least(10).await;
    platform.settled().await;
    (platform, customer, receiver, calls)
}

fn count(calls: &Calls, operation: &str) -> usize {
    calls.lock().unwrap().get(operation).copied().unwrap_or_default()
}

#[tokio::test]
async fn ten_new_events_are_stored_with_one_request() {
    let (platform, _, receiver, calls) = ten(Fault::None).await;
    assert_eq!((count(&calls, "BatchExecuteStatement"), count(&calls, "PutItem")), (1, 0));
    assert_eq!(receiver.requests().len(), 10);
    platform.end().await;
}

#[tokio::test]
async fn a_batch_of_ten_webhooks_is_read_with_one_request() {
    let (platform, _, receiver, calls) = ten(Fault::None).await;
    // One for each batch of delivery; a batch of one webhook would need none.
    assert!((1..=5).contains(&count(&calls, "BatchGetItem")), "{calls:?}");
    assert_eq!(receiver.requests().len(), 10);
    platform.end().await;
}

#[tokio::test]
async fn what_cannot_be_asked_together_is_asked_one_by_one() {
    let (platform, _, receiver, calls) = ten(Fault::Refused).await;
    assert_eq!(count(&calls, "PutItem"), 10);
    assert!(count(&calls, "GetItem") >= 10, "{calls:?}");
    assert_eq!(receiver.requests().len(), 10);
    platform.end().await;
}

#[tokio::test]
async fn events_stored_by_a_request_whose_answer_was_lost_are_delivered_once() {
    let (platform, _, receiver, calls) = ten(Fault::Lost).await;
    // The SDK asks again, finds every id taken, and each is recognised as its own message's.
    assert_eq!((count(&calls, "BatchExecuteStatement"), count(&calls, "PutItem")), (2, 10));
    assert_eq!(receiver.requests().len(), 10);
    assert_eq!(platform.rejected_count(), 0);
    platform.end().await;
}

#[tokio::test]
async fn what_was_not_done_with_the_others_is_done_by_itself() {
    let (platform, _, receiver, calls) = ten(Fault::Halved).await;
    assert_eq!((count(&calls, "BatchExecuteStatement"), count(&calls, "PutItem")), (1, 5));
    assert!(count(&calls, "GetItem") >= 5, "{calls:?}");
    assert_eq!(receiver.requests().len(), 10);
    platform.end().await;
}

#[tokio::test]
async fn one_id_several_times_in_a_batch_is_one_event_and_other_content_is_rejected() {
    let (mut platform, receiver) = (Platform::start().await, Receiver::always(200).await);
    let customer = platform.customer("standard");
    let webhook = customer.webhook(&receiver.url(), &["*"]).await;
    let event =
        |id: &str, data: u32| json!({"account": customer.account, "event": "a", "id": id, "data": data}).to_string();
    platform.send(&event("known", 1)).await;
    customer.deliveries_with(&webhook, &["delivered"]).await;
    platform.kill().await;
    let batch = [("known", 1), ("known", 2), ("new", 3), ("new", 3), ("new", 4), ("other", 5)];
    platform.send_all(&batch.map(|(id, data)| event(id, data))).await;
    platform.restart().await;
    receiver.requests_at_least(3).await;
    platform.settled().await;
    let mut bodies: Vec<Value> = receiver
        .requests()
        .iter()
        .map(|request| serde_json::from_str::<Value>(&request.body).unwrap()["data"].clone())
        .collect();
    bodies.sort_by_key(Value::as_u64);
    assert_eq!(bodies, [1, 3, 5]);
    assert_eq!(platform.rejected_count(), 2);
    for _ in 0..2 {
        assert!(platform.rejected().await.0.starts_with("ID_REUSED"));
    }
    platform.end().await;
}
