//! The decisions, as functions of values: time, randomness and ids are arguments.
//!
//! One event's way through it: [`event`] reads the message and makes the canonical body ([`json`]), [`subscription`] finds the
//! webhooks that want it, [`delivery`] says whether this message may attempt, [`signing`] makes the headers, [`outcome`] judges
//! what came back, [`retry`] says when to try again, and [`webhook`] says what the outcome means for the webhook itself.

pub mod address;
pub mod api_key;
pub mod delivery;
pub mod event;
pub mod id;
pub mod json;
pub mod outcome;
pub mod profile;
pub mod retry;
pub mod retry_after;
pub mod secret;
pub mod signing;
pub mod subscription;
pub mod target;
pub mod time;
pub mod webhook;
