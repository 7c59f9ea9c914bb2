//! The management API: one router for every profile, each under its own base path and in its own envelope.
//!
//! A request's way: [`router`] finds the profile by the path, the inner router finds the handler in [`routes`], the handler asks
//! [`context`] who is calling and [`fields`] what was sent, and [`answer`] wraps what it returns as the profile wants it.

pub mod answer;
pub mod context;
pub mod cursor;
pub mod error;
pub mod fields;
pub mod openapi;
pub mod router;
pub mod routes;
pub mod views;

use shared::{
    clients::Clients,
    config::Config,
    domain::{profile::Profiles, target::TargetPolicy},
    net::sender::Sender,
    queue::Queues,
    store::Store,
};

/// The API function's clients and rules, built once.
#[derive(Debug)]
pub struct Api {
    pub(crate) store: Store,
    pub(crate) queues: Queues,
    pub(crate) sender: Sender,
    pub(crate) targets: TargetPolicy,
    pub(crate) profiles: Profiles,
}

impl Api {
    #[must_use]
    pub fn new(config: &Config, clients: &Clients) -> Self {
        Self {
            store: Store::new(clients.dynamodb.clone(), config.table.clone(), config.retention),
            queues: Queues::new(clients.sqs.clone(), config.queues.clone()),
            sender: Sender::new(config.targets.clone(), &config.outside),
            targets: config.targets.clone(),
            profiles: Profiles::built_in(),
        }
    }
}
