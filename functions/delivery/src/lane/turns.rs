//! The turns of a batch's attempts to webhooks with a rate limit: those of one webhook are asked for together.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        ids::WebhookId,
        operations::webhook::Happening,
        profile::Profile,
        time,
        webhook::{
            Webhook,
            pace::{Asker, Pace, RateLimit, Turn},
        },
    },
    logging::chain,
    store::{
        StoreError,
        pace::{PaceWritten, ReadPace},
    },
};
use tokio::{
    sync::{OnceCell, mpsc, oneshot},
    time::{sleep, timeout},
};

use crate::Handler;

/// How long the first attempt of a webhook waits for the batch's others, so that they are asked for with one write.
const GATHER: Duration = Duration::from_millis(100);

/// How many times a pace is written that other executions change in the meantime.
const TRIES: u64 = 4;

/// The most that is waited before each further try, in milliseconds for each try made.
const PAUSE_MS: u64 = 20;

/// The most that those wait in addition who lost to other executions each time, in milliseconds, so that they do not meet again.
const BUSY_SPREAD_MS: u64 = 4_000;

/// How soon an attempt asks again whose turn could not be decided, or was missed.
pub(super) const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// What an attempt asks, and where its turn is told.
struct Ask {
    asker: Asker,
    reply: oneshot::Sender<Turn>,
}

/// A delivery's right to ask for one turn. Its desk waits until every ticket is used or dropped.
#[derive(Debug)]
pub(super) struct Ticket {
    pub limit: RateLimit,
    asks: Mutex<Option<mpsc::Sender<Ask>>>,
    pub given: OnceCell<Turn>,
}

impl Ticket {
    /// The turn, the same whenever it is asked for.
    pub(super) async fn turn(&self, asker: Asker) -> Turn {
        *self.given.get_or_init(|| self.ask(asker)).await
    }

    async fn ask(&self, asker: Asker) -> Turn {
        let later = || Turn::Later(time::after(ambient::now(), AGAIN_AFTER));
        let asks = self.asks.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(asks) = asks else { return later() };
        let (reply, turn) = oneshot::channel();
        if asks.send(Ask { asker, reply }).await.is_err() {
            return later();
        }
        drop(asks);
        turn.await.unwrap_or_else(|_| later())
    }
}

/// The desks of a batch, one for each webhook with a rate limit.
#[derive(Default)]
pub(super) struct Desks(HashMap<WebhookId, mpsc::Sender<Ask>>);

impl Desks {
    /// A ticket for a delivery to this webhook. `None`: it has no rate limit.
    pub(super) fn ticket(
        &mut self,
        handler: &Arc<Handler>,
        profile: &'static Profile,
        webhook: &Arc<Webhook>,
    ) -> Option<Ticket> {
        let limit = webhook.settings.rate_limit?;
        let desk = self.0.entry(webhook.id.clone()).or_insert_with(|| {
            let (asks, asked) = mpsc::channel(1);
            let desk = Desk { handler: Arc::clone(handler), profile, webhook: Arc::clone(webhook), limit };
            tokio::spawn(desk.serve(asked));
            asks
        });
        Some(Ticket { limit, asks: Mutex::new(Some(desk.clone())), given: OnceCell::new() })
    }
}

/// Where turns of one webhook are given.
struct Desk {
    handler: Arc<Handler>,
    profile: &'static Profile,
    webhook: Arc<Webhook>,
    limit: RateLimit,
}

impl Desk {
    /// Gives turns until every ticket is used or dropped.
    async fn serve(self, mut asked: mpsc::Receiver<Ask>) {
        while let Some(first) = asked.recv().await {
            let mut asks = vec![first];
            // Ends at once when nobody is left who could ask.
            let _ = timeout(GATHER, async {
                while let Some(ask) = asked.recv().await {
                    asks.push(ask);
                }
            })
            .await;
            let askers: Vec<Asker> = asks.iter().map(|ask| ask.asker).collect();
            let turns = Box::pin(self.reserve(&askers)).await.unwrap_or_else(|error| {
                let (id, cause) = (&self.webhook.id, chain(&error));
                tracing::warn!(webhook.id = %id, "attempts under a rate limit ask again, as their turns are not known: {cause}");
                vec![Turn::Later(time::after(ambient::now(), AGAIN_AFTER)); asks.len()]
            });
            for (ask, turn) in asks.into_iter().zip(turns) {
                // A delivery that no longer waits needs no turn.
                let _ = ask.reply.send(turn);
            }
        }
    }

    /// Reserves turns, by compare and swap. It costs a read, and a write if anything changes.
    async fn reserve(&self, askers: &[Asker]) -> Result<Vec<Turn>, StoreError> {
        let Webhook { account, id, .. } = &*self.webhook;
        let mut read = self.handler.store.pace(account, id).await?;
        for tries in 1..=TRIES {
            let now = ambient::now();
            let (pace, turns) = read.pace.reserve(self.limit, askers, now);
            if pace == read.pace {
                return Ok(turns);
            }
            match self.write(read, pace, now).await? {
                PaceWritten::Yes => return Ok(turns),
                PaceWritten::Lost(found) => read = found,
            }
            let [random] = ambient::random();
            sleep(Duration::from_millis(tries.saturating_mul(PAUSE_MS).saturating_mul(u64::from(random)) / 256)).await;
        }
        tracing::debug!(webhook.id = %id, "too many executions ask for turns; these ask again");
        let [random] = ambient::random();
        let spread = Duration::from_millis(u64::from(random).saturating_mul(BUSY_SPREAD_MS) / 256);
        let again = time::after(ambient::now(), AGAIN_AFTER.saturating_add(spread));
        Ok(vec![Turn::Later(again); askers.len()])
    }

    /// Writes a pace. The first time that the webhook is far behind, somebody is told.
    async fn write(&self, read: ReadPace, pace: Pace, now: Timestamp) -> Result<PaceWritten, StoreError> {
        let (store, Webhook { account, id, .. }) = (&self.handler.store, &*self.webhook);
        let until = pace.behind_until(now).filter(|_| pace.fell_behind(&read.pace));
        let throttled = until.map(|until| Happening::Throttled { until });
        let rule = &self.profile.disable;
        let note = throttled.and_then(|what| self.handler.operations.webhook(&self.webhook, rule, what, None, now));
        let Some(note) = note else { return store.write_pace(account, id, read, pace, now).await };
        let written = store.write_told_pace(account, id, read, pace, &note, now).await?;
        if written == PaceWritten::Yes {
            self.handler.queues.announce(&[note], now).await;
        }
        Ok(written)
    }
}
