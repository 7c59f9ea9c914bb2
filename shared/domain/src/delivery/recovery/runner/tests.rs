use super::{
    super::{Counts, Include, Names, Permit, Plan, SliceOutcomes, spacing::per_second},
    *,
};
use crate::{
    account::status::AccountStatus,
    ids::{AccountId, DeliveryId, ProfileName, RecoveryId, WebhookId},
    testing,
    webhook::standing::{Disabled, Health},
};

mod holds;

const MINUTE: Duration = Duration::from_mins(1);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn plan(include: &[Include]) -> Plan {
    Plan {
        include: include.to_vec(),
        since: at(-86_400),
        until: at(0),
        events: None,
        rate: 100,
        wants_since: at(-86_400),
    }
}

fn recovery() -> Recovery {
    let names = Names {
        id: RecoveryId::parse("rec_1").unwrap(),
        account: AccountId::parse("acme").unwrap(),
        profile: ProfileName::parse("standard").unwrap(),
        webhook: WebhookId::parse("wh_1").unwrap(),
    };
    Recovery::new(names, plan(&[Include::Failed]), 1_000, at(0))
}

fn webhook() -> Webhook {
    testing::webhook("*", at(-100))
}

fn disabled() -> Webhook {
    let mut webhook = webhook();
    webhook.standing.disabled = Some(Disabled { at: at(0), reason: "why".to_owned() });
    webhook
}

fn place(number: u32) -> Cursor {
    Cursor::Records { after: DeliveryId::parse(&format!("dlv_{number:04}")).ok() }
}

/// Sends what the step says, as the shell does.
fn send(recovery: &mut Recovery, step: Step, now: Timestamp) -> u32 {
    let Step::Send { limit, spacing } = step else { panic!("{step:?}") };
    let number = recovery.take_slice();
    recovery.queued(limit, spacing, place(number), None, now);
    limit
}

fn settle(recovery: &mut Recovery, succeeded: u32, failed: u32) {
    recovery.slices.last_mut().unwrap().outcomes = SliceOutcomes { succeeded, failed, passed: 0 };
}

#[test]
fn a_tick_is_lost_when_it_is_half_a_minute_late_and_at_once_if_it_was_taken() {
    let mut recovery = recovery();
    for (is_taken, now, is_overdue) in [(false, 30, false), (false, 31, true), (true, 0, false), (true, 1, true)] {
        recovery.is_taken = is_taken;
        assert_eq!(recovery.is_overdue(at(now)), is_overdue, "{is_taken} {now}");
    }
    recovery.cancel("it was cancelled", at(0));
    assert!(!recovery.is_overdue(at(9_999)), "nothing more comes");
}

#[test]
fn slices_grow_while_half_of_them_succeeds_and_shrink_else() {
    let (mut recovery, webhook) = (recovery(), webhook());
    let mut sizes = Vec::new();
    for (second, share) in [(1, 100), (2, 50), (3, 100), (4, 49), (9, 0), (14, 100)] {
        let step = recovery.assess(Some(&webhook), AccountStatus::Active, MINUTE, at(second));
        let sent = send(&mut recovery, step, at(second));
        sizes.push(sent);
        let succeeded = sent * share / 100;
        // One success at least, so that the endpoint does not count as failing.
        settle(&mut recovery, succeeded.max(1), sent - succeeded.max(1));
    }
    assert_eq!(sizes, [10, 20, 40, 80, 40, 20]);
}

#[test]
fn a_slice_waits_for_the_outcomes_of_half_of_the_one_before() {
    let (mut recovery, webhook) = (recovery(), webhook());
    let step = recovery.assess(Some(&webhook), AccountStatus::Active, MINUTE, at(0));
    send(&mut recovery, step, at(0));
    settle(&mut recovery, 4, 0);
    assert_eq!(recovery.assess(Some(&webhook), AccountStatus::Active, MINUTE, at(1)), Step::Wait(SOON));
    settle(&mut recovery, 5, 0);
    assert_eq!(
        recovery.assess(Some(&webhook), AccountStatus::Active, MINUTE, at(2)),
        Step::Send { limit: 20, spacing: per_second(100) }
    );
}

#[test]
fn a_slice_whose_outcomes_were_lost_is_waited_for_half_a_minute() {
    for (succeeded, now, step) in [
        (2, 30, Step::Wait(SOON)),
        (2, 31, Step::Send { limit: 5, spacing: per_second(100) }),
        (0, 31, Step::Send { limit: 5, spacing: per_second(100) }),
        (5, 1, Step::Send { limit: 20, spacing: per_second(100) }),
    ] {
        let (mut recovery, webhook) = (recovery(), webhook());
        let first = recovery.assess(Some(&webhook), AccountStatus::Active, MINUTE, at(0));
        send(&mut recovery, first, at(0));
        settle(&mut recovery, succeeded, 0);
        assert_eq!(
            recovery.assess(Some(&webhook), AccountStatus::Active, MINUTE, at(now)),
            step,
            "{succeeded} at {now}"
        );
    }
}

