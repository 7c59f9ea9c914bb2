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
mod tests {
    use super::*;
    use crate::webhook::tests::webhook;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn standing(status: AccountStatus) -> AccountStanding {
        AccountStanding { status, ..AccountStanding::default() }
    }

    #[test]
    fn a_suspension_keeps_its_time_and_its_end_is_remembered() {
        let suspended = AccountStatus::Suspended { since: at(1) };
        let deleting = AccountStatus::Deleting { since: at(1) };
        for (before, usage, after) in [
            (AccountStatus::Active, None, Ok((AccountStatus::Active, None))),
            (AccountStatus::Active, Some(Usage::Active), Ok((AccountStatus::Active, None))),
            (AccountStatus::Active, Some(Usage::Suspended), Ok((AccountStatus::Suspended { since: at(9) }, None))),
            (suspended, Some(Usage::Suspended), Ok((suspended, None))),
            (suspended, None, Ok((suspended, None))),
            (suspended, Some(Usage::Active), Ok((AccountStatus::Active, Some(at(11))))),
            (deleting, Some(Usage::Active), Err(IsDeleting)),
            (deleting, None, Err(IsDeleting)),
        ] {
            let patch = StandingPatch { usage, ..StandingPatch::default() };
            let changed = standing(before).changed(patch, at(9)).map(|after| (after.status, after.resumed_at));
            assert_eq!(changed, after, "{before:?} {usage:?}");
        }
    }

    #[test]
    fn a_change_leaves_what_it_does_not_name() {
        let before = AccountStanding {
            name: Some("Acme".to_owned()),
            limits: Limits::default().with(Limit::Webhooks, Some(5)).with(Limit::TestsPerMinute, Some(6)),
            ..AccountStanding::default()
        };
        let patch = StandingPatch { limits: vec![(Limit::Webhooks, None)], ..StandingPatch::default() };
        let after = before.clone().changed(patch, at(9)).unwrap();
        assert_eq!(after.name, before.name);
        assert_eq!(after.limits, Limits::default().with(Limit::TestsPerMinute, Some(6)));
        let cleared = StandingPatch { name: Change::Clear, ..StandingPatch::default() };
        assert_eq!(before.changed(cleared, at(9)).unwrap().name, None);
    }

    #[test]
    fn every_change_counts_so_that_none_is_made_from_what_is_gone() {
        let before = AccountStanding { version: 7, ..AccountStanding::default() };
        let changed = before.clone().changed(StandingPatch::default(), at(9)).unwrap();
        let deleted = before.deleted(at(9)).unwrap();
        assert_eq!([changed.version, deleted.version], [8, 8]);
    }

    #[test]
    fn a_webhook_has_got_everything_since_its_last_change_and_the_last_suspension() {
        let suspended = AccountStatus::Suspended { since: at(3) };
        for (status, resumed_at, wants_since, since) in [
            (AccountStatus::Active, None, at(5), at(5)),
            (AccountStatus::Active, Some(at(4)), at(5), at(5)),
            (AccountStatus::Active, Some(at(6)), at(5), at(6)),
            (suspended, None, at(5), at(9)),
            (suspended, Some(at(2)), at(5), at(9)),
            (AccountStatus::Deleting { since: at(3) }, None, at(5), at(9)),
        ] {
            let mut webhook = webhook("*", None);
            webhook.standing.wants_since = wants_since;
            let found = AccountStanding { resumed_at, ..standing(status) }.wants_since(&webhook, at(9));
            assert_eq!(found, since, "{status:?} {resumed_at:?}");
        }
    }

    #[test]
    fn deleting_again_keeps_the_time_of_the_first() {
        let deleting = standing(AccountStatus::Suspended { since: at(1) }).deleted(at(2)).unwrap();
        assert_eq!(deleting.status, AccountStatus::Deleting { since: at(2) });
        assert_eq!(deleting.deleted(at(3)), None);
    }
}
