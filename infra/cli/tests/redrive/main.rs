//! `posthorn redrive` as an operator runs it, against queues of its own.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod delivered;
mod operator;

use std::collections::HashMap;

use aws_sdk_sqs::types::MessageSystemAttributeName;
use local::queues;
use serde_json::{Value, json};

use self::operator::{Operator, attribute, lines};

#[tokio::test]
async fn an_event_goes_back_with_its_body_group_and_identity() {
    let operator = Operator::new().await;
    let at = operator.stack.endpoints();
    let body = r#"{"account":"acme","event":"é","data":1}"#;
    let id = operator.send(&at.dlq_urls.event, body, &[]).await;

    let output = operator.run(&["events", "--queue", &at.event_queue_url]).await;

    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let received = operator.receive(&at.event_queue_url).await;
    let [message] = received.as_slice() else { panic!("one message: {received:?}") };
    assert_eq!(message.body(), Some(body));
    assert_eq!(attribute(message, "posthorn-source-id"), id);
    assert_eq!(message.attributes().unwrap()[&MessageSystemAttributeName::MessageGroupId], "acme");
    let moved = json!({ "messageId": id, "sentAs": message.message_id(), "sourceId": id });
    assert_eq!(lines(&output), [moved, json!({ "moved": 1, "left": 0 })]);
    assert_eq!(operator.stack.counts(queues::EVENT_DLQ).total(), 0);
    operator.stack.stop().await;
}

#[tokio::test]
async fn an_event_as_large_as_sqs_allows_goes_back() {
    let operator = Operator::new().await;
    let at = operator.stack.endpoints();
    let names: Vec<String> = (0..10).map(|number| format!("mine-{number}")).collect();
    let ten: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    let padded = format!(r#"{{"account":"acme",{}"event":"click","data":1}}"#, " ".repeat(1_048_500));
    let too_large = "x".repeat(1_048_576);
    for body in ["{}", &padded, &too_large] {
        let attributes = if body == "{}" { ten.as_slice() } else { &[] };
        let id = operator.send(&at.dlq_urls.event, body, attributes).await;

        let output = operator.run(&["events", "--queue", &at.event_queue_url]).await;

        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        let received = operator.receive(&at.event_queue_url).await;
        let [message] = received.as_slice() else { panic!("one message: {received:?}") };
        let names: Vec<&String> = message.message_attributes().into_iter().flatten().map(|(name, _)| name).collect();
        if body == too_large {
            assert!(names.is_empty(), "no profile takes such an event, so intake never stored it: {names:?}");
        } else {
            assert_eq!(names, ["posthorn-source-id"]);
            assert_eq!(attribute(message, "posthorn-source-id"), id);
        }
    }
    operator.stack.stop().await;
}

#[tokio::test]
async fn an_event_that_went_back_before_keeps_its_first_identity() {
    let operator = Operator::new().await;
    let at = operator.stack.endpoints();
    operator.send(&at.dlq_urls.event, "{}", &[("posthorn-source-id", "first")]).await;
    assert!(operator.run(&["events", "--queue", &at.event_queue_url]).await.status.success());
    let received = operator.receive(&at.event_queue_url).await;
    assert_eq!(attribute(&received[0], "posthorn-source-id"), "first");
    operator.stack.stop().await;
}

/// A delivery's ids as Posthorn writes them.
const JOB: &str = r#"{"v":1,"encoding":"plain","account":"acme","profile":"go2","webhook":"wh_1","eventId":"e1","eventType":"click","delivery":"dlv_1","acceptedAt":"2026-11-22T08:00:00Z","reason":"event"}"#;

#[tokio::test]
async fn deliveries_and_retries_go_back_with_their_identity() {
    let operator = Operator::new().await;
    let at = operator.stack.endpoints();
    for (command, from, to, marked) in [
        ("deliveries", &at.dlq_urls.delivery, &at.delivery_queue_url, true),
        ("deliveries", &at.dlq_urls.slow, &at.slow_queue_url, true),
        ("retries", &at.dlq_urls.retry, &at.retry_queue_url, false),
    ] {
        let mut sent = HashMap::new();
        for number in 0..23 {
            let id = operator.send(from, &number.to_string(), &[("posthorn", JOB), ("mine", "x")]).await;
            sent.insert(number.to_string(), id);
        }
        let output = operator.run(&[command, "--queue", to, "--limit", "12"]).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(lines(&output).last().unwrap()["moved"], 12);
        assert!(operator.run(&[command, "--queue", to]).await.status.success());
        let mut received = operator.receive(to).await;
        while !received.is_empty() {
            for message in received {
                let job: Value = serde_json::from_str(attribute(&message, "posthorn")).unwrap();
                assert_eq!(job["again"] == true, marked, "{command}: {job}");
                assert_eq!(message.message_attributes().unwrap().len(), 2, "only Posthorn's own");
                let id = sent.remove(message.body().unwrap()).unwrap();
                assert_eq!(attribute(&message, "posthorn-source-id"), id, "{command}");
            }
            received = operator.receive(to).await;
        }
        assert!(sent.is_empty(), "{command}: {sent:?}");
    }
    operator.stack.stop().await;
}

#[tokio::test]
async fn a_retry_that_went_back_before_keeps_its_first_identity() {
    let operator = Operator::new().await;
    let at = operator.stack.endpoints();
    operator.send(&at.dlq_urls.retry, "{}", &[("posthorn", JOB), ("posthorn-source-id", "first")]).await;
    assert!(operator.run(&["retries", "--queue", &at.retry_queue_url]).await.status.success());
    let received = operator.receive(&at.retry_queue_url).await;
    assert_eq!(attribute(&received[0], "posthorn-source-id"), "first");
    operator.stack.stop().await;
}

#[tokio::test]
async fn what_does_not_belong_there_is_left_with_its_reason() {
    let operator = Operator::new().await;
    let at = operator.stack.endpoints();
    let foreign = operator.send(&at.dlq_urls.event, "{}", &[("posthorn", "{}")]).await;
    operator.send(&at.dlq_urls.event, "{}", &[]).await;

    let output = operator.run(&["events", "--queue", &at.event_queue_url]).await;

    assert!(!output.status.success());
    let printed = lines(&output);
    assert_eq!(printed.last().unwrap(), &json!({ "moved": 1, "left": 1 }));
    let left = printed.iter().find(|line| line["left"].is_string()).unwrap();
    assert_eq!(left["messageId"], foreign);
    assert_eq!(operator.receive(&at.event_queue_url).await.len(), 1);
    assert_eq!(operator.stack.counts(queues::EVENT_DLQ).total(), 1);
    operator.stack.stop().await;
}

#[tokio::test]
async fn a_dead_letter_queue_itself_is_rejected() {
    let operator = Operator::new().await;
    let output = operator.run(&["events", "--queue", &operator.stack.endpoints().dlq_urls.event]).await;
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("has no dead-letter queue"));
    operator.stack.stop().await;
}
