//! What a customer can do. An action takes the caller and typed input, asks the store, the queues or the sender, and returns a domain
//! value. Actions know nothing of HTTP, so that whatever serves customers can share them.
//!
//! Each policy is a pure function next to the action that obeys it: [`settings`] and [`patterns`] for webhooks, the choice of a test's
//! event in [`mod@test`], the admission of events in [`events`].

pub mod accounts;
pub mod deliveries;
pub mod enabling;
pub mod estimate;
pub mod event_log;
pub mod events;
pub mod filter_check;
pub mod keys;
pub mod notices;
pub mod patterns;
pub mod preview;
pub mod recoveries;
pub mod repeated;
pub mod resend;
pub mod secrets;
pub mod sessions;
pub mod settings;
pub mod statistics;
pub mod telling;
pub mod test;
pub mod throttling;
pub mod webhooks;
