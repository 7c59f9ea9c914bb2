//! The decisions, as functions of values: time, randomness and ids are arguments, and nothing here talks to the world.
//!
//! One event's way through it: [`event`] reads a message and makes the canonical body ([`json`]). [`webhook::route`] finds the
//! webhooks that want the event. [`delivery::admission`] decides whether a message may attempt, [`attempt::request`] makes the signed
//! request ([`signing`]), and [`attempt::outcome`] classifies the response. [`delivery::transition`] changes the record and says how it
//! then waits. [`webhook::standing`] decides what the attempts mean for the webhook itself, and [`operations`] whom to tell.
//!
//! The modules depend on each other in that order. [`profile`] stands above: it composes the rules that live with the code that
//! obeys them, and nothing below knows it.

pub mod account;
pub mod attempt;
pub mod delivery;
pub mod event;
pub mod ids;
pub mod json;
pub mod operations;
pub mod profile;
pub mod signing;
pub mod target;
#[cfg(test)]
mod testing;
pub mod text;
pub mod time;
pub mod webhook;
