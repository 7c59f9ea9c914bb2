use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::*;

#[tokio::test]
async fn a_message_comes_back_after_its_visibility_timeout() {
    let sqs = sqs_with(json!({ "VisibilityTimeout": "1" })).await;
    send(&sqs, "x").await;
    assert_eq!(receive(&sqs, json!({})).await.len(), 1);
    assert_eq!(receive(&sqs, json!({})).await.len(), 0);
    assert_eq!(sqs.counts("q"), Counts { not_visible: 1, ..Counts::default() });
    let back = receive(&sqs, json!({ "WaitTimeSeconds": 5, "AttributeNames": ["All"] })).await;
    assert_eq!(back[0]["Attributes"]["ApproximateReceiveCount"], "2");
}

#[tokio::test]
async fn a_message_visible_again_is_counted_as_visible() {
    let sqs = sqs_with(json!({})).await;
    send(&sqs, "x").await;
    receive(&sqs, json!({ "VisibilityTimeout": 0 })).await;
    assert_eq!(sqs.counts("q"), Counts { visible: 1, ..Counts::default() });
}

#[tokio::test]
async fn a_delayed_message_waits_and_is_counted_as_delayed() {
    let sqs = sqs_with(json!({})).await;
    call(&sqs, "SendMessage", json!({ "MessageBody": "x", "DelaySeconds": 1 })).await.unwrap();
    assert!(receive(&sqs, json!({})).await.is_empty());
    assert_eq!(sqs.counts("q"), Counts { delayed: 1, ..Counts::default() });
    assert_eq!(receive(&sqs, json!({ "WaitTimeSeconds": 5 })).await.len(), 1);
}

#[tokio::test]
async fn a_long_poll_ends_as_soon_as_a_message_is_sent() {
    let sqs = sqs_with(json!({})).await;
    let started = Instant::now();
    let (received, ()) = tokio::join!(receive(&sqs, json!({ "WaitTimeSeconds": 20 })), send(&sqs, "x"));
    assert_eq!(received.len(), 1);
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_message_received_too_often_goes_to_the_dead_letter_queue() {
    let policy = json!({ "deadLetterTargetArn": Sqs::arn("dead"), "maxReceiveCount": 2 }).to_string();
    let sqs = sqs_with(json!({ "RedrivePolicy": policy })).await;
    send(&sqs, "x").await;
    for _ in 0..2 {
        assert_eq!(receive(&sqs, json!({ "VisibilityTimeout": 0 })).await.len(), 1);
    }
    assert!(receive(&sqs, json!({ "VisibilityTimeout": 0 })).await.is_empty());
    let dead = json!({ "QueueUrl": sqs.url("dead"), "AttributeNames": ["All"] });
    let dead = receive(&sqs, dead).await;
    assert_eq!(dead[0]["Body"], "x");
    assert_eq!(dead[0]["Attributes"]["DeadLetterQueueSourceArn"], Sqs::arn("q"));
    assert_eq!(sqs.counts("q").total(), 0);
}

#[tokio::test]
async fn visibility_changes_only_for_a_message_in_flight() {
    let sqs = sqs_with(json!({})).await;
    send(&sqs, "x").await;
    let first = receive(&sqs, json!({})).await;
    let change = |receipt: &Value, seconds: i32| {
        let request = json!({ "ReceiptHandle": receipt, "VisibilityTimeout": seconds });
        let sqs = sqs.clone();
        async move { call(&sqs, "ChangeMessageVisibility", request).await }
    };
    change(&first[0]["ReceiptHandle"], 0).await.unwrap();
    assert_eq!(code(change(&first[0]["ReceiptHandle"], 5).await), "MessageNotInflight");
    let second = receive(&sqs, json!({})).await;
    assert_eq!(code(change(&first[0]["ReceiptHandle"], 5).await), "MessageNotInflight");
    assert_eq!(code(change(&second[0]["ReceiptHandle"], 43_201).await), "InvalidParameterValueException");
    change(&second[0]["ReceiptHandle"], 43_200).await.unwrap();
    assert_eq!(code(change(&json!("nonsense"), 5).await), "ReceiptHandleIsInvalid");
}

#[tokio::test]
async fn an_outdated_handle_is_accepted_and_deletes_nothing() {
    let sqs = sqs_with(json!({})).await;
    send(&sqs, "x").await;
    let first = receive(&sqs, json!({ "VisibilityTimeout": 0 })).await;
    let second = receive(&sqs, json!({})).await;
    call(&sqs, "DeleteMessage", json!({ "ReceiptHandle": first[0]["ReceiptHandle"] })).await.unwrap();
    assert_eq!(sqs.counts("q").total(), 1);
    call(&sqs, "DeleteMessage", json!({ "ReceiptHandle": second[0]["ReceiptHandle"] })).await.unwrap();
    assert_eq!(sqs.counts("q").total(), 0);
}

#[tokio::test]
async fn a_full_quota_refuses_a_short_poll_and_starves_a_long_one() {
    let sqs = sqs_with(json!({})).await;
    sqs.limit_in_flight("q", 2).unwrap();
    for body in ["a", "b", "c"] {
        send(&sqs, body).await;
    }
    let held = receive(&sqs, json!({ "MaxNumberOfMessages": 10 })).await;
    assert_eq!(held.len(), 2, "no more than the quota has room for");
    assert_eq!(code(call(&sqs, "ReceiveMessage", json!({})).await), "OverLimit");
    assert!(receive(&sqs, json!({ "WaitTimeSeconds": 1 })).await.is_empty());
}

#[tokio::test]
async fn a_deletion_at_the_quota_ends_a_long_poll() {
    let sqs = sqs_with(json!({})).await;
    sqs.limit_in_flight("q", 1).unwrap();
    send(&sqs, "a").await;
    send(&sqs, "b").await;
    let held = receive(&sqs, json!({})).await;
    let started = Instant::now();
    let deletion = json!({ "ReceiptHandle": held[0]["ReceiptHandle"] });
    let (received, deleted) =
        tokio::join!(receive(&sqs, json!({ "WaitTimeSeconds": 20 })), call(&sqs, "DeleteMessage", deletion));
    deleted.unwrap();
    assert_eq!(received[0]["Body"], "b");
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_visibility_timeout_that_ends_at_the_quota_ends_a_long_poll() {
    let sqs = sqs_with(json!({ "VisibilityTimeout": "1" })).await;
    sqs.limit_in_flight("q", 1).unwrap();
    send(&sqs, "a").await;
    send(&sqs, "b").await;
    assert_eq!(receive(&sqs, json!({})).await[0]["Body"], "a");
    let waited = receive(&sqs, json!({ "WaitTimeSeconds": 20, "VisibilityTimeout": 60 })).await;
    assert_eq!(waited[0]["Body"], "b");
}
