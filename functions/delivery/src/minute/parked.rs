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
    queue::{Dispatch, batches::Unsent},
    store::{StoreError, Written, parked::Parked},
};
use tokio::time::Instant;

use crate::Handler;

/// How long a run may start new batches: it ends before the function does, and what is left is due at the next run.
const RUN: Duration = Duration::from_secs(40);

/// The most payloads in memory at once: one batch of the retry lane.
const AT_ONCE: usize = 10;

impl Handler {
    /// Sends what is due. What cannot be sent stays parked for the next minute.
    pub(super) async fn send_parked(&self) {
        let begun = Instant::now();
        if let Err(error) = self.send_all(begun.checked_add(RUN).unwrap_or(begun)).await {
            tracing::error!("parked retries could not be sent; the next run tries again: {}", chain(&error));
        }
    }

    /// Page by page, until a page brings no progress. A batch is never cancelled in the middle: what was sent is then also forgotten.
    async fn send_all(&self, until: Instant) -> Result<(), StoreError> {
        loop {
            let due = self.store.due(ambient::now()).await?;
            let mut settled = 0usize;
            for batch in due.chunks(AT_ONCE) {
                if Instant::now() >= until {
                    tracing::warn!("more retries are due than one run could send; the next goes on");
                    return Ok(());
                }
                settled = settled.saturating_add(self.send_parked_batch(batch).await);
            }
            if settled == 0 {
                return Ok(());
            }
        }
    }

    /// Sends and forgets some; returns how many are settled.
    async fn send_parked_batch(&self, due: &[Parked]) -> usize {
        let read = join_all(due.iter().map(|parked| self.with_payload(parked))).await;
        let (parked, messages): (Vec<&Parked>, Vec<Dispatch>) = read.into_iter().flatten().unzip();
        let sent = self.queues.send(Lane::Retry, &messages.iter().collect::<Vec<_>>()).await;
        let settled = join_all(parked.into_iter().zip(sent).map(|(parked, sent)| self.forget(parked, sent))).await;
        settled.into_iter().filter(|settled| *settled).count()
    }

    /// Forgets what was sent; says whether it is out of the way.
    async fn forget(&self, parked: &Parked, sent: Result<(), Unsent>) -> bool {
        let forgotten = match sent {
            Ok(()) => self.store.unpark(parked).await.map_err(|error| chain(&error)),
            Err(error) => Err(chain(&error)),
        };
        if let Err(error) = &forgotten {
            tracing::error!(delivery.id = %parked.job.delivery, "a due retry stays parked: {error}");
        }
        forgotten.is_ok()
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
        self.store.unpark(parked).await
    }
}
