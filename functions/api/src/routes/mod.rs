//! The handlers, one file for each resource. Each reads as three sentences: read what was sent, do it, respond.
//!
//! A handler runs only after the caller's key was checked; [`crate::endpoints`] says which scopes it needs.

pub mod deliveries;
pub mod events;
pub mod meta;
pub mod operator;
pub mod recoveries;
pub mod secrets;
pub mod sessions;
pub mod test;
pub mod webhooks;
