//! The messages of one batch: every one is accounted for, and what is not proven done is reported as failed.

mod attempt;
mod gather;
pub(crate) mod message;
mod pressure;
mod round;
mod sending;
pub(crate) mod settled;
mod slot;
mod surroundings;
mod turns;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsMessage};
use futures::future::{join, join_all};
use shared::{
    ambient,
    domain::{
        account::standing::AccountStanding,
        delivery::recovery::{Permit, Recovery, news::News},
        ids::{AccountId, RecoveryId, WebhookId},
        webhook::Webhook,
    },
    logging::chain,
    queue::receives::notice_receives,
    store::StoreError,
};
use tokio::{
    task::JoinSet,
    time::{Instant, timeout_at},
};
use tracing::Instrument;

use self::{
    attempt::{One, done},
    gather::Gathered,
    message::{Message, TickMessage, Work, read, receives},
    settled::{Counted, Fate, Settled, Unsettled},
    surroundings::{Accounts, Permits, Surroundings, Webhooks},
    turns::{Desks, Ticket},
};
use crate::{
    Handler,
    recoveries::reporting::Reporting,
    standing::{counting::Counting, warning::Warned},
};

/// How long a message may take, from the batch's beginning: longer than any attempt with its bookkeeping. With what follows,
/// recording gathered successes and counting failures, it stays below the function's own timeout of 60 s.
const MESSAGE_DEADLINE: Duration = Duration::from_secs(42);

/// A message of a batch by its place.
type Place = usize;

/// What Lambda is to do with each message of a batch. Until it is proven done, a message comes back.
#[derive(Debug)]
struct Fates(Vec<(String, Fate)>);

impl Fates {
    /// Written down before anything can go wrong. Without an id Lambda returns the whole batch, which is what must happen.
    fn of(records: &[SqsMessage]) -> Self {
        let id = |record: &SqsMessage| record.message_id.clone().unwrap_or_default();
        Self(records.iter().map(|record| (id(record), Fate::ComesBack)).collect())
    }

    fn set(&mut self, place: Place, fate: Fate) {
        if let Some((_, slot)) = self.0.get_mut(place) {
            *slot = fate;
        }
    }

    fn response(self) -> SqsBatchResponse {
        let mut response = SqsBatchResponse::default();
        for (id, _) in self.0.into_iter().filter(|(_, fate)| *fate == Fate::ComesBack) {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            response.batch_item_failures.push(failure);
        }
        response
    }
}

impl Handler {
    /// Processes a batch and names the messages that must come back.
    pub async fn handle_queue(&self, records: Vec<SqsMessage>) -> SqsBatchResponse {
        let mut fates = Fates::of(&records);
        // Boxed: the future of a whole batch is too deep a type for the compiler otherwise.
        Box::pin(self.process(records, &mut fates)).await;
        fates.response()
    }

    async fn process(&self, records: Vec<SqsMessage>, fates: &mut Fates) {
        let (begun, now) = (Instant::now(), ambient::now());
        let deadline = begun.checked_add(MESSAGE_DEADLINE).unwrap_or(begun);
        let (mut messages, mut ticks, mut poisoned) = (Vec::with_capacity(records.len()), Vec::new(), Vec::new());
        for (place, record) in records.into_iter().enumerate() {
            notice_receives(&self.metrics, record.message_id.as_deref(), receives(&record));
            match read(&self.queues, record, now) {
                Ok(Work::Deliver(message)) => messages.push((place, message)),
                Ok(Work::Tick(tick)) => ticks.push((place, tick)),
                Err(poison) => poisoned.push((place, poison)),
            }
        }
        let rejected = poisoned.into_iter().map(|(place, poison)| async move { (place, self.reject(poison).await) });
        for (place, fate) in join_all(rejected).await {
            fates.set(place, fate);
        }
        let ((webhooks, accounts), permits) = join(self.webhooks(&messages), self.permits(&messages)).await;
        let surroundings = Arc::new(Surroundings { webhooks, accounts, permits });
        let ((), ticked) = join(self.settle_all(messages, surroundings, deadline, fates), self.run_ticks(ticks)).await;
        for (place, fate) in ticked {
            fates.set(place, fate);
        }
    }

    /// What each recovery of the batch allows, read once and consistently: a pause must hold at once.
    async fn permits(&self, messages: &[(Place, Message)]) -> Permits {
        let named = messages.iter().filter_map(|(_, message)| {
            let recovery = message.job.round.as_ref()?.recovery()?;
            Some((message.job.webhook.clone(), recovery.clone()))
        });
        let wanted: Vec<(WebhookId, RecoveryId)> = named.collect::<BTreeSet<_>>().into_iter().collect();
        let found = self.store.these_recoveries(&wanted).await;
        let permit = |found: Result<Option<Recovery>, StoreError>| {
            Ok(found.map_err(Arc::new)?.map_or(Permit::Closed, |recovery| recovery.permit()))
        };
        wanted.into_iter().zip(found.into_iter().map(permit)).collect()
    }

    /// Each recovery's turn in its own task: a panic costs that turn only, and the schedule takes it up.
    async fn run_ticks(&self, ticks: Vec<(Place, TickMessage)>) -> Vec<(Place, Fate)> {
        let run = |(place, tick): (Place, TickMessage)| {
            let handler = self.clone();
            let turn = tokio::spawn(async move { Box::pin(handler.tick(tick)).await });
            async move { (place, turn.await.unwrap_or(Fate::ComesBack)) }
        };
        join_all(ticks.into_iter().map(run)).await
    }

