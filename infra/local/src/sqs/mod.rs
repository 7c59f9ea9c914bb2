//! SQS in this process: a real HTTP endpoint for any AWS SDK, and the same queues as plain calls for the poller.
//!
//! `http` finds the operation in a request, `operations` reads and writes its JSON (`wire`), and `messages` and
//! `queues` do it. `queue` keeps the messages of one queue. `limits` and `settings` reject what SQS rejects.
//!
//! What is not offered is rejected, never pretended: FIFO queues, tags, policies, encryption, message move tasks, the
//! query protocol of SDKs before 2024. Messages are in memory only and never expire by age.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use shared::ambient;
use tokio::sync::Notify;

mod attributes;
mod content;
mod digest;
mod error;
mod http;
mod limits;
mod messages;
mod operations;
mod queue;
mod queues;
mod receive;
mod settings;
#[cfg(test)]
mod tests;
mod wire;

pub use attributes::Attribute;
use attributes::Millis;
pub use content::{Content, Received};
pub use error::SqsError;
pub use queue::Counts;
use queue::Queue;
pub use queue::quota::MAX_IN_FLIGHT;
pub use receive::Receive;
use settings::Settings;

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
}

/// One queue with what surrounds its messages.
struct Slot {
    settings: Settings,
    queue: Queue,
    in_flight_quota: usize,
    /// Wakes those who wait for a message.
    changed: Arc<Notify>,
    created_at: Millis,
    modified_at: Millis,
}

impl Slot {
    fn new(settings: Settings, now: Millis) -> Self {
        Self {
            settings,
            queue: Queue::default(),
            in_flight_quota: MAX_IN_FLIGHT,
            changed: Arc::default(),
            created_at: now,
            modified_at: now,
        }
    }
}

impl Sqs {
    /// No queues yet. `base_url` begins every queue's URL: `http://127.0.0.1:8788`.
    pub fn new(base_url: String) -> Self {
        Self { inner: Arc::new(Inner { base_url, queues: Mutex::default() }) }
    }

    pub fn url(&self, queue: &str) -> String {
        format!("{}/{ACCOUNT}/{queue}", self.inner.base_url)
    }

    pub fn arn(queue: &str) -> String {
        format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{}", name_of(queue))
    }

    /// How many messages wait in the queue of this name or URL; none if there is no such queue.
    pub fn counts(&self, queue: &str) -> Counts {
        self.with(queue, |slot| slot.queue.counts(now())).unwrap_or_default()
    }

    /// Adds a message that becomes visible after `delay`, or the queue's own delay. It checks no limits, which are the
    /// operations' matter.
    pub fn send(&self, queue: &str, content: Arc<Content>, delay: Option<u64>) -> Result<(), SqsError> {
        self.with(queue, |slot| {
            let delay_secs = delay.unwrap_or(slot.settings.delay_secs);
            let visible_at = content.sent_at + delay_secs * 1_000;
            slot.queue.send(content, visible_at);
            slot.changed.notify_waiters();
        })
    }

    /// Deletes what was received with this handle.
    pub fn delete(&self, queue: &str, receipt: &str) -> Result<(), SqsError> {
        self.with(queue, |slot| {
            let was_full = slot.queue.counts(now()).not_visible >= slot.in_flight_quota;
            slot.queue.delete(receipt);
            if was_full {
                slot.changed.notify_waiters();
            }
        })
    }

    /// Hands out no more messages of a queue while as many as this are in flight, instead of SQS's own quota.
    pub fn limit_in_flight(&self, queue: &str, most: usize) -> Result<(), SqsError> {
        self.with(queue, |slot| slot.in_flight_quota = most)
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
        if queue.is_empty() {
            return Err(SqsError::MissingParameter("QueueUrl"));
        }
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
