//! What every Posthorn function shares: everything that talks to the world.
//!
//! [`domain`] holds the decisions, a crate of its own that only knows values. [`store`] reads and writes `DynamoDB`, [`queue`] speaks to
//! SQS, [`net`] sends one request, [`config`] reads the environment once ([`portal`] how the portal looks), [`metrics`] counts for `CloudWatch`, and [`start`] puts a
//! function together.
//!
//! Arrows point one way: functions → `store`, `queue`, `net` → `domain`.

pub mod ambient;
pub mod clients;
pub mod config;
pub mod logging;
pub mod metrics;
pub mod net;
pub mod portal;
pub mod queue;
pub mod start;
pub mod store;

pub use domain;
