use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::*;

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

#[tokio::test]
async fn a_queue_url_names_the_endpoint_it_was_created_at() {
    let sqs = sqs_with(json!({})).await;
    let found = call(&sqs, "GetQueueUrl", json!({ "QueueName": "q" })).await.unwrap();
    assert_eq!(found["QueueUrl"], "http://127.0.0.1:9/123456789012/q");
    let listed = call(&sqs, "ListQueues", json!({})).await.unwrap();
    assert!(listed["QueueUrls"].as_array().unwrap().contains(&found["QueueUrl"]));
}

#[tokio::test]
async fn a_message_comes_with_the_attributes_asked_for_and_no_others() {
    let sqs = sqs_with(json!({})).await;
    let attributes = json!({ "a.b": text_attribute("1"), "c": text_attribute("2") });
    let sent = json!({ "MessageBody": "x", "MessageAttributes": attributes, "MessageGroupId": "wh_1" });
    call(&sqs, "SendMessage", sent).await.unwrap();
    let bare = receive(&sqs, json!({ "VisibilityTimeout": 0 })).await;
    assert!(bare[0].get("MessageAttributes").is_none() && bare[0].get("Attributes").is_none());
    let some =
        json!({ "VisibilityTimeout": 0, "MessageAttributeNames": ["a.*"], "AttributeNames": ["MessageGroupId"] });
    let some = receive(&sqs, some).await;
    assert_eq!(some[0]["MessageAttributes"], json!({ "a.b": text_attribute("1") }));
    assert_eq!(some[0]["Attributes"], json!({ "MessageGroupId": "wh_1" }));
    let all = json!({ "MessageAttributeNames": ["All"], "MessageSystemAttributeNames": ["All"] });
    let all = receive(&sqs, all).await;
    assert_eq!(all[0]["MessageAttributes"], attributes);
    assert_eq!(all[0]["Attributes"]["ApproximateReceiveCount"], "3");
}

