//! The shipped intake and delivery functions between queues of their own, driven batch by batch as Lambda would.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use tokio::time::{sleep, timeout};

use crate::{
    binaries::Binaries,
    function::{Answer, Function},
    meter::Meter,
    sqs::{Message, Queue, Sqs, event},
    stack::Stack,
};

/// How long a message may need to become visible.
const PATIENCE: Duration = Duration::from_mins(1);

/// One concurrent execution of each function. Their table is the stack's; their queues are theirs alone.
#[derive(Debug)]
pub struct Pipeline {
    sqs: Sqs,
    pub queues: Queues,
    pub intake: Function,
    pub delivery: Function,
    variables: Vec<(String, String)>,
}

#[derive(Debug)]
pub struct Queues {
    pub event: Queue,
    pub delivery: Queue,
    pub retry: Queue,
}

/// What came of one batch.
#[derive(Debug)]
pub struct Done {
    pub took: Duration,
    /// The ids of the messages that must come back.
    pub failed: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    batch_item_failures: Vec<Failure>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: String,
}

impl Pipeline {
    /// Starts both functions; with a meter their calls pass through it.
    pub async fn start(binaries: &Binaries, stack: &Stack, meter: Option<&Meter>, retry_scale: f64) -> Result<Self> {
        let create = |name: &'static str| stack.sqs.create_queue(name);
        let queues = Queues {
            event: create("bench-event").await?,
            delivery: create("bench-delivery").await?,
            retry: create("bench-retry").await?,
        };
        let slow = create("bench-slow").await?;
        let rejected = create("bench-rejected").await?;
        let ready = &stack.ready;
        let (dynamodb, sqs) = meter.map_or((&ready.dynamodb, &ready.sqs), |meter| (&meter.dynamodb, &meter.sqs));
        let variables: Vec<(String, String)> = [
            ("TABLE_NAME", &ready.table),
            ("EVENT_QUEUE_URL", &queues.event.url),
            ("DELIVERY_QUEUE_URL", &queues.delivery.url),
            ("SLOW_QUEUE_URL", &slow.url),
            ("RETRY_QUEUE_URL", &queues.retry.url),
            ("REJECTED_QUEUE_URL", &rejected.url),
            ("ALLOWED_TARGETS", &"127.0.0.0/8".to_owned()),
            ("RETRY_SCALE", &retry_scale.to_string()),
            // Metrics are written, as they are on AWS.
            ("STACK_NAME", &"bench".to_owned()),
            ("RUST_LOG", &"info".to_owned()),
            ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb),
            ("AWS_ENDPOINT_URL_SQS", sqs),
        ]
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .into();
        let intake = Function::start(&binaries.function("intake")?, &variables).await?;
        let delivery = Function::start(&binaries.function("delivery")?, &variables).await?;
        Ok(Self { sqs: stack.sqs.clone(), queues, intake, delivery, variables })
    }

    /// Another function with the same table and queues.
    pub async fn function(&self, binaries: &Binaries, name: &str) -> Result<Function> {
        self.function_with(binaries, name, &[]).await
    }

    /// The same with these settings, too.
    pub async fn function_with(&self, binaries: &Binaries, name: &str, settings: &[(&str, &str)]) -> Result<Function> {
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let variables: Vec<(String, String)> = self.variables.iter().cloned().chain(settings).collect();
        Function::start(&binaries.function(name)?, &variables).await
    }

    /// Publishes these messages.
    pub async fn publish(&self, bodies: &[String]) -> Result<()> {
        for some in bodies.chunks(10) {
            self.sqs.send(&self.queues.event.url, some, 0).await?;
        }
        Ok(())
    }

    /// Waits until this many messages can be received, and receives them.
    pub async fn take(&self, queue: &Queue, messages: usize) -> Result<Vec<Message>> {
        let visible = async {
            while self.sqs.visible(&queue.url).await? < messages {
                sleep(Duration::from_millis(10)).await;
            }
            anyhow::Ok(())
        };
        timeout(PATIENCE, visible).await.with_context(|| format!("{} has no {messages} messages", queue.url))??;
        let mut taken = Vec::new();
        while taken.len() < messages {
            let more = self.sqs.receive(&queue.url, messages - taken.len()).await?;
            ensure!(!more.is_empty(), "{} has no {messages} messages", queue.url);
            taken.extend(more);
        }
        Ok(taken)
    }

    /// How many messages could be received now.
    pub async fn visible(&self, queue: &Queue) -> Result<usize> {
        self.sqs.visible(&queue.url).await
    }

    /// Calls a function with a batch.
    pub async fn invoke(&self, function: &Function, queue: &Queue, batch: &[Message]) -> Result<Done> {
        let answer = function.invoke(event(&queue.arn, batch)).await?;
        Ok(Done { took: answer.took, failed: failures(&answer)? })
    }

    /// Calls a function with a batch and deletes what succeeded.
    pub async fn run(&self, function: &Function, queue: &Queue, batch: &[Message]) -> Result<Done> {
        let done = self.invoke(function, queue, batch).await?;
        let succeeded: Vec<&Message> =
            batch.iter().filter(|message| !done.failed.contains(&message.message_id)).collect();
        self.sqs.delete(&queue.url, &succeeded).await?;
        Ok(done)
    }
}

fn failures(answer: &Answer) -> Result<Vec<String>> {
    let response: Response = serde_json::from_slice(&answer.body)
        .with_context(|| format!("not a batch response: {}", String::from_utf8_lossy(&answer.body)))?;
    Ok(response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect())
}
