//! Recoveries whose tick got lost: each gets another one.

use futures::future::join_all;
use shared::{
    ambient,
    domain::ids::{RecoveryId, WebhookId},
    logging::chain,
    queue::Tick,
    store::{StoreError, recoveries::UnderWay},
};

use crate::Handler;

impl Handler {
    /// Sends a tick to each recovery that is overdue. What cannot be done now is done at the next run.
    pub(super) async fn wake_recoveries(&self) {
        let under_way = match self.store.recoveries_under_way().await {
            Ok(under_way) => under_way,
            Err(error) => {
                return tracing::error!("recoveries could not be read; the next run tries again: {}", chain(&error));
            }
        };
        let wanted: Vec<(WebhookId, RecoveryId)> =
            under_way.iter().map(|entry| (entry.webhook.clone(), entry.recovery.clone())).collect();
        let found = self.store.these_recoveries(&wanted).await;
        let now = ambient::now();
        let overdue = under_way.into_iter().zip(found).filter_map(|(entry, found)| match found {
            Ok(Some(recovery)) => recovery.is_overdue(now).then_some((entry, Some(recovery.version))),
            // Its webhook's account was erased, or it expired: the tick clears up.
            Ok(None) => Some((entry, None)),
            Err(error) => {
                log(&entry.recovery, &error);
                None
            }
        });
        join_all(overdue.map(|(entry, version)| self.wake(entry, version))).await;
    }

    async fn wake(&self, entry: UnderWay, version: Option<u32>) {
        let UnderWay { recovery, account, webhook } = entry;
        let tick = Tick { account, webhook, recovery, version };
        if let Err(error) = self.queues.send_tick(&tick, 0).await {
            let id = &tick.recovery;
            tracing::error!(recovery.id = %id, "a recovery could not be woken; the next run tries again: {}", chain(&error));
        }
    }
}

fn log(id: &RecoveryId, error: &StoreError) {
    tracing::error!(recovery.id = %id, "a recovery could not be read; the next run tries again: {}", chain(error));
}
