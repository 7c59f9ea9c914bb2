use super::*;
use crate::{
    attempt::{outcome::Failure, schedule::RetryScale},
    profile::registry::Profiles,
    testing,
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_764_000_000 + seconds).unwrap()
}

fn attempt(seconds: i64, ms: u64) -> Attempt {
    Attempt {
        response_time_ms: ms,
        error: Some("the endpoint answered 500 instead of 2xx".to_owned()),
        ..testing::attempt(1, at(seconds), 500)
    }
}

const FAILURE: Verdict = Verdict::Failure(Failure { retry_after: None, cause: Cause::Other });

fn add(tally: &mut Tally, reason: Reason, attempt: &Attempt, verdict: &Verdict) {
    tally.add(
        &Outcome { weight: Weight::of(reason, false), attempt, verdict, created_at: at(0), gave_up: false },
        at(0),
        Rotation::None,
    );
}

fn tally(attempts: &[(Reason, i64, Verdict)]) -> Tally {
    let mut tally = Tally::default();
    for (reason, seconds, verdict) in attempts {
        add(&mut tally, *reason, &attempt(*seconds, 10), verdict);
    }
    tally
}

/// One failure at this time, while a rotation is under way or not.
fn rotating(rotation: Rotation, verdict: &Verdict) -> Tally {
    let mut tally = Tally::default();
    let outcome =
        Outcome { weight: Weight::Full, attempt: &attempt(1, 10), verdict, created_at: at(0), gave_up: false };
    tally.add(&outcome, at(0), rotation);
    tally
}

fn failing(failures: u32, failed_deliveries: u32, since: i64) -> Streak {
    Streak { failures, failed_deliveries, since: Some(at(since)), first_created_at: None, told: Told::default() }
}

fn disabled(profile: &str, streak: Streak, now: i64, scale: f64) -> bool {
    let profiles = Profiles::built_in().scaled(RetryScale::new(scale).unwrap());
    let rule = &profiles.by_name(profile).unwrap().disable;
    let mut tally = Tally::default();
    add(&mut tally, Reason::Event, &attempt(now, 0), &FAILURE);
    disabling(rule, streak, &tally).is_some()
}

#[test]
fn tests_resends_and_attempts_before_enabling_do_not_count() {
    let mut tally = Tally::default();
    for (reason, seconds) in [(Reason::Test, 200), (Reason::Resend, 200), (Reason::Event, 99), (Reason::Event, 100)] {
        let outcome = Outcome {
            weight: Weight::of(reason, false),
            attempt: &attempt(seconds, 10),
            verdict: &FAILURE,
            created_at: at(0),
            gave_up: false,
        };
        tally.add(&outcome, at(100), Rotation::None);
    }
    assert_eq!((tally.failures, tally.since), (1, Some(at(100))));
}

#[test]
fn replays_and_their_retries_change_the_health_and_never_the_streak() {
    for (reason, is_replayed) in [(Reason::Replay, false), (Reason::Retry, true)] {
        let mut tally = Tally::default();
        let weight = Weight::of(reason, is_replayed);
        let verdict = Verdict::Failure(Failure { retry_after: None, cause: Cause::Gone });
        tally.add(
            &Outcome { weight, attempt: &attempt(1, 10), verdict: &verdict, created_at: at(0), gave_up: true },
            at(0),
            Rotation::None,
        );
        assert_eq!((tally.failed_attempts, tally.failures, tally.failed_deliveries, tally.gone), (1, 0, 0, false));
    }
}

#[test]
fn a_streak_knows_the_oldest_delivery_that_may_have_begun_it() {
    let mut tally = Tally::default();
    for (began, created) in [(100, 90), (101, 80), (102, 95)] {
        let attempt = attempt(began, 10);
        let outcome = Outcome {
            weight: Weight::Full,
            attempt: &attempt,
            verdict: &FAILURE,
            created_at: at(created),
            gave_up: false,
        };
        tally.add(&outcome, at(0), Rotation::None);
    }
    let added = |before: Streak| match streak_change(before, &tally) {
        StreakChange::Add(added) => added.first_created_at,
        other => panic!("{other:?}"),
    };
    assert_eq!(added(Streak::default()), Some(at(80)), "the first failures");
    assert_eq!(added(failing(1, 0, 100)), Some(at(80)), "failures at the same time");
    assert_eq!(added(failing(1, 0, 99)), None, "later ones began nothing");
}

#[test]
fn the_last_failure_is_the_one_that_ended_last_in_whatever_order_they_come() {
    for order in [[100, 101, 102], [102, 101, 100], [101, 102, 100]] {
        let tally = tally(&order.map(|seconds| (Reason::Event, seconds, FAILURE)));
        assert_eq!(tally.last_failure.map(|last| last.at), Some(at(102)), "{order:?}");
    }
}

#[test]
fn a_success_of_any_kind_ends_the_streak() {
    for reason in [Reason::Event, Reason::Retry, Reason::Resend, Reason::Replay] {
        let tally = tally(&[(reason, 1, Verdict::Success)]);
        assert_eq!(streak_change(failing(3, 0, 1), &tally), StreakChange::Reset, "{reason:?}");
    }
}

#[test]
fn during_a_rotation_only_rejections_do_not_count() {
    for (cause, counted) in [(Cause::Rejected, 0), (Cause::Other, 1), (Cause::Gone, 1)] {
        let verdict = Verdict::Failure(Failure { retry_after: None, cause });
        assert_eq!(rotating(Rotation::UnderWay, &verdict).failures, counted, "{cause:?}");
        assert_eq!(rotating(Rotation::None, &verdict).failures, 1, "{cause:?}");
    }
}

