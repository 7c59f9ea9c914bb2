use std::time::Duration;

use super::{
    super::{
        super::{
            super::{
                account::status::AccountStatus,
                attempt::schedule::{RetryScale, Schedule},
                ids::{RecoveryId, ResendId},
                webhook::{Webhook, standing::Disabled},
            },
            lane::Lane,
            pressure::Pressure,
            recovery::Permit,
            waiting::{Waiting, Waits},
        },
        tests::{attempt, failure, job, later, me, now, webhook},
    },
    *,
};

fn resend() -> Round {
    Round::Resend(ResendId::parse("rsd_1").unwrap())
}

fn replay() -> Round {
    Round::Replay { recovery: RecoveryId::parse("rec_1").unwrap(), slice: 3 }
}

/// A record of two attempts in this status.
fn record(status: Status) -> Delivery {
    let attempts = if status == Status::Skipped { Vec::new() } else { vec![attempt(1), attempt(2)] };
    let next_attempt_at = (status == Status::Retrying).then(|| later(600));
    Delivery { status, attempts, next_attempt_at, status_reason: Some("before".to_owned()), ..new_record(&job()) }
}

/// What follows the attempt of a round on a schedule of 5 s, 30 s and 2 h.
fn after(round: &Round, status: Status, verdict: &Verdict, webhook: &Webhook) -> Transition {
    let schedule = Schedule::new([5, 30, 7_200].map(Duration::from_secs).into());
    let (me, job) = (me(), job());
    let claimed = claimed_for_round(Some(record(status)), &job, round, &me, now()).record;
    let number = claimed.attempts_made() + 1;
    let received = Received {
        lane: Lane::Retry,
        me: &me,
        job: &job,
        webhook,
        account: AccountStatus::Active,
        permit: &Permit::Closed,
    };
    let waits = Waits::scaled(RetryScale::default());
    let rules = Rules { schedule: schedule.of(&job.delivery), gone_ends: false, waits, pressure: Pressure::Low };
    after_attempt(rules, &received, Some(claimed), attempt(number), verdict, now())
}

#[test]
fn a_claim_keeps_the_status_and_names_the_round_and_the_next_attempt() {
    for status in Status::ALL {
        let claimed = claimed_for_round(Some(record(status)), &job(), &replay(), &me(), now());
        assert_eq!(claimed.record.status, status);
        let number = record(status).attempts_made() + 1;
        let claim = RoundClaim { round: replay(), number, at: now() };
        assert_eq!((claimed.record.rounds.claim, claimed.record.owner), (Some(claim), Some(me())), "{status:?}");
        let read = ReadAs { status, attempts: number - 1, owner: None, round: None };
        assert_eq!(claimed.write, Write::IfAsRead(read), "{status:?}");
    }
}

#[test]
fn what_never_had_a_record_gets_one_without_an_attempt() {
    let claimed = claimed_for_round(None, &job(), &replay(), &me(), now());
    assert_eq!((claimed.record.status, claimed.write), (Status::Skipped, Write::IfAbsent));
    assert_eq!((claimed.record.reason, claimed.record.attempts_made()), (Reason::Replay, 0));
}

#[test]
fn a_failure_leads_to_what_the_table_says() {
    let other = failure(Cause::Other, None);
    let put_back = |visibility_seconds| Then::Wait(Waiting::PutBack { visibility_seconds });
    for (round, before, status, then) in [
        (resend(), Status::Delivered, Status::Delivered, Then::Acknowledge),
        (resend(), Status::Failed, Status::Failed, Then::Acknowledge),
        (resend(), Status::Skipped, Status::Failed, Then::Acknowledge),
        // The third failure of this schedule.
        (resend(), Status::Retrying, Status::Retrying, Then::Wait(Waiting::Park { due: later(7_200) })),
        (replay(), Status::Delivered, Status::Delivered, Then::Acknowledge),
        (replay(), Status::Failed, Status::Retrying, put_back(5)),
        (replay(), Status::Skipped, Status::Retrying, put_back(5)),
    ] {
        let transition = after(&round, before, &other, &webhook());
        assert_eq!((transition.record.status, transition.then), (status, then), "{round} {before:?}");
        assert!(matches!(transition.write, Write::IfAsRead(_)), "{round} {before:?}");
    }
}

#[test]
fn a_success_delivers_whatever_the_status_was() {
    for round in [resend(), replay()] {
        for status in Status::ALL {
            let transition = after(&round, status, &Verdict::Success, &webhook());
            assert_eq!(
                (transition.record.status, transition.write),
                (Status::Delivered, Write::Always),
                "{round} {status:?}"
            );
        }
    }
}

#[test]
fn a_failed_resend_leaves_a_finished_delivery_as_it_was() {
    let transition = after(&resend(), Status::Failed, &failure(Cause::Other, None), &webhook());
    let Delivery { status_reason, owner, next_attempt_at, attempts, .. } = transition.record;
    assert_eq!((status_reason.as_deref(), owner, next_attempt_at, attempts.len()), (Some("before"), None, None, 3));
}

#[test]
fn a_failed_replay_begins_the_schedule_again() {
    let transition = after(&replay(), Status::Failed, &failure(Cause::Other, None), &webhook());
    let rounds = transition.record.rounds;
    assert_eq!((rounds.base, rounds.began_at), (2, Some(now())));
    assert_eq!((rounds.recovery.clone(), rounds.slice), (RecoveryId::parse("rec_1").ok(), Some(3)));
}

#[test]
fn a_replay_that_gets_a_410_is_given_up_in_every_profile() {
    let transition = after(&replay(), Status::Failed, &failure(Cause::Gone, None), &webhook());
    assert_eq!((transition.record.status, transition.record.status_reason.as_deref()), (Status::Failed, Some(GONE)));
}

#[test]
fn a_resend_of_a_retry_to_a_disabled_webhook_is_its_last_attempt() {
    let mut disabled = webhook();
    disabled.standing.disabled = Some(Disabled { at: now(), reason: "why".to_owned() });
    let transition = after(&resend(), Status::Retrying, &failure(Cause::Other, None), &disabled);
    assert_eq!(transition.record.status, Status::Failed);
    assert_eq!(transition.record.status_reason.as_deref(), Some("the webhook was disabled"));
}

#[test]
fn a_claim_is_released_without_a_trace() {
    let before = record(Status::Failed);
    let claimed = claimed_for_round(Some(before.clone()), &job(), &replay(), &me(), now()).record;
    assert_eq!(released(claimed).record, before);
}

#[test]
fn an_attempt_whose_claim_was_lost_is_added_with_a_number_of_its_own() {
    for (verdict, status) in [(failure(Cause::Other, None), Status::Failed), (Verdict::Success, Status::Delivered)] {
        let transition = late(record(Status::Failed), attempt(2), &verdict);
        let numbers: Vec<u32> = transition.record.attempts.iter().map(|attempt| attempt.number).collect();
        assert_eq!((numbers, transition.record.status), (vec![1, 2, 3], status));
    }
}

#[test]
fn a_record_keeps_its_newest_attempts() {
    let mut record = record(Status::Failed);
    (3..=60).for_each(|number| record.push(attempt(number)));
    assert_eq!((record.attempts.len(), record.attempts[0].number, record.attempts_made()), (50, 11, 60));
}
