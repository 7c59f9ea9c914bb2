//! What all events of a batch ask for, queued and stored some at a time.

use futures::future::{join, join_all};
use shared::{
    ambient,
    domain::delivery::{Delivery, lane::Lane, transition::Write},
    logging::chain,
    metrics::Count,
    queue::{Dispatch, Encoded, batches::Unsent, encode},
    store::{
        StoreError, Written,
        insert_many::{Inserted, MAX_INSERTS},
    },
};

use crate::{Handler, fan_out::Planned};

/// How many deliveries are sent before the events that they complete are confirmed.
const SEND_AT_ONCE: usize = 40;

/// The most requests for records of skipped deliveries that are under way at once: a batch may need a thousand such records.
const MAX_REQUESTS: usize = 4;

/// A delivery to be queued, and the plan that it belongs to.
struct Part<'p, T> {
    plan: &'p Planned<'p>,
    part: T,
}

impl Handler {
    /// Sends and stores what all events ask for. A record is done when all of its own is.
    pub(crate) async fn send_all(&self, planned: &[Planned<'_>]) {
        join(self.queue_all(planned), self.skip_all(planned)).await;
    }

    async fn queue_all(&self, planned: &[Planned<'_>]) {
        let parts = planned.iter().flat_map(|plan| plan.deliveries.iter().map(move |part| Part { plan, part }));
        let parts: Vec<Part<'_, &(Lane, Dispatch)>> = parts.collect();
        for some in parts.chunks(SEND_AT_ONCE) {
            join_all(Lane::ALL.map(|lane| self.queue(lane, some))).await;
        }
    }

    /// Sends those deliveries that go to a lane.
    async fn queue(&self, lane: Lane, some: &[Part<'_, &(Lane, Dispatch)>]) {
        let of_lane: Vec<&Part<'_, &(Lane, Dispatch)>> = some.iter().filter(|part| part.part.0 == lane).collect();
        let dispatches: Vec<&Dispatch> = of_lane.iter().map(|part| &part.part.1).collect();
        let sent = self.queues.send(lane, &dispatches).await;
        let settled = of_lane.into_iter().zip(sent).map(|(part, sent)| async move {
            let is_settled = match sent {
                Ok(()) => true,
                Err(error) => self.unsent(&part.part.1, &error).await,
            };
            if is_settled {
                part.plan.one_done();
            }
        });
        join_all(settled).await;
    }

    /// A delivery that SQS will never accept is kept for the operator; any other comes back with its event. Says whether it is
    /// settled.
    async fn unsent(&self, dispatch: &Dispatch, error: &Unsent) -> bool {
        let job = &dispatch.job;
        tracing::error!(event.id = %job.event_id, webhook.id = %job.webhook, "a delivery could not be queued: {}", chain(error));
        if !error.is_final() {
            return false;
        }
        let reason = format!("UNSENDABLE: {error}");
        let Encoded { attribute, body } = encode(job, &dispatch.body);
        let is_kept = self.queues.reject(&body, Some(&attribute), &reason).await.is_ok();
        if is_kept {
            self.metrics.count(Count::RejectedEvents);
        }
        is_kept
    }

    async fn skip_all(&self, planned: &[Planned<'_>]) {
        let parts = planned.iter().flat_map(|plan| plan.skipped.iter().map(move |part| Part { plan, part }));
        let parts: Vec<Part<'_, &Delivery>> = parts.collect();
        let batches: Vec<&[Part<'_, &Delivery>]> = parts.chunks(MAX_INSERTS).collect();
        for round in batches.chunks(MAX_REQUESTS) {
            join_all(round.iter().map(|batch| self.skip(batch))).await;
        }
    }

    /// Records skipped deliveries in one request. What it did not record is recorded one by one.
    async fn skip(&self, batch: &[Part<'_, &Delivery>]) {
        let records: Vec<&Delivery> = batch.iter().map(|part| part.part).collect();
        let inserted = self.store.insert_deliveries(&records).await.unwrap_or_else(|error| {
            tracing::warn!("skipped deliveries could not be recorded together: {}", chain(&error));
            vec![Inserted::Failed; batch.len()]
        });
        for (part, inserted) in batch.iter().zip(inserted) {
            match self.skipped(part.part, inserted).await {
                Ok(written) => {
                    // Lost: it is recorded already, by an earlier receive of this event.
                    if written == Written::Yes {
                        self.metrics.count(Count::Skipped);
                    }
                    part.plan.one_done();
                }
                Err(error) => {
                    tracing::error!(
                        "a skipped delivery could not be recorded; its event comes back: {}",
                        chain(&error)
                    );
                }
            }
        }
    }

    async fn skipped(&self, record: &Delivery, inserted: Inserted) -> Result<Written, StoreError> {
        match inserted {
            Inserted::Yes => Ok(Written::Yes),
            Inserted::Taken => Ok(Written::Lost),
            Inserted::Failed => {
                Box::pin(self.store.record(record.clone(), Write::IfAbsent, None, ambient::now())).await
            }
        }
    }
}
