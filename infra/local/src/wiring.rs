//! Where everything is, and what the functions are started with.

use shared::{domain::target::TargetPolicy, net::sender::Outside};

use crate::{queues, ready::DlqUrls, sqs::Sqs};

/// The table's name.
pub const TABLE: &str = "posthorn";

/// Where everything is.
#[derive(Debug, Clone)]
pub struct Endpoints {
    pub api: String,
    pub sqs: String,
    pub dynamodb: String,
    pub table: String,
    pub event_queue_url: String,
    pub delivery_queue_url: String,
    pub slow_queue_url: String,
    pub retry_queue_url: String,
    pub rejected_queue_url: String,
    pub dlq_urls: DlqUrls,
}

impl Endpoints {
    pub(crate) fn new(sqs: &Sqs, api: String, sqs_url: String, dynamodb: String) -> Self {
        Self {
            api,
            sqs: sqs_url,
            dynamodb,
            table: TABLE.to_owned(),
            event_queue_url: sqs.url(queues::EVENT),
            delivery_queue_url: sqs.url(queues::DELIVERY),
            slow_queue_url: sqs.url(queues::SLOW),
            retry_queue_url: sqs.url(queues::RETRY),
            rejected_queue_url: sqs.url(queues::REJECTED),
            dlq_urls: DlqUrls {
                event: sqs.url(queues::EVENT_DLQ),
                delivery: sqs.url(queues::DELIVERY_DLQ),
                slow: sqs.url(queues::SLOW_DLQ),
                retry: sqs.url(queues::RETRY_DLQ),
            },
        }
    }
}

/// The targets and the outside of a stack that does not take its own from the environment.
#[derive(Debug, Clone)]
pub struct Reach {
    pub targets: TargetPolicy,
    pub outside: Outside,
}

/// What the functions are started with, now and after a crash.
#[derive(Debug, Clone)]
pub(crate) struct Wiring {
    /// Where the functions find the services: at their endpoints, or behind a tap.
    pub dynamodb: String,
    pub sqs: String,
    pub retry_scale: f64,
    /// The retry queue's quota of messages in flight, instead of SQS's own.
    pub retry_in_flight: Option<usize>,
    pub operations_account: Option<String>,
    pub reach: Option<Reach>,
}
