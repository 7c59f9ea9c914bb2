//! What a customer does over the management API.

mod bad_requests;
mod keys;
mod log;
mod paths;
mod samples;
mod secrecy;
mod tests;
mod webhooks;
