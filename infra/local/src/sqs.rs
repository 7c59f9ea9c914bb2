//! SQS in this process: a real HTTP endpoint for any AWS SDK, and the same queues as plain calls for the poller.
//!
//! `winterbaume-sqs` brings the wire format and the catalogue of queues (create, attributes, tags, permissions). The
//! messages are kept here, in `queue::Queue`: what its own store does with them differs from SQS in ways the
//! functions rely on (no batch failures, no limits, no group ids, counts that forget messages once received), and its
//! deletes move the whole backlog. What is not offered is refused, never pretended: FIFO queues, message move tasks,
//! the query protocol of SDKs before 2024.
//!
//! Messages are in memory only and never expire by age.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use shared::ambient;
use tokio::sync::Notify;
use tokio::time::Instant;
use winterbaume_sqs::SqsService;

mod catalogue;
mod digest;
mod error;
mod http;
mod limits;
mod protocol;
mod queue;
mod settings;

pub use error::SqsError;
pub use queue::{Content, Counts, Received};
use queue::{Millis, Queue, Settings};

/// The region every queue is in.
pub const REGION: &str = "us-east-1";
const ACCOUNT: &str = "123456789012";

/// A handle to all queues of one stack; clones share them.
#[derive(Clone)]
pub struct Sqs {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for Sqs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sqs").field("base_url", &self.inner.base_url).finish_non_exhaustive()
    }
}

struct Inner {
    base_url: String,
    queues: Mutex<HashMap<String, Slot>>,
    catalogue: SqsService,
}

#[derive(Default)]
struct Slot {
    settings: Settings,
    queue: Queue,
    changed: Arc<Notify>,
    most_in_flight: Option<usize>,
}

/// What one receive asks for.
#[derive(Debug, Clone, Copy)]
pub struct Receive {
    pub max_messages: usize,
    /// Bound on the bodies of one answer; a single message may exceed it.
    pub max_bytes: usize,
    /// `None`: the queue's own.
    pub visibility_timeout_secs: Option<u64>,
    /// `None`: the queue's own.
    pub wait: Option<Duration>,
}

impl Sqs {
    /// No queues yet. `base_url` begins every queue's URL: `http://127.0.0.1:8788`.
    #[must_use]
    pub fn new(base_url: String) -> Self {
        let inner = Inner { base_url, queues: Mutex::default(), catalogue: SqsService::new() };
        Self { inner: Arc::new(inner) }
    }

    #[must_use]
    pub fn url(&self, queue: &str) -> String {
        format!("{}/{ACCOUNT}/{queue}", self.inner.base_url)
    }

    #[must_use]
    pub fn arn(queue: &str) -> String {
        format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{}", name_of(queue))
    }

    /// How many messages wait in the queue named so or with this URL; none if there is no such queue.
    #[must_use]
    pub fn counts(&self, queue: &str) -> Counts {
        self.with(queue, |slot| slot.queue.counts(now())).unwrap_or_default()
    }

    /// Adds a message that becomes visible after `delay`, or the queue's own delay.
    ///
    /// # Errors
    /// Only when there is no such queue: limits are the protocol's matter.
    pub fn send(&self, queue: &str, content: Arc<Content>, delay: Option<u64>) -> Result<(), SqsError> {
        self.with(queue, |slot| {
            let delay_secs = delay.unwrap_or(slot.settings.delay_secs);
            let visible_at = content.sent_at + delay_secs * 1_000;
            slot.queue.send(content, visible_at);
            slot.changed.notify_waiters();
        })
    }

    /// Receives, waiting as long as asked for the first message. Dropping the future before it ends takes nothing.
    ///
    /// # Errors
    /// When there is no such queue, also if it is deleted meanwhile.
    pub async fn receive(&self, queue: &str, ask: Receive) -> Result<Vec<Received>, SqsError> {
        let (changed, own_wait) = self.with(queue, |slot| (Arc::clone(&slot.changed), slot.settings.wait_secs))?;
        let deadline = Instant::now() + ask.wait.unwrap_or(Duration::from_secs(own_wait));
        loop {
            let mut change = std::pin::pin!(changed.notified());
            // From here on a message sent is not missed, even before the wait below.
            change.as_mut().enable();
            let received = self.take(queue, ask)?;
            if !received.is_empty() || Instant::now() >= deadline {
                return Ok(received);
            }
            tokio::select! {
                () = change => {}
                () = tokio::time::sleep_until(self.wake_up(queue, deadline)?) => {}
            }
        }
    }

