//! One delivery, top to bottom: read the record, decide, sign, send, judge, record, let it wait. The acknowledgement comes last.
//!
//! What a success at the first attempt does not need is boxed: a call of the SDK has a future of 7 KB, and every delivery's is
//! moved several times before it runs.

use std::{pin::pin, sync::Arc, time::Duration};

use bytes::Bytes;
use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        delivery::{
            self, Delivery as Record, Lane, Next, Status, Step, Stopped, Waiting, after_failure, decide, ending,
            is_expired, needs_record, waiting, waiting_on,
        },
        outcome::{Attempt, Failure, Verdict, judge},
        profile::Profile,
        signing::{Signed, headers},
        subscription::Health,
        webhook::{SLOW_AFTER, Webhook},
    },
    logging::chain,
    net::sender,
    queue::{Outgoing, QueueError, Unsent},
    store::{StoreError, Written},
};

use tokio::time::{Instant, timeout};

use crate::{
    Delivery,
    batch::Received,
    standing::{self, Warned},
};

/// A lost race is read and decided again so often.
const ROUNDS: u32 = 3;

/// What reading the rest of an answer and recording it usually take at most.
const RECORDING: Duration = Duration::from_secs(4);

/// What a settled record asks of its batch.
#[derive(Debug)]
pub enum Done {
    /// Everything is recorded and handed on.
    Acknowledge(Option<Counted>),
    /// The message waits by its visibility timeout: it must not be deleted.
    ComesBack(Option<Counted>),
    /// To be recorded with others, then acknowledged.
    FirstSuccess { record: Box<Record>, counted: Counted },
}

/// One attempt as its webhook's streak sees it.
#[derive(Debug, Clone)]
pub struct Counted {
    pub webhook: Webhook,
    pub profile: String,
    pub reason: delivery::Reason,
    pub attempt: Attempt,
    pub verdict: Verdict,
    pub gave_up: bool,
}

