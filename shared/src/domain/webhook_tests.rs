use super::*;
use crate::domain::{profile::Profiles, secret::ClientSecret, target::TargetPolicy};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_764_000_000 + seconds).unwrap()
}

fn webhook() -> Webhook {
    Webhook {
        id: WebhookId::parse("wh_1").unwrap(),
        account: AccountId::parse("acme").unwrap(),
        name: None,
        url: TargetPolicy::default().check("https://example.com/x").unwrap(),
        events: vec![EventPattern::Everything],
        secret: Secret::from_client("12345678", ClientSecret::Text).unwrap(),
        previous_secret: None,
        created_at: at(0),
        updated_at: at(0),
        enabled_at: at(0),
        disabled: None,
        streak: Streak::default(),
        health: Health::Ok,
    }
}

fn attempt(seconds: i64, ms: u64) -> Attempt {
    Attempt {
        attempt: 1,
        at: at(seconds),
        status_code: Some(500),
        response_time_ms: ms,
        error: Some("the endpoint answered 500 instead of 2xx".to_owned()),
        error_class: None,
        response: None,
    }
}

const FAILURE: Verdict = Verdict::Failure(Failure { retry_after: None, gone: false });

fn tally(webhook: &Webhook, attempts: &[(Reason, i64, Verdict)]) -> Tally {
    let mut tally = Tally::default();
    for (reason, seconds, verdict) in attempts {
        tally.add(webhook, *reason, &attempt(*seconds, 10), verdict, false);
    }
    tally
}

fn failing(failures: u32, failed_deliveries: u32, since: i64) -> Streak {
    Streak { failures, failed_deliveries, since: Some(at(since)) }
}

fn disabled(profile: &str, streak: Streak, now: i64, scale: f64) -> bool {
    let profiles = Profiles::built_in();
    let rule = profiles.by_name(profile).unwrap().disable_rule();
    let mut tally = Tally::default();
    tally.add(&webhook(), Reason::Event, &attempt(now, 0), &FAILURE, false);
    disable_reason(rule, RetryScale::new(scale).unwrap(), streak, &tally).is_some()
}

#[test]
fn tests_resends_and_attempts_from_before_it_was_enabled_do_not_count() {
    let webhook = Webhook { enabled_at: at(100), ..webhook() };
    let counted = tally(
        &webhook,
        &[
            (Reason::Test, 200, FAILURE),
            (Reason::Resend, 200, FAILURE),
            (Reason::Event, 99, FAILURE),
            (Reason::Event, 100, FAILURE),
        ],
    );
    assert_eq!((counted.failures, counted.since), (1, Some(at(100))));
}

#[test]
fn failures_during_a_rotations_grace_do_not_count() {
    let previous = PreviousSecret { secret: webhook().secret, until: at(100) };
    let webhook = Webhook { previous_secret: Some(previous), ..webhook() };
    assert_eq!(tally(&webhook, &[(Reason::Event, 99, FAILURE)]).failures, 0);
    assert_eq!(tally(&webhook, &[(Reason::Event, 100, FAILURE)]).failures, 1);
}

#[test]
fn in_one_batch_any_success_resets_else_failures_are_added() {
    let before = failing(4, 0, 0);
    let mixed = tally(&webhook(), &[(Reason::Event, 5, FAILURE), (Reason::Event, 6, Verdict::Success)]);
    assert_eq!(streak_change(before, &mixed), StreakChange::Reset);
    let failed = tally(&webhook(), &[(Reason::Event, 6, FAILURE), (Reason::Retry, 5, FAILURE)]);
    assert_eq!(streak_change(before, &failed), StreakChange::Add(failing(2, 0, 5)));
}

#[test]
fn a_success_of_a_healthy_webhook_writes_nothing() {
    let tally = tally(&webhook(), &[(Reason::Event, 5, Verdict::Success)]);
    assert_eq!(streak_change(Streak::default(), &tally), StreakChange::Keep);
    assert_eq!(health_after(Health::Ok, Streak::default(), &tally), Health::Ok);
}

