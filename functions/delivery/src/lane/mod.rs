//! The messages of one batch: every one is accounted for, and what is not proven done is reported as failed.

mod attempt;
mod gather;
mod message;
pub(crate) mod settled;

use std::{collections::HashMap, sync::Arc, time::Duration};

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsMessage};
use futures::future::join_all;
use shared::{
    ambient,
    domain::{
        delivery::admission::MANY_RECEIVES,
        ids::{AccountId, WebhookId},
        webhook::Webhook,
    },
    logging::chain,
    metrics::Count,
    store::StoreError,
};
use tokio::{
    task::JoinSet,
    time::{Instant, timeout_at},
};
use tracing::Instrument;

use self::{
    attempt::One,
    gather::Gathered,
    message::{Message, read, receives},
    settled::{Counted, Fate, Settled, Unsettled},
};
use crate::{
    Handler,
    standing::{counting::Counting, warning::Warned},
};

/// How long a message may take, from the batch's beginning: longer than any attempt with its bookkeeping. With what follows,
/// recording gathered successes and counting failures, it stays below the function's own timeout of 60 s.
const MESSAGE_DEADLINE: Duration = Duration::from_secs(42);

/// The webhooks of a batch, each read once.
type Webhooks = HashMap<(AccountId, WebhookId), Result<Option<Webhook>, Arc<StoreError>>>;

/// A message and its place in the batch.
type Placed<T> = (usize, T);

impl Handler {
    /// Processes a batch and names the messages that must come back.
    pub async fn handle_queue(&self, records: Vec<SqsMessage>) -> SqsBatchResponse {
        // Written down before anything can go wrong; without an id Lambda returns the whole batch, which is what must happen.
        let ids: Vec<String> = records.iter().map(|record| record.message_id.clone().unwrap_or_default()).collect();
        // Boxed: the future of a whole batch is too deep a type for the compiler otherwise.
        let fates = Box::pin(self.process(records)).await;
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
        let deadline = begun.checked_add(MESSAGE_DEADLINE).unwrap_or(begun);
        let mut fates = vec![Fate::ComesBack; records.len()];
        let mut messages = Vec::with_capacity(records.len());
        let mut poisoned = Vec::new();
        let now = ambient::now();
        for (index, record) in records.into_iter().enumerate() {
            self.notice(&record);
            match read(&self.queues, record, now) {
                Ok(message) => messages.push((index, message)),
                Err(poison) => poisoned.push((index, poison)),
            }
        }
        let rejected = poisoned.into_iter().map(|(index, poison)| async move { (index, self.reject(poison).await) });
        for (index, fate) in join_all(rejected).await {
            set(&mut fates, index, fate);
        }
        let webhooks = Arc::new(self.webhooks(&messages).await);
        self.settle_all(messages, &webhooks, deadline, &mut fates).await;
        fates
    }

    /// A message that is received again and again is poison, or its queue is throttled: an operator should look.
    fn notice(&self, record: &SqsMessage) {
        let receives = receives(record).unwrap_or_default();
        if receives > MANY_RECEIVES {
            self.metrics.count(Count::ManyReceives);
            let id = record.message_id.as_deref().unwrap_or_default();
            tracing::warn!(message.id = id, message.receives = receives, "a message was received {receives} times");
        }
    }

    /// Each webhook of the batch, read once and consistently: what it says may end a delivery.
    async fn webhooks(&self, messages: &[Placed<Message>]) -> Webhooks {
        let mut wanted: Vec<(AccountId, WebhookId)> =
            messages.iter().map(|(_, message)| (message.job.account.clone(), message.job.webhook.clone())).collect();
        wanted.sort();
        wanted.dedup();
        let found = self.store.these_webhooks(&wanted).await;
        wanted.into_iter().zip(found.into_iter().map(|found| found.map_err(Arc::new))).collect()
    }

    /// Each message in its own task with its own deadline, so that neither a panic nor a slow endpoint costs another message.
    async fn settle_all(
        &self,
        messages: Vec<Placed<Message>>,
        webhooks: &Arc<Webhooks>,
        deadline: Instant,
        fates: &mut [Fate],
    ) {
        let mut tasks = self.start_all(messages, webhooks, deadline);
        let mut gathered = Gathered::new(self.store.clone());
        let mut counting =
            Counting::new(self.clone(), webhooks.values().filter_map(|read| read.as_ref().ok()?.clone()));
        loop {
            tokio::select! {
                joined = tasks.join_next() => match joined {
                    None => break,
                    Some(Ok((index, settled))) => {
                        let (fate, counted) = settle(index, settled, &mut gathered);
                        set(fates, index, fate);
                        counting.add(counted);
                    }
                    // Its text could hold a payload; where it happened is logged by itself.
                    Some(Err(_)) => tracing::error!("a delivery panicked and will be received again"),
                },
                () = gathered.ripe() => gathered.flush(),
                () = counting.ripe() => counting.flush(),
            }
        }
        for (index, fate) in gathered.finish().await {
            set(fates, index, fate);
        }
        counting.finish().await;
    }

    fn start_all(
        &self,
        messages: Vec<Placed<Message>>,
        webhooks: &Arc<Webhooks>,
        deadline: Instant,
    ) -> JoinSet<Placed<Result<Settled, Unsettled>>> {
        let mut tasks = JoinSet::new();
        let warned = Arc::new(Warned::default());
        for (index, message) in messages {
            let (handler, webhooks, warned) = (self.clone(), Arc::clone(webhooks), Arc::clone(&warned));
            let (delivery, webhook) = (&message.job.delivery, &message.job.webhook);
            let span = tracing::info_span!("delivery", delivery.id = %delivery, webhook.id = %webhook);
            let work = async move { (index, handler.settle_in_time(&warned, &webhooks, deadline, message).await) };
            tasks.spawn(work.instrument(span));
        }
        tasks
    }

    async fn settle_in_time(
        &self,
        warned: &Warned,
        webhooks: &Webhooks,
        deadline: Instant,
        message: Message,
    ) -> Result<Settled, Unsettled> {
        let key = (message.job.account.clone(), message.job.webhook.clone());
        let webhook = match webhooks.get(&key) {
            Some(Ok(Some(webhook))) => webhook,
            // Its deliveries went with the webhook.
            Some(Ok(None)) => return Ok(Settled::Done { fate: Fate::Acknowledged, counted: None }),
            Some(Err(error)) => return Err(Unsettled::Webhook(Arc::clone(error))),
            None => return Err(Unsettled::Unread),
        };
        let unknown = || Unsettled::Profile { profile: message.job.profile.clone() };
        let profile = self.profiles.get(&message.job.profile).ok_or_else(unknown)?;
        let one = One { handler: self, warned, deadline, profile, webhook, message };
        timeout_at(deadline, one.settle()).await.unwrap_or(Err(Unsettled::Deadline))
    }
}

fn set(fates: &mut [Fate], index: usize, fate: Fate) {
    if let Some(slot) = fates.get_mut(index) {
        *slot = fate;
    }
}

/// A success waits to be recorded with others; everything else is settled already.
fn settle(index: usize, settled: Result<Settled, Unsettled>, gathered: &mut Gathered) -> (Fate, Option<Counted>) {
    match settled {
        Ok(Settled::Done { fate, counted }) => (fate, counted),
        Ok(Settled::FirstSuccess { record, counted }) => {
            gathered.add(index, *record);
            (Fate::ComesBack, Some(counted))
        }
        Err(error) => {
            tracing::error!("a delivery was not settled and will be received again: {}", chain(&error));
            (Fate::ComesBack, None)
        }
    }
}
