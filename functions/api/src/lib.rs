//! The management API: one router for every profile, each under its own base path and in its own envelope.
//!
//! A request takes this way:
//! 1. [`router`] finds the profile by the base path, and the endpoint in the table of [`endpoints`].
//! 2. [`caller`] checks the key and what it may do, as the endpoint's row demands, and `limiter` how much the account may ask for.
//! 3. A handler in [`routes`] reads what was sent ([`request`]) and calls one of the [`actions`].
//! 4. [`views`] write the result as clients see it, and [`answer`] wraps that as the profile wants it.
//!
//! The [`portal`] has pages for customers instead, which call the same actions.
//!
//! What goes wrong on the way is an [`error::ApiError`]. [`openapi`] describes the API from the same table.

pub mod actions;
pub mod actor;
pub mod answer;
pub mod audit;
pub mod caller;
mod denials;
pub mod endpoints;
pub mod error;
mod limiter;
pub mod openapi;
pub mod portal;
mod quote;
pub mod request;
pub mod router;
pub mod routes;
mod site;
#[cfg(test)]
mod testing;
pub mod views;

use std::time::Duration;

use shared::{
    clients::Clients,
    config::{Config, EventLog},
    domain::{operations::Operations, profile::registry::Profiles, target::TargetPolicy},
    net::sender::Sender,
    queue::Queues,
    store::Store,
};

use self::{caller::KnownKeys, denials::Denials, limiter::Limiter, portal::look::Look};

/// The API function's clients and rules, built once.
#[derive(Debug)]
pub struct Api {
    pub(crate) store: Store,
    pub(crate) queues: Queues,
    pub(crate) sender: Sender,
    pub(crate) targets: TargetPolicy,
    pub(crate) profiles: &'static Profiles,
    /// Who is told of what customers do.
    pub(crate) operations: Operations,
    pub(crate) event_log: EventLog,
    /// How long events and deliveries are kept.
    pub(crate) retention: Duration,
    pub(crate) known_keys: KnownKeys,
    pub(crate) limiter: Limiter,
    pub(crate) denials: Denials,
    /// How the portal looks.
    pub(crate) look: Look,
}

impl Api {
    pub fn new(config: &Config, clients: &Clients) -> Self {
        Self {
            store: Store::new(clients.dynamodb.clone(), config.table.clone(), config.retention),
            queues: Queues::new(clients.sqs.clone(), config.queues.clone()),
            sender: Sender::new(config.targets.clone(), &config.outside),
            targets: config.targets.clone(),
            profiles: config.profiles,
            operations: config.operations.clone(),
            event_log: config.event_log,
            retention: config.retention,
            known_keys: KnownKeys::default(),
            limiter: Limiter::default(),
            denials: Denials::default(),
            look: Look::new(config.portal.clone()),
        }
    }
}
