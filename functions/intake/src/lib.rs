//! Event intake: a batch of messages from the event queue becomes deliveries in the lanes.
//!
//! One value for each record travels through the stages of [`batch`]: `record` is what Lambda sent, [`admit`] checks it and stores the
//! event, [`fan_out`] plans its deliveries, [`send`] queues them, and [`log`] has the event log list it. A record is done when
//! everything it asks for is stored and queued. [`notes`] has what operational events need.

mod admit;
mod batch;
mod fan_out;
mod log;
mod notes;
mod record;
mod send;

use shared::{
    clients::Clients,
    config::Config,
    domain::{operations::Operations, profile::registry::Profiles},
    metrics::Metrics,
    queue::Queues,
    store::Store,
};

use self::log::Log;

/// The intake function's clients and rules, built once.
#[derive(Debug)]
pub struct Handler {
    store: Store,
    queues: Queues,
    profiles: &'static Profiles,
    log: Log,
    /// Who is told of what happens.
    operations: Operations,
    metrics: Metrics,
}

impl Handler {
    pub fn new(config: &Config, clients: &Clients) -> Self {
        Self {
            store: Store::new(clients.dynamodb.clone(), config.table.clone(), config.retention),
            queues: Queues::new(clients.sqs.clone(), config.queues.clone()),
            profiles: config.profiles,
            log: Log::new(config.event_log),
            operations: config.operations.clone(),
            metrics: Metrics::of(config.stack.as_deref()),
        }
    }
}