#[tokio::test]
async fn an_unacknowledged_message_comes_back_after_its_visibility_timeout() {
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
async fn the_visibility_of_a_message_in_flight_can_be_changed_and_of_no_other() {
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
async fn a_delete_with_an_outdated_handle_succeeds_and_deletes_nothing() {
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
async fn a_batch_accepts_and_refuses_each_entry_by_itself() {
    let sqs = sqs_with(json!({})).await;
    let entries = json!([
        { "Id": "good", "MessageBody": "x" },
        { "Id": "bad", "MessageBody": "a\u{fffe}b" },
        { "Id": "late", "MessageBody": "x", "DelaySeconds": 901 },
    ]);
    let answer = call(&sqs, "SendMessageBatch", json!({ "Entries": entries })).await.unwrap();
    assert_eq!(answer["Successful"].as_array().unwrap().len(), 1);
    assert_eq!(answer["Failed"][0]["Id"], "bad");
    assert_eq!(answer["Failed"][0]["Code"], "InvalidMessageContents");
    assert_eq!(answer["Failed"][0]["SenderFault"], true);
    assert_eq!(answer["Failed"][1]["Id"], "late");
    assert_eq!(sqs.counts("q").visible, 1);
}

#[tokio::test]
async fn a_batch_that_is_wrong_as_a_whole_is_refused_as_a_whole() {
    let sqs = sqs_with(json!({})).await;
    let entry = |id: &str, bytes: usize| json!({ "Id": id, "MessageBody": "x".repeat(bytes) });
    let half = limits::MAX_MESSAGE_BYTES / 2;
    let eleven: Vec<_> = (0..11).map(|number| entry(&number.to_string(), 1)).collect();
    let cases = [
        (json!([]), "EmptyBatchRequest"),
        (json!(eleven), "TooManyEntriesInBatchRequest"),
        (json!([entry("a", 1), entry("a", 1)]), "BatchEntryIdsNotDistinct"),
        (json!([entry("a b", 1)]), "InvalidBatchEntryId"),
        (json!([entry("a", half), entry("b", half + 1)]), "BatchRequestTooLong"),
    ];
    for (entries, expected) in cases {
        let answer = call(&sqs, "SendMessageBatch", json!({ "Entries": entries })).await;
        assert_eq!(code(answer), expected);
    }
    assert_eq!(sqs.counts("q").total(), 0);
}

#[tokio::test]
async fn a_message_may_have_one_mebibyte_and_no_byte_more() {
    let sqs = sqs_with(json!({})).await;
    send(&sqs, &"x".repeat(limits::MAX_MESSAGE_BYTES)).await;
    let more = json!({ "MessageBody": "x".repeat(limits::MAX_MESSAGE_BYTES + 1) });
    assert_eq!(code(call(&sqs, "SendMessage", more).await), "InvalidParameterValueException");
    let with_attribute = json!({
        "MessageBody": "x".repeat(limits::MAX_MESSAGE_BYTES - 10),
        "MessageAttributes": { "name": text_attribute("value") },
    });
    assert_eq!(code(call(&sqs, "SendMessage", with_attribute).await), "InvalidParameterValueException");
}

#[tokio::test]
async fn what_is_not_offered_is_refused() {
    let sqs = sqs_with(json!({})).await;
    let fifo = call(&sqs, "CreateQueue", json!({ "QueueName": "q.fifo" })).await;
    assert_eq!(code(fifo), "UnsupportedOperation");
    assert_eq!(code(call(&sqs, "StartMessageMoveTask", json!({})).await), "UnsupportedOperation");
    assert_eq!(code(call(&sqs, "Nonsense", json!({})).await), "UnsupportedOperation");
}

#[tokio::test]
async fn a_missing_queue_is_named_so_by_every_operation() {
    let sqs = sqs_with(json!({})).await;
    let absent = sqs.url("absent");
    for action in ["SendMessage", "ReceiveMessage", "GetQueueAttributes", "DeleteQueue", "PurgeQueue"] {
        let request = json!({ "QueueUrl": absent, "MessageBody": "x" });
        assert_eq!(code(call(&sqs, action, request).await), "QueueDoesNotExist", "{action}");
    }
}

#[tokio::test]
async fn the_attributes_of_a_queue_are_those_asked_for() {
    let sqs = sqs_with(json!({ "VisibilityTimeout": "360" })).await;
    send(&sqs, "x").await;
    let names = ["ApproximateNumberOfMessages", "VisibilityTimeout", "QueueArn"];
    let found = call(&sqs, "GetQueueAttributes", json!({ "AttributeNames": names })).await.unwrap();
    let expected = json!({ "ApproximateNumberOfMessages": "1", "VisibilityTimeout": "360", "QueueArn": Sqs::arn("q") });
    assert_eq!(found["Attributes"], expected);
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

#[tokio::test]
async fn a_queue_created_again_must_be_the_same() {
    let sqs = sqs_with(json!({ "VisibilityTimeout": "60" })).await;
    let create = |attributes: Value| {
        let sqs = sqs.clone();
        async move { call(&sqs, "CreateQueue", json!({ "QueueName": "q", "Attributes": attributes })).await }
    };
    for same in [json!({}), json!({ "VisibilityTimeout": "60" })] {
        assert_eq!(create(same).await.unwrap()["QueueUrl"], sqs.url("q"));
    }
    assert_eq!(code(create(json!({ "VisibilityTimeout": "61" })).await), "QueueNameExists");
}

#[tokio::test]
async fn attributes_set_are_in_force_at_once() {
    let sqs = sqs_with(json!({})).await;
    let set = |attributes: Value| {
        let sqs = sqs.clone();
        async move { call(&sqs, "SetQueueAttributes", json!({ "Attributes": attributes })).await }
    };
    set(json!({ "DelaySeconds": "900" })).await.unwrap();
    send(&sqs, "x").await;
    assert_eq!(sqs.counts("q"), Counts { delayed: 1, ..Counts::default() });
    let absent = json!({ "deadLetterTargetArn": Sqs::arn("absent"), "maxReceiveCount": 3 }).to_string();
    assert_eq!(code(set(json!({ "RedrivePolicy": absent })).await), "InvalidParameterValueException");
    assert_eq!(code(set(json!({ "Colour": "red" })).await), "InvalidAttributeName");
}

#[tokio::test]
async fn queues_are_listed_page_by_page() {
    let sqs = sqs_with(json!({})).await;
    for name in ["a-1", "a-2", "a-3"] {
        call(&sqs, "CreateQueue", json!({ "QueueName": name })).await.unwrap();
    }
    let first = call(&sqs, "ListQueues", json!({ "QueueNamePrefix": "a-", "MaxResults": 2 })).await.unwrap();
    assert_eq!(first["QueueUrls"], json!([sqs.url("a-1"), sqs.url("a-2")]));
    let rest = json!({ "QueueNamePrefix": "a-", "MaxResults": 2, "NextToken": first["NextToken"] });
    let rest = call(&sqs, "ListQueues", rest).await.unwrap();
    assert_eq!(rest, json!({ "QueueUrls": [sqs.url("a-3")] }));
}

#[tokio::test]
async fn a_parameter_that_is_missing_is_named() {
    let sqs = sqs_with(json!({})).await;
    let cases = [
        ("SendMessage", json!({ "QueueUrl": "" }), "QueueUrl"),
        ("SendMessage", json!({}), "MessageBody"),
        ("DeleteMessage", json!({}), "ReceiptHandle"),
        ("ChangeMessageVisibility", json!({ "ReceiptHandle": "1" }), "VisibilityTimeout"),
        ("CreateQueue", json!({}), "QueueName"),
    ];
    for (action, request, name) in cases {
        assert_eq!(call(&sqs, action, request).await, Err(SqsError::MissingParameter(name)), "{action}");
    }
}

#[tokio::test]
async fn a_binary_attribute_comes_back_as_it_was_sent() {
    let sqs = sqs_with(json!({})).await;
    let attributes = json!({ "b": { "DataType": "Binary", "BinaryValue": "AAH/" } });
    call(&sqs, "SendMessage", json!({ "MessageBody": "x", "MessageAttributes": attributes })).await.unwrap();
    let received = receive(&sqs, json!({ "MessageAttributeNames": ["All"] })).await;
    assert_eq!(received[0]["MessageAttributes"], attributes);
    let broken = json!({ "b": { "DataType": "Binary", "BinaryValue": "not base64!" } });
    let refused = call(&sqs, "SendMessage", json!({ "MessageBody": "x", "MessageAttributes": broken })).await;
    assert_eq!(code(refused), "SerializationException");
}
