//! The audit trail: one line for each change, with who made it. `docs/operations/runbook.md` has the query that answers who changed what.
//!
//! A line names fields, never their values: a URL may hold a secret.

use shared::{domain::ids::AccountId, logging::AUDIT};

use crate::actor::Actor;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    WebhookCreate,
    WebhookUpdate,
    WebhookEnable,
    WebhookDisable,
    WebhookRotate,
    WebhookDelete,
    WebhookTest,
    DeliveryResend,
    RecoveryCreate,
    RecoveryPause,
    RecoveryResume,
    RecoveryCancel,
    AccountCreate,
    AccountUpdate,
    AccountSuspend,
    AccountActivate,
    AccountDelete,
    KeyCreate,
    KeyRevoke,
    SessionCreate,
    SessionEnd,
}

impl Action {
    fn as_str(self) -> &'static str {
        match self {
            Self::WebhookCreate => "webhook.create",
            Self::WebhookUpdate => "webhook.update",
            Self::WebhookEnable => "webhook.enable",
            Self::WebhookDisable => "webhook.disable",
            Self::WebhookRotate => "webhook.rotate",
            Self::WebhookDelete => "webhook.delete",
            Self::WebhookTest => "webhook.test",
            Self::DeliveryResend => "delivery.resend",
            Self::RecoveryCreate => "recovery.create",
            Self::RecoveryPause => "recovery.pause",
            Self::RecoveryResume => "recovery.resume",
            Self::RecoveryCancel => "recovery.cancel",
            Self::AccountCreate => "account.create",
            Self::AccountUpdate => "account.update",
            Self::AccountSuspend => "account.suspend",
            Self::AccountActivate => "account.activate",
            Self::AccountDelete => "account.delete",
            Self::KeyCreate => "key.create",
            Self::KeyRevoke => "key.revoke",
            Self::SessionCreate => "session.create",
            Self::SessionEnd => "session.end",
        }
    }
}

/// What a change was made to, by its ids.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Object<'a> {
    pub webhook: Option<&'a str>,
    pub delivery: Option<&'a str>,
    pub recovery: Option<&'a str>,
    pub key: Option<&'a str>,
    pub session: Option<&'a str>,
}

impl<'a> Object<'a> {
    /// The account itself.
    pub(crate) fn account() -> Self {
        Self::default()
    }

    pub(crate) fn webhook(id: &'a str) -> Self {
        Self { webhook: Some(id), ..Self::default() }
    }

    pub(crate) fn delivery(webhook: &'a str, id: &'a str) -> Self {
        Self { delivery: Some(id), ..Self::webhook(webhook) }
    }

    pub(crate) fn recovery(webhook: &'a str, id: &'a str) -> Self {
        Self { recovery: Some(id), ..Self::webhook(webhook) }
    }

    pub(crate) fn key(id: &'a str) -> Self {
        Self { key: Some(id), ..Self::default() }
    }

    pub(crate) fn session(id: &'a str) -> Self {
        Self { session: Some(id), ..Self::default() }
    }
}

/// Writes the line of a change that was made. `fields` are the names of what changed.
pub(crate) fn audit(actor: &Actor, account: &AccountId, action: Action, object: Object<'_>, fields: &[&str]) {
    let Object { webhook, delivery, recovery, key, session } = object;
    let fields = (!fields.is_empty()).then(|| fields.join(","));
    tracing::info!(
        target: AUDIT,
        {
            audit.action = action.as_str(),
            audit.actor = %actor.who,
            audit.fields = fields,
            account.id = %account,
            webhook.id = webhook,
            delivery.id = delivery,
            recovery.id = recovery,
            key.id = key,
            session.id = session,
            request.id = %actor.request_id,
        },
        "a change was made"
    );
}
