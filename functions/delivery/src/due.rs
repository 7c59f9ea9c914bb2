//! Parked retries whose time has come: every minute each gets a message in the retry lane.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use shared::{
    ambient,
    domain::delivery::{Delivery as Record, Lane, Status},
    logging::chain,
    queue::{Outgoing, Unsent},
    store::{StoreError, Written, parked::Parked},
};
use tokio::time::{Instant, timeout_at};

use crate::Delivery;

/// A run ends before the function does; what is left is due at the next.
const RUN: Duration = Duration::from_secs(45);

/// Payloads in memory at once: one batch of the retry lane.
const AT_ONCE: usize = 10;

impl Delivery {
    /// Sends what is due. What cannot be sent stays parked for the next minute.
    pub async fn handle_schedule(&self) {
        let now = Instant::now();
        match timeout_at(now.checked_add(RUN).unwrap_or(now), self.send_all_due()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::error!("parked retries could not be sent; the next run tries again: {}", chain(&error));
            }
            Err(_) => tracing::warn!("more retries are due than one run could send; the next goes on"),
        }
    }

    /// Page by page, until a page brings nothing on.
    async fn send_all_due(&self) -> Result<(), StoreError> {
        loop {
            let due = self.store.due(ambient::now()).await?;
            let mut sent = 0usize;
            for batch in due.chunks(AT_ONCE) {
                sent = sent.saturating_add(self.send_batch(batch).await);
            }
            if sent == 0 {
                return Ok(());
            }
        }
    }

    /// Sends and forgets some; returns how many are settled.
    async fn send_batch(&self, due: &[Parked]) -> usize {
        let read = join_all(due.iter().map(|parked| self.with_payload(parked))).await;
        let (parked, messages): (Vec<&Parked>, Vec<Outgoing>) = read.into_iter().flatten().unzip();
        let sent = self.queues.send(Lane::Retry, &messages.iter().collect::<Vec<_>>()).await;
        let settled = join_all(parked.into_iter().zip(sent).map(|(parked, sent)| self.settle(parked, sent))).await;
        settled.into_iter().filter(|settled| *settled).count()
    }

    /// Forgets what was sent; says whether it is out of the way.
    async fn settle(&self, parked: &Parked, sent: Result<(), Unsent>) -> bool {
        let settled = match sent {
            Ok(()) => self.store.unpark(parked).await.map_err(|error| chain(&error)),
            Err(error) => Err(chain(&error)),
        };
        if let Err(error) = &settled {
            tracing::error!(delivery.id = %parked.job.delivery, "a due retry stays parked: {error}");
        }
        settled.is_ok()
    }

    /// The message of a parked retry: its payload is the stored event's.
    async fn with_payload<'p>(&self, parked: &'p Parked) -> Option<(&'p Parked, Outgoing)> {
        let job = parked.job.clone();
        let settled = match self.store.event(&job.account, &job.event_id, ambient::now()).await {
            Ok(Some(event)) => {
                return Some((parked, Outgoing { job, body: Arc::from(event.body), delay_seconds: 0 }));
            }
            Ok(None) => self.give_up(parked).await,
            Err(error) => Err(error),
        };
        if let Err(error) = settled {
            tracing::error!(delivery.id = %job.delivery, "a due retry's event could not be read: {}", chain(&error));
        }
        None
    }

    /// Events outlive every retry by days, so a missing one is a defect: said aloud, recorded, and out of the others' way.
    async fn give_up(&self, parked: &Parked) -> Result<(), StoreError> {
        let job = &parked.job;
        tracing::error!(delivery.id = %job.delivery, "a parked retry's event is not stored any more; it is given up");
        let record = self.store.delivery(&job.webhook, &job.delivery, ambient::now()).await?;
        let parked_still = |record: &Record| record.status == Status::Retrying && record.owner.is_none();
        if let Some(mut record) = record.filter(parked_still) {
            let before = record.attempts.len();
            record.status = Status::Failed;
            record.status_reason = Some("the event is not stored any more".to_owned());
            record.next_attempt_at = None;
            // Lost: somebody else went on with it, which is as good.
            if self.store.record_next(record, before, None, ambient::now()).await? == Written::Yes {
                self.metrics.ended(Status::Failed);
            }
        }
        self.store.unpark(parked).await
    }
}
