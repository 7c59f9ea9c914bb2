//! The command as an operator runs it, against a stack of its own.

use std::process::Output;

use aws_sdk_sqs::{
    Client,
    types::{Message, MessageAttributeValue, MessageSystemAttributeName},
};
use local::stack::{Run, Stack, StackOptions};
use serde_json::Value;
use shared::clients::Clients;
use tokio::process::Command;

/// An operator with a stack of their own.
pub struct Operator {
    pub stack: Stack,
    pub sqs: Client,
}

impl Operator {
    /// With queues that nothing reads.
    pub async fn new() -> Self {
        Self::with(Run::ServersOnly).await
    }

    /// With the functions too.
    pub async fn with_functions() -> Self {
        Self::with(Run::Everything).await
    }

    async fn with(run: Run) -> Self {
        let stack = Stack::start(StackOptions { run, ..StackOptions::default() }).await.unwrap();
        let at = stack.endpoints();
        let sqs = Clients::local(&at.dynamodb, &at.sqs).sqs;
        Self { stack, sqs }
    }

    /// Runs `posthorn redrive`.
    pub async fn run(&self, arguments: &[&str]) -> Output {
        self.posthorn("redrive", arguments, &self.stack.endpoints().sqs).await
    }

    pub async fn posthorn(&self, command: &str, arguments: &[&str], endpoint_url: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_posthorn"))
            .arg(command)
            .args(arguments)
            .args(["--json", "--endpoint-url", endpoint_url])
            .env("TABLE_NAME", &self.stack.endpoints().table)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .output()
            .await
            .unwrap()
    }

    /// Sends a message and returns its id.
    pub async fn send(&self, queue: &str, body: &str, attributes: &[(&str, &str)]) -> String {
        let mut request = self.sqs.send_message().queue_url(queue).message_body(body).message_group_id("acme");
        for (name, value) in attributes {
            let value = MessageAttributeValue::builder().data_type("String").string_value(*value).build().unwrap();
            request = request.message_attributes(*name, value);
        }
        request.send().await.unwrap().message_id.unwrap()
    }

    pub async fn receive(&self, queue: &str) -> Vec<Message> {
        let request = self.sqs.receive_message().queue_url(queue).max_number_of_messages(10);
        let request = request.message_attribute_names("All");
        let request = request.message_system_attribute_names(MessageSystemAttributeName::All);
        request.send().await.unwrap().messages.unwrap_or_default()
    }
}

/// What a command printed.
pub fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub fn attribute<'m>(message: &'m Message, name: &str) -> &'m str {
    message.message_attributes().unwrap()[name].string_value().unwrap()
}
