//! Delivery: a batch of messages from any lane becomes signed requests, records and retries.
//!
//! [`lane`] handles the messages of a batch, and in it `attempt` handles one delivery, top to bottom. [`standing`] keeps what the
//! attempts mean for each webhook, [`recoveries`] send again what was missed, and [`minute`] does what the schedule asks for.

pub mod lane;
pub mod minute;
mod recoveries;
mod standing;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsMessage};
use serde::Deserialize;
use shared::{
    ambient,
    clients::Clients,
    config::{Config, EventLog},
    domain::{
        delivery::{pressure::Gauge, waiting::Waits},
        operations::Operations,
        profile::registry::Profiles,
    },
    metrics::Metrics,
    net::sender::Sender,
    queue::Queues,
    store::Store,
};

/// The delivery function's clients and rules, built once.
#[derive(Debug, Clone)]
pub struct Handler {
    pub(crate) store: Store,
    pub(crate) queues: Queues,
    pub(crate) sender: Sender,
    pub(crate) profiles: &'static Profiles,
    pub(crate) waits: Waits,
    /// What this execution knows of the pressure on the retry lane.
    pub(crate) gauge: Arc<Mutex<Gauge>>,
    pub(crate) retry_in_flight: u64,
    pub(crate) lease: Duration,
    pub(crate) look_ahead: Duration,
    /// How long a recovery that is held waits between tries.
    pub(crate) probe_every: Duration,
    /// How long after its deletion an account's writers may still be at work.
    pub(crate) writers_end_after: Duration,
    /// Who is told of what happens.
    pub(crate) operations: Operations,
    pub(crate) note_patience: Duration,
    pub(crate) event_log: EventLog,
    pub(crate) metrics: Metrics,
}

/// What Lambda calls the function with: records of a queue, or one of the schedule's tasks.
#[derive(Debug, Deserialize)]
pub struct Invocation {
    #[serde(default, rename = "Records")]
    records: Option<Vec<SqsMessage>>,
    #[serde(default)]
    task: Task,
}

/// What the schedule asks for, each in an invocation of its own.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Parked retries and recoveries that are due.
    #[default]
    Minute,
    /// Accounts that are being deleted.
    Erasure,
}

impl Handler {
    pub fn new(config: &Config, clients: &Clients) -> Self {
        Self {
            store: Store::new(clients.dynamodb.clone(), config.table.clone(), config.retention),
            queues: Queues::new(clients.sqs.clone(), config.queues.clone()),
            sender: Sender::new(config.targets.clone(), &config.outside),
            profiles: config.profiles,
            waits: config.waits,
            gauge: Arc::default(),
            retry_in_flight: config.retry_in_flight,
            lease: config.lease,
            look_ahead: config.look_ahead,
            probe_every: config.probe_every,
            writers_end_after: config.writers_end_after,
            operations: config.operations.clone(),
            note_patience: config.note_patience,
            event_log: config.event_log,
            metrics: Metrics::of(config.stack.as_deref()),
        }
    }

    /// Does what the schedule asks for.
    pub async fn handle_task(&self, task: Task) {
        match task {
            Task::Minute => self.handle_minute().await,
            Task::Erasure => self.handle_erasure().await,
        }
    }

    /// Handles whatever Lambda sent, and writes its metrics.
    pub async fn handle(&self, invocation: Invocation) -> SqsBatchResponse {
        self.metrics.begin(ambient::now());
        let response = match (invocation.records, invocation.task) {
            (Some(records), _) => self.handle_queue(records).await,
            (None, task) => {
                self.handle_task(task).await;
                SqsBatchResponse::default()
            }
        };
        self.metrics.end(ambient::now());
        response
    }
}
