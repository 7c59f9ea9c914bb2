//! Stories of a customer, through public doors only: register a webhook, publish an event, look at what the receiver got and
//! what the API reports.
//!
//! Each story has its own stack (table, queues, functions), its own receiver, and ends by checking that no queue holds anything.

#![expect(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a test may stop at the first surprise")]

mod addresses;
mod api;
mod chaos;
mod concurrency;
mod connections;
mod crash_matrix;
mod crashes;
mod edges;
mod guides;
mod harness;
mod hostile;
mod intake;
mod lanes;
mod log;
mod log_lines;
mod main_job;
mod panics;
mod retries;
mod snippets;
mod standing;
mod together;
