//! What becomes of an event on its way to a customer's endpoint.

mod addresses;
mod arrival;
mod changes;
mod connections;
mod counting;
mod failures;
mod fairness;
mod filters;
mod headers;
mod lanes;
mod owners;
mod pace;
mod parking;
mod retries;
mod skipping;
mod standing;
mod timing;
