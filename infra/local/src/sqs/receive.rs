//! Receiving: one look at a queue, again whenever it changes, until there is a message or the wait is over.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::attributes::Millis;
use super::content::{Content, Received};
use super::queue::quota::{Admission, Polling, admission};
use super::queue::{Ask, Taken};
use super::{Slot, Sqs, SqsError, name_of, now};

/// What one receive asks for.
#[derive(Debug, Clone, Copy)]
pub struct Receive {
    pub max_messages: usize,
    /// The most bytes of bodies in one response. A single message may exceed it.
    pub max_bytes: usize,
    /// `None`: the queue's own.
    pub visibility_timeout_secs: Option<u64>,
    /// `None`: the queue's own.
    pub wait: Option<Duration>,
}

impl Sqs {
    /// Receives, waiting as long as asked for the first message. Dropping the future before it ends takes nothing.
    ///
    /// It fails when there is no such queue, also if the queue is deleted meanwhile, and for a short poll of a queue
    /// whose quota of messages in flight is used up.
    pub async fn receive(&self, queue: &str, ask: Receive) -> Result<Vec<Received>, SqsError> {
        let (changed, own_wait) = self.with(queue, |slot| (Arc::clone(&slot.changed), slot.settings.wait_secs))?;
        let wait = ask.wait.unwrap_or(Duration::from_secs(own_wait));
        let polling = if wait.is_zero() { Polling::Short } else { Polling::Long };
        let deadline = Instant::now() + wait;
        loop {
            let mut change = std::pin::pin!(changed.notified());
            // From here on a message sent is not missed, even before the wait below.
            change.as_mut().enable();
            let received = self.take(queue, ask, polling)?;
            if !received.is_empty() || Instant::now() >= deadline {
                return Ok(received);
            }
            tokio::select! {
                () = change => {}
                () = tokio::time::sleep_until(self.wake_up(queue, deadline)?) => {}
            }
        }
    }

    /// When a receive has to look again although nothing was sent or deleted.
    fn wake_up(&self, queue: &str, deadline: Instant) -> Result<Instant, SqsError> {
        let next = self.with(queue, |slot| slot.queue.next_change_at())?;
        let in_millis = next.map(|at| at.saturating_sub(now()).max(1));
        Ok(in_millis.map_or(deadline, |millis| deadline.min(Instant::now() + Duration::from_millis(millis))))
    }

    fn take(&self, queue: &str, ask: Receive, polling: Polling) -> Result<Vec<Received>, SqsError> {
        let (mut queues, name, now) = (self.lock(), name_of(queue), now());
        let redrive = queues.get(name).ok_or(SqsError::NoSuchQueue)?.settings.redrive.clone();
        // Without its dead-letter queue, a queue keeps its messages.
        let redrive = redrive.filter(|redrive| queues.contains_key(&redrive.target));
        let slot = queues.get_mut(name).ok_or(SqsError::NoSuchQueue)?;
        let ask = Ask {
            max_messages: slot.admit(ask.max_messages, polling, now)?,
            max_bytes: ask.max_bytes,
            max_receive_count: redrive.as_ref().map(|redrive| redrive.max_receive_count),
            hidden_until: now + ask.visibility_timeout_secs.unwrap_or(slot.settings.visibility_timeout_secs) * 1_000,
        };
        let Taken { received, spent } = slot.queue.receive(ask, now);
        if let Some(dead_letters) = redrive.and_then(|redrive| queues.get_mut(&redrive.target)) {
            dead_letters.bury(spent, &Self::arn(name).into(), now);
        }
        Ok(received)
    }
}

impl Slot {
    fn admit(&mut self, wanted: usize, polling: Polling, now: Millis) -> Result<usize, SqsError> {
        let in_flight = self.queue.counts(now).not_visible;
        match admission(wanted, in_flight, self.in_flight_quota, polling) {
            Admission::UpTo(messages) => Ok(messages),
            Admission::OverLimit => Err(SqsError::OverLimit),
        }
    }

    /// Takes in what `source` gave up on.
    fn bury(&mut self, spent: Vec<Arc<Content>>, source: &Arc<str>, now: Millis) {
        if !spent.is_empty() {
            for content in spent {
                self.queue.bury(content, Arc::clone(source), now);
            }
            self.changed.notify_waiters();
        }
    }
}
