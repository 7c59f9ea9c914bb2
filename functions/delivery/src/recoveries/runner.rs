//! One tick of a recovery: take it, decide, queue a slice, and send the next tick.
//!
//! | the process dies | then |
//! |---|---|
//! | after taking the tick | the schedule sends another, half a minute later |
//! | after queueing, before the cursor is written | the same deliveries are queued again, and the claim lets one message go on |
//! | after the cursor is written, before the next tick is sent | the schedule sends it |

use std::time::Duration;

use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        account::status::AccountStatus,
        attempt::{Reason, schedule::whole_seconds},
        delivery::{
            job::Job,
            lane::Lane,
            recovery::{
                Cursor, Recovery, Slice,
                runner::Step,
                search::{next_part, records_since},
            },
            round::Round,
        },
        operations::webhook::Trigger,
        time,
        webhook::Webhook,
    },
    logging::chain,
    queue::{Body, Dispatch, Tick, batches::Unsent},
    store::{
        StoreError, Written,
        busy::again_if_busy,
        recoveries::{
            WebhookThere,
            candidates::{Candidate, RecordLimit, Search},
        },
    },
};

use crate::{
    Handler,
    lane::{message::TickMessage, settled::Fate},
};

/// How long a tick may work, and how long after it was taken the schedule counts it as lost.
const LOST_AFTER: Duration = Duration::from_secs(45);

/// How long a nudge waits that meets another tick at work.
const BUSY: u64 = 2;