    /// Each webhook of the batch and the status of each account, read once and consistently: what they say may end a delivery.
    async fn webhooks(&self, messages: &[(Place, Message)]) -> (Webhooks, Accounts) {
        let named = messages.iter().map(|(_, message)| (message.job.account.clone(), message.job.webhook.clone()));
        let webhooks: Vec<(AccountId, WebhookId)> = named.collect::<BTreeSet<_>>().into_iter().collect();
        let named = webhooks.iter().map(|(account, _)| account.clone());
        let accounts: Vec<AccountId> = named.collect::<BTreeSet<_>>().into_iter().collect();
        let found = self.store.webhooks_and_standings(&webhooks, &accounts).await;
        let shared = |found: Result<Option<Webhook>, StoreError>| Ok(found.map_err(Arc::new)?.map(Arc::new));
        let status = |found: Result<Option<AccountStanding>, StoreError>| {
            Ok(found.map_err(Arc::new)?.map(|standing| standing.status))
        };
        (
            webhooks.into_iter().zip(found.webhooks.into_iter().map(shared)).collect(),
            accounts.into_iter().zip(found.standings.into_iter().map(status)).collect(),
        )
    }

    /// Each message in its own task with its own deadline, so that neither a panic nor a slow endpoint costs another message.
    async fn settle_all(
        &self,
        messages: Vec<(Place, Message)>,
        surroundings: Arc<Surroundings>,
        deadline: Instant,
        fates: &mut Fates,
    ) {
        let handler = Arc::new(self.clone());
        let mut tasks = start_all(&handler, messages, &surroundings, deadline);
        let mut gathered = Gathered::new(self.store.clone());
        let mut reporting = Reporting::new(Arc::clone(&handler));
        let mut counting = Counting::new(handler);
        loop {
            tokio::select! {
                joined = tasks.join_next() => match joined {
                    None => break,
                    Some(Ok((place, settled))) => {
                        let (fate, counted, news) = settle(place, settled, &mut gathered);
                        fates.set(place, fate);
                        reporting.add(news);
                        if let Some(counted) = counted {
                            counting.add(counted);
                        }
                    }
                    // Its text could hold a payload; where it happened is logged by itself.
                    Some(Err(_)) => tracing::error!("a delivery panicked and will be received again"),
                },
                () = gathered.ripe() => gathered.flush(),
                () = counting.ripe() => counting.flush(),
                () = reporting.ripe() => reporting.flush(),
            }
        }
        for (place, fate) in gathered.finish().await {
            fates.set(place, fate);
        }
        join(counting.finish(), reporting.finish()).await;
    }

    async fn settle_in_time(
        &self,
        warned: &Warned,
        surroundings: &Surroundings,
        deadline: Instant,
        ticket: Option<Ticket>,
        message: Message,
    ) -> Result<Settled, Unsettled> {
        // Its deliveries went with the webhook.
        let Some((webhook, account)) = surroundings.webhook(&message.job)? else { return Ok(done(Fate::Acknowledged)) };
        let unknown = || Unsettled::Profile { profile: message.job.profile.clone() };
        let profile = self.profiles.get(&message.job.profile).ok_or_else(unknown)?;
        let permit = surroundings.permit(&message.job)?;
        let one = One { handler: self, warned, deadline, profile, webhook, account, permit, ticket, message };
        timeout_at(deadline, one.settle()).await.unwrap_or(Err(Unsettled::Deadline))
    }
}

fn start_all(
    handler: &Arc<Handler>,
    messages: Vec<(Place, Message)>,
    surroundings: &Arc<Surroundings>,
    deadline: Instant,
) -> JoinSet<(Place, Result<Settled, Unsettled>)> {
    let mut tasks = JoinSet::new();
    let warned = Arc::new(Warned::default());
    let mut desks = Desks::default();
    for (place, message) in messages {
        let found = surroundings.found(&message.job).zip(handler.profiles.get(&message.job.profile));
        let ticket = found.and_then(|(webhook, profile)| desks.ticket(handler, profile, webhook));
        let (handler, surroundings, warned) = (Arc::clone(handler), Arc::clone(surroundings), Arc::clone(&warned));
        let (delivery, webhook) = (&message.job.delivery, &message.job.webhook);
        let span = tracing::info_span!("delivery", delivery.id = %delivery, webhook.id = %webhook);
        let work =
            async move { (place, handler.settle_in_time(&warned, &surroundings, deadline, ticket, message).await) };
        tasks.spawn(work.instrument(span));
    }
    tasks
}

/// A success waits to be recorded with others; everything else is settled already.
fn settle(
    place: Place,
    settled: Result<Settled, Unsettled>,
    gathered: &mut Gathered,
) -> (Fate, Option<Counted>, Option<News>) {
    match settled {
        Ok(Settled::Done { fate, counted, news }) => (fate, counted, news),
        Ok(Settled::FirstSuccess { record, counted }) => {
            gathered.add(place, *record);
            (Fate::ComesBack, Some(counted), None)
        }
        Err(error) => {
            tracing::error!("a delivery was not settled and will be received again: {}", chain(&error));
            (Fate::ComesBack, None, None)
        }
    }
}
