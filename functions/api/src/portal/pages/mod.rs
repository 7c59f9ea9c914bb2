//! The pages. Each has a builder from domain values to its template, and a handler that calls the actions.

mod address;
pub(super) mod deliveries;
pub(super) mod delivery;
mod entry;
pub(super) mod event;
pub(super) mod event_types;
pub(super) mod events;
mod field;
mod head;
pub(super) mod new;
pub(super) mod overview;
pub(super) mod recover;
pub(super) mod recovery;
pub(super) mod settings;
pub(super) mod test;
pub(super) mod webhooks;
