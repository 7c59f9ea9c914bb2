//! What becomes of an event on its way to a customer's endpoint.

mod addresses;
mod arrival;
mod changes;
mod connections;
mod failures;
mod lanes;
mod owners;
mod retries;
mod standing;
