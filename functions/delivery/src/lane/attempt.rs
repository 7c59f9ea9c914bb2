//! One delivery, top to bottom: read the record, decide, sign, send, classify, record, let it wait. The acknowledgement comes last.
//!
//! What a success at the first attempt does not need is boxed: a call of the SDK has a future of 7 KB, and every delivery's is
//! moved several times before it runs.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        account::status::AccountStatus,
        attempt::{
            Attempt, Reason,
            outcome::{Verdict, verdict_of},
            schedule::Schedule,
        },
        delivery::{
            Delivery, Status,
            admission::{Admission, Claim, Passed, Received, Stopped, needs_record, rounds::admit},
            job::Job,
            lane::Lane,
            pressure::Pressure,
            recovery::{
                Permit,
                news::{Before, news_of},
            },
            transition::{
                Rules, Then, Transition, Write, claimed,
                rounds::{after_attempt, claimed_for_round},
                stopped,
            },
            waiting::Waiting,
        },
        profile::Profile,
        webhook::{Webhook, standing::Weight},
    },
    logging::chain,
    queue::Dispatch,
    store::{StoreError, Written},
};
use tokio::time::{Instant, sleep};

use super::{
    message::Message,
    settled::{Counted, Fate, Settled, Unsettled},
    turns::Ticket,
};
use crate::{Handler, standing::warning::Warned};

/// How many times a lost race is read and decided again.
pub(super) const ROUNDS: u32 = 3;

/// How long reading the rest of a response and recording it usually take at most.
const RECORDING: Duration = Duration::from_secs(4);

/// One message with everything needed to settle it.
pub(super) struct One<'a> {
    pub handler: &'a Handler,
    pub warned: &'a Warned,
    pub deadline: Instant,
    pub profile: &'static Profile,
    pub webhook: Arc<Webhook>,
    /// Whether its account is in use.
    pub account: AccountStatus,
    /// What the message's recovery allows, if it belongs to one.
    pub permit: Permit,
    /// For its turn, if the webhook has a rate limit.
    pub ticket: Option<Ticket>,
    pub message: Message,
}

