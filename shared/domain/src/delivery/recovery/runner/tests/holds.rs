use super::*;

/// A recovery that is held because none of its first slice succeeded.
fn held() -> Recovery {
    let mut recovery = recovery();
    let step = recovery.assess(Some(&webhook()), AccountStatus::Active, MINUTE, at(0));
    send(&mut recovery, step, at(0));
    settle(&mut recovery, 0, 10);
    assert_eq!(recovery.assess(Some(&webhook()), AccountStatus::Active, MINUTE, at(1)), Step::Wait(MINUTE));
    recovery
}

/// The same with a probe that has no outcome.
fn probing() -> Recovery {
    let mut recovery = held();
    let step = recovery.assess(Some(&webhook()), AccountStatus::Active, MINUTE, at(61));
    send(&mut recovery, step, at(61));
    recovery
}

#[test]
fn with_nothing_left_a_failing_recovery_ends_and_is_not_held() {
    for (is_last, step, status) in
        [(true, Step::End, RecoveryStatus::Finished), (false, Step::Wait(MINUTE), RecoveryStatus::Held)]
    {
        for gone in [0, 1] {
            let mut recovery = recovery();
            let first = recovery.assess(Some(&webhook()), AccountStatus::Active, MINUTE, at(0));
            send(&mut recovery, first, at(0));
            settle(&mut recovery, 0, 10);
            recovery.signals.gone = gone;
            if is_last {
                recovery.cursor = Cursor::End;
            }
            assert_eq!(recovery.assess(Some(&webhook()), AccountStatus::Active, MINUTE, at(1)), step, "{gone} gone");
            assert_eq!(recovery.status, status, "{gone} gone");
        }
    }
}

#[test]
fn a_failing_endpoint_holds_while_messages_are_queued() {
    let mut recovery = recovery();
    let first = recovery.assess(Some(&webhook()), AccountStatus::Active, MINUTE, at(0));
    send(&mut recovery, first, at(0));
    settle(&mut recovery, 1, 4);
    recovery.signals.gone = 1;
    recovery.cursor = Cursor::End;
    assert_eq!(recovery.assess(Some(&webhook()), AccountStatus::Active, MINUTE, at(1)), Step::Wait(MINUTE));
    assert_eq!(recovery.cursor, Cursor::Records { after: None }, "what has no outcome is searched for again");
}

#[test]
fn a_held_recovery_ends_with_the_outcome_of_its_last_probe() {
    let mut recovery = probing();
    recovery.cursor = Cursor::End;
    assert_eq!(recovery.assess(Some(&webhook()), AccountStatus::Active, MINUTE, at(62)), Step::Wait(SOON));
    settle(&mut recovery, 0, 1);
    assert_eq!(recovery.assess(Some(&webhook()), AccountStatus::Active, MINUTE, at(63)), Step::End);
    assert_eq!((recovery.status, recovery.hold), (RecoveryStatus::Finished, None));
}

#[test]
fn a_retry_that_succeeds_ends_a_hold_at_once() {
    for mut recovery in [held(), probing()] {
        recovery.signals.delivered = 1;
        assert_eq!(
            recovery.assess(Some(&webhook()), AccountStatus::Active, MINUTE, at(62)),
            Step::Send { limit: 10, spacing: per_second(100) }
        );
        assert_eq!((recovery.status, recovery.hold), (RecoveryStatus::Running, None));
    }
}

#[test]
fn a_probe_whose_outcome_was_lost_is_waited_for_half_a_minute() {
    let due_at = probing().slices.last().unwrap().due_at;
    for (after, step) in [
        (Duration::from_secs(30), Step::Wait(SOON)),
        (Duration::from_secs(31), Step::Wait(Duration::from_secs(29))),
        (Duration::from_mins(1), Step::Send { limit: 1, spacing: per_second(100) }),
    ] {
        assert_eq!(
            probing().assess(Some(&webhook()), AccountStatus::Active, MINUTE, time::after(due_at, after)),
            step,
            "{after:?}"
        );
    }
}

#[test]
fn a_disabled_webhook_holds_and_voids_what_is_queued_until_it_is_enabled() {
    let mut recovery = recovery();
    let step = recovery.assess(Some(&webhook()), AccountStatus::Active, MINUTE, at(0));
    send(&mut recovery, step, at(0));
    settle(&mut recovery, 4, 0);
    assert_eq!(recovery.assess(Some(&disabled()), AccountStatus::Active, MINUTE, at(1)), Step::Wait(WHILE_DISABLED));
    assert_eq!((recovery.status, recovery.permit()), (RecoveryStatus::Held, Permit::Closed));
    assert_eq!((recovery.counts.queued, recovery.valid_from), (4, 2));
    assert_eq!(
        recovery.assess(Some(&webhook()), AccountStatus::Active, MINUTE, at(2)),
        Step::Send { limit: 10, spacing: per_second(100) }
    );
    assert_eq!(recovery.cursor, Cursor::Records { after: None });
}

#[test]
fn a_suspended_account_holds_and_a_deleted_one_cancels() {
    let mut recovery = recovery();
    let suspended = AccountStatus::Suspended { since: at(0) };
    assert_eq!(recovery.assess(Some(&webhook()), suspended, MINUTE, at(1)), Step::Wait(WHILE_DISABLED));
    assert_eq!((recovery.status, recovery.hold), (RecoveryStatus::Held, Some(Hold::Suspended)));
    let step = recovery.assess(Some(&webhook()), AccountStatus::Active, MINUTE, at(2));
    assert_eq!(step, Step::Send { limit: 10, spacing: per_second(100) });
    let deleting = AccountStatus::Deleting { since: at(3) };
    assert_eq!(recovery.assess(Some(&webhook()), deleting, MINUTE, at(3)), Step::End);
}

#[test]
fn dropped_messages_are_searched_for_again() {
    let mut recovery = recovery();
    let step = recovery.assess(Some(&webhook()), AccountStatus::Active, MINUTE, at(0));
    send(&mut recovery, step, at(0));
    settle(&mut recovery, 5, 0);
    recovery.signals.dropped = 5;
    assert!(matches!(recovery.assess(Some(&webhook()), AccountStatus::Active, MINUTE, at(1)), Step::Send { .. }));
    assert_eq!((recovery.counts.queued, recovery.cursor.clone()), (5, Cursor::Records { after: None }));
}
