//! The records of one batch: every one is accounted for, and what is not proven done is reported as failed.

use std::{collections::HashMap, sync::Arc, time::Duration};

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures::future::join_all;
use shared::{
    domain::{
        delivery::{Job, Lane},
        id::{AccountId, MessageId, WebhookId},
        webhook::Webhook,
    },
    logging::chain,
    metrics::Count,
    queue::{DecodeError, JOB_ATTRIBUTE, decode},
    store::StoreError,
};
use tokio::{
    task::JoinSet,
    time::{Instant, timeout_at},
};
use tracing::Instrument;

use crate::{
    Delivery,
    deliver::{Counted, DeliverError, Done, deliver},
    gather::Gathered,
    standing::{self, Warned},
};

/// From the batch's beginning: longer than any attempt with its bookkeeping. With what follows, recording gathered successes
/// and counting failures, it stays below the function's own timeout of 60 s.
const RECORD_DEADLINE: Duration = Duration::from_secs(42);

/// One message of a lane.
#[derive(Debug, Clone)]
pub struct Received {
    pub lane: Lane,
    pub message: MessageId,
    pub receipt_handle: String,
    pub receive_count: u32,
    pub job: Job,
    pub body: String,
}

/// The webhooks of a batch, each read once.
pub(crate) type Webhooks = HashMap<(AccountId, WebhookId), Result<Option<Webhook>, Arc<StoreError>>>;

/// What became of one record: done, or to be received again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Acknowledged,
    /// Not proven done, or put back on purpose.
    ComesBack,
}

impl Delivery {
    /// Processes a batch and names the messages that must come back.
    pub async fn handle_queue(&self, event: SqsEvent) -> SqsBatchResponse {
        // Written down before anything can go wrong; without an id Lambda returns the whole batch, which is what must happen.
        let ids: Vec<String> =
            event.records.iter().map(|record| record.message_id.clone().unwrap_or_default()).collect();
        // Boxed: the future of a whole batch is too deep a type for the compiler otherwise.
        let fates = Box::pin(self.process(event.records)).await;
        let mut response = SqsBatchResponse::default();
        for (index, id) in ids.into_iter().enumerate() {
            if fates.get(index) != Some(&Fate::Acknowledged) {
                let mut failure = BatchItemFailure::default();
                failure.item_identifier = id;
                response.batch_item_failures.push(failure);
            }
        }
        response
    }

    async fn process(&self, records: Vec<SqsMessage>) -> Vec<Fate> {
        let begun = Instant::now();
        let deadline = begun.checked_add(RECORD_DEADLINE).unwrap_or(begun);
        let mut fates = vec![Fate::ComesBack; records.len()];
        let mut received = Vec::with_capacity(records.len());
        let mut poisoned = Vec::new();
        for (index, record) in records.into_iter().enumerate() {
            match self.read(record) {
                Ok(message) => received.push((index, message)),
                Err(poison) => poisoned.push((index, poison)),
            }
        }
        let rejected =
            join_all(poisoned.into_iter().map(|(index, poison)| async move { (index, self.reject(poison).await) }));
        for (index, fate) in rejected.await {
            set(&mut fates, index, fate);
        }
        let webhooks = Arc::new(self.webhooks(&received).await);
        let counted = self.attempt_all(received, &webhooks, deadline, &mut fates).await;
        standing::update(self, &webhooks, counted).await;
        fates
    }

    /// Each webhook of the batch, read once and consistently: what it says may end a delivery.
    async fn webhooks(&self, received: &[(usize, Received)]) -> Webhooks {
        let mut wanted: Vec<(AccountId, WebhookId)> =
            received.iter().map(|(_, message)| (message.job.account.clone(), message.job.webhook.clone())).collect();
        wanted.sort();
        wanted.dedup();
        let answers = self.store.these_webhooks(&wanted).await;
        wanted.into_iter().zip(answers.into_iter().map(|answer| answer.map_err(Arc::new))).collect()
    }

    /// Each record in its own task with its own deadline, so that neither a panic nor a slow endpoint costs another record.
    async fn attempt_all(
        &self,
        received: Vec<(usize, Received)>,
        webhooks: &Arc<Webhooks>,
        deadline: Instant,
        fates: &mut [Fate],
    ) -> Vec<Counted> {
        let mut tasks = JoinSet::new();
        let warned = Arc::new(Warned::default());
        for (index, message) in received {
            let (delivery, webhooks, warned) = (self.clone(), Arc::clone(webhooks), Arc::clone(&warned));
            let span =
                tracing::info_span!("delivery", delivery.id = %message.job.delivery, webhook.id = %message.job.webhook);
            let work = async move { (index, attempt(&delivery, &warned, &webhooks, deadline, message).await) };
            tasks.spawn(work.instrument(span));
        }
        let mut gathered = Gathered::new(self.store.clone());
        let mut counted = Vec::new();
        loop {
            tokio::select! {
                joined = tasks.join_next() => match joined {
                    None => break,
                    Some(Ok((index, done))) => {
                        let (fate, count) = settle(index, done, &mut gathered);
                        set(fates, index, fate);
                        counted.extend(count);
                    }
                    // Its text could hold a payload; where it happened is logged by itself.
                    Some(Err(_)) => tracing::error!("a delivery panicked and will be received again"),
                },
                () = gathered.ripe() => gathered.flush(),
            }
        }
        for (index, fate) in gathered.finish().await {
            set(fates, index, fate);
        }
        counted
    }