#[test]
fn a_success_that_took_long_resets_failures_counted_meanwhile() {
    for (ms, change) in [(1_000, StreakChange::Keep), (1_001, StreakChange::ResetIfAny)] {
        let mut tally = Tally::default();
        tally.add(&webhook(), Reason::Event, &attempt(5, ms), &Verdict::Success, false);
        assert_eq!(streak_change(Streak::default(), &tally), change, "{ms} ms");
    }
}

#[test]
fn three_failures_in_a_row_are_failing_and_a_slow_success_is_slow() {
    let failed = tally(&webhook(), &[(Reason::Event, 5, FAILURE)]);
    assert_eq!(health_after(Health::Ok, failing(2, 0, 0), &failed), Health::Ok);
    assert_eq!(health_after(Health::Ok, failing(3, 0, 0), &failed), Health::Failing);
    let mut slow = Tally::default();
    slow.add(&webhook(), Reason::Event, &attempt(5, 3_001), &Verdict::Success, false);
    assert_eq!(health_after(Health::Failing, Streak::default(), &slow), Health::Slow);
}

#[test]
fn a_dead_endpoint_changes_lanes_also_during_a_rotations_grace() {
    let previous = PreviousSecret { secret: webhook().secret, until: at(100) };
    let webhook = Webhook { previous_secret: Some(previous), ..webhook() };
    let tally =
        tally(&webhook, &[(Reason::Event, 1, FAILURE), (Reason::Event, 2, FAILURE), (Reason::Event, 3, FAILURE)]);
    assert_eq!(streak_change(Streak::default(), &tally), StreakChange::Keep);
    assert_eq!(health_after(Health::Ok, Streak::default(), &tally), Health::Failing);
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
        let rule = profiles.by_name(profile).unwrap().disable_rule();
        let reason = disable_reason(rule, RetryScale::default(), Streak::default(), &gone);
        assert_eq!(reason.is_some(), expected, "{profile}");
    }
}

#[test]
fn the_reason_gives_the_count_and_the_last_error() {
    let rule = DisableRule { failed_attempts: Some(10), ..DisableRule::default() };
    let tally = tally(&webhook(), &[(Reason::Event, 5, FAILURE)]);
    let reason = disable_reason(&rule, RetryScale::default(), failing(12, 0, 0), &tally).unwrap();
    assert_eq!(reason, "12 consecutive failed attempts; the last error: the endpoint answered 500 instead of 2xx");
}

#[test]
fn the_old_secret_signs_until_the_grace_ends() {
    let previous = PreviousSecret { secret: Secret::generate([1; 32]), until: at(100) };
    let webhook = Webhook { previous_secret: Some(previous), ..webhook() };
    assert!(webhook.secrets(at(99)).previous.is_some());
    assert!(webhook.secrets(at(100)).previous.is_none());
}

#[test]
fn the_streak_spans_to_its_last_failure_not_to_when_it_was_counted() {
    let mut tally = Tally::default();
    tally.add(&webhook(), Reason::Event, &attempt(5, 2_000), &FAILURE, false);
    tally.add(&webhook(), Reason::Event, &attempt(3, 1_000), &FAILURE, false);
    assert_eq!(tally.until, Some(at(7)));
}

#[test]
fn a_410_during_a_rotations_grace_does_not_disable() {
    let gone = Verdict::Failure(Failure { retry_after: None, gone: true });
    let previous = PreviousSecret { secret: webhook().secret, until: at(100) };
    let rotating = Webhook { previous_secret: Some(previous), ..webhook() };
    assert!(!tally(&rotating, &[(Reason::Event, 99, gone.clone())]).gone);
    assert!(tally(&rotating, &[(Reason::Event, 100, gone)]).gone);
}
