//! The operator's command for dead letters: `redrive events`, `redrive deliveries`, `redrive retries`.
//!
//! SQS's own redrive gives a message a new id, and an event's identity may be that id: an event that was stored but not sent on
//! would be taken for a second publication and dropped. This command keeps the identity.

pub mod connect;
pub mod error;
pub mod message;
pub mod options;
pub mod run;
