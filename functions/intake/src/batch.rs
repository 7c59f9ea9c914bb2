//! The records of one batch: every one is accounted for, and what is not proven done is reported as failed.
//!
//! Events are judged each on its own, but stored and sent together: ten new events of one batch take one request to store, and one to
//! fan out.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures::{FutureExt, future::join_all};
use shared::{
    ambient,
    clients::Clients,
    config::Config,
    domain::{
        delivery::Lane,
        event::{Event, Message, Rejection},
        id::AccountId,
        profile::Profiles,
    },
    logging::chain,
    metrics::{Count, Metrics},
    queue::{Outgoing, Queues, SOURCE_ID_ATTRIBUTE, Unsent, encode},
    store::{Store, StoreError, TOGETHER, Written, accounts::Account, events::MAX_INSERTS},
};

use tokio::time::timeout;

use crate::intake::{Admitted, IntakeError, Plan, Received, admit, plan};

/// Shorter than the function's own timeout of 30 s: what is not done by then is received again, and recognised.
const BATCH_DEADLINE: Duration = Duration::from_secs(25);

/// The intake function's clients and rules, built once.
#[derive(Debug)]
pub struct Intake {
    pub(crate) store: Store,
    pub(crate) queues: Queues,
    pub(crate) profiles: Profiles,
    pub(crate) metrics: Metrics,
}

/// One event has so long to be judged and stored, so that a slow call for one leaves time to send what the others ask for.
const JUDGE_DEADLINE: Duration = Duration::from_secs(6);

/// Events are stored together up to so many bytes.
const INSERT_BYTES: usize = 1 << 20;

/// So many deliveries are sent before the events they complete are confirmed.
const SEND_AT_ONCE: usize = 40;

/// Which records are done: everything they ask for is stored and queued. It outlives the batch's deadline.
struct Done(Vec<AtomicBool>);

impl Done {
    fn none_of(records: usize) -> Self {
        Self(std::iter::repeat_with(AtomicBool::default).take(records).collect())
    }

    fn set(&self, index: usize) {
        if let Some(done) = self.0.get(index) {
            done.store(true, Ordering::Relaxed);
        }
    }

    fn is(&self, index: usize) -> bool {
        self.0.get(index).is_some_and(|done| done.load(Ordering::Relaxed))
    }
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
            metrics: Metrics::of(config.stack.as_deref()),
        }
    }

    /// Processes a batch and names the messages that must come back.
    pub async fn handle(&self, event: SqsEvent) -> SqsBatchResponse {
        let records: Vec<Received> = event.records.into_iter().map(received).collect();
        let done = Done::none_of(records.len());
        // Boxed: the future of a whole batch is too deep a type for the compiler otherwise.
        if timeout(BATCH_DEADLINE, Box::pin(self.process(&records, &done))).await.is_err() {
            tracing::error!(
                "a batch took longer than {} s; what is not done of it will be received again",
                BATCH_DEADLINE.as_secs()
            );
        }
        self.metrics.flush(ambient::now());
        failures(&records, &done)
    }

    async fn process(&self, records: &[Received], done: &Done) {
        let messages: Vec<_> = records.iter().map(parsed).collect();
        let named = messages.iter().flatten().flatten();
        let accounts = self.accounts(named.map(|message| message.account.clone()).collect()).await;
        let admitted: Vec<_> = records
            .iter()
            .zip(messages)
            .map(|(record, message)| logged(admitted(self, &accounts, record, message?)))
            .collect();
        // A panic costs its own record only, here too: each event is then stored by itself.
        let inserting = AssertUnwindSafe(self.insert(records, &admitted)).catch_unwind();
        let inserted = inserting.await.unwrap_or_else(|_| vec![Written::Lost; records.len()]);
        let judged = records.iter().zip(admitted).zip(inserted).enumerate().map(
            |(index, ((record, admitted), inserted))| async move {
                let planning = timeout(JUDGE_DEADLINE, plan(self, record, admitted?, inserted));
                // A panic costs its own record only.
                let planned = AssertUnwindSafe(planning).catch_unwind().await;
                let plan =
                    logged(planned.unwrap_or(Ok(Err(IntakeError::Panic))).unwrap_or(Err(IntakeError::Deadline)))?;
                if plan.deliveries.is_empty() {
                    done.set(index);
                }
                Some(plan)
            },
        );
        let plans = join_all(judged).await;
        self.send_all(plans, done).await;
    }

    /// Stores the new events of a batch in one request. Those that it did not store, for whatever reason, are stored one by one.
    async fn insert(&self, records: &[Received], admitted: &[Option<Admitted<'_>>]) -> Vec<Written> {
        let mut inserted = vec![Written::Lost; records.len()];
        let together = together(admitted);
        if together.len() < 2 {
            return inserted;
        }
        let source = |index: usize| records.get(index).map_or("", |record| record.source_id.as_str());
        let events: Vec<_> = together.iter().map(|(index, event)| (*event, source(*index))).collect();
        match timeout(TOGETHER, self.store.insert_events(&events)).await {
            Ok(Ok(answers)) => {
                for ((index, _), answer) in together.iter().zip(answers) {
                    if let Some(slot) = inserted.get_mut(*index) {
                        *slot = answer;
                    }
                }
            }
            Ok(Err(error)) => {
                tracing::warn!("events could not be stored together, each is now stored by itself: {}", chain(&error));
            }
            Err(_) => tracing::warn!(
                "storing events together took over {} s, each is now stored by itself",
                TOGETHER.as_secs()
            ),
        }
        inserted
    }

    /// Each account of the batch, read once.
    async fn accounts(&self, mut ids: Vec<AccountId>) -> Accounts {
        ids.sort();
        ids.dedup();
        let answers = self.store.these_accounts(&ids).await;
        ids.into_iter().zip(answers).collect()
    }

    /// Sends what all events fan out to, some at a time; an event is done when all of its deliveries are in their queue.
    async fn send_all(&self, plans: Vec<Option<Plan>>, done: &Done) {
        let deliveries = |plan: Option<Plan>| plan.unwrap_or_default().deliveries;
        let plans: Vec<_> = plans.into_iter().map(deliveries).collect();
        let mut left: Vec<usize> = plans.iter().map(Vec::len).collect();
        let owned = plans.into_iter().enumerate();
        let owned: Vec<Owned> = owned
            .flat_map(|(owner, plan)| plan.into_iter().map(move |(lane, outgoing)| Owned { owner, lane, outgoing }))
            .collect();
        for some in owned.chunks(SEND_AT_ONCE) {
            for owner in self.send(some).await {
                let Some(left) = left.get_mut(owner) else { continue };
                *left = left.saturating_sub(1);
                if *left == 0 {
                    done.set(owner);
                }
            }
        }
    }

    /// Sends some deliveries, each to its lane, and returns the owners of those that are settled.
    async fn send(&self, some: &[Owned]) -> Vec<usize> {
        let sends = [Lane::First, Lane::Retry].map(|lane| async move {
            let of_lane: Vec<&Owned> = some.iter().filter(|owned| owned.lane == lane).collect();
            let outgoing: Vec<&Outgoing> = of_lane.iter().map(|owned| &owned.outgoing).collect();
            let answers = self.queues.send(lane, &outgoing).await;
            let settled = of_lane.into_iter().zip(answers).map(|(owned, answer)| async move {
                let is_settled = match answer {
                    Ok(()) => true,
                    Err(error) => self.unsent(&owned.outgoing, &error).await,
                };
                is_settled.then_some(owned.owner)
            });
            join_all(settled).await
        });
        join_all(sends).await.into_iter().flatten().flatten().collect()
    }

    /// A delivery SQS will never take is kept for the operator; any other comes back with its event. Says whether it is settled.
    async fn unsent(&self, delivery: &Outgoing, error: &Unsent) -> bool {
        let job = &delivery.job;
        tracing::error!(event.id = %job.event_id, webhook.id = %job.webhook, "a delivery could not be queued: {}", chain(error));
        let reason = format!("UNSENDABLE: {error}");
        if !error.is_final() {
            return false;
        }
        let ids = encode(job, &delivery.body).attribute;
        let is_kept = self.queues.reject(&delivery.body, Some(&ids), &reason).await.is_ok();
        if is_kept {
            self.metrics.count(Count::RejectedEvents);
        }
        is_kept
    }
}

