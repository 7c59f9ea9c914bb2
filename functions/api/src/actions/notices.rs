//! What recoveries must know at once. Each gets a tick, and looks at what changed.

use shared::{
    domain::{account::Account, delivery::recovery::Recovery, webhook::Webhook},
    logging::chain,
    queue::Tick,
};

use crate::Api;

/// Has the recovery under way, if there is one, look at what changed of its webhook.
pub(crate) async fn notice(api: &Api, webhook: &Webhook) {
    if let Some(recovery) = &webhook.standing.recovery {
        let (account, webhook) = (webhook.account.clone(), webhook.id.clone());
        send(api, Tick { account, webhook, recovery: recovery.clone(), version: None }).await;
    }
}

/// The same for each webhook of an account: whether the account is in use has changed.
pub(crate) async fn notice_all(api: &Api, account: &Account) {
    match api.store.webhooks(&account.id, None, account.routes.len()).await {
        Ok(page) => {
            // At most five have a recovery.
            for webhook in &page.webhooks {
                notice(api, webhook).await;
            }
        }
        Err(error) => {
            tracing::warn!(account.id = %account.id, "its recoveries learn late of a change: {}", chain(&error));
        }
    }
}

pub(crate) async fn wake(api: &Api, recovery: &Recovery) {
    let Recovery { id, account, webhook, version, .. } = recovery;
    let (account, webhook) = (account.clone(), webhook.clone());
    send(api, Tick { account, webhook, recovery: id.clone(), version: Some(*version) }).await;
}

/// If this fails, the schedule has the recovery go on.
async fn send(api: &Api, tick: Tick) {
    if let Err(error) = api.queues.send_tick(&tick, 0).await {
        tracing::warn!(recovery.id = %tick.recovery, "a recovery begins late: {}", chain(&error));
    }
}
