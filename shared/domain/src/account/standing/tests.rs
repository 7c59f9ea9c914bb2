use super::*;
use crate::testing;

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
        let mut webhook = testing::webhook("*", at(0));
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