#[test]
fn a_slice_without_a_success_holds_and_one_success_ends_that() {
    let (mut recovery, webhook) = (recovery(), webhook());
    let step = recovery.assess(Some(&webhook), AccountStatus::Active, MINUTE, at(0));
    send(&mut recovery, step, at(0));
    settle(&mut recovery, 0, 10);
    assert_eq!(recovery.assess(Some(&webhook), AccountStatus::Active, MINUTE, at(1)), Step::Wait(MINUTE));
    assert_eq!((recovery.status, recovery.hold), (RecoveryStatus::Held, Some(Hold::Failing)));
    assert_eq!(recovery.assess(Some(&webhook), AccountStatus::Active, MINUTE, at(31)), Step::Wait(MINUTE / 2));
    // One new delivery a minute.
    for minute in [61, 122] {
        let step = recovery.assess(Some(&webhook), AccountStatus::Active, MINUTE, at(minute));
        assert_eq!(step, Step::Send { limit: 1, spacing: per_second(100) });
        send(&mut recovery, step, at(minute));
        settle(&mut recovery, 0, 1);
        assert!(matches!(
            recovery.assess(Some(&webhook), AccountStatus::Active, MINUTE, at(minute + 1)),
            Step::Wait(_)
        ));
    }
    let step = recovery.assess(Some(&webhook), AccountStatus::Active, MINUTE, at(183));
    send(&mut recovery, step, at(183));
    settle(&mut recovery, 1, 0);
    assert_eq!(
        recovery.assess(Some(&webhook), AccountStatus::Active, MINUTE, at(184)),
        Step::Send { limit: 10, spacing: per_second(100) }
    );
    assert_eq!((recovery.status, recovery.hold), (RecoveryStatus::Running, None));
}

#[test]
fn a_410_holds_once_and_is_not_probed_faster_for_another() {
    let (mut recovery, webhook) = (recovery(), webhook());
    let step = recovery.assess(Some(&webhook), AccountStatus::Active, MINUTE, at(0));
    send(&mut recovery, step, at(0));
    settle(&mut recovery, 3, 1);
    recovery.signals.gone = 1;
    assert_eq!(recovery.assess(Some(&webhook), AccountStatus::Active, MINUTE, at(1)), Step::Wait(MINUTE));
    assert_eq!((recovery.hold, recovery.counts.queued), (Some(Hold::Gone), 4));
    assert_eq!(recovery.cursor, Cursor::Records { after: None }, "six of the slice are searched for again");
    let step = recovery.assess(Some(&webhook), AccountStatus::Active, MINUTE, at(61));
    send(&mut recovery, step, at(61));
    settle(&mut recovery, 0, 1);
    recovery.signals.gone = 2;
    assert!(
        matches!(recovery.assess(Some(&webhook), AccountStatus::Active, MINUTE, at(62)), Step::Wait(wait) if wait > MINUTE / 2)
    );
}

#[test]
fn never_more_than_two_minutes_worth_is_without_an_outcome() {
    let (mut recovery, webhook) = (recovery(), webhook());
    recovery.plan.rate = 1;
    recovery.size = 1_000;
    let step = recovery.assess(Some(&webhook), AccountStatus::Active, MINUTE, at(0));
    assert_eq!(step, Step::Send { limit: 120, spacing: per_second(1) });
    send(&mut recovery, step, at(0));
    settle(&mut recovery, 60, 0);
    assert_eq!(
        recovery.assess(Some(&webhook), AccountStatus::Active, MINUTE, at(60)),
        Step::Send { limit: 60, spacing: per_second(1) }
    );
}

#[test]
fn a_slow_endpoint_gets_ten_a_second_at_most() {
    let mut webhook = webhook();
    webhook.standing.pulse.health = Health::Slow;
    assert_eq!(
        recovery().assess(Some(&webhook), AccountStatus::Active, MINUTE, at(0)),
        Step::Send { limit: 10, spacing: per_second(10) }
    );
}