    /// When a receive has to look again though nothing was sent.
    fn wake_up(&self, queue: &str, deadline: Instant) -> Result<Instant, SqsError> {
        let next = self.with(queue, |slot| slot.queue.next_visible_at())?;
        let in_millis = next.map(|at| at.saturating_sub(now()).max(1));
        Ok(in_millis.map_or(deadline, |millis| deadline.min(Instant::now() + Duration::from_millis(millis))))
    }

    fn take(&self, queue: &str, ask: Receive) -> Result<Vec<Received>, SqsError> {
        let name = name_of(queue);
        let mut queues = self.lock();
        let settings = queues.get(name).ok_or(SqsError::NoSuchQueue)?.settings.clone();
        let redrive = settings.redrive.filter(|redrive| queues.contains_key(&redrive.target));
        let slot = queues.get_mut(name).ok_or(SqsError::NoSuchQueue)?;
        let now = now();
        let hidden_until = now + ask.visibility_timeout_secs.unwrap_or(settings.visibility_timeout_secs) * 1_000;
        let most = redrive.as_ref().map(|redrive| redrive.max_receive_count);
        let room = slot.most_in_flight.map(|most| most.saturating_sub(slot.queue.counts(now).not_visible));
        let taken = slot.queue.receive(
            ask.max_messages.min(room.unwrap_or(usize::MAX)),
            ask.max_bytes,
            most,
            now,
            hidden_until,
        );
        if let Some(dead_letters) = redrive.and_then(|redrive| queues.get_mut(&redrive.target)) {
            let source: Arc<str> = Self::arn(name).into();
            taken.spent.into_iter().for_each(|content| dead_letters.queue.bury(content, Arc::clone(&source), now));
            dead_letters.changed.notify_waiters();
        }
        Ok(taken.received)
    }

    /// Deletes what was received with this handle.
    ///
    /// # Errors
    /// When there is no such queue.
    pub fn delete(&self, queue: &str, receipt: &str) -> Result<(), SqsError> {
        self.with(queue, |slot| {
            slot.queue.delete(receipt);
            if slot.most_in_flight.is_some() {
                slot.changed.notify_waiters();
            }
        })
    }

    /// Hands out no more while so many messages are in flight. SQS's own quota is about 120,000 a queue; here there is none
    /// unless it is set.
    ///
    /// # Errors
    /// When there is no such queue.
    pub fn limit_in_flight(&self, queue: &str, most: usize) -> Result<(), SqsError> {
        self.with(queue, |slot| slot.most_in_flight = Some(most))
    }

    /// Makes what is in flight receivable now, as if every visibility timeout had ended.
    pub fn end_visibility_timeouts(&self) {
        for slot in self.lock().values_mut() {
            slot.queue.end_visibility_timeouts(now());
            slot.changed.notify_waiters();
        }
    }

    fn change_visibility(&self, queue: &str, receipt: &str, seconds: u64) -> Result<(), SqsError> {
        let now = now();
        let changed = self.with(queue, |slot| {
            slot.changed.notify_waiters();
            slot.queue.change_visibility(receipt, now, now + seconds * 1_000)
        })?;
        changed.map_err(|not| match not {
            queue::NotChanged::Unknown => SqsError::InvalidReceiptHandle,
            queue::NotChanged::NotInFlight => SqsError::MessageNotInflight,
        })
    }

    fn with<T>(&self, queue: &str, act: impl FnOnce(&mut Slot) -> T) -> Result<T, SqsError> {
        self.lock().get_mut(name_of(queue)).map(act).ok_or(SqsError::NoSuchQueue)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Slot>> {
        self.inner.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The last segment of a queue's URL or ARN; a bare name stays as it is.
fn name_of(queue: &str) -> &str {
    queue.rsplit(['/', ':']).next().unwrap_or(queue)
}

fn now() -> Millis {
    Millis::try_from(ambient::now().as_millisecond()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
