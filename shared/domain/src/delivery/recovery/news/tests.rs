use jiff::Timestamp;

use super::{super::super::round::Rounds, *};
use crate::{attempt::Attempt, ids::ResendId, testing};

fn rec() -> RecoveryId {
    RecoveryId::parse("rec_1").unwrap()
}

fn replay(slice: u32) -> Round {
    Round::Replay { recovery: rec(), slice }
}

/// A record whose attempts had these status codes, claimed for attempt `claimed` if by anybody.
fn record(status: Status, codes: &[u16], claimed: Option<(Round, u32)>, recovery: Option<RecoveryId>) -> Delivery {
    let attempt = |(place, code): (usize, &u16)| Attempt {
        error: (*code >= 300).then(|| "failed".to_owned()),
        ..testing::attempt(u32::try_from(place).unwrap() + 1, Timestamp::UNIX_EPOCH, *code)
    };
    let claim = claimed.map(|(round, number)| RoundClaim { round, number, at: Timestamp::UNIX_EPOCH });
    let attempts = codes.iter().enumerate().map(attempt).collect();
    Delivery {
        rounds: Rounds { claim, recovery, ..Rounds::default() },
        ..testing::delivery(status, attempts, Timestamp::UNIX_EPOCH)
    }
}

fn before(status: Status, attempts: u32) -> Before {
    Before { status, attempts }
}

/// My slice's claim of the second attempt.
fn mine() -> (Round, u32) {
    (replay(7), 2)
}

#[test]
fn a_recovery_learns_the_first_outcome_of_its_replay() {
    let (failed, delivered) = (before(Status::Failed, 1), before(Status::Delivered, 1));
    for (row, before, status, codes, came_to, gone) in [
        ("success", failed, Status::Delivered, [500, 200], CameTo::Delivered, false),
        ("failure", failed, Status::Retrying, [500, 500], CameTo::Retrying, false),
        ("gone", failed, Status::Failed, [500, 410], CameTo::Failed, true),
        ("a delivered one fails", delivered, Status::Delivered, [200, 500], CameTo::Failed, false),
    ] {
        let after = record(status, &codes, Some(mine()), Some(rec()));
        let expected = Some(What::Settled { slice: 7, came_to, gone });
        assert_eq!(news_of(Some(before), &after).map(|news| news.what), expected, "{row}");
    }
}

#[test]
fn a_recovery_learns_the_end_of_its_retries_and_nothing_of_other_attempts() {
    let ended = |came_to| Some(What::Ended { came_to });
    let resend = || Some((Round::Resend(ResendId::parse("rsd_1").unwrap()), 3));
    let (retrying, failed) = (before(Status::Retrying, 2), before(Status::Failed, 2));
    let (again, success) = ([500, 500, 500], [500, 500, 200]);
    for (row, before, after, expected) in [
        ("fails", retrying, record(Status::Retrying, &again, Some(mine()), Some(rec())), None),
        (
            "succeeds",
            retrying,
            record(Status::Delivered, &success, Some(mine()), Some(rec())),
            ended(CameTo::Delivered),
        ),
        ("given up", retrying, record(Status::Failed, &again, Some(mine()), Some(rec())), ended(CameTo::Failed)),
        ("a resend", retrying, record(Status::Delivered, &success, resend(), Some(rec())), ended(CameTo::Delivered)),
        ("a later resend", failed, record(Status::Delivered, &success, resend(), Some(rec())), None),
        ("no recovery", retrying, record(Status::Delivered, &success, None, None), None),
    ] {
        assert_eq!(news_of(Some(before), &after).map(|news| news.what), expected, "{row}");
    }
}

#[test]
fn a_recovery_learns_of_messages_that_were_not_attempted_unless_they_were_void() {
    let resend = Round::Resend(ResendId::parse("rsd_1").unwrap());
    for (round, passed, is_told) in [
        (Some(replay(7)), Passed::Over, true),
        (Some(replay(7)), Passed::Repeated, true),
        (Some(replay(7)), Passed::Dropped, true),
        (Some(replay(7)), Passed::Void, false),
        (Some(resend), Passed::Over, false),
        (None, Passed::Over, false),
    ] {
        let job = Job { round, ..testing::job(Timestamp::UNIX_EPOCH) };
        let what = What::Passed { slice: 7, passed };
        let told = is_told.then(|| News { webhook: job.webhook.clone(), recovery: rec(), what });
        assert_eq!(news_of_passed(&job, passed), told, "{passed:?}");
    }
}

#[test]
fn a_batch_is_summed_up_in_one_digest() {
    let mut digest = Digest::default();
    for what in [
        What::Settled { slice: 1, came_to: CameTo::Delivered, gone: false },
        What::Settled { slice: 1, came_to: CameTo::Retrying, gone: false },
        What::Settled { slice: 2, came_to: CameTo::Failed, gone: true },
        What::Ended { came_to: CameTo::Delivered },
        What::Passed { slice: 2, passed: Passed::Over },
        What::Passed { slice: 2, passed: Passed::Over },
        What::Passed { slice: 2, passed: Passed::Repeated },
        What::Passed { slice: 2, passed: Passed::Dropped },
    ] {
        digest.add(what);
    }
    let slices = [
        (1, SliceOutcomes { succeeded: 1, failed: 1, passed: 0 }),
        (2, SliceOutcomes { succeeded: 0, failed: 1, passed: 3 }),
    ];
    let expected =
        Digest { delivered: 2, failed: 1, retrying: 0, passed_over: 2, gone: 1, dropped: 1, slices: slices.into() };
    assert_eq!(digest, expected);
}

#[test]
fn a_recovery_acts_at_once_on_a_410_a_disabled_webhook_and_a_success_while_it_is_held() {
    let digest = |delivered, gone, dropped| Digest { delivered, gone, dropped, ..Digest::default() };
    for (digest, is_held, urgent) in [
        (digest(1, 0, 0), false, false),
        (digest(1, 0, 0), true, true),
        (digest(0, 1, 0), false, true),
        (digest(0, 0, 1), false, true),
        (digest(0, 0, 0), true, false),
    ] {
        assert_eq!(digest.is_urgent(is_held), urgent, "{digest:?} {is_held}");
    }
}
