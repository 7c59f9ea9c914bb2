//! One queue as a value: which messages there are, and when each may be received.
//!
//! Every message has the moment it becomes visible. A delay, a visibility timeout and a plain send are the same thing
//! with another moment, so one ordered index answers every question: what can be received (its start), when to look
//! again (its first entry in the future), and how many wait. Each operation costs `O(log n)` in the backlog.
//!
//! Time is an argument, in milliseconds since 1970.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use winterbaume_sqs::wire::MessageAttributeValue;

/// Milliseconds since 1970.
pub type Millis = u64;

/// What a sender gave, and what never changes afterwards.
#[derive(Debug)]
pub struct Content {
    pub id: String,
    pub body: String,
    pub body_md5: String,
    pub attributes: HashMap<String, MessageAttributeValue>,
    pub group: Option<String>,
    pub trace_header: Option<String>,
    pub sent_at: Millis,
}

/// A message handed to a consumer, hidden from others until its visibility timeout ends.
#[derive(Debug, Clone)]
pub struct Received {
    pub content: Arc<Content>,
    pub receipt: String,
    pub receive_count: u32,
    pub first_received_at: Millis,
    /// The queue that gave up on it, when this one is a dead-letter queue.
    pub dead_letter_source: Option<Arc<str>>,
}

/// Where a message goes that was received too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redrive {
    pub target: String,
    pub max_receive_count: u32,
}

/// The attributes of a queue that change what happens to its messages.
#[derive(Debug, Clone)]
pub struct Settings {
    pub visibility_timeout_secs: u64,
    pub delay_secs: u64,
    pub wait_secs: u64,
    pub maximum_message_size: usize,
    pub redrive: Option<Redrive>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            visibility_timeout_secs: 30,
            delay_secs: 0,
            wait_secs: 0,
            maximum_message_size: super::limits::MAX_MESSAGE_BYTES,
            redrive: None,
        }
    }
}

/// How many messages a queue holds, in the three states `GetQueueAttributes` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub visible: usize,
    pub not_visible: usize,
    pub delayed: usize,
}

impl Counts {
    /// Everything in the queue.
    #[must_use]
    pub fn total(self) -> usize {
        self.visible + self.not_visible + self.delayed
    }
}

/// Why a visibility timeout could not be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotChanged {
    /// The message is gone, or the handle was never one of this queue's.
    Unknown,
    /// The message is visible again, or somebody else has received it since.
    NotInFlight,
}

#[derive(Debug, Clone)]
struct Entry {
    content: Arc<Content>,
    visible_at: Millis,
    receive_count: u32,
    first_received_at: Option<Millis>,
    dead_letter_source: Option<Arc<str>>,
}

/// The messages of one queue.
#[derive(Debug, Default)]
pub struct Queue {
    entries: HashMap<u64, Entry>,
    by_visibility: BTreeSet<(Millis, u64)>,
    next_number: u64,
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
        self.by_visibility.insert((visible_at, number));
        let entry = Entry { content, visible_at, receive_count: 0, first_received_at: None, dead_letter_source };
        self.entries.insert(number, entry);
    }

    /// Takes up to `max` visible messages of at most `max_bytes` of bodies (but always one), those visible longest
    /// first, and hides them until `hidden_until`.
    pub fn receive(
        &mut self,
        max: usize,
        max_bytes: usize,
        max_receive_count: Option<u32>,
        now: Millis,
        hidden_until: Millis,
    ) -> Taken {
        let mut taken = Taken::default();
        let mut bytes = 0_usize;
        while taken.received.len() < max {
            let Some(&(visible_at, number)) = self.by_visibility.first().filter(|(at, _)| *at <= now) else { break };
            let Some(entry) = self.entries.get_mut(&number) else { break };
            if max_receive_count.is_some_and(|most| entry.receive_count >= most) {
                taken.spent.extend(self.remove(number));
                continue;
            }
            bytes += entry.content.body.len();
            if bytes > max_bytes && !taken.received.is_empty() {
                break;
            }
            self.by_visibility.remove(&(visible_at, number));
            // A visibility timeout of nought must not hand out the same message twice in one answer.
            taken.received.push(entry.hand_out(number, now, hidden_until));
        }
        for handed_out in &taken.received {
            if let Some(number) = number_of(&handed_out.receipt) {
                self.by_visibility.insert((hidden_until, number));
            }
        }
        taken
    }

    /// Deletes the message if `receipt` is of its latest receive. SQS answers an outdated handle with success and may
    /// keep the message; here it is always kept, so that code relying on it is found out.
    pub fn delete(&mut self, receipt: &str) {
        if let Some(number) = self.current(receipt) {
            self.remove(number);
        }
    }

    /// Moves the moment a message in flight becomes visible again.
    ///
    /// # Errors
    /// When the message is gone or not in flight by this handle.
    pub fn change_visibility(&mut self, receipt: &str, now: Millis, visible_at: Millis) -> Result<(), NotChanged> {
        let number = number_of(receipt).ok_or(NotChanged::Unknown)?;
        let entry = self.entries.get_mut(&number).ok_or(NotChanged::Unknown)?;
        if entry.receipt(number) != receipt || entry.visible_at <= now {
            return Err(NotChanged::NotInFlight);
        }
        self.by_visibility.remove(&(entry.visible_at, number));
        self.by_visibility.insert((visible_at, number));
        entry.visible_at = visible_at;
        Ok(())
    }

    /// Makes every message in flight visible; one that was delayed and never received stays delayed.
    pub fn end_visibility_timeouts(&mut self, now: Millis) {
        for (number, entry) in self.entries.iter_mut().filter(|(_, entry)| entry.receive_count > 0) {
            if entry.visible_at > now {
                self.by_visibility.remove(&(entry.visible_at, *number));
                self.by_visibility.insert((now, *number));
                entry.visible_at = now;
            }
        }
    }

    /// When the next hidden message becomes visible, or the past if one is already.
    #[must_use]
    pub fn next_visible_at(&self) -> Option<Millis> {
        self.by_visibility.first().map(|(at, _)| *at)
    }

    #[must_use]
    pub fn counts(&self, now: Millis) -> Counts {
        let visible = self.by_visibility.range(..=(now, u64::MAX)).count();
        let is_delayed = |(_, number): &&(Millis, u64)| self.entries.get(number).is_some_and(|e| e.receive_count == 0);
        let delayed = self.by_visibility.range((now + 1, 0)..).filter(is_delayed).count();
        Counts { visible, delayed, not_visible: self.entries.len() - visible - delayed }
    }

    pub fn purge(&mut self) {
        self.entries.clear();
        self.by_visibility.clear();
    }

    fn current(&self, receipt: &str) -> Option<u64> {
        let number = number_of(receipt)?;
        self.entries.get(&number).filter(|entry| entry.receipt(number) == receipt).map(|_| number)
    }

    fn remove(&mut self, number: u64) -> Option<Arc<Content>> {
        let entry = self.entries.remove(&number)?;
        self.by_visibility.remove(&(entry.visible_at, number));
        Some(entry.content)
    }
}

impl Entry {
    fn hand_out(&mut self, number: u64, now: Millis, hidden_until: Millis) -> Received {
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
    fn receipt(&self, number: u64) -> String {
        format!("{number}.{}.{}", self.receive_count, self.content.id)
    }
}

fn number_of(receipt: &str) -> Option<u64> {
    receipt.split('.').next()?.parse().ok()
}