impl One<'_> {
    /// Settles the message. What is not settled must be received again; nothing is lost.
    pub(super) async fn settle(&self) -> Result<Settled, Unsettled> {
        let hold = self.message.job.hold(ambient::now());
        if !hold.is_zero() {
            sleep(hold).await;
        }
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

    pub(super) async fn record(&self) -> Result<Option<Delivery>, StoreError> {
        let job = &self.message.job;
        self.handler.store.delivery(&job.webhook, &job.delivery, ambient::now()).await
    }

    pub(super) fn received(&self) -> Received<'_> {
        let Message { lane, id, job, .. } = &self.message;
        Received { lane: *lane, me: id, job, webhook: &self.webhook, account: self.account, permit: &self.permit }
    }

    /// Decides about the record as it was read. `None` means that another message was faster.
    async fn step(&self, record: Option<Delivery>) -> Result<Option<Settled>, Unsettled> {
        let now = ambient::now();
        match admit(&self.received(), record.as_ref(), self.handler.waits, now) {
            Admission::Acknowledge => Ok(Some(done(Fate::Acknowledged))),
            Admission::Pass(passed) => Ok(Some(self.pass(passed))),
            Admission::Release => Box::pin(self.release(record, now)).await,
            Admission::End(why) => Box::pin(self.end(why, record, now)).await,
            Admission::Defer(waiting) => {
                Box::pin(self.wait(waiting, self.message.job.handed_over())).await.map(|fate| Some(done(fate)))
            }
            Admission::Attempt { number, reason, claim } => {
                if let Some(ticket) = &self.ticket
                    && let Some(waiting) = Box::pin(self.wait_for_slot(ticket, reason, record.as_ref())).await
                {
                    let job = self.message.job.waiting_for_turn();
                    return Box::pin(self.wait(waiting, job)).await.map(|fate| Some(done(fate)));
                }
                let due = record.as_ref().and_then(|record| record.next_attempt_at);
                let record = match claim {
                    Claim::Held => record,
                    Claim::Needed | Claim::ForRound => match Box::pin(self.claim(claim, record, now)).await? {
                        Some(claimed) => Some(claimed),
                        None => return Ok(None),
                    },
                };
                self.attempt(number, reason, record, due).await
            }
        }
    }

    /// Makes this message the record's owner, unless another message was faster.
    async fn claim(
        &self,
        claim: Claim,
        record: Option<Delivery>,
        now: Timestamp,
    ) -> Result<Option<Delivery>, StoreError> {
        let Message { id, job, .. } = &self.message;
        let Transition { record, write, .. } = match (&job.round, claim, record) {
            (Some(round), Claim::ForRound, record) => claimed_for_round(record, job, round, id, now),
            (_, _, Some(record)) => claimed(record, id, now),
            (_, _, None) => return Ok(None),
        };
        let written = self.handler.store.record(record.clone(), write, Some(id), now).await?;
        Ok((written == Written::Yes).then_some(record))
    }

    async fn end(&self, why: Stopped, record: Option<Delivery>, now: Timestamp) -> Result<Option<Settled>, Unsettled> {
        let before = record.as_ref().map(Before::of);
        let Transition { record, write, .. } = stopped(&self.message.job, record, why);
        let (status, news) = (record.status, news_of(before, &record));
        tracing::info!(delivery.status = status.as_str(), "the delivery ended without another attempt: {why}");
        if self.handler.store.record(record, write, Some(&self.message.id), now).await? == Written::Lost {
            return Ok(None);
        }
        self.handler.metrics.ended(status);
        Ok(Some(Settled::Done { fate: Fate::Acknowledged, counted: None, news }))
    }

    async fn attempt(
        &self,
        number: u32,
        reason: Reason,
        record: Option<Delivery>,
        due: Option<Timestamp>,
    ) -> Result<Option<Settled>, Unsettled> {
        // An attempt that could not be recorded in time would be made again.
        let timing = &self.profile.attempts.timing;
        let needed = timing.timeout_for(&self.webhook.settings.timing).saturating_add(RECORDING);
        if self.deadline.saturating_duration_since(Instant::now()) < needed {
            return Err(Unsettled::Deadline);
        }
        let Some(body) = self.body().await? else {
            return Box::pin(self.forget(record)).await;
        };
        if let Some(waiting) = self.wait_after_missed_slot(reason, record.as_ref()) {
            let job = self.message.job.waiting_for_turn();
            return Box::pin(self.wait(waiting, job)).await.map(|fate| Some(done(fate)));
        }
        let (attempt, verdict) = verdict_of(number, reason, self.send(number, reason, &body).await);
        // What waits for its turn is late because its customer wants it so.
        let expected = self.ticket.is_none().then_some((self.message.job.accepted_at, due));
        self.handler.metrics.attempted(&attempt, &verdict, expected);
        let ended = ambient::now();
        let before = record.as_ref().map(Before::of);
        let counted = attempt.without_response();
        let pressure = match (self.message.lane, &verdict) {
            (Lane::Retry, Verdict::Failure(_)) => Box::pin(self.handler.pressure()).await,
            _ => Pressure::Low,
        };
        let schedule = timing.schedule_for(&self.webhook.settings.timing);
        let rules = self.rules(&schedule, pressure);
        let transition = after_attempt(rules, &self.received(), record, attempt, &verdict, ended);
        let counted = self.counted(counted, verdict, &transition);
        if transition.write == Write::Together {
            return Ok(Some(Settled::FirstSuccess { record: Box::new(transition.record), counted }));
        }
        Box::pin(self.follow(before, transition, counted, ended)).await
    }

    /// What cannot be sent, because its event is gone. Events outlive every retry by days, so that a missing one is a defect, unless
    /// a customer asked for the attempt.
    async fn forget(&self, record: Option<Delivery>) -> Result<Option<Settled>, Unsettled> {
        let is_retrying = record.as_ref().is_some_and(|record| record.status == Status::Retrying);
        if self.message.job.round.is_some() && !is_retrying {
            tracing::warn!("the event is not stored any more; the delivery cannot be sent again");
            return Ok(Some(self.pass(Passed::Over)));
        }
        tracing::error!("the event is not stored any more; the retry is given up");
        self.end(Stopped::Forgotten, record, ambient::now()).await
    }

    fn rules<'a>(&'a self, schedule: &'a Schedule, pressure: Pressure) -> Rules<'a> {
        let schedule = schedule.of(&self.message.job.delivery);
        Rules { schedule, gone_ends: self.profile.disable.gone, waits: self.handler.waits, pressure }
    }

    /// Records what an attempt came to, then lets the delivery wait if it must.
    async fn follow(
        &self,
        before: Option<Before>,
        transition: Transition,
        counted: Counted,
        ended: Timestamp,
    ) -> Result<Option<Settled>, Unsettled> {
        let Transition { record, write, then } = transition;
        let (status, news) = (record.status, news_of(before, &record));
        let attempt = record.attempts.last().cloned().filter(|_| matches!(write, Write::IfAsRead(_)));
        if self.handler.store.record(record, write, Some(&self.message.id), ended).await? == Written::Lost {
            return match attempt {
                Some(attempt) => self.add_late(attempt, counted).await.map(Some),
                None => Ok(None),
            };
        }
        if let Some(error) = &counted.attempt.error {
            // A resend of what has failed already changes nothing.
            if before.is_none_or(|before| before.status != status) {
                self.handler.metrics.ended(status);
            }
            let number = counted.attempt.number;
            tracing::info!(delivery.status = status.as_str(), attempt.number = number, "an attempt failed: {error}");
        }
        let fate = match then {
            Then::Acknowledge => Fate::Acknowledged,
            // The failure is recorded, and counts, whether or not the message can wait where it should.
            Then::Wait(waiting) => self.wait(waiting, self.message.job.handed_over()).await.unwrap_or_else(|error| {
                tracing::error!("a retry could not be queued; its message will be received again: {}", chain(&error));
                Fate::ComesBack
            }),
        };
        Ok(Some(Settled::Done { fate, counted: Some(counted), news }))
    }

    /// Lets the delivery wait for its next attempt. The means was decided together with what is recorded: the owner goes with it,
    /// and a clock that steps back in between must not change it.
    ///
    /// `job` is what another message says that comes in place of this one.
    async fn wait(&self, waiting: Waiting, job: Job) -> Result<Fate, Unsettled> {
        let Message { body, receipt_handle, .. } = &self.message;
        match waiting {
            Waiting::HandOver { lane, delay_seconds } => {
                let dispatch = Dispatch { job, body: body.clone(), delay_seconds };
                let sent = self.handler.queues.send(lane, &[&dispatch]).await;
                sent.into_iter().collect::<Result<(), _>>().map_err(Unsettled::HandOver)?;
                Ok(Fate::Acknowledged)
            }
            Waiting::PutBack { visibility_seconds } => {
                self.handler.gauge().put_back();
                self.handler.queues.put_back(receipt_handle, visibility_seconds).await?;
                Ok(Fate::ComesBack)
            }
            Waiting::Park { due } => {
                self.handler.store.park(&job, due).await?;
                Ok(Fate::Acknowledged)
            }
        }
    }

    fn counted(&self, attempt: Attempt, verdict: Verdict, transition: &Transition) -> Counted {
        let weight = Weight::of(attempt.reason, transition.record.rounds.began_at.is_some());
        let (webhook, created_at) = (Arc::clone(&self.webhook), transition.record.created_at);
        Counted { webhook, profile: self.profile, weight, attempt, verdict, created_at, gave_up: transition.gave_up() }
    }
}

pub(super) fn done(fate: Fate) -> Settled {
    Settled::Done { fate, counted: None, news: None }
}
