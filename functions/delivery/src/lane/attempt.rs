//! One delivery, top to bottom: read the record, decide, sign, send, classify, record, let it wait. The acknowledgement comes last.
//!
//! What a success at the first attempt does not need is boxed: a call of the SDK has a future of 7 KB, and every delivery's is
//! moved several times before it runs.

use std::{pin::pin, sync::Arc, time::Duration};

use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        attempt::{
            Attempt,
            outcome::{Exchange, Verdict, verdict_of},
            request::{Letter, request},
        },
        delivery::{
            Delivery,
            admission::{Admission, Claim, Received, Stopped, admit, needs_record},
            lane::Lane,
            transition::{Rules, Then, Transition, Write, after_attempt, claimed, stopped},
            waiting::Waiting,
        },
        profile::Profile,
        webhook::{Webhook, standing::SLOW_AFTER},
    },
    logging::chain,
    queue::Dispatch,
    store::{StoreError, Written},
};
use tokio::time::{Instant, timeout};

use super::{
    message::Message,
    settled::{Counted, Fate, Settled, Unsettled},
};
use crate::{
    Handler,
    standing::warning::{self, Warned},
};

/// How many times a lost race is read and decided again.
const ROUNDS: u32 = 3;

/// How long reading the rest of a response and recording it usually take at most.
const RECORDING: Duration = Duration::from_secs(4);

/// One message with everything needed to settle it.
pub(super) struct One<'a> {
    pub handler: &'a Handler,
    pub warned: &'a Warned,
    pub deadline: Instant,
    pub profile: &'static Profile,
    pub webhook: Arc<Webhook>,
    pub message: Message,
}

