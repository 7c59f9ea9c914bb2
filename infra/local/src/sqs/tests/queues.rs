use serde_json::{Value, json};

use super::*;

#[tokio::test]
async fn a_queue_url_names_the_endpoint_it_was_created_at() {
    let sqs = sqs_with(json!({})).await;
    let found = call(&sqs, "GetQueueUrl", json!({ "QueueName": "q" })).await.unwrap();
    assert_eq!(found["QueueUrl"], "http://127.0.0.1:9/123456789012/q");
    let listed = call(&sqs, "ListQueues", json!({})).await.unwrap();
    assert!(listed["QueueUrls"].as_array().unwrap().contains(&found["QueueUrl"]));
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
