use super::{
    super::{
        super::round::Rounds,
        Stopped, Waiting,
        tests::{job, later, now, record, webhook},
    },
    *,
};
use crate::{
    account::status::AccountStatus,
    attempt::schedule::RetryScale,
    delivery::{job::Job, lane::Lane},
    ids::{MessageId, RecoveryId, ResendId},
    webhook::{Webhook, standing::Disabled},
};

fn resend(name: &str) -> Round {
    Round::Resend(ResendId::parse(name).unwrap())
}

fn replay(slice: u32) -> Round {
    Round::Replay { recovery: RecoveryId::parse("rec_1").unwrap(), slice }
}

/// Slices from 5 on, of deliveries that failed or never had a record.
fn open() -> Permit {
    Permit::Open { valid_from: 5, include: vec![Include::Failed, Include::Missing] }
}

fn decide(round: &Round, permit: &Permit, webhook: &Webhook, record: Option<&Delivery>) -> Admission {
    let me = MessageId::parse("mine").unwrap();
    let job = Job { round: Some(round.clone()), reason: Reason::Replay, ..job() };
    let received = Received { lane: Lane::Retry, me: &me, job: &job, webhook, account: AccountStatus::Active, permit };
    admit(&received, record, Waits::scaled(RetryScale::default()), now())
}

fn disabled() -> Webhook {
    let mut webhook = webhook();
    webhook.standing.disabled = Some(Disabled { at: now(), reason: "why".to_owned() });
    webhook
}

fn claimed(record: Delivery, round: &Round, number: u32, at: Timestamp) -> Delivery {
    let claim = Some(RoundClaim { round: round.clone(), number, at });
    Delivery { rounds: Rounds { claim, ..record.rounds }, ..record }
}

fn attempt(number: u32, reason: Reason, claim: Claim) -> Admission {
    Admission::Attempt { number, reason, claim }
}

fn pass(passed: Passed) -> Admission {
    Admission::Pass(passed)
}

#[test]
fn a_resend_attempts_whatever_is_finished_once_more() {
    let again = attempt(3, Reason::Resend, Claim::ForRound);
    for status in [Status::Delivered, Status::Failed, Status::Skipped] {
        for webhook in [webhook(), disabled()] {
            let record = record(status, 2, None, None);
            assert_eq!(decide(&resend("rsd_1"), &Permit::Closed, &webhook, Some(&record)), again, "{status:?}");
        }
    }
    assert_eq!(decide(&resend("rsd_1"), &Permit::Closed, &webhook(), None), pass(Passed::Void));
}

#[test]
fn a_resend_makes_a_retry_now_unless_it_is_due_soon() {
    let now_attempted = attempt(3, Reason::Resend, Claim::ForRound);
    for (owner, due, expected) in [
        (Some("other"), later(30), now_attempted),
        (None, later(7_200), now_attempted),
        (Some("other"), later(2), pass(Passed::Void)),
        (Some("other"), now(), pass(Passed::Void)),
    ] {
        let record = record(Status::Retrying, 2, owner, Some(due));
        assert_eq!(decide(&resend("rsd_1"), &Permit::Closed, &webhook(), Some(&record)), expected, "{owner:?} {due}");
    }
}

#[test]
fn a_replay_is_made_of_what_its_recovery_includes() {
    let again = attempt(3, Reason::Replay, Claim::ForRound);
    for (row, round, permit, webhook, record, expected) in [
        ("failed", replay(5), open(), webhook(), Some(record(Status::Failed, 2, None, None)), again),
        (
            "delivered since",
            replay(5),
            open(),
            webhook(),
            Some(record(Status::Delivered, 2, None, None)),
            pass(Passed::Over),
        ),
        (
            "retrying",
            replay(5),
            open(),
            webhook(),
            Some(record(Status::Retrying, 2, None, Some(later(60)))),
            pass(Passed::Over),
        ),
        ("missing", replay(6), open(), webhook(), None, attempt(1, Reason::Replay, Claim::ForRound)),
        ("void slice", replay(4), open(), webhook(), Some(record(Status::Failed, 2, None, None)), pass(Passed::Void)),
        (
            "paused",
            replay(5),
            Permit::Closed,
            webhook(),
            Some(record(Status::Failed, 2, None, None)),
            pass(Passed::Void),
        ),
        ("disabled", replay(5), open(), disabled(), Some(record(Status::Failed, 2, None, None)), pass(Passed::Dropped)),
    ] {
        assert_eq!(decide(&round, &permit, &webhook, record.as_ref()), expected, "{row}");
    }
}

#[test]
fn a_first_attempt_that_was_released_still_counts_as_missing() {
    let released = Delivery { reason: Reason::Replay, ..record(Status::Skipped, 0, None, None) };
    let expected = attempt(1, Reason::Replay, Claim::ForRound);
    assert_eq!(decide(&replay(5), &open(), &webhook(), Some(&released)), expected);
}