#[test]
fn in_one_batch_any_success_resets_else_failures_are_added() {
    let before = failing(4, 0, 0);
    let mixed = tally(&[(Reason::Event, 5, FAILURE), (Reason::Event, 6, Verdict::Success)]);
    assert_eq!(streak_change(before, &mixed), StreakChange::Reset);
    let failed = tally(&[(Reason::Event, 6, FAILURE), (Reason::Retry, 5, FAILURE)]);
    assert_eq!(streak_change(before, &failed), StreakChange::Add(failing(2, 0, 5)));
}

#[test]
fn a_success_of_a_healthy_webhook_writes_nothing() {
    let tally = tally(&[(Reason::Event, 5, Verdict::Success)]);
    assert_eq!(streak_change(Streak::default(), &tally), StreakChange::Keep);
    assert_eq!(pulse_after(Pulse::default(), tally.beat(Streak::default())), Pulse::default());
}

#[test]
fn a_success_that_took_long_resets_failures_counted_meanwhile() {
    for (ms, change) in [(1_000, StreakChange::Keep), (1_001, StreakChange::ResetIfAny)] {
        let mut tally = Tally::default();
        add(&mut tally, Reason::Event, &attempt(5, ms), &Verdict::Success);
        assert_eq!(streak_change(Streak::default(), &tally), change, "{ms} ms");
    }
}

#[test]
fn a_dead_endpoint_changes_lanes_also_during_a_rotation() {
    let rejected = Verdict::Failure(Failure { retry_after: None, cause: Cause::Rejected });
    let mut tally = Tally::default();
    for seconds in 1..=3 {
        let outcome = Outcome {
            weight: Weight::Full,
            attempt: &attempt(seconds, 10),
            verdict: &rejected,
            created_at: at(0),
            gave_up: false,
        };
        tally.add(&outcome, at(0), Rotation::UnderWay);
    }
    assert_eq!(streak_change(Streak::default(), &tally), StreakChange::Keep);
    assert_eq!(pulse_after(Pulse::default(), tally.beat(Streak::default())), Pulse::of(Health::Failing));
}

#[test]
fn go2_disables_after_ten_failures_that_span_thirty_seconds() {
    assert!(!disabled("go2", failing(9, 0, 0), 60, 1.0));
    assert!(!disabled("go2", failing(10, 0, 0), 29, 1.0));
    assert!(disabled("go2", failing(10, 0, 0), 30, 1.0));
    assert!(disabled("go2", failing(500, 0, 0), 3, 0.1));
}

#[test]
fn awsys_never_disables() {
    assert!(!disabled("awsys", failing(100_000, 1_000, 0), 100_000_000, 1.0));
}

#[test]
fn standard_disables_after_five_days_with_two_failed_deliveries_or_at_410() {
    assert!(!disabled("standard", failing(50, 1, 0), 432_000, 1.0));
    assert!(!disabled("standard", failing(50, 2, 0), 431_999, 1.0));
    assert!(disabled("standard", failing(50, 2, 0), 432_000, 1.0));
    let gone = Tally { gone: true, ..Tally::default() };
    for (profile, expected) in [("standard", true), ("go2", false), ("awsys", false)] {
        let profiles = Profiles::built_in();
        let found = disabling(&profiles.by_name(profile).unwrap().disable, Streak::default(), &gone);
        assert_eq!(found.is_some(), expected, "{profile}");
    }
}

#[test]
fn a_batch_with_a_success_or_without_a_failure_that_counts_disables_nothing() {
    let rule = DisableRule { failed_attempts: Some(10), ..DisableRule::default() };
    for (attempts, is_disabled) in [
        (vec![(Reason::Event, 5, FAILURE)], true),
        (vec![(Reason::Event, 5, FAILURE), (Reason::Event, 6, Verdict::Success)], false),
        (vec![(Reason::Replay, 5, FAILURE)], false),
        (vec![], false),
    ] {
        let found = disabling(&rule, failing(12, 0, 0), &tally(&attempts));
        assert_eq!(found.is_some(), is_disabled, "{attempts:?}");
    }
}

#[test]
fn the_reason_gives_the_count_and_the_last_error() {
    let rule = DisableRule { failed_attempts: Some(10), ..DisableRule::default() };
    let tally = tally(&[(Reason::Event, 5, FAILURE)]);
    let found = disabling(&rule, failing(12, 0, 0), &tally).unwrap();
    assert_eq!(found.unless_success_since, Some(at(0)));
    assert_eq!(
        found.reason,
        "12 consecutive failed attempts; the last error: the endpoint answered 500 instead of 2xx"
    );
}

#[test]
fn the_streak_spans_to_its_last_failure_not_to_when_it_was_counted() {
    let mut tally = Tally::default();
    add(&mut tally, Reason::Event, &attempt(5, 2_000), &FAILURE);
    add(&mut tally, Reason::Event, &attempt(3, 1_000), &FAILURE);
    assert_eq!(tally.until, Some(at(7)));
}

#[test]
fn a_410_disables_also_during_a_rotation() {
    let gone = Verdict::Failure(Failure { retry_after: None, cause: Cause::Gone });
    assert!(rotating(Rotation::UnderWay, &gone).gone);
}

#[test]
fn a_new_webhook_gets_every_event_a_moment_after_its_creation() {
    assert_eq!(Standing::new(at(0)).wants_since, at(2));
}
