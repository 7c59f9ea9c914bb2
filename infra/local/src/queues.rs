//! The queues and what polls them, as `template.yaml` has them.

use std::time::Duration;

use serde_json::json;

use crate::event_source::{EventSourceOptions, Scaling};
use crate::sqs::{Sqs, SqsError};

pub const EVENT: &str = "event";
pub const DELIVERY: &str = "delivery";
pub const SLOW: &str = "slow";
pub const RETRY: &str = "retry";
pub const REJECTED: &str = "rejected";
pub const EVENT_DLQ: &str = "event-dlq";
pub const DELIVERY_DLQ: &str = "delivery-dlq";
pub const SLOW_DLQ: &str = "slow-dlq";
pub const RETRY_DLQ: &str = "retry-dlq";

const INTAKE_TIMEOUT_SECS: u64 = 30;
const DELIVERY_TIMEOUT_SECS: u64 = 60;
const RETENTION_SECS: u64 = 14 * 24 * 60 * 60;

/// How soon after a batch the next may begin, unless it is full: at 200 a second and less, nothing waits.
const SPACING: Duration = Duration::from_millis(5);

/// How many times a message may be received before it is a dead letter: throttles and waits are receives too.
const MAX_RECEIVES: u32 = 1_000;

/// Lambda asks for a visibility timeout of at least six function timeouts.
const fn visibility_timeout_secs(function_timeout_secs: u64) -> u64 {
    6 * function_timeout_secs
}

/// Creates all queues, the dead-letter queues first.
///
/// # Errors
/// Only for a defect: the names and attributes are ours.
pub async fn create(sqs: &Sqs) -> Result<(), SqsError> {
    for plain in [EVENT_DLQ, DELIVERY_DLQ, SLOW_DLQ, RETRY_DLQ, REJECTED] {
        create_queue(sqs, plain, 30, None).await?;
    }
    let worked = [
        (EVENT, INTAKE_TIMEOUT_SECS, EVENT_DLQ),
        (DELIVERY, DELIVERY_TIMEOUT_SECS, DELIVERY_DLQ),
        (SLOW, DELIVERY_TIMEOUT_SECS, SLOW_DLQ),
        (RETRY, DELIVERY_TIMEOUT_SECS, RETRY_DLQ),
    ];
    for (name, timeout_secs, dead_letters) in worked {
        let redrive = json!({ "deadLetterTargetArn": Sqs::arn(dead_letters), "maxReceiveCount": MAX_RECEIVES });
        create_queue(sqs, name, visibility_timeout_secs(timeout_secs), Some(redrive.to_string())).await?;
    }
    Ok(())
}

async fn create_queue(sqs: &Sqs, name: &str, visibility_secs: u64, redrive: Option<String>) -> Result<(), SqsError> {
    let mut attributes = json!({
        "VisibilityTimeout": visibility_secs.to_string(),
        "MessageRetentionPeriod": RETENTION_SECS.to_string(),
    });
    if let Some(redrive) = redrive {
        attributes["RedrivePolicy"] = redrive.into();
    }
    let request = json!({ "QueueName": name, "Attributes": attributes });
    sqs.call("CreateQueue", request.to_string().into()).await.map(drop)
}

/// How intake is called.
#[must_use]
pub fn intake() -> EventSourceOptions {
    source(EVENT, 20, INTAKE_TIMEOUT_SECS)
}

/// How the delivery function is called with first attempts.
#[must_use]
pub fn delivery() -> EventSourceOptions {
    source(DELIVERY, 400, DELIVERY_TIMEOUT_SECS)
}

/// How the delivery function is called with first attempts of slow webhooks.
#[must_use]
pub fn slow() -> EventSourceOptions {
    EventSourceOptions { scaling: Scaling::Gradual, ..source(SLOW, 100, DELIVERY_TIMEOUT_SECS) }
}

/// How the delivery function is called with retries.
#[must_use]
pub fn retry() -> EventSourceOptions {
    EventSourceOptions { scaling: Scaling::Gradual, ..source(RETRY, 100, DELIVERY_TIMEOUT_SECS) }
}

/// Events and first attempts are worked off in milliseconds, so it makes no difference here when their executions start. Those of slow
/// and dead endpoints take seconds, and it does.
fn source(queue: &str, maximum_concurrency: usize, function_timeout_secs: u64) -> EventSourceOptions {
    EventSourceOptions {
        queue: queue.to_owned(),
        batch_size: 10,
        batching_window: Duration::ZERO,
        spacing: SPACING,
        maximum_concurrency,
        scaling: Scaling::AtOnce,
        function_timeout: Duration::from_secs(function_timeout_secs),
    }
}
