use serde::Serialize;
use shared::{
    domain::{
        account::{
            key::{ApiKey, Scope},
            limits::{Limit, Limits},
        },
        ids::{AccountId, ProfileName},
        time,
    },
    store::accounts::AccountRecord,
};

use crate::actions::keys::CreatedKey;

/// An account.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountView<'a> {
    account: &'a AccountId,
    profile: &'a ProfileName,
    name: Option<&'a str>,
    status: &'static str,
    limits: LimitsView,
    /// How many it has.
    webhooks: usize,
    created_at: String,
}

/// The limits in force.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LimitsView {
    webhooks: u32,
    events_per_second: u32,
    requests_per_second: u32,
    tests_per_minute: u32,
}

impl LimitsView {
    fn of(limits: &Limits) -> Self {
        Self {
            webhooks: limits.get(Limit::Webhooks),
            events_per_second: limits.get(Limit::EventsPerSecond),
            requests_per_second: limits.get(Limit::RequestsPerSecond),
            tests_per_minute: limits.get(Limit::TestsPerMinute),
        }
    }
}

impl<'a> AccountView<'a> {
    pub(crate) fn of(record: &'a AccountRecord) -> Self {
        let AccountRecord { account, created_at, standing } = record;
        Self {
            account: &account.id,
            profile: &account.profile,
            name: standing.name.as_deref(),
            status: standing.status.as_str(),
            limits: LimitsView::of(&standing.limits),
            webhooks: account.routes.len(),
            created_at: time::whole_seconds(*created_at),
        }
    }
}

/// An account whose deletion has begun.
#[derive(Debug, Serialize)]
pub(crate) struct DeletingView<'a> {
    account: &'a AccountId,
    status: &'static str,
}

impl<'a> DeletingView<'a> {
    pub(crate) fn of(account: &'a AccountId) -> Self {
        Self { account, status: "deleting" }
    }
}

/// A key of an account.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyView<'a> {
    id: String,
    name: Option<&'a str>,
    scopes: Vec<&'static str>,
    created_at: String,
    expires_at: Option<String>,
    /// Only at creation.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
}

impl<'a> KeyView<'a> {
    /// Without the key itself.
    pub(crate) fn of(key: &'a ApiKey) -> Self {
        Self {
            id: key.id(),
            name: key.name.as_deref(),
            scopes: key.scopes.iter().map(Scope::as_str).collect(),
            created_at: time::whole_seconds(key.created_at),
            expires_at: key.expires_at.map(time::whole_seconds),
            key: None,
        }
    }

    /// With the key, which is shown at no other time.
    pub(crate) fn created(created: &'a CreatedKey) -> Self {
        Self { key: Some(created.secret.reveal()), ..Self::of(&created.key) }
    }
}

/// What is left of a key after it was revoked.
#[derive(Debug, Serialize)]
pub(crate) struct DeletedKeyView<'a> {
    id: &'a str,
    deleted: bool,
}

impl<'a> DeletedKeyView<'a> {
    pub(crate) fn of(id: &'a str) -> Self {
        Self { id, deleted: true }
    }
}
