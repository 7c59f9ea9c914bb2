//! The records of one batch: every one is accounted for, and what is not proven done is reported as failed.
//!
//! Events are judged and stored each on its own, but sent together: ten events of one batch fan out in one request.

use std::{collections::BTreeMap, panic::AssertUnwindSafe, time::Duration};

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures::{FutureExt, future::join_all};
use shared::{
    ambient,
    clients::Clients,
    config::Config,
    domain::{delivery::Lane, event::Message, id::AccountId, profile::Profiles},
    logging::chain,
    queue::{Outgoing, Queues, SOURCE_ID_ATTRIBUTE, Unsent, encode},
    store::{Store, StoreError, accounts::Account},
};

use tokio::time::timeout;

use crate::intake::{Plan, Received, judge};

/// Shorter than the function's own timeout of 30 s: what is not done by then is received again, and recognised.
const BATCH_DEADLINE: Duration = Duration::from_secs(25);

/// The intake function's clients and rules, built once.
#[derive(Debug)]
pub struct Intake {
    pub(crate) store: Store,
    pub(crate) queues: Queues,
    pub(crate) profiles: Profiles,
}

/// What became of one record.
#[derive(Debug)]
enum Progress {
    Done,
    Planned(Plan),
    /// To be received again.
    Failed,
}

/// The accounts of a batch, each read once.
pub(crate) type Accounts = BTreeMap<AccountId, Result<Option<Account>, StoreError>>;

impl Intake {
    #[must_use]
    pub fn new(config: &Config, clients: &Clients) -> Self {
        Self {
            store: Store::new(clients.dynamodb.clone(), config.table.clone(), config.retention),
            queues: Queues::new(clients.sqs.clone(), config.queues.clone()),
            profiles: Profiles::built_in(),
        }
    }

    /// Processes a batch and names the messages that must come back.
    pub async fn handle(&self, event: SqsEvent) -> SqsBatchResponse {
        let records: Vec<Received> = event.records.into_iter().map(received).collect();
        let progress = timeout(BATCH_DEADLINE, self.process(&records)).await.unwrap_or_else(|_| {
            tracing::error!("a batch took longer than {} s and will be received again", BATCH_DEADLINE.as_secs());
            Vec::new()
        });
        failures(&records, &progress)
    }

    async fn process(&self, records: &[Received]) -> Vec<Progress> {
        let messages: Vec<_> = records.iter().map(|record| Message::parse(&record.body)).collect();
        let named = messages.iter().filter_map(|message| message.as_ref().ok());
        let accounts = self.accounts(named.map(|message| message.account.clone()).collect()).await;
        let judged = records.iter().zip(messages).map(|(record, message)| {
            let judging = judge(self, &accounts, record, message);
            // A panic costs its own record only.
            async { AssertUnwindSafe(judging).catch_unwind().await.map_or(Progress::Failed, progress) }
        });
        let mut progress = join_all(judged).await;
        self.send(&mut progress).await;
        progress
    }

    /// Each account of the batch, read once.
    async fn accounts(&self, mut ids: Vec<AccountId>) -> Accounts {
        ids.sort();
        ids.dedup();
        let reads = ids.iter().map(|id| self.store.account(id));
        let answers = join_all(reads).await;
        ids.into_iter().zip(answers).collect()
    }

    /// Sends what all planned records fan out to; a record is done when all of its deliveries are in their queue.
    async fn send(&self, progress: &mut [Progress]) {
        let mut lanes = [(Lane::First, Batch::default()), (Lane::Retry, Batch::default())];
        for (index, record) in progress.iter_mut().enumerate() {
            let Progress::Planned(plan) = record else { continue };
            for (lane, batch) in &mut lanes {
                let fan_out = plan.deliveries.extract_if(.., |(planned, _)| planned == lane);
                for (_, delivery) in fan_out {
                    batch.owners.push(index);
                    batch.deliveries.push(delivery);
                }
            }
            *record = Progress::Done;
        }
        let sends =
            lanes.iter().map(|(lane, batch)| async move { (batch, self.queues.send(*lane, &batch.deliveries).await) });
        for (batch, answers) in join_all(sends).await {
            for ((owner, delivery), answer) in batch.owners.iter().zip(&batch.deliveries).zip(answers) {
                let Err(error) = answer else { continue };
                // One unsent delivery brings the whole event back; another's final refusal must not hide that.
                if let (Progress::Failed, Some(record)) =
                    (self.unsent(delivery, &error).await, progress.get_mut(*owner))
                {
                    *record = Progress::Failed;
                }
            }
        }
    }

    /// A delivery SQS will never take is kept for the operator; any other comes back with its event.
    async fn unsent(&self, delivery: &Outgoing, error: &Unsent) -> Progress {
        let job = &delivery.job;
        tracing::error!(event.id = %job.event_id, webhook.id = %job.webhook, "a delivery could not be queued: {}", chain(error));
        if !error.is_final() {
            return Progress::Failed;
        }
        let reason = format!("UNSENDABLE: {error}");
        match self.queues.reject(&delivery.body, Some(&encode(job, &delivery.body).attribute), &reason).await {
            Ok(()) => Progress::Done,
            Err(_) => Progress::Failed,
        }
    }
}

/// Deliveries for one lane, and which record each belongs to.
#[derive(Default)]
struct Batch {
    owners: Vec<usize>,
    deliveries: Vec<Outgoing>,
}

fn progress(judged: Result<Plan, crate::intake::IntakeError>) -> Progress {
    match judged {
        Ok(plan) if plan.deliveries.is_empty() => Progress::Done,
        Ok(plan) => Progress::Planned(plan),
        Err(error) => {
            tracing::error!("an event was not processed and will be received again: {}", chain(&error));
            Progress::Failed
        }
    }
}

/// What a record says, with the attributes that matter here.
fn received(message: SqsMessage) -> Received {
    let attribute = |name: &str| message.message_attributes.get(name).and_then(|value| value.string_value.clone());
    let sent = message.attributes.get("SentTimestamp").and_then(|text| text.parse().ok());
    Received {
        source_id: attribute(SOURCE_ID_ATTRIBUTE).or_else(|| message.message_id.clone()).unwrap_or_default(),
        message_id: message.message_id.unwrap_or_default(),
        body: message.body.unwrap_or_default(),
        sent_at: sent.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok()).unwrap_or_else(ambient::now),
    }
}

/// A record without a message id yields an empty identifier: Lambda then returns the whole batch, which is what must happen.
fn failures(records: &[Received], progress: &[Progress]) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    for (index, record) in records.iter().enumerate() {
        if !matches!(progress.get(index), Some(Progress::Done)) {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier.clone_from(&record.message_id);
            response.batch_item_failures.push(failure);
        }
    }
    response
}
