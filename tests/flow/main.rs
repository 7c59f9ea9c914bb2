//! Stories of a customer, through public doors only: register a webhook, publish an event, look at what the receiver got and at
//! what the API reports.
//!
//! Each story has its own platform (table, queues, functions) and its own receiver, and ends by checking that no queue holds
//! anything. Run one with `cargo test --profile local -p tests --test flow <part of its name>`.

#![expect(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a test may stop at the first surprise")]

mod harness;

mod crashing;
mod delivering;
mod managing;
mod operating;
mod portal;
mod publishing;
mod receiving;
mod recovering;