impl One<'_> {
    /// Settles the message. What is not settled must be received again; nothing is lost.
    pub(super) async fn settle(&self) -> Result<Settled, Unsettled> {
        let mut must_read = needs_record(self.message.lane, self.message.receive, self.message.job.again);
        for _ in 0..ROUNDS {
            let record = if must_read { Box::pin(self.record()).await? } else { None };
            match self.step(record).await? {
                Some(settled) => return Ok(settled),
                // Another message changed the record.
                None => must_read = true,
            }
        }
        Err(Unsettled::Races)
    }

    async fn record(&self) -> Result<Option<Delivery>, StoreError> {
        let job = &self.message.job;
        self.handler.store.delivery(&job.webhook, &job.delivery, ambient::now()).await
    }

    fn received(&self) -> Received<'_> {
        let Message { lane, id, job, .. } = &self.message;
        Received { lane: *lane, me: id, job, webhook: &self.webhook }
    }

    /// Decides about the record as it was read. `None` means that another message was faster.
    async fn step(&self, record: Option<Delivery>) -> Result<Option<Settled>, Unsettled> {
        let now = ambient::now();
        match admit(&self.received(), record.as_ref(), self.handler.waits, now) {
            Admission::Acknowledge => Ok(Some(done(Fate::Acknowledged, None))),
            Admission::End(why) => Box::pin(self.end(why, record, now)).await,
            Admission::Defer(waiting) => Box::pin(self.wait(waiting)).await.map(|fate| Some(done(fate, None))),
            Admission::Attempt { number, claim } => {
                let due = record.as_ref().and_then(|record| record.next_attempt_at);
                match (claim, record) {
                    (Claim::Needed, Some(record)) => match Box::pin(self.claim(record, now)).await? {
                        Some(claimed) => self.attempt(number, Some(claimed), due).await,
                        None => Ok(None),
                    },
                    (_, record) => self.attempt(number, record, due).await,
                }
            }
        }
    }

    /// Makes this message the record's owner, unless another message was faster.
    async fn claim(&self, record: Delivery, now: Timestamp) -> Result<Option<Delivery>, StoreError> {
        let write = Write::IfUnchanged { attempts: record.attempts_made() };
        let claimed = claimed(record, &self.message.id, now);
        let written = self.handler.store.record(claimed.clone(), write, Some(&self.message.id), now).await?;
        Ok((written == Written::Yes).then_some(claimed))
    }

    async fn end(&self, why: Stopped, record: Option<Delivery>, now: Timestamp) -> Result<Option<Settled>, Unsettled> {
        let Transition { record, write, .. } = stopped(&self.message.job, record, why);
        let status = record.status;
        tracing::info!(delivery.status = status.as_str(), "the delivery ended without another attempt: {why}");
        if self.handler.store.record(record, write, Some(&self.message.id), now).await? == Written::Lost {
            return Ok(None);
        }
        self.handler.metrics.ended(status);
        Ok(Some(done(Fate::Acknowledged, None)))
    }

    async fn attempt(
        &self,
        number: u32,
        record: Option<Delivery>,
        due: Option<Timestamp>,
    ) -> Result<Option<Settled>, Unsettled> {
        // An attempt that could not be recorded in time would be made again.
        let needed = self.profile.attempts.timeout.saturating_add(RECORDING);
        if self.deadline.saturating_duration_since(Instant::now()) < needed {
            return Err(Unsettled::Deadline);
        }
        let (attempt, verdict) = verdict_of(number, self.send(number).await);
        self.handler.metrics.attempted(&attempt, &verdict, self.message.job.accepted_at, due);
        let ended = ambient::now();
        let counted = attempt.without_response();
        let transition = after_attempt(self.rules(), &self.received(), record, attempt, &verdict, ended);
        let counted = self.counted(counted, verdict, transition.gave_up());
        if transition.write == Write::Together {
            return Ok(Some(Settled::FirstSuccess { record: Box::new(transition.record), counted }));
        }
        Box::pin(self.follow(transition, counted, ended)).await
    }

    fn rules(&self) -> Rules<'_> {
        let Profile { attempts, disable, .. } = self.profile;
        Rules { schedule: &attempts.schedule, gone_ends: disable.gone, waits: self.handler.waits }
    }

    async fn send(&self, number: u32) -> Exchange {
        let job = &self.message.job;
        let letter = Letter {
            webhook: &job.webhook,
            event: &job.event_id,
            event_type: &job.event_type,
            delivery: &job.delivery,
            reason: job.reason.of_attempt(number),
            attempt: number,
            at: ambient::now(),
            body: &self.message.body,
        };
        let Webhook { settings, secrets, .. } = &*self.webhook;
        let request = request(&self.profile.attempts, &settings.url, secrets, &letter);
        let mut sending = pin!(self.handler.sender.send(&request));
        if let Ok(exchange) = timeout(SLOW_AFTER, &mut sending).await {
            return exchange;
        }
        // The warning must not hold up the outcome.
        tokio::select! {
            biased;
            exchange = &mut sending => return exchange,
            () = Box::pin(warning::warn(self.handler, self.warned, &self.webhook)) => {}
        }
        sending.await
    }

    /// Records what an attempt came to, then lets the delivery wait if it must.
    async fn follow(
        &self,
        transition: Transition,
        counted: Counted,
        ended: Timestamp,
    ) -> Result<Option<Settled>, Unsettled> {
        let Transition { record, write, then } = transition;
        let status = record.status;
        if self.handler.store.record(record, write, Some(&self.message.id), ended).await? == Written::Lost {
            return Ok(None);
        }
        if let Some(error) = &counted.attempt.error {
            self.handler.metrics.ended(status);
            let number = counted.attempt.number;
            tracing::info!(delivery.status = status.as_str(), attempt.number = number, "an attempt failed: {error}");
        }
        let fate = match then {
            Then::Acknowledge => Fate::Acknowledged,
            // The failure is recorded, and counts, whether or not the message can wait where it should.
            Then::Wait(waiting) => self.wait(waiting).await.unwrap_or_else(|error| {
                tracing::error!("a retry could not be queued; its message will be received again: {}", chain(&error));
                Fate::ComesBack
            }),
        };
        Ok(Some(done(fate, Some(counted))))
    }

    /// Lets the delivery wait for its next attempt. The means was decided together with what is recorded: the owner goes with it,
    /// and a clock that steps back in between must not change it.
    async fn wait(&self, waiting: Waiting) -> Result<Fate, Unsettled> {
        let Message { job, body, receipt_handle, .. } = &self.message;
        match waiting {
            Waiting::HandOver { delay_seconds } => {
                let dispatch = Dispatch { job: job.clone(), body: Arc::from(body.as_str()), delay_seconds };
                let sent = self.handler.queues.send(Lane::Retry, &[&dispatch]).await;
                sent.into_iter().collect::<Result<(), _>>().map_err(Unsettled::HandOver)?;
                Ok(Fate::Acknowledged)
            }
            Waiting::PutBack { visibility_seconds } => {
                self.handler.queues.put_back(receipt_handle, visibility_seconds).await?;
                Ok(Fate::ComesBack)
            }
            Waiting::Park { due } => {
                self.handler.store.park(job, due).await?;
                Ok(Fate::Acknowledged)
            }
        }
    }

    fn counted(&self, attempt: Attempt, verdict: Verdict, gave_up: bool) -> Counted {
        let webhook = Arc::clone(&self.webhook);
        Counted { webhook, profile: self.profile, reason: self.message.job.reason, attempt, verdict, gave_up }
    }
}

fn done(fate: Fate, counted: Option<Counted>) -> Settled {
    Settled::Done { fate, counted }
}