#[test]
fn the_pace_goes_on_from_slice_to_slice() {
    let at_ms = |ms| time::after(at(0), Duration::from_millis(ms));
    let mut recovery = recovery();
    recovery.take_slice();
    recovery.queued(250, per_second(100), place(1), None, at(0));
    assert_eq!(recovery.due(0, per_second(100), at(0)), at_ms(2_500), "the first of the next slice");
    assert_eq!(recovery.due(150, per_second(100), at(0)), at_ms(4_000));
    assert_eq!(recovery.due(0, per_second(100), at(60)), at(60), "a pace that was not kept is not made up for");
    assert_eq!(recovery.wait_after_slice(at(0)), SOON);
    recovery.queued(1_000, per_second(100), place(2), None, at(0));
    assert_eq!(recovery.wait_after_slice(at(0)), Duration::from_millis(9_500));
}

#[test]
fn it_finishes_with_the_last_outcome_or_half_an_hour_after_it_was_due() {
    for (succeeded, now, finished) in [(9, 60, false), (10, 60, true), (9, 1_800, false), (9, 1_802, true)] {
        let (mut recovery, webhook) = (recovery(), webhook());
        let step = recovery.assess(Some(&webhook), AccountStatus::Active, MINUTE, at(0));
        send(&mut recovery, step, at(0));
        recovery.cursor = Cursor::End;
        settle(&mut recovery, succeeded, 0);
        let step = recovery.assess(Some(&webhook), AccountStatus::Active, MINUTE, at(now));
        assert_eq!(step == Step::End, finished, "{succeeded} at {now}");
        let status = if finished { RecoveryStatus::Finished } else { RecoveryStatus::Draining };
        assert_eq!(recovery.status, status, "{succeeded} at {now}");
    }
}

#[test]
fn a_pause_voids_what_is_queued_and_ends_after_a_week() {
    let mut recovery = recovery();
    let step = recovery.assess(Some(&webhook()), AccountStatus::Active, MINUTE, at(0));
    send(&mut recovery, step, at(0));
    settle(&mut recovery, 3, 1);
    recovery.pause(at(1));
    assert_eq!((recovery.permit(), recovery.counts.queued), (Permit::Closed, 4));
    assert!(matches!(recovery.assess(Some(&webhook()), AccountStatus::Active, MINUTE, at(2)), Step::Wait(_)));
    let mut resumed = recovery.clone();
    resumed.resume();
    assert_eq!(
        resumed.assess(Some(&webhook()), AccountStatus::Active, MINUTE, at(3)),
        Step::Send { limit: 10, spacing: per_second(100) }
    );
    assert_eq!(resumed.permit(), Permit::Open { valid_from: 2, include: vec![Include::Failed] });
    assert_eq!(recovery.assess(Some(&webhook()), AccountStatus::Active, MINUTE, at(7 * 86_400 + 1)), Step::End);
    assert_eq!(recovery.status, RecoveryStatus::Cancelled);
}

#[test]
fn a_deleted_webhook_cancels() {
    let mut recovery = recovery();
    assert_eq!(recovery.assess(None, AccountStatus::Active, MINUTE, at(0)), Step::End);
    assert_eq!(recovery.status, RecoveryStatus::Cancelled);
    assert_eq!(recovery.permit(), Permit::Closed);
}

#[test]
fn a_recovery_is_over_before_its_item_expires() {
    let mut recovery = recovery();
    assert!(matches!(
        recovery.assess(Some(&disabled()), AccountStatus::Active, MINUTE, at(29 * 86_400)),
        Step::Wait(_)
    ));
    assert_eq!(recovery.assess(Some(&disabled()), AccountStatus::Active, MINUTE, at(29 * 86_400 + 1)), Step::End);
    assert_eq!(recovery.status, RecoveryStatus::Cancelled);
}

#[test]
fn records_are_searched_once_more_only_when_all_have_an_outcome() {
    let (mut recovery, webhook) = (recovery(), webhook());
    let step = recovery.assess(Some(&webhook), AccountStatus::Active, MINUTE, at(0));
    send(&mut recovery, step, at(0));
    recovery.cursor = Cursor::Again { after: None };
    settle(&mut recovery, 9, 0);
    assert_eq!(recovery.assess(Some(&webhook), AccountStatus::Active, MINUTE, at(1)), Step::Wait(SOON));
    settle(&mut recovery, 10, 0);
    assert!(matches!(recovery.assess(Some(&webhook), AccountStatus::Active, MINUTE, at(2)), Step::Send { .. }));
}

#[test]
fn progress_is_the_share_of_what_has_an_outcome() {
    let mut recovery = recovery();
    assert_eq!(recovery.progress().to_string(), "0");
    recovery.counts = Counts { estimated: 1_000, queued: 250, ..Counts::default() };
    assert_eq!(recovery.progress().to_string(), "0.25");
    recovery.counts.queued = 2_000;
    assert_eq!(recovery.progress().to_string(), "0.99");
    recovery.status = RecoveryStatus::Finished;
    assert_eq!(recovery.progress().to_string(), "1");
}
