//! Event intake: a batch of messages from the event queue becomes deliveries in the two lanes.
//!
//! [`batch`] speaks of records: which are done, which must come back. [`intake`] speaks of one event, top to bottom.

pub mod batch;
pub mod intake;

pub use batch::Intake;
