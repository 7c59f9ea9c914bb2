//! Parked retries whose time has come: each gets a message in the retry lane.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use shared::{
    ambient,
    domain::delivery::{
        lane::Lane,
        transition::{Transition, forgotten},
    },
    logging::chain,
    queue::Dispatch,
    store::{
        StoreError, Written,
        keys::SHARDS,
        parked::{DuePage, Parked, Unreadable},
    },
};
use tokio::time::Instant;

use super::not_done;
use crate::Handler;

/// How long a run may start new batches: it ends before the function does, and what is left is due at the next run.
const RUN: Duration = Duration::from_secs(40);

/// The most payloads of a shard in memory at once: one batch of the retry lane.
const AT_ONCE: usize = 10;

impl Handler {
    /// Sends what is due, the shards side by side. What cannot be sent stays parked for the next run.
    pub(super) async fn send_parked(&self) {
        let begun = Instant::now();
        let until = begun.checked_add(RUN).unwrap_or(begun);
        for sent in join_all((0..SHARDS).map(|shard| self.send_shard(shard, until))).await {
            if let Err(error) = sent {
                not_done(&error);
            }
        }
    }

    /// Page by page. A batch is never cancelled in the middle: what was sent is then also forgotten.
    async fn send_shard(&self, shard: u8, until: Instant) -> Result<(), StoreError> {
        let (now, mut start) = (ambient::now(), None);
        loop {
            let DuePage { parked, unreadable, next } = self.store.due(shard, now, start).await?;
            for item in unreadable {
                self.set_aside(item).await;
            }
            for batch in parked.chunks(AT_ONCE) {
                if Instant::now() >= until {
                    tracing::warn!("more retries are due than one run could send; the next goes on");
                    return Ok(());
                }
                self.send_parked_batch(batch).await;
            }
            match next {
                Some(next) => start = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// An item that can never be sent must not be read every minute, nor hide what is behind it.
    async fn set_aside(&self, item: Unreadable) {
        match self.store.set_aside(item).await {
            Ok(()) => tracing::error!("a parked retry cannot be read; it was moved to the key ASIDE"),
            Err(error) => tracing::error!("a parked retry can be neither read nor moved: {}", chain(&error)),
        }
    }

    /// Sends some, and forgets those that were sent.
    async fn send_parked_batch(&self, due: &[Parked]) {
        let read = join_all(due.iter().map(|parked| self.with_payload(parked))).await;
        let (parked, messages): (Vec<&Parked>, Vec<Dispatch>) = read.into_iter().flatten().unzip();
        let sent = self.queues.send(Lane::Retry, &messages.iter().collect::<Vec<_>>()).await;
        let mut settled = Vec::with_capacity(parked.len());
        for (parked, sent) in parked.into_iter().zip(sent) {
            match sent {
                Ok(()) => settled.push(parked),
                Err(error) => {
                    tracing::error!(delivery.id = %parked.job.delivery, "a due retry stays parked: {}", chain(&error));
                }
            }
        }
        if let Err(error) = self.store.unpark(&settled).await {
            tracing::error!("retries were sent and stay parked; they may be sent again: {}", chain(&error));
        }
    }

    /// The message of a parked retry: its payload is the stored event's.
    async fn with_payload<'p>(&self, parked: &'p Parked) -> Option<(&'p Parked, Dispatch)> {
        let job = parked.job.clone();
        let given_up = match self.store.event(&job.account, &job.event_id, ambient::now()).await {
            Ok(Some(event)) => {
                return Some((parked, Dispatch { job, body: Arc::from(event.body()), delay_seconds: 0 }));
            }
            Ok(None) => self.give_up(parked).await,
            Err(error) => Err(error),
        };
        if let Err(error) = given_up {
            tracing::error!(delivery.id = %job.delivery, "a due retry's event could not be read: {}", chain(&error));
        }
        None
    }

    /// Events outlive every retry by days, so a missing one is a defect: it is reported, recorded, and out of the others' way.
    async fn give_up(&self, parked: &Parked) -> Result<(), StoreError> {
        let job = &parked.job;
        tracing::error!(delivery.id = %job.delivery, "a parked retry's event is not stored any more; the retry is given up");
        let record = self.store.delivery(&job.webhook, &job.delivery, ambient::now()).await?;
        if let Some(Transition { record, write, .. }) = record.and_then(forgotten) {
            let status = record.status;
            // If this write is lost, another message went on with the delivery, which is as good.
            if self.store.record(record, write, None, ambient::now()).await? == Written::Yes {
                self.metrics.ended(status);
            }
        }
        self.store.unpark(&[parked]).await
    }
}
