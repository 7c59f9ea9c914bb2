//! What a publisher does: sends events over the queue and over HTTP, singly and in batches, once and again.

mod batches;
mod cloud_events;
mod http;
mod idempotency;
mod identity;
mod messages;
mod reuse;
