//! Parked retries that are due soon: each gets a message in the retry lane, with the delay that is left.

use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        attempt::schedule::whole_seconds,
        delivery::{job::Job, lane::Lane, turns::in_turns},
        time,
    },
    logging::chain,
    queue::{Body, Dispatch, batches::Unsent},
    store::{
        StoreError,
        deliveries::MAX_BATCH,
        keys::SHARDS,
        parked::{Aside, DuePage, Parked},
    },
};
use tokio::time::Instant;

use crate::Handler;

/// How long a run may start new batches: it ends before the function does, and what is left is due at the next run.
const RUN: Duration = Duration::from_secs(40);

/// The most retries of a shard that are sent before they are forgotten: what a run that dies in between sends again.
const AT_ONCE: usize = 100;

/// Whether a run saw everything that was due, as far as its time went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Whole,
    Hindered,
}

impl Handler {
    /// Sends what is due soon, all shards side by side. What cannot be sent stays parked for the next run.
    pub(super) async fn send_parked(&self) -> Reading {
        let begun = Instant::now();
        let until = begun.checked_add(RUN).unwrap_or(begun);
        let due_by = time::after(ambient::now(), self.look_ahead);
        let readings = join_all((0..SHARDS).map(|shard| self.send_shard(shard, due_by, until))).await;
        let is_whole = readings.into_iter().all(|reading| reading == Reading::Whole);
        if is_whole { Reading::Whole } else { Reading::Hindered }
    }

    async fn send_shard(&self, shard: u8, due_by: Timestamp, until: Instant) -> Reading {
        let mut start = None;
        loop {
            let mut page = match self.store.due(shard, due_by, start).await {
                Ok(page) => page,
                Err(error) => {
                    tracing::error!("due retries could not be read; the next run tries again: {}", chain(&error));
                    return Reading::Hindered;
                }
            };
            start = page.next.take();
            self.send_page(page, until).await;
            if Instant::now() >= until {
                tracing::warn!("perhaps more retries are due than one run could send; the next goes on");
                return Reading::Whole;
            }
            if start.is_none() {
                return Reading::Whole;
            }
        }
    }

    /// The accounts take turns, so that one with many retries does not use up the run. A batch is never cancelled in the middle: what was
    /// sent is then also forgotten.
    async fn send_page(&self, page: DuePage, until: Instant) {
        for item in page.unreadable {
            self.set_aside(item, "a parked retry cannot be read").await;
        }
        let parked = in_turns(page.parked, |parked| parked.job.account.clone());
        for batch in parked.chunks(AT_ONCE) {
            if Instant::now() >= until {
                return;
            }
            self.send_parked_batch(batch).await;
        }
    }

    /// An item that can never be sent must not be read every minute, nor hide what is behind it.
    async fn set_aside(&self, item: Aside, why: &str) {
        match self.store.set_aside(item).await {
            Ok(()) => tracing::error!("{why}; it was moved to the key ASIDE"),
            Err(error) => tracing::error!("{why}, and it could not be moved: {}", chain(&error)),
        }
    }

    /// Sends some, and forgets those that were sent.
    async fn send_parked_batch(&self, due: &[Parked]) {
        let now = ambient::now();
        let messages: Vec<Dispatch> = due.iter().map(|parked| message(parked, now)).collect();
        let sent = self.queues.send(Lane::Retry, &messages.iter().collect::<Vec<_>>()).await;
        let settled = join_all(due.iter().zip(sent).map(|(parked, sent)| self.settled(parked, sent))).await;
        let settled: Vec<&Parked> = settled.into_iter().flatten().collect();
        let forgotten = join_all(settled.chunks(MAX_BATCH).map(|batch| self.store.unpark(batch))).await;
        if let Err(error) = forgotten.into_iter().collect::<Result<(), StoreError>>() {
            tracing::error!("retries were sent and stay parked; they may be sent again: {}", chain(&error));
        }
    }

    /// The retry if it was sent and may be forgotten.
    async fn settled<'p>(&self, parked: &'p Parked, sent: Result<(), Unsent>) -> Option<&'p Parked> {
        match sent {
            Ok(()) => return Some(parked),
            Err(error) if error.is_final() => {
                self.set_aside(parked.aside(), "SQS will never accept a parked retry").await;
            }
            Err(error) => {
                tracing::error!(delivery.id = %parked.job.delivery, "a due retry stays parked: {}", chain(&error));
            }
        }
        None
    }
}

/// The message of a parked retry. Its payload is the stored event's, which delivery reads when the retry is due.
fn message(parked: &Parked, now: Timestamp) -> Dispatch {
    let job = Job { at: None, ..parked.job.clone() };
    let delay_seconds = whole_seconds(time::between(now, parked.due));
    Dispatch { job, body: Body::Stored, delay_seconds }
}
