//! What the messages of a batch need to know: read once, and consistently, before they are settled.

use std::{collections::HashMap, sync::Arc};

use shared::{
    domain::{
        account::status::AccountStatus,
        delivery::{job::Job, recovery::Permit, round::Round},
        ids::{AccountId, RecoveryId, WebhookId},
        webhook::Webhook,
    },
    store::StoreError,
};

use super::settled::Unsettled;

/// The webhooks of a batch, each read once.
pub(super) type Webhooks = HashMap<(AccountId, WebhookId), Result<Option<Arc<Webhook>>, Arc<StoreError>>>;

/// Whether the accounts of a batch are in use, each read once. `None`: there is no such account.
pub(super) type Accounts = HashMap<AccountId, Result<Option<AccountStatus>, Arc<StoreError>>>;

/// What the recoveries of a batch's messages allow, each read once.
pub(super) type Permits = HashMap<(WebhookId, RecoveryId), Result<Permit, Arc<StoreError>>>;

/// What the messages of a batch need to know.
#[derive(Debug)]
pub(super) struct Surroundings {
    pub webhooks: Webhooks,
    pub accounts: Accounts,
    pub permits: Permits,
}

impl Surroundings {
    /// The webhook of a message, and whether its account is in use. `None` if one of them is gone.
    pub(super) fn webhook(&self, job: &Job) -> Result<Option<(Arc<Webhook>, AccountStatus)>, Unsettled> {
        let status = match self.accounts.get(&job.account) {
            Some(Ok(None | Some(AccountStatus::Deleting { .. }))) => return Ok(None),
            Some(Ok(Some(status))) => *status,
            Some(Err(error)) => return Err(Unsettled::Account(Arc::clone(error))),
            None => return Err(Unsettled::Unread),
        };
        match self.webhooks.get(&(job.account.clone(), job.webhook.clone())) {
            Some(Ok(webhook)) => Ok(webhook.as_ref().map(|webhook| (Arc::clone(webhook), status))),
            Some(Err(error)) => Err(Unsettled::Webhook(Arc::clone(error))),
            None => Err(Unsettled::Unread),
        }
    }

    /// The webhook of a message, if it was read and found.
    pub(super) fn found(&self, job: &Job) -> Option<&Arc<Webhook>> {
        self.webhooks.get(&(job.account.clone(), job.webhook.clone()))?.as_ref().ok()?.as_ref()
    }

    /// What the recovery of a message allows. A message that belongs to none needs no permit.
    pub(super) fn permit(&self, job: &Job) -> Result<Permit, Unsettled> {
        let Some(recovery) = job.round.as_ref().and_then(Round::recovery) else { return Ok(Permit::Closed) };
        match self.permits.get(&(job.webhook.clone(), recovery.clone())) {
            Some(Ok(permit)) => Ok(permit.clone()),
            Some(Err(error)) => Err(Unsettled::Recovery(Arc::clone(error))),
            None => Err(Unsettled::Unread),
        }
    }
}
