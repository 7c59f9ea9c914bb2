//! What a customer does over the management API.

mod bad_requests;
mod fields;
mod filter_fields;
mod idempotency;
mod keys;
mod limits;
mod log;
mod long_log;
mod paths;
mod repeated_fields;
mod samples;
mod secrecy;
mod tests;
mod webhooks;
