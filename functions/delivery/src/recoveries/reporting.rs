//! What recoveries learn of a batch, summed up soon after it happened: a neighbour that hangs must not delay it.

use std::{collections::HashMap, sync::Arc, time::Duration};

use shared::{
    domain::{
        delivery::recovery::{
            Recovery, RecoveryStatus,
            news::{Digest, News},
        },
        ids::{RecoveryId, WebhookId},
    },
    logging::chain,
    queue::Tick,
    store::{StoreError, busy::again_if_busy},
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};

use crate::Handler;

/// How long something may wait to be reported with others.
const WAIT: Duration = Duration::from_millis(500);

/// How long reporting may take after the last message is settled.
const FINISH: Duration = Duration::from_secs(6);

/// What is still to be reported, and the reports under way.
pub(crate) struct Reporting {
    handler: Arc<Handler>,
    waiting: HashMap<(WebhookId, RecoveryId), Digest>,
    since: Option<Instant>,
    reports: JoinSet<()>,
}

impl Reporting {
    pub(crate) fn new(handler: Arc<Handler>) -> Self {
        Self { handler, waiting: HashMap::new(), since: None, reports: JoinSet::new() }
    }

    pub(crate) fn add(&mut self, news: Option<News>) {
        let Some(News { webhook, recovery, what }) = news else { return };
        self.waiting.entry((webhook, recovery)).or_default().add(what);
        self.since.get_or_insert_with(Instant::now);
    }

    /// Ends when something has waited long enough; never while nothing waits.
    pub(crate) async fn ripe(&self) {
        match self.since.and_then(|since| since.checked_add(WAIT)) {
            Some(at) => sleep_until(at).await,
            None => std::future::pending().await,
        }
    }

    /// Starts reporting what waits, one request for each recovery.
    pub(crate) fn flush(&mut self) {
        self.since = None;
        for ((webhook, recovery), digest) in self.waiting.drain() {
            let handler = Arc::clone(&self.handler);
            self.reports.spawn(async move { handler.report_digest(&webhook, &recovery, &digest).await });
        }
    }

    /// Reports the rest, as far as there is time: a count that is lost ends with its slice's time.
    pub(crate) async fn finish(mut self) {
        self.flush();
        let reporting = async { while self.reports.join_next().await.is_some() {} };
        if timeout(FINISH, reporting).await.is_err() {
            tracing::error!("some outcomes of recoveries were not counted within {} s", FINISH.as_secs());
        }
    }
}

impl Handler {
    async fn report_digest(&self, webhook: &WebhookId, recovery: &RecoveryId, digest: &Digest) {
        if let Err(error) = self.try_report(webhook, recovery, digest).await {
            tracing::error!(recovery.id = %recovery, "outcomes of a recovery could not be counted: {}", chain(&error));
        }
    }

    async fn try_report(&self, webhook: &WebhookId, recovery: &RecoveryId, digest: &Digest) -> Result<(), StoreError> {
        let added = again_if_busy(|| self.store.add_news(webhook, recovery, digest)).await?;
        let Some(now) = added else { return Ok(()) };
        if digest.is_urgent(now.status == RecoveryStatus::Held) {
            self.nudge(&now).await;
        }
        Ok(())
    }

    /// Has a recovery look at once. If that fails, its own next tick comes.
    async fn nudge(&self, recovery: &Recovery) {
        let Recovery { id, account, webhook, .. } = recovery;
        let tick = Tick { account: account.clone(), webhook: webhook.clone(), recovery: id.clone(), version: None };
        if let Err(error) = self.queues.send_tick(&tick, 0).await {
            tracing::warn!(recovery.id = %id, "a recovery could not be told at once: {}", chain(&error));
        }
    }
}
