//! The command as an operator runs it, against queues of its own.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::process::Output;

use aws_sdk_sqs::{
    Client,
    types::{Message, MessageAttributeValue, MessageSystemAttributeName},
};
use aws_smithy_types::Blob;
use local::{
    queues,
    stack::{Run, Stack, StackOptions},
};
use serde_json::{Value, json};
use shared::clients::Clients;
use tokio::process::Command;

struct Operator {
    stack: Stack,
    sqs: Client,
}

impl Operator {
    async fn new() -> Self {
        let stack = Stack::start(StackOptions { run: Run::ServersOnly, ..StackOptions::default() }).await.unwrap();
        let at = stack.endpoints();
        let sqs = Clients::local(&at.dynamodb, &at.sqs).await.sqs;
        Self { stack, sqs }
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_redrive"))
            .args(arguments)
            .args(["--endpoint-url", &self.stack.endpoints().sqs])
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .output()
            .await
            .unwrap()
    }

    /// Sends a message and returns its id.
    async fn send(&self, queue: &str, body: &str, attributes: &[(&str, &str)]) -> String {
        let mut request = self.sqs.send_message().queue_url(queue).message_body(body).message_group_id("acme");
        for (name, value) in attributes {
            let value = MessageAttributeValue::builder().data_type("String").string_value(*value).build().unwrap();
            request = request.message_attributes(*name, value);
        }
        request.send().await.unwrap().message_id.unwrap()
    }

    async fn receive(&self, queue: &str) -> Vec<Message> {
        let request = self.sqs.receive_message().queue_url(queue).max_number_of_messages(10);
        let request = request.message_attribute_names("All");
        let request = request.message_system_attribute_names(MessageSystemAttributeName::All);
        request.send().await.unwrap().messages.unwrap_or_default()
    }
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn attribute<'m>(message: &'m Message, name: &str) -> &'m str {
    message.message_attributes().unwrap()[name].string_value().unwrap()
}

#[tokio::test]
async fn an_event_goes_back_with_its_body_attributes_group_and_identity() {
    let operator = Operator::new().await;
    let at = operator.stack.endpoints();
    let (body, binary) = (r#"{"account":"acme","event":"é","data":1}"#, Blob::new([0, 255]));
    let binary_value =
        MessageAttributeValue::builder().data_type("Binary").binary_value(binary.clone()).build().unwrap();
    let request = operator.sqs.send_message().queue_url(&at.dlq_urls.event).message_body(body);
    let sent = request.message_group_id("acme").message_attributes("mine", binary_value).send().await.unwrap();
    let id = sent.message_id.unwrap();

    let output = operator.run(&["events", "--queue", &at.event_queue_url]).await;

    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let received = operator.receive(&at.event_queue_url).await;
    let [message] = received.as_slice() else { panic!("one message: {received:?}") };
    assert_eq!(message.body(), Some(body));
    assert_eq!(attribute(message, "posthorn-source-id"), id);
    assert_eq!(message.message_attributes().unwrap()["mine"].binary_value(), Some(&binary));
    assert_eq!(message.attributes().unwrap()[&MessageSystemAttributeName::MessageGroupId], "acme");
    let moved = json!({ "messageId": id, "sentAs": message.message_id(), "sourceId": id });
    assert_eq!(lines(&output), [moved, json!({ "moved": 1, "left": 0 })]);
    assert_eq!(operator.stack.counts(queues::EVENT_DLQ).total(), 0);
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

#[tokio::test]
async fn deliveries_and_retries_go_back_as_they_are() {
    let operator = Operator::new().await;
    let at = operator.stack.endpoints();
    for (command, from, to) in [
        ("deliveries", &at.dlq_urls.delivery, &at.delivery_queue_url),
        ("retries", &at.dlq_urls.retry, &at.retry_queue_url),
    ] {
        for number in 0..23 {
            operator.send(from, &number.to_string(), &[("posthorn", r#"{"v":1}"#)]).await;
        }
        let output = operator.run(&[command, "--queue", to, "--limit", "12"]).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(lines(&output).last().unwrap()["moved"], 12);
        assert!(operator.run(&[command, "--queue", to]).await.status.success());
        let mut bodies = Vec::new();
        loop {
            let received = operator.receive(to).await;
            if received.is_empty() {
                break;
            }
            for message in received {
                assert_eq!(attribute(&message, "posthorn"), r#"{"v":1}"#);
                assert_eq!(message.message_attributes().unwrap().len(), 1);
                bodies.push(message.body.unwrap().parse::<u32>().unwrap());
            }
        }
        bodies.sort_unstable();
        assert_eq!(bodies, (0..23).collect::<Vec<_>>(), "{command}");
    }
    operator.stack.stop().await;
}

#[tokio::test]
async fn what_does_not_belong_there_is_left_and_said() {
    let operator = Operator::new().await;
    let at = operator.stack.endpoints();
    let foreign = operator.send(&at.dlq_urls.event, "{}", &[("posthorn", "{}")]).await;
    operator.send(&at.dlq_urls.event, "{}", &[]).await;

    let output = operator.run(&["events", "--queue", &at.event_queue_url]).await;

    assert!(!output.status.success());
    let told = lines(&output);
    assert_eq!(told.last().unwrap(), &json!({ "moved": 1, "left": 1 }));
    let left = told.iter().find(|line| line["left"].is_string()).unwrap();
    assert_eq!(left["messageId"], foreign);
    assert_eq!(operator.receive(&at.event_queue_url).await.len(), 1);
    assert_eq!(operator.stack.counts(queues::EVENT_DLQ).total(), 1);
    operator.stack.stop().await;
}

#[tokio::test]
async fn a_dead_letter_queue_itself_is_not_taken_for_its_queue() {
    let operator = Operator::new().await;
    let output = operator.run(&["events", "--queue", &operator.stack.endpoints().dlq_urls.event]).await;
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("has no dead-letter queue"));
    operator.stack.stop().await;
}
