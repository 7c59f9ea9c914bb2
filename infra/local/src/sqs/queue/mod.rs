//! One queue as a value: which messages there are, and when each may be received.
//!
//! A message is hidden (delayed or in flight) until a moment, and visible from then on. `settle` makes visible what is
//! due, and every operation that depends on time begins with it. `groups` knows the visible messages and says which one
//! a consumer gets next. Each operation costs `O(log n)` in the backlog.
//!
//! Time is an argument, in milliseconds since 1970.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::attributes::Millis;
use super::content::{Content, Received};
use entry::{Entry, State, number_of};
use groups::Groups;

mod entry;
mod fairness;
mod groups;
pub mod quota;
#[cfg(test)]
mod tests;

/// The order of messages: when one becomes visible, and its number in the queue.
pub type Place = (Millis, u64);

/// How many messages a queue holds, in the three states `GetQueueAttributes` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub visible: usize,
    pub not_visible: usize,
    pub delayed: usize,
}

impl Counts {
    /// Everything in the queue.
    pub fn total(self) -> usize {
        self.visible + self.not_visible + self.delayed
    }
}

/// Why a visibility timeout could not be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotChanged {
    /// The message is gone, or the handle was never one of this queue's.
    Unknown,
    /// The message is visible again, or another consumer has received it since.
    NotInFlight,
}

/// The messages of one queue.
#[derive(Debug, Default)]
pub struct Queue {
    entries: HashMap<u64, Entry>,
    /// The messages that are delayed or in flight.
    hidden: BTreeSet<Place>,
    groups: Groups,
    next_number: u64,
}

/// What one receive asks of a queue.
#[derive(Debug, Clone, Copy)]
pub struct Ask {
    pub max_messages: usize,
    /// The most bytes of bodies in one response. A single message may exceed it.
    pub max_bytes: usize,
    pub max_receive_count: Option<u32>,
    pub hidden_until: Millis,
}

/// What one receive found: messages for the consumer, and those that go to the dead-letter queue instead.
#[derive(Debug, Default)]
pub struct Taken {
    pub received: Vec<Received>,
    pub spent: Vec<Arc<Content>>,
}

impl Queue {
    /// Adds a message that can be received from `visible_at` on.
    pub fn send(&mut self, content: Arc<Content>, visible_at: Millis) {
        self.insert(content, visible_at, None);
    }

    /// Adds a message that `source` gave up on.
    pub fn bury(&mut self, content: Arc<Content>, source: Arc<str>, now: Millis) {
        self.insert(content, now, Some(source));
    }

    fn insert(&mut self, content: Arc<Content>, visible_at: Millis, dead_letter_source: Option<Arc<str>>) {
        let number = self.next_number;
        self.next_number += 1;
        self.hidden.insert((visible_at, number));
        self.entries.insert(number, Entry::delayed(content, visible_at, dead_letter_source));
    }

    /// Makes visible what is due.
    pub fn settle(&mut self, now: Millis) {
        while let Some(&place) = self.hidden.first().filter(|(at, _)| *at <= now) {
            self.hidden.remove(&place);
            let Some(entry) = self.entries.get_mut(&place.1) else { continue };
            if entry.state == State::InFlight {
                self.groups.land(&entry.content.group);
            }
            entry.state = State::Visible;
            self.groups.show(&entry.content.group, place);
        }
    }

    /// Takes visible messages, those visible longest first unless their group is noisy, and hides them.
    pub fn receive(&mut self, ask: Ask, now: Millis) -> Taken {
        self.settle(now);
        let mut taken = Taken::default();
        let mut bytes = 0_usize;
        while taken.received.len() < ask.max_messages {
            let Some((_, number)) = self.groups.next() else { break };
            let Some(entry) = self.entries.get(&number) else { break };
            if ask.max_receive_count.is_some_and(|most| entry.receive_count >= most) {
                taken.spent.extend(self.remove(number));
                continue;
            }
            bytes += entry.content.body.len();
            if bytes > ask.max_bytes && !taken.received.is_empty() {
                break;
            }
            taken.received.extend(self.hand_out(number, now, ask.hidden_until));
        }
        taken
    }

    /// A visibility timeout of zero hides the message too, until the queue settles: one response never has it twice.
    fn hand_out(&mut self, number: u64, now: Millis, hidden_until: Millis) -> Option<Received> {
        let entry = self.entries.get_mut(&number)?;
        self.groups.hide(&entry.content.group, (entry.visible_at, number));
        self.groups.take_off(&entry.content.group);
        self.hidden.insert((hidden_until, number));
        Some(entry.hand_out(number, now, hidden_until))
    }

    /// Deletes the message if `receipt` is of its latest receive. SQS accepts an outdated handle and may keep the
    /// message. Here the message is always kept, which uncovers code that relies on the deletion.
    pub fn delete(&mut self, receipt: &str) {
        if let Some(number) = self.current(receipt) {
            self.remove(number);
        }
    }

    /// Moves the moment a message in flight becomes visible again.
    pub fn change_visibility(&mut self, receipt: &str, now: Millis, visible_at: Millis) -> Result<(), NotChanged> {
        self.settle(now);
        let number = number_of(receipt).ok_or(NotChanged::Unknown)?;
        let entry = self.entries.get_mut(&number).ok_or(NotChanged::Unknown)?;
        if entry.receipt(number) != receipt || entry.state != State::InFlight {
            return Err(NotChanged::NotInFlight);
        }
        self.hidden.remove(&(entry.visible_at, number));
        self.hidden.insert((visible_at, number));
        entry.visible_at = visible_at;
        Ok(())
    }

    /// Makes every message in flight visible. Delayed messages stay delayed.
    pub fn end_visibility_timeouts(&mut self, now: Millis) {
        for (number, entry) in self.entries.iter_mut().filter(|(_, entry)| entry.state == State::InFlight) {
            self.hidden.remove(&(entry.visible_at, *number));
            entry.visible_at = entry.visible_at.min(now);
            self.hidden.insert((entry.visible_at, *number));
        }
        self.settle(now);
    }

    /// When the queue next changes without being called: a delay or a visibility timeout ends.
    pub fn next_change_at(&self) -> Option<Millis> {
        self.hidden.first().map(|(at, _)| *at)
    }

    pub fn counts(&mut self, now: Millis) -> Counts {
        self.settle(now);
        let not_visible = self.groups.in_flight();
        Counts { visible: self.groups.visible(), not_visible, delayed: self.hidden.len() - not_visible }
    }

    pub fn purge(&mut self) {
        *self = Self { next_number: self.next_number, ..Self::default() };
    }

    fn current(&self, receipt: &str) -> Option<u64> {
        let number = number_of(receipt)?;
        self.entries.get(&number).filter(|entry| entry.receipt(number) == receipt).map(|_| number)
    }

    fn remove(&mut self, number: u64) -> Option<Arc<Content>> {
        let entry = self.entries.remove(&number)?;
        let place = (entry.visible_at, number);
        if entry.state == State::Visible {
            self.groups.hide(&entry.content.group, place);
        } else {
            self.hidden.remove(&place);
        }
        if entry.state == State::InFlight {
            self.groups.land(&entry.content.group);
        }
        Some(entry.content)
    }
}
