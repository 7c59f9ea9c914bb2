//! Parked retries whose time has come: each gets a message in the retry lane.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use futures::future::join_all;
use shared::{
    ambient,
    domain::delivery::{
        lane::Lane,
        recovery::news::{Before, news_of},
        transition::{Transition, forgotten},
    },
    logging::chain,
    queue::{Body, Dispatch},
    store::{
        StoreError, Written,
        keys::SHARDS,
        parked::{Aside, DuePage, DueStart, Parked},
    },
};
use tokio::time::Instant;

use crate::Handler;

/// How long a run may start new batches: it ends before the function does, and what is left is due at the next run.
const RUN: Duration = Duration::from_secs(40);

/// The most payloads in memory at once: one batch of the retry lane. An event may have 256 KB, and several copies of it exist.
const AT_ONCE: usize = 10;

/// Whether a page was sent.
#[derive(Debug, PartialEq, Eq)]
enum Progress {
    Done,
    OutOfTime,
}

/// Whether a run saw everything that was due, as far as its time went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Whole,
    Hindered,
}

impl Handler {
    /// Sends what is due, a page of each shard in turn. What cannot be sent stays parked for the next run.
    pub(super) async fn send_parked(&self) -> Reading {
        let begun = Instant::now();
        let until = begun.checked_add(RUN).unwrap_or(begun);
        let now = ambient::now();
        let mut pages: VecDeque<(u8, Option<DueStart>)> = (0..SHARDS).map(|shard| (shard, None)).collect();
        let mut reading = Reading::Whole;
        while let Some((shard, start)) = pages.pop_front() {
            match self.store.due(shard, now, start).await {
                Ok(page) => {
                    let next = page.next.clone();
                    if self.send_page(page, until).await == Progress::OutOfTime {
                        tracing::warn!("more retries are due than one run could send; the next goes on");
                        break;
                    }
                    pages.extend(next.map(|next| (shard, Some(next))));
                }
                Err(error) => {
                    tracing::error!("due retries could not be read; the next run tries again: {}", chain(&error));
                    reading = Reading::Hindered;
                }
            }
        }
        reading
    }

    /// A batch is never cancelled in the middle: what was sent is then also forgotten.
    async fn send_page(&self, page: DuePage, until: Instant) -> Progress {
        for item in page.unreadable {
            self.set_aside(item, "a parked retry cannot be read").await;
        }
        for batch in page.parked.chunks(AT_ONCE) {
            if Instant::now() >= until {
                return Progress::OutOfTime;
            }
            self.send_parked_batch(batch).await;
        }
        Progress::Done
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
        let read = join_all(due.iter().map(|parked| self.with_payload(parked))).await;
        let (parked, messages): (Vec<&Parked>, Vec<Dispatch>) = read.into_iter().flatten().unzip();
        let sent = self.queues.send(Lane::Retry, &messages.iter().collect::<Vec<_>>()).await;
        let mut settled = Vec::with_capacity(parked.len());
        for (parked, sent) in parked.into_iter().zip(sent) {
            match sent {
                Ok(()) => settled.push(parked),
                Err(error) if error.is_final() => {
                    self.set_aside(parked.aside(), "SQS will never accept a parked retry").await;
                }
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
                let body = Body::Here(Arc::from(event.body()));
                return Some((parked, Dispatch { job, body, delay_seconds: 0 }));
            }
            Ok(None) => self.give_up(parked).await,
            Err(error) => Err(error),
        };
        if let Err(error) = given_up {
            tracing::error!(delivery.id = %job.delivery, "a due retry's event could not be read: {}", chain(&error));
        }
        None
    }

    /// Events outlive every retry by days, so a missing one is a defect, unless its account is being erased: it is reported, recorded, and
    /// out of the others' way.
    async fn give_up(&self, parked: &Parked) -> Result<(), StoreError> {
        let job = &parked.job;
        let standing = self.store.standing(&job.account).await?;
        if standing.is_none_or(|standing| standing.status.is_deleting()) {
            return self.store.unpark(&[parked]).await;
        }
        tracing::error!(delivery.id = %job.delivery, "a parked retry's event is not stored any more; the retry is given up");
        let record = self.store.delivery(&job.webhook, &job.delivery, ambient::now()).await?;
        if let Some(Transition { record, write, .. }) = record.and_then(forgotten) {
            let (status, news) = (record.status, news_of(Some(Before::of_retrying(&record)), &record));
            // If this write is lost, another message went on with the delivery, which is as good.
            if self.store.record(record, write, None, ambient::now()).await? == Written::Yes {
                self.metrics.ended(status);
                self.report(news).await;
            }
        }
        self.store.unpark(&[parked]).await
    }
}