/// Why a tick did not do its work. The schedule sends another one.
#[derive(Debug, thiserror::Error)]
enum Stuck {
    #[error("the table could not be read or written")]
    Store(#[from] StoreError),
    #[error("the retry lane did not accept a message")]
    Queue(#[from] Unsent),
}

/// What became of a tick.
enum Ticked {
    Done,
    /// Another tick is at work.
    Busy,
}

/// What was found for a slice.
struct Found {
    candidates: Vec<Candidate>,
    next: Cursor,
}

impl Handler {
    /// Does what a tick's message asks for.
    pub(crate) async fn tick(&self, message: TickMessage) -> Fate {
        let TickMessage { tick, receipt_handle } = message;
        match self.try_tick(&tick).await {
            Ok(Ticked::Done) => Fate::Acknowledged,
            Ok(Ticked::Busy) => {
                // What it wanted to say may have come too late for the other one.
                match self.queues.put_back(&receipt_handle, BUSY).await {
                    Ok(()) => Fate::ComesBack,
                    Err(_) => Fate::Acknowledged,
                }
            }
            Err(error) => {
                let cause = chain(&error);
                tracing::error!(recovery.id = %tick.recovery, "a recovery could not go on; the schedule tries again: {cause}");
                Fate::Acknowledged
            }
        }
    }

    async fn try_tick(&self, tick: &Tick) -> Result<Ticked, Stuck> {
        let now = ambient::now();
        let Some(mut recovery) = self.store.recovery(&tick.webhook, &tick.recovery, now).await? else {
            self.store.forget_recovery(&tick.recovery).await?;
            return Ok(Ticked::Done);
        };
        let read = recovery.version;
        if recovery.status.is_over() || tick.version.is_some_and(|version| version != read) {
            return Ok(Ticked::Done);
        }
        if tick.version.is_none() && recovery.is_taken && now < recovery.next_tick_at {
            return Ok(Ticked::Busy);
        }
        let (webhook, account) = self.webhook_of(tick).await?;
        let before = recovery.slices.clone();
        let step = recovery.assess(webhook.as_ref(), account, self.probe_every, now);
        match (step, &webhook) {
            (Step::End, webhook) => self.end(recovery, read, webhook.as_ref()).await?,
            (Step::Send { limit, spacing }, Some(webhook)) => {
                self.send_slice(recovery, read, webhook, limit, spacing, &before).await?;
            }
            (Step::Wait(wait), _) => self.save_and_tick(recovery, read, wait, &before).await?,
            (Step::Send { .. }, None) => {}
        }
        Ok(Ticked::Done)
    }

    /// The webhook and whether its account is in use. A webhook without an account is gone as well.
    async fn webhook_of(&self, tick: &Tick) -> Result<(Option<Webhook>, AccountStatus), StoreError> {
        let (webhooks, accounts) = ([(tick.account.clone(), tick.webhook.clone())], [tick.account.clone()]);
        let mut found = self.store.webhooks_and_standings(&webhooks, &accounts).await;
        let standing = found.standings.pop().transpose()?.flatten();
        let webhook = found.webhooks.pop().transpose()?.flatten();
        Ok(match standing {
            Some(standing) => (webhook, standing.status),
            None => (None, AccountStatus::Active),
        })
    }

    async fn end(&self, mut recovery: Recovery, read: u32, webhook: Option<&Webhook>) -> Result<(), Stuck> {
        recovery.version = read.saturating_add(1);
        let there = if webhook.is_some() { WebhookThere::Yes } else { WebhookThere::No };
        let note = self.operations.recovery_finished(&recovery, webhook, Trigger::Automatic);
        let ended = again_if_busy(|| self.store.end_recovery(&recovery, read, there, note.as_ref())).await?;
        if ended == Written::Yes {
            self.queues.announce(note.as_slice(), ambient::now()).await;
            let status = recovery.status.as_str();
            tracing::info!(recovery.id = %recovery.id, webhook.id = %recovery.webhook, "a recovery is over: {status}");
        }
        Ok(())
    }

    /// Takes the tick, so that no other sends this slice, then queues what is next and writes how far it got.
    async fn send_slice(
        &self,
        mut recovery: Recovery,
        read: u32,
        webhook: &Webhook,
        limit: u32,
        spacing: Duration,
        before: &[Slice],
    ) -> Result<(), Stuck> {
        let taken = read.saturating_add(1);
        let slice = recovery.take_slice();
        recovery.version = taken;
        recovery.is_taken = true;
        recovery.next_tick_at = time::after(ambient::now(), LOST_AFTER);
        if self.store.save_recovery(&recovery, read, &removed(before, &recovery.slices)).await? == Written::Lost {
            return Ok(());
        }
        let now = ambient::now();
        let Found { candidates, next } = self.candidates(&recovery, webhook, limit, now).await?;
        self.queue_slice(&recovery, &candidates, slice, spacing, now).await?;
        let reached = candidates.last().map(|last| last.accepted_at);
        let sent = u32::try_from(candidates.len()).unwrap_or(u32::MAX);
        recovery.queued(sent, spacing, next, reached, now);
        let wait = if sent == 0 { Duration::ZERO } else { recovery.wait_after_slice(ambient::now()) };
        self.save_and_tick(recovery, taken, wait, &[]).await
    }

    /// Writes how far the recovery is, and sends the tick that goes on from there.
    async fn save_and_tick(
        &self,
        mut recovery: Recovery,
        read: u32,
        wait: Duration,
        before: &[Slice],
    ) -> Result<(), Stuck> {
        recovery.version = read.saturating_add(1);
        recovery.is_taken = false;
        recovery.next_tick_at = time::after(ambient::now(), wait);
        if self.store.save_recovery(&recovery, read, &removed(before, &recovery.slices)).await? == Written::Lost {
            return Ok(());
        }
        self.send_next(&recovery, wait).await
    }

    /// A wait that is longer than a message may be delayed is the schedule's.
    async fn send_next(&self, recovery: &Recovery, wait: Duration) -> Result<(), Stuck> {
        if wait > MAX_TICK {
            return Ok(());
        }
        let Recovery { id, account, webhook, version, .. } = recovery;
        let (account, webhook) = (account.clone(), webhook.clone());
        let tick = Tick { account, webhook, recovery: id.clone(), version: Some(*version) };
        Ok(self.queues.send_tick(&tick, whole_seconds(wait)).await?)
    }

    /// The next candidates, from one part of the search.
    async fn candidates(
        &self,
        recovery: &Recovery,
        webhook: &Webhook,
        limit: u32,
        now: Timestamp,
    ) -> Result<Found, StoreError> {
        let Recovery { id, plan, created_at, cursor, .. } = recovery;
        let search = Search { webhook, plan, recovery: Some(id), made_before: *created_at };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let (candidates, next) = match cursor {
            Cursor::Records { after } | Cursor::Again { after } => {
                let since = records_since(plan, cursor);
                let limit = RecordLimit::of(limit);
                let page = self.store.record_candidates(search, since, after.as_ref(), limit, now).await?;
                let next = page.next.map(|next| match cursor {
                    Cursor::Again { .. } => Cursor::Again { after: Some(next) },
                    _ => Cursor::Records { after: Some(next) },
                });
                (page.found, next)
            }
            Cursor::Missing { after } => {
                let page = self.store.missing_candidates(search, after.as_ref(), limit, now).await?;
                (page.found, page.next.map(|next| Cursor::Missing { after: Some(next) }))
            }
            Cursor::End => (Vec::new(), Some(Cursor::End)),
        };
        Ok(Found { candidates, next: next.unwrap_or_else(|| next_part(plan, cursor)) })
    }

    async fn queue_slice(
        &self,
        recovery: &Recovery,
        candidates: &[Candidate],
        slice: u32,
        spacing: Duration,
        now: Timestamp,
    ) -> Result<(), Unsent> {
        let dispatches = candidates.iter().zip(0u32..).map(|(candidate, place)| {
            let due = recovery.due(place, spacing, now);
            let job = job(recovery, candidate, slice, due);
            Dispatch { job, body: Body::Stored, delay_seconds: time::between(now, due).as_secs() }
        });
        let dispatches: Vec<Dispatch> = dispatches.collect();
        let sent = self.queues.send(Lane::Retry, &dispatches.iter().collect::<Vec<_>>()).await;
        sent.into_iter().collect()
    }
}

/// The longest wait that a tick's message can have.
const MAX_TICK: Duration = Duration::from_mins(15);

fn job(recovery: &Recovery, candidate: &Candidate, slice: u32, due: Timestamp) -> Job {
    Job {
        account: recovery.account.clone(),
        profile: recovery.profile.clone(),
        webhook: recovery.webhook.clone(),
        event_id: candidate.event_id.clone(),
        event_type: candidate.event_type.clone(),
        delivery: candidate.delivery.clone(),
        accepted_at: candidate.accepted_at,
        reason: Reason::Replay,
        again: true,
        round: Some(Round::Replay { recovery: recovery.id.clone(), slice }),
        waited: false,
        at: Some(due),
    }
}

/// The slices that are no longer waited for.
fn removed(before: &[Slice], now: &[Slice]) -> Vec<Slice> {
    before.iter().filter(|slice| now.iter().all(|kept| kept.number != slice.number)).cloned().collect()
}
