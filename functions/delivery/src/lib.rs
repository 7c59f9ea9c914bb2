//! Delivery: a batch of messages from either lane becomes signed requests, records and retries.
//!
//! [`batch`] speaks of records: which are done, which wait, which must come back. [`deliver`] speaks of one delivery, top to
//! bottom. [`standing`] keeps what the attempts mean for each webhook, and [`due`] sends parked retries whose time has come.

pub mod batch;
pub mod deliver;
pub mod due;
mod gather;
pub mod standing;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use serde::Deserialize;
use shared::{
    ambient,
    clients::Clients,
    config::Config,
    domain::{profile::Profiles, retry::RetryScale},
    metrics::Metrics,
    net::sender::Sender,
    queue::Queues,
    store::Store,
};

/// The delivery function's clients and rules, built once.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub(crate) store: Store,
    pub(crate) queues: Queues,
    pub(crate) sender: Sender,
    pub(crate) profiles: std::sync::Arc<Profiles>,
    pub(crate) scale: RetryScale,
    pub(crate) metrics: Metrics,
}

/// What Lambda calls the function with: records of a queue, or the schedule's minute.
#[derive(Debug, Deserialize)]
pub struct Invocation {
    #[serde(default, rename = "Records")]
    records: Option<Vec<SqsMessage>>,
}

impl Delivery {
    #[must_use]
    pub fn new(config: &Config, clients: &Clients) -> Self {
        Self {
            store: Store::new(clients.dynamodb.clone(), config.table.clone(), config.retention),
            queues: Queues::new(clients.sqs.clone(), config.queues.clone()),
            sender: Sender::new(config.targets.clone(), &config.outside),
            profiles: std::sync::Arc::new(Profiles::built_in()),
            scale: config.retry_scale,
            metrics: Metrics::of(config.stack.as_deref()),
        }
    }

    /// Handles whatever Lambda sent, and writes the metrics of it.
    pub async fn handle(&self, invocation: Invocation) -> SqsBatchResponse {
        let response = if let Some(records) = invocation.records {
            let mut event = SqsEvent::default();
            event.records = records;
            self.handle_queue(event).await
        } else {
            self.handle_schedule().await;
            SqsBatchResponse::default()
        };
        self.metrics.flush(ambient::now());
        response
    }
}