    fn read(&self, record: SqsMessage) -> Result<Received, Poison> {
        let body = record.body.unwrap_or_default();
        let arn = record.event_source_arn.unwrap_or_default();
        let attribute = record.message_attributes.get(JOB_ATTRIBUTE).and_then(|value| value.string_value.as_deref());
        let poison = |cause: Cause| Poison { body: body.clone(), ids: attribute.map(str::to_owned), cause };
        let (job, decoded) = decode(attribute, &body).map_err(|error| poison(Cause::Unreadable(error)))?;
        let message = record.message_id.as_deref().and_then(|id| MessageId::parse(id).ok());
        Ok(Received {
            lane: self.queues.lane_of(&arn).ok_or_else(|| poison(Cause::NoLane))?,
            message: message.ok_or_else(|| poison(Cause::NoId))?,
            receipt_handle: record.receipt_handle.unwrap_or_default(),
            receive_count: receive_count(&record.attributes),
            job,
            body: decoded,
        })
    }

    /// Keeps what is no delivery for the operator. One of another version is left for the function that can read it; if none
    /// comes, it ends in the dead-letter queue, which raises an alarm.
    async fn reject(&self, poison: Poison) -> Fate {
        let reason = format!("MALFORMED_DELIVERY: {}", chain(&poison.cause));
        if matches!(poison.cause, Cause::Unreadable(DecodeError::Version { .. })) {
            tracing::error!("a delivery is left for another version of this function: {reason}");
            return Fate::ComesBack;
        }
        tracing::error!("a message of a lane is not a delivery and was rejected: {reason}");
        match self.queues.reject(&poison.body, poison.ids.as_deref(), &reason).await {
            Ok(()) => {
                self.metrics.count(Count::RejectedEvents);
                Fate::Acknowledged
            }
            Err(error) => {
                tracing::error!("it could not be moved to the rejected queue: {}", chain(&error));
                Fate::ComesBack
            }
        }
    }
}

/// A message that is not a delivery.
#[derive(Debug)]
struct Poison {
    body: String,
    ids: Option<String>,
    cause: Cause,
}

#[derive(Debug, thiserror::Error)]
enum Cause {
    #[error("it cannot be read")]
    Unreadable(#[source] DecodeError),
    #[error("it came from a queue that is no lane")]
    NoLane,
    #[error("it has no message id")]
    NoId,
}

/// A count that is not there could hide an earlier receive: then the record is read.
fn receive_count(attributes: &HashMap<String, String>) -> u32 {
    attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok()).unwrap_or(u32::MAX)
}

fn set(fates: &mut [Fate], index: usize, fate: Fate) {
    if let Some(slot) = fates.get_mut(index) {
        *slot = fate;
    }
}

async fn attempt(
    delivery: &Delivery,
    warned: &Warned,
    webhooks: &Webhooks,
    deadline: Instant,
    message: Received,
) -> Result<Done, DeliverError> {
    let key = (message.job.account.clone(), message.job.webhook.clone());
    let webhook = match webhooks.get(&key) {
        Some(Ok(webhook)) => webhook.as_ref(),
        Some(Err(error)) => return Err(DeliverError::Webhook(Arc::clone(error))),
        None => return Err(DeliverError::Unread),
    };
    match timeout_at(deadline, deliver(delivery, warned, deadline, webhook, message)).await {
        Ok(done) => done,
        Err(_) => Err(DeliverError::Deadline),
    }
}

/// A success waits to be recorded with others; everything else is settled already.
fn settle(index: usize, done: Result<Done, DeliverError>, gathered: &mut Gathered) -> (Fate, Option<Counted>) {
    match done {
        Ok(Done::Acknowledge(counted)) => (Fate::Acknowledged, counted),
        Ok(Done::ComesBack(counted)) => (Fate::ComesBack, counted),
        Ok(Done::FirstSuccess { record, counted }) => {
            gathered.add(index, *record);
            (Fate::ComesBack, Some(counted))
        }
        Err(error) => {
            tracing::error!("a delivery was not settled and will be received again: {}", chain(&error));
            (Fate::ComesBack, None)
        }
    }
}