/// Why a delivery is not settled. The message comes back; the record says how far it got.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    #[error("the webhook could not be read")]
    Webhook(#[source] Arc<StoreError>),
    #[error("the webhook was not read with its batch")]
    Unread,
    #[error("the table could not be asked")]
    Store(#[from] StoreError),
    #[error("the retry lane did not take the message")]
    HandOver(#[source] Unsent),
    #[error("the message could not be put back")]
    PutBack(#[from] QueueError),
    #[error("profile '{profile}' is not installed here")]
    Profile { profile: String },
    #[error("other messages of this delivery were always faster")]
    Races,
    #[error("it took too long")]
    Deadline,
}

/// Settles one message.
///
/// # Errors
/// Nothing is lost: the message must be received again.
pub(crate) async fn deliver(
    delivery: &Delivery,
    warned: &Warned,
    deadline: Instant,
    webhook: Option<&Webhook>,
    message: Received,
) -> Result<Done, DeliverError> {
    // Its deliveries went with the webhook.
    let Some(webhook) = webhook else { return Ok(Done::Acknowledge(None)) };
    let profile = delivery
        .profiles
        .by_name(&message.job.profile)
        .ok_or_else(|| DeliverError::Profile { profile: message.job.profile.clone() })?;
    let one = One { delivery, warned, deadline, profile, webhook, message };
    let mut must_read = needs_record(one.message.lane, one.message.receive_count, one.message.job.again);
    for _ in 0..ROUNDS {
        let record = if must_read { Box::pin(one.record()).await? } else { None };
        match one.step(record).await? {
            Stepped::Done(done) => return Ok(*done),
            Stepped::LostRace => must_read = true,
        }
    }
    Err(DeliverError::Races)
}

/// One message with everything needed to settle it.
struct One<'a> {
    delivery: &'a Delivery,
    warned: &'a Warned,
    deadline: Instant,
    profile: &'a Profile,
    webhook: &'a Webhook,
    message: Received,
}

enum Stepped {
    Done(Box<Done>),
    LostRace,
}

impl From<Done> for Stepped {
    fn from(done: Done) -> Self {
        Self::Done(Box::new(done))
    }
}

impl One<'_> {
    async fn record(&self) -> Result<Option<Record>, StoreError> {
        let job = &self.message.job;
        self.delivery.store.delivery(&job.webhook, &job.delivery, ambient::now()).await
    }

    async fn step(&self, record: Option<Record>) -> Result<Stepped, DeliverError> {
        let now = ambient::now();
        let step = decide(self.message.lane, record.as_ref(), &self.message.message, now);
        if step == Step::Acknowledge {
            return Ok(Done::Acknowledge(None).into());
        }
        if let Some(stopped) = self.stopped(now) {
            return Box::pin(self.end(stopped, record, now)).await;
        }
        match step {
            Step::Acknowledge => Ok(Done::Acknowledge(None).into()),
            Step::HandOver { due } | Step::Wait { until: due } => {
                let waiting = waiting_on(self.message.lane, self.delivery.scale, record.as_ref(), due, now);
                Box::pin(self.wait(waiting, due, None)).await.map(Stepped::from)
            }
            // A webhook in trouble must not hold up the first lane.
            Step::Attempt { .. } if self.message.lane == Lane::First && self.webhook.health != Health::Ok => {
                Box::pin(self.hand_over(0)).await?;
                Ok(Done::Acknowledge(None).into())
            }
            Step::Attempt { number } => self.attempt(number, record).await,
        }
    }

    fn stopped(&self, now: Timestamp) -> Option<Stopped> {
        match () {
            () if !self.webhook.is_active() => Some(Stopped::Disabled),
            () if !self.webhook.wants(&self.message.job.event_type) => Some(Stopped::Unsubscribed),
            () if is_expired(self.message.job.accepted_at, now) => Some(Stopped::Expired),
            () => None,
        }
    }

    /// Records the end of a delivery that gets no further attempt.
    async fn end(&self, stopped: Stopped, record: Option<Record>, now: Timestamp) -> Result<Stepped, DeliverError> {
        let status = ending(stopped, record.as_ref());
        let before = record.as_ref().map(|record| record.attempts.len());
        let mut ended = record.unwrap_or_else(|| Record::new(&self.message.job, status));
        ended.status = status;
        ended.status_reason = Some(stopped.to_string());
        ended.next_attempt_at = None;
        ended.owner = None;
        tracing::info!(delivery.status = status.as_str(), "the delivery ended without another attempt: {stopped}");
        Ok(match self.write(ended, before, now).await? {
            Written::Yes => {
                self.delivery.metrics.ended(status);
                Done::Acknowledge(None).into()
            }
            Written::Lost => Stepped::LostRace,
        })
    }

    async fn write(&self, record: Record, before: Option<usize>, now: Timestamp) -> Result<Written, StoreError> {
        match before {
            None => self.delivery.store.record_first(record, now).await,
            Some(before) => self.delivery.store.record_next(record, before, Some(&self.message.message), now).await,
        }
    }

    async fn attempt(&self, number: u32, record: Option<Record>) -> Result<Stepped, DeliverError> {
        // An attempt that could not be recorded in time would be made once more.
        let needed = self.profile.attempt_timeout().saturating_add(RECORDING);
        if self.deadline.saturating_duration_since(Instant::now()) < needed {
            return Err(DeliverError::Deadline);
        }
        let exchange = self.send(number).await;
        let (attempt, verdict) = judge(number, exchange);
        let due = record.as_ref().and_then(|record| record.next_attempt_at);
        self.delivery.metrics.attempted(&attempt, &verdict, self.message.job.accepted_at, due);
        let before = record.as_ref().map(|record| record.attempts.len());
        let mut record = record.unwrap_or_else(|| Record::new(&self.message.job, Status::Retrying));
        record.attempts.push(attempt.clone());
        match verdict {
            Verdict::Success => self.succeeded(record, before, attempt).await,
            Verdict::Failure(failure) => Box::pin(self.failed(record, before, attempt, failure)).await,
        }
    }

    async fn send(&self, number: u32) -> shared::domain::outcome::Exchange {
        let job = &self.message.job;
        let now = ambient::now();
        let signed = Signed {
            webhook: &job.webhook,
            event: &job.event_id,
            event_type: &job.event_type,
            delivery: &job.delivery,
            reason: job.reason.of_attempt(number),
            attempt: number,
            at: now,
            body: self.message.body.as_bytes(),
        };
        let headers = headers(self.profile, self.webhook.secrets(now), &signed);
        let outgoing = sender::Outgoing {
            url: &self.webhook.url,
            headers: &headers,
            body: Bytes::copy_from_slice(self.message.body.as_bytes()),
            limit: self.profile.attempt_timeout(),
        };
        let mut sending = pin!(self.delivery.sender.send(outgoing));
        if let Ok(exchange) = timeout(SLOW_AFTER, &mut sending).await {
            return exchange;
        }
        // The warning must not hold up the outcome.
        tokio::select! {
            biased;
            exchange = &mut sending => return exchange,
            () = Box::pin(standing::warn(self.delivery, self.warned, self.webhook)) => {}
        }
        sending.await
    }

    async fn succeeded(
        &self,
        mut record: Record,
        before: Option<usize>,
        attempt: Attempt,
    ) -> Result<Stepped, DeliverError> {
        record.status = Status::Delivered;
        record.status_reason = None;
        record.next_attempt_at = None;
        record.owner = None;
        let counted = self.counted(&attempt, Verdict::Success, false);
        if before.is_none() {
            return Ok(Done::FirstSuccess { record: Box::new(record), counted }.into());
        }
        Box::pin(self.delivery.store.record_success(record)).await?;
        Ok(Done::Acknowledge(Some(counted)).into())
    }

    async fn failed(
        &self,
        mut record: Record,
        before: Option<usize>,
        attempt: Attempt,
        failure: Failure,
    ) -> Result<Stepped, DeliverError> {
        let ended = ambient::now();
        let next = after_failure(self.profile, self.delivery.scale, attempt.attempt, ended, failure);
        let due = match &next {
            Next::RetryAt(due) => Some(*due),
            Next::GiveUp { .. } => None,
        };
        let waiting = due.map(|due| waiting(self.message.lane, self.delivery.scale, due, ended));
        record.next_attempt_at = due;
        // The first retry message to record an outcome goes on with the delivery; parking makes room for a new one.
        record.owner = (waiting.is_some_and(|waiting| matches!(waiting, Waiting::PutBack { .. })))
            .then(|| self.message.message.clone());
        if let Next::GiveUp { reason } = next {
            record.status = Status::Failed;
            record.status_reason = Some(reason);
        }
        let status = record.status;
        if self.write(record, before, ended).await? == Written::Lost {
            return Ok(Stepped::LostRace);
        }
        self.delivery.metrics.ended(status);
        let error = attempt.error.as_deref().unwrap_or_default();
        tracing::info!(
            delivery.status = status.as_str(),
            attempt.number = attempt.attempt,
            "an attempt failed: {error}"
        );
        let counted = self.counted(&attempt, Verdict::Failure(failure), due.is_none());
        match due.zip(waiting) {
            None => Ok(Done::Acknowledge(Some(counted)).into()),
            // The failure is recorded, and counts, whether or not the message can wait where it should.
            Some((due, waiting)) => Ok(match self.wait(waiting, due, Some(counted.clone())).await {
                Ok(done) => done.into(),
                Err(error) => {
                    tracing::error!(
                        "a retry could not be queued and its message will be received again: {}",
                        chain(&error)
                    );
                    Done::ComesBack(Some(counted)).into()
                }
            }),
        }
    }

    /// Lets the delivery wait for its next attempt. The means was decided together with what is recorded: the owner goes with
    /// it, and a clock that steps back in between must not change it.
    async fn wait(&self, waiting: Waiting, due: Timestamp, counted: Option<Counted>) -> Result<Done, DeliverError> {
        match waiting {
            Waiting::HandOver { delay_seconds } => {
                self.hand_over(delay_seconds).await?;
                Ok(Done::Acknowledge(counted))
            }
            Waiting::PutBack { visibility_seconds } => {
                self.delivery.queues.put_back(&self.message.receipt_handle, visibility_seconds).await?;
                Ok(Done::ComesBack(counted))
            }
            Waiting::Park => {
                self.delivery.store.park(&self.message.job, due).await?;
                Ok(Done::Acknowledge(counted))
            }
        }
    }

    async fn hand_over(&self, delay_seconds: u64) -> Result<(), DeliverError> {
        let outgoing =
            Outgoing { job: self.message.job.clone(), body: Arc::from(self.message.body.as_str()), delay_seconds };
        let sent = self.delivery.queues.send(Lane::Retry, &[&outgoing]).await;
        sent.into_iter().collect::<Result<(), _>>().map_err(DeliverError::HandOver)
    }

    fn counted(&self, attempt: &Attempt, verdict: Verdict, gave_up: bool) -> Counted {
        Counted {
            webhook: self.webhook.clone(),
            profile: self.message.job.profile.clone(),
            reason: self.message.job.reason,
            attempt: attempt.clone(),
            verdict,
            gave_up,
        }
    }
}
