//! One message in a queue, with where it stands.

use std::sync::Arc;

use crate::sqs::attributes::Millis;
use crate::sqs::content::{Content, Received};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Delayed,
    Visible,
    InFlight,
}

#[derive(Debug, Clone)]
pub struct Entry {
    pub content: Arc<Content>,
    pub state: State,
    pub visible_at: Millis,
    pub receive_count: u32,
    first_received_at: Option<Millis>,
    dead_letter_source: Option<Arc<str>>,
}

impl Entry {
    /// A message that was never received.
    pub fn delayed(content: Arc<Content>, visible_at: Millis, dead_letter_source: Option<Arc<str>>) -> Self {
        let state = State::Delayed;
        Self { content, state, visible_at, receive_count: 0, first_received_at: None, dead_letter_source }
    }

    pub fn hand_out(&mut self, number: u64, now: Millis, hidden_until: Millis) -> Received {
        self.state = State::InFlight;
        self.receive_count += 1;
        self.visible_at = hidden_until;
        Received {
            content: Arc::clone(&self.content),
            receipt: self.receipt(number),
            receive_count: self.receive_count,
            first_received_at: *self.first_received_at.get_or_insert(now),
            dead_letter_source: self.dead_letter_source.clone(),
        }
    }

    /// Names the message and this receive of it.
    pub fn receipt(&self, number: u64) -> String {
        format!("{number}.{}.{}", self.receive_count, self.content.id)
    }
}

/// The number of the message that a receipt names.
pub fn number_of(receipt: &str) -> Option<u64> {
    receipt.split('.').next()?.parse().ok()
}
