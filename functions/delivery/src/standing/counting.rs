//! Attempts counted soon after they are settled: a neighbour that hangs must not delay what they mean.

use std::{collections::HashMap, time::Duration};

use shared::domain::{ids::WebhookId, webhook::Webhook};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};

use super::update::update_all;
use crate::{Handler, lane::settled::Counted};

/// How long an attempt may wait to be counted with others.
const COUNT: Duration = Duration::from_millis(250);

/// How long counting may take after the last message is settled: what is left of the function's time.
const FINISH: Duration = Duration::from_secs(6);

/// Attempts to be counted, and the update under way: one at a time, so that a success is never overtaken by an earlier failure.
pub(crate) struct Counting {
    handler: Handler,
    /// As they were last read or written.
    webhooks: HashMap<WebhookId, Webhook>,
    waiting: Vec<Counted>,
    since: Option<Instant>,
    update: JoinSet<Vec<Webhook>>,
}

impl Counting {
    pub(crate) fn new(handler: Handler, webhooks: impl Iterator<Item = Webhook>) -> Self {
        let webhooks = webhooks.map(|webhook| (webhook.id.clone(), webhook)).collect();
        Self { handler, webhooks, waiting: Vec::new(), since: None, update: JoinSet::new() }
    }

    pub(crate) fn add(&mut self, counted: Option<Counted>) {
        if let Some(counted) = counted {
            self.waiting.push(counted);
            self.since.get_or_insert_with(Instant::now);
        }
    }

    /// Ends when what waits has waited long enough and no update is under way; never while nothing waits.
    pub(crate) async fn ripe(&mut self) {
        let Some(at) = self.since.and_then(|since| since.checked_add(COUNT)) else {
            return std::future::pending().await;
        };
        sleep_until(at).await;
        self.join().await;
    }

    /// Starts counting what waits.
    pub(crate) fn flush(&mut self) {
        self.since = None;
        let waiting = std::mem::take(&mut self.waiting);
        let (handler, webhooks) = (self.handler.clone(), self.webhooks.clone());
        self.update.spawn(async move { update_all(&handler, &webhooks, waiting).await });
    }

    /// Counts the rest, as far as there is time: the deliveries must be acknowledged all the same.
    pub(crate) async fn finish(mut self) {
        let counting = async {
            self.join().await;
            let waiting = std::mem::take(&mut self.waiting);
            update_all(&self.handler, &self.webhooks, waiting).await;
        };
        if timeout(FINISH, counting).await.is_err() {
            tracing::error!("some webhooks' failures were not counted within {} s", FINISH.as_secs());
        }
    }

    async fn join(&mut self) {
        while let Some(updated) = self.update.join_next().await {
            match updated {
                Ok(webhooks) => {
                    self.webhooks.extend(webhooks.into_iter().map(|webhook| (webhook.id.clone(), webhook)));
                }
                Err(_) => tracing::error!("counting attempts panicked; what was under way is not counted"),
            }
        }
    }
}
