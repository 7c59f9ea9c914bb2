//! Posthorn without AWS: DynamoDB, SQS and the functions in one process, on loopback.
//!
//! [`stack::Stack`] starts everything; the binary `local` and the flow tests both use it. [`sqs`] and `dynamodb` are
//! real endpoints, so the functions run with the SDK and the code that ships; [`event_source`] and [`schedule`] stand
//! for what AWS calls them with.

mod demo;
mod dynamodb;
pub mod event_source;
pub mod functions;
mod loopback;
pub mod options;
mod portal;
pub mod process;
pub mod queues;
pub mod ready;
pub mod say;
pub mod schedule;
pub mod sqs;
pub mod stack;
pub mod tap;
mod wiring;
