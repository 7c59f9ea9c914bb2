//! Attempts counted soon after they are settled: a neighbour that hangs must not delay what they mean.

use std::{collections::HashMap, sync::Arc, time::Duration};

use shared::domain::{
    ids::WebhookId,
    profile::Profile,
    webhook::{
        Webhook,
        standing::{Outcome, Rotation, Tally},
    },
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};

use super::update::{Moment, Tallied, Updated, update};
use crate::{Handler, lane::settled::Counted};

/// How long an attempt may wait to be counted with others.
const WAIT: Duration = Duration::from_millis(250);

/// How long counting may take after the last message is settled: what is left of the function's time.
const FINISH: Duration = Duration::from_secs(6);

/// The webhooks of a batch, and what is still to be counted. Of each webhook one update at a time is under way, so that within the batch
/// a success is never overtaken by an earlier failure.
pub(crate) struct Counting {
    handler: Arc<Handler>,
    webhooks: HashMap<WebhookId, Entry>,
    updates: JoinSet<(WebhookId, Updated)>,
}

struct Entry {
    /// As it was last read or written.
    webhook: Arc<Webhook>,
    profile: &'static Profile,
    /// Not counted yet.
    waiting: Tally,
    /// The whole batch's, which decides the health.
    whole: Tally,
    since: Option<Instant>,
    is_updating: bool,
}

impl Counting {
    pub(crate) fn new(handler: Arc<Handler>) -> Self {
        Self { handler, webhooks: HashMap::new(), updates: JoinSet::new() }
    }

    /// Takes note of an attempt to a webhook as it was read with the batch.
    pub(crate) fn add(&mut self, counted: Counted) {
        let Counted { webhook, profile, weight, attempt, verdict, created_at, gave_up } = counted;
        let entry = self.webhooks.entry(webhook.id.clone()).or_insert_with(|| Entry {
            webhook: Arc::clone(&webhook),
            profile,
            waiting: Tally::default(),
            whole: Tally::default(),
            since: None,
            is_updating: false,
        });
        let is_explained = webhook.secrets.explain_rejections(attempt.at);
        let rotation = if is_explained { Rotation::UnderWay } else { Rotation::None };
        let outcome = Outcome { weight, attempt: &attempt, verdict: &verdict, created_at, gave_up };
        for tally in [&mut entry.waiting, &mut entry.whole] {
            tally.add(&outcome, webhook.standing.enabled_at, rotation);
        }
        entry.since.get_or_insert_with(Instant::now);
    }

    /// Ends when something has waited long enough; never while nothing waits.
    pub(crate) async fn ripe(&mut self) {
        loop {
            let idle = self.webhooks.values().filter(|entry| !entry.is_updating);
            let first = idle.filter_map(|entry| entry.since?.checked_add(WAIT)).min();
            tokio::select! {
                Some(joined) = self.updates.join_next() => self.settle(joined),
                () = at(first) => return,
            }
        }
    }

    /// Starts counting what waits.
    pub(crate) fn flush(&mut self) {
        let waiting = self.webhooks.values_mut().filter(|entry| entry.since.is_some() && !entry.is_updating);
        for entry in waiting {
            start(&mut self.updates, &self.handler, entry, Moment::During);
        }
    }

    /// Counts the rest, as far as there is time: the deliveries must be acknowledged all the same.
    pub(crate) async fn finish(mut self) {
        let counting = async {
            while let Some(joined) = self.updates.join_next().await {
                self.settle(joined);
            }
            for entry in self.webhooks.values_mut() {
                start(&mut self.updates, &self.handler, entry, Moment::AtTheEnd);
            }
            while let Some(joined) = self.updates.join_next().await {
                self.settle(joined);
            }
        };
        if timeout(FINISH, counting).await.is_err() {
            tracing::error!("some webhooks' failures were not counted within {} s", FINISH.as_secs());
        }
    }

    fn settle(&mut self, joined: Result<(WebhookId, Updated), tokio::task::JoinError>) {
        let Ok((id, updated)) = joined else {
            return tracing::error!("counting attempts panicked; what was under way is not counted");
        };
        match (updated, self.webhooks.get_mut(&id)) {
            (Updated::Is(webhook), Some(entry)) => {
                entry.webhook = webhook;
                entry.is_updating = false;
            }
            (Updated::Unknown, Some(entry)) => entry.is_updating = false,
            // Whatever else comes of this batch no longer counts.
            (Updated::Over, _) => drop(self.webhooks.remove(&id)),
            (_, None) => {}
        }
    }
}

/// Starts an update, unless nothing would be written.
fn start(updates: &mut JoinSet<(WebhookId, Updated)>, handler: &Arc<Handler>, entry: &mut Entry, moment: Moment) {
    entry.since = None;
    let (waiting, whole) = (std::mem::take(&mut entry.waiting), entry.whole.clone());
    let count = Tallied { webhook: Arc::clone(&entry.webhook), profile: entry.profile, waiting, whole, moment };
    if count.changes_nothing() {
        return;
    }
    entry.is_updating = true;
    let (handler, id) = (Arc::clone(handler), entry.webhook.id.clone());
    updates.spawn(async move { (id, update(&handler, &count).await) });
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}
