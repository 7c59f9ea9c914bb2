//! What every Posthorn function shares.
//!
//! [`domain`] holds the decisions as pure functions of values: canonical JSON, signing, matching, the retry schedule, who may
//! attempt, which addresses may be dialled. Everything else talks to the world and exists only with the feature `aws`:
//! `store` asks `DynamoDB`, `queue` speaks to SQS, `net` sends one request, `config` reads the environment once, `metrics` counts
//! for `CloudWatch`.
//!
//! Arrows point one way: functions → `store`, `queue`, `net` → `domain`.

#[cfg(feature = "aws")]
pub mod ambient;
#[cfg(feature = "aws")]
pub mod clients;
#[cfg(feature = "aws")]
pub mod config;
pub mod domain;
#[cfg(feature = "aws")]
pub mod logging;
#[cfg(feature = "aws")]
pub mod metrics;
#[cfg(feature = "aws")]
pub mod net;
#[cfg(feature = "aws")]
pub mod queue;
#[cfg(feature = "aws")]
pub mod store;