/// A delivery, and the record it belongs to.
struct Owned {
    owner: usize,
    lane: Lane,
    outgoing: Outgoing,
}

/// What a record says. `None` if reading it panicked, which costs this record only.
fn parsed(record: &Received) -> Option<Result<Message<'_>, Rejection>> {
    let parsed = catch_unwind(AssertUnwindSafe(|| Message::parse(&record.body)));
    parsed.inspect_err(|_| tracing::error!(message.id = %record.message_id, "reading a message panicked")).ok()
}

/// What a message turned out to be; a panic costs this record only.
fn admitted<'a>(
    intake: &Intake,
    accounts: &'a Accounts,
    record: &Received,
    message: Result<Message<'_>, Rejection>,
) -> Result<Admitted<'a>, IntakeError> {
    let admitted = catch_unwind(AssertUnwindSafe(|| admit(intake, accounts, record, message)));
    admitted.unwrap_or(Err(IntakeError::Panic))
}

/// The events that one request can store, with their places in the batch: each id once, within the limits.
fn together<'a>(admitted: &'a [Option<Admitted<'_>>]) -> Vec<(usize, &'a Event)> {
    let (mut seen, mut bytes) = (BTreeSet::new(), 0usize);
    let events = admitted.iter().enumerate().filter_map(|(index, admitted)| match admitted {
        Some(Admitted::Event { event, .. }) => Some((index, event)),
        Some(Admitted::Rejected(_)) | None => None,
    });
    let events = events.filter(|(_, event)| seen.insert((&event.account, &event.id)));
    let fitting = events.take_while(|(_, event)| {
        bytes = bytes.saturating_add(event.body.len());
        bytes <= INSERT_BYTES
    });
    fitting.take(MAX_INSERTS).collect()
}

fn logged<T>(result: Result<T, IntakeError>) -> Option<T> {
    result
        .inspect_err(|error| {
            tracing::error!("an event was not processed and will be received again: {}", chain(error));
        })
        .ok()
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
fn failures(records: &[Received], done: &Done) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    for (_, record) in records.iter().enumerate().filter(|(index, _)| !done.is(*index)) {
        let mut failure = BatchItemFailure::default();
        failure.item_identifier.clone_from(&record.message_id);
        response.batch_item_failures.push(failure);
    }
    response
}