#[test]
fn an_open_claim_lets_its_own_message_go_on_and_keeps_others_away_for_an_hour() {
    let long_ago = time::before(now(), Duration::from_secs(3_601));
    let failed = |owner| record(Status::Failed, 2, Some(owner), None);
    for (row, record, round, expected) in [
        ("mine", claimed(failed("mine"), &replay(5), 3, now()), replay(5), attempt(3, Reason::Replay, Claim::Held)),
        ("my twin's", claimed(failed("twin"), &replay(5), 3, now()), replay(5), pass(Passed::Void)),
        (
            "my twin's, lost",
            claimed(failed("twin"), &replay(5), 3, long_ago),
            replay(5),
            attempt(3, Reason::Replay, Claim::ForRound),
        ),
        ("my recovery's", claimed(failed("other"), &replay(5), 3, now()), replay(6), pass(Passed::Repeated)),
        ("a resend's", claimed(failed("other"), &resend("rsd_1"), 3, now()), replay(5), pass(Passed::Over)),
        (
            "a resend's, lost",
            claimed(failed("other"), &resend("rsd_1"), 3, long_ago),
            replay(5),
            attempt(3, Reason::Replay, Claim::ForRound),
        ),
        ("two resends", claimed(failed("other"), &resend("rsd_1"), 3, now()), resend("rsd_2"), pass(Passed::Void)),
    ] {
        assert_eq!(decide(&round, &open(), &webhook(), Some(&record)), expected, "{row}");
    }
}

#[test]
fn a_claim_is_released_once_the_recovery_does_not_permit_it() {
    let claimed = claimed(record(Status::Failed, 2, Some("mine"), None), &replay(5), 3, now());
    assert_eq!(decide(&replay(5), &Permit::Closed, &webhook(), Some(&claimed)), Admission::Release);
    assert_eq!(decide(&replay(5), &open(), &disabled(), Some(&claimed)), Admission::Release);
}

#[test]
fn a_claim_of_an_older_slice_is_used_by_its_owner() {
    let claimed = claimed(record(Status::Failed, 2, Some("mine"), None), &replay(4), 3, now());
    let expected = attempt(3, Reason::Replay, Claim::Held);
    assert_eq!(decide(&replay(4), &open(), &webhook(), Some(&claimed)), expected);
}

#[test]
fn a_replay_that_is_recorded_goes_on_as_any_retry() {
    let replayed = |record: Delivery| {
        let mut record = claimed(record, &replay(5), 2, now());
        (record.rounds.recovery, record.rounds.slice) = (RecoveryId::parse("rec_1").ok(), Some(5));
        record
    };
    let put_back = Admission::Defer(Waiting::PutBack { visibility_seconds: 30 });
    for (row, record, round, expected) in [
        (
            "due",
            record(Status::Retrying, 2, Some("mine"), Some(now())),
            replay(5),
            attempt(3, Reason::Retry, Claim::Held),
        ),
        ("not due", record(Status::Retrying, 2, Some("mine"), Some(later(30))), replay(5), put_back),
        ("another owner", record(Status::Retrying, 2, Some("other"), Some(now())), replay(5), Admission::Acknowledge),
        ("finished", record(Status::Delivered, 2, None, None), replay(5), Admission::Acknowledge),
        ("finished in another slice", record(Status::Delivered, 2, None, None), replay(6), pass(Passed::Repeated)),
    ] {
        // Whatever the recovery says by then.
        let found = decide(&round, &Permit::Closed, &webhook(), Some(&replayed(record)));
        assert_eq!(found, expected, "{row}");
    }
    let ended = decide(
        &replay(5),
        &open(),
        &disabled(),
        Some(&replayed(record(Status::Retrying, 2, Some("mine"), Some(now())))),
    );
    assert_eq!(ended, Admission::End(Stopped::Disabled));
}

#[test]
fn a_resend_does_not_have_a_replay_counted_again() {
    let mut replayed = record(Status::Delivered, 2, None, None);
    (replayed.rounds.recovery, replayed.rounds.slice) = (RecoveryId::parse("rec_1").ok(), Some(5));
    let open_claim = claimed(replayed.clone(), &resend("rsd_1"), 3, now());
    let recorded = claimed(replayed, &resend("rsd_1"), 2, now());
    for (row, record, round, expected) in [
        ("claimed by a resend", &open_claim, replay(5), Admission::Acknowledge),
        ("sent again by a resend", &recorded, replay(5), Admission::Acknowledge),
        ("another slice's", &recorded, replay(6), pass(Passed::Repeated)),
    ] {
        assert_eq!(decide(&round, &open(), &webhook(), Some(record)), expected, "{row}");
    }
}

#[test]
fn a_replays_age_counts_from_the_replay() {
    let mut old = claimed(record(Status::Retrying, 2, Some("mine"), Some(now())), &replay(5), 2, now());
    old.rounds.recovery = RecoveryId::parse("rec_1").ok();
    for (began_days_ago, is_expired) in [(1, false), (11, true)] {
        old.rounds.began_at = Some(time::before(now(), Duration::from_hours(24 * began_days_ago)));
        let ended = decide(&replay(5), &open(), &webhook(), Some(&old)) == Admission::End(Stopped::Expired);
        assert_eq!(ended, is_expired, "{began_days_ago} days");
    }
}
