//! What an operator says of an account: its name, whether it is in use, and what it may use.

use jiff::Timestamp;

use super::{
    super::{
        time,
        webhook::{Webhook, settings::Change, standing::WANTED_WITHIN},
    },
    limits::{Limit, Limits},
    status::AccountStatus,
};

/// What an operator says of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountStanding {
    pub name: Option<String>,
    pub status: AccountStatus,
    pub limits: Limits,
    /// When its last suspension ended, and intake knew of it.
    pub resumed_at: Option<Timestamp>,
    /// Counts the changes, so that none is made from what is no longer there.
    pub version: u32,
}

/// What an operator changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StandingPatch {
    pub name: Change<String>,
    pub usage: Option<Usage>,
    /// Limits that are chosen, or put back to their defaults.
    pub limits: Vec<(Limit, Option<u32>)>,
}

/// Whether an operator wants an account to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    Active,
    Suspended,
}

/// The account is being deleted, so that nothing about it can be changed any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IsDeleting;

impl AccountStanding {
    /// The standing after a change. Suspending again does not move the time of the suspension.
    pub fn changed(self, patch: StandingPatch, now: Timestamp) -> Result<Self, IsDeleting> {
        let (status, resumed_at) = match (self.status, patch.usage) {
            (AccountStatus::Deleting { .. }, _) => return Err(IsDeleting),
            (AccountStatus::Active, Some(Usage::Suspended)) => {
                (AccountStatus::Suspended { since: now }, self.resumed_at)
            }
            (AccountStatus::Suspended { .. }, Some(Usage::Active)) => {
                (AccountStatus::Active, Some(time::after(now, WANTED_WITHIN)))
            }
            (status, _) => (status, self.resumed_at),
        };
        let name = match patch.name {
            Change::Keep => self.name,
            Change::Clear => None,
            Change::Set(name) => Some(name),
        };
        let limits = patch.limits.into_iter().fold(self.limits, |limits, (limit, value)| limits.with(limit, value));
        Ok(Self { name, status, limits, resumed_at, version: self.version.saturating_add(1) })
    }

    /// The standing of an account whose deletion begins now. `None` if it began before.
    pub fn deleted(self, now: Timestamp) -> Option<Self> {
        match self.status {
            AccountStatus::Deleting { .. } => None,
            AccountStatus::Active | AccountStatus::Suspended { .. } => {
                let status = AccountStatus::Deleting { since: now };
                Some(Self { status, version: self.version.saturating_add(1), ..self })
            }
        }
    }

    /// Since when the webhook has got every event that it wants: during a suspension it gets none.
    pub fn wants_since(&self, webhook: &Webhook, now: Timestamp) -> Timestamp {
        let resumed_at = match self.status {
            AccountStatus::Active => self.resumed_at,
            AccountStatus::Suspended { .. } | AccountStatus::Deleting { .. } => Some(now),
        };
        webhook.standing.wants_since.max(resumed_at.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
