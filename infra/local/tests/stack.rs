//! The stack as the flow tests use it.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise, and its helpers too")]

use std::time::Duration;

use local::event_source::EventSource;
use local::queues;
use local::stack::{Run, Stack, StackOptions};
use serde_json::json;
use shared::clients::Clients;
use tokio::sync::mpsc;

const DEADLINE: Duration = Duration::from_secs(10);

async fn servers() -> Stack {
    Stack::start(StackOptions { run: Run::ServersOnly, ..StackOptions::default() }).await.unwrap()
}

fn clients(stack: &Stack) -> Clients {
    Clients::local(&stack.endpoints().dynamodb, &stack.endpoints().sqs)
}

#[tokio::test]
async fn stacks_side_by_side_share_nothing() {
    let (one, other) = (servers().await, servers().await);
    let sqs = clients(&one).sqs;
    sqs.send_message().queue_url(&one.endpoints().rejected_queue_url).message_body("x").send().await.unwrap();
    assert_eq!(one.counts(queues::REJECTED).visible, 1);
    assert_eq!(other.counts(queues::REJECTED).visible, 0);
    one.stop().await;
    other.stop().await;
}

#[tokio::test]
async fn the_queues_are_as_the_template_has_them() {
    let stack = servers().await;
    let sqs = clients(&stack).sqs;
    let at = stack.endpoints();
    let cases = [
        (&at.event_queue_url, "180", "event-dlq"),
        (&at.delivery_queue_url, "360", "delivery-dlq"),
        (&at.slow_queue_url, "360", "slow-dlq"),
        (&at.retry_queue_url, "360", "retry-dlq"),
    ];
    for (url, visibility, dead_letters) in cases {
        let asked = sqs.get_queue_attributes().queue_url(url).attribute_names("All".into()).send().await.unwrap();
        let found = |name: &str| asked.attributes().unwrap()[&name.into()].clone();
        assert_eq!(found("VisibilityTimeout"), visibility, "{url}");
        assert_eq!(found("MessageRetentionPeriod"), "1209600", "{url}");
        let target = format!("arn:aws:sqs:us-east-1:123456789012:{dead_letters}");
        let policy: serde_json::Value = serde_json::from_str(&found("RedrivePolicy")).unwrap();
        assert_eq!(policy, json!({ "deadLetterTargetArn": target, "maxReceiveCount": 1_000 }), "{url}");
    }
    stack.stop().await;
}

#[tokio::test]
async fn a_message_sent_by_the_sdk_reaches_a_handler_of_ones_own() {
    let stack = servers().await;
    let (bodies, mut seen) = mpsc::unbounded_channel();
    let source = EventSource::start(stack.sqs().clone(), queues::delivery(), move |event| {
        bodies.send(event.records[0].body.clone()).unwrap();
        async { aws_lambda_events::event::sqs::SqsBatchResponse::default() }
    });
    let sqs = clients(&stack).sqs;
    sqs.send_message().queue_url(&stack.endpoints().delivery_queue_url).message_body("hello").send().await.unwrap();
    let body = tokio::time::timeout(DEADLINE, seen.recv()).await.unwrap().unwrap();
    assert_eq!(body.as_deref(), Some("hello"));
    source.stop(DEADLINE).await;
    assert_eq!(stack.counts(queues::DELIVERY).total(), 0);
    stack.stop().await;
}

#[tokio::test]
async fn the_sdk_knows_a_missing_queue_by_its_error_type() {
    let stack = servers().await;
    let sqs = clients(&stack).sqs;
    let refused = sqs.get_queue_url().queue_name("absent").send().await.unwrap_err();
    assert!(refused.into_service_error().is_queue_does_not_exist());
    stack.stop().await;
}

#[tokio::test]
async fn the_retry_queue_keeps_the_quota_it_was_started_with() {
    let options = StackOptions { run: Run::ServersOnly, retry_in_flight: Some(2), ..StackOptions::default() };
    let stack = Stack::start(options).await.unwrap();
    let (sqs, retry) = (clients(&stack).sqs, &stack.endpoints().retry_queue_url);
    for body in ["a", "b", "c"] {
        sqs.send_message().queue_url(retry).message_body(body).send().await.unwrap();
    }
    let receive = || sqs.receive_message().queue_url(retry).max_number_of_messages(10);
    assert_eq!(receive().send().await.unwrap().messages().len(), 2);
    assert!(receive().send().await.unwrap_err().into_service_error().is_over_limit());
    stack.stop().await;
}
