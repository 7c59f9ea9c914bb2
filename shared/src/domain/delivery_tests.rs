use super::*;
use crate::domain::profile::Profiles;

fn now() -> Timestamp {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

fn later(seconds: u64) -> Timestamp {
    time::after(now(), Duration::from_secs(seconds))
}

fn me() -> MessageId {
    MessageId::parse("mine").unwrap()
}

fn job() -> Job {
    Job {
        account: AccountId::parse("acme").unwrap(),
        profile: "go2".to_owned(),
        webhook: WebhookId::parse("wh_1").unwrap(),
        event_id: EventId::parse("e1").unwrap(),
        event_type: EventType::parse("click").unwrap(),
        delivery: DeliveryId::parse("dlv_1").unwrap(),
        accepted_at: now(),
        reason: Reason::Event,
        again: false,
    }
}

fn attempt(number: u32) -> Attempt {
    Attempt {
        attempt: number,
        at: now(),
        status_code: Some(500),
        response_time_ms: 1,
        error: None,
        error_class: None,
        response: None,
    }
}

fn record(status: Status, attempts: u32, owner: Option<&str>, due: Option<Timestamp>) -> Delivery {
    Delivery {
        attempts: (1..=attempts).map(attempt).collect(),
        owner: owner.map(|owner| MessageId::parse(owner).unwrap()),
        next_attempt_at: due,
        ..Delivery::new(&job(), status)
    }
}

#[test]
fn only_a_first_receive_in_the_first_lane_goes_without_its_record() {
    for (lane, receives, again, read) in [
        (Lane::First, 1, false, false),
        (Lane::First, 2, false, true),
        (Lane::First, 1, true, true),
        (Lane::Retry, 1, false, true),
    ] {
        assert_eq!(needs_record(lane, receives, again), read, "{lane:?} {receives} {again}");
    }
}

#[test]
fn the_record_decides_who_may_attempt() {
    let hand_over = Step::HandOver { due: later(5) };
    for (row, lane, record, step) in [
        ("first, none", Lane::First, None, Step::Attempt { number: 1 }),
        ("first, delivered", Lane::First, Some(record(Status::Delivered, 1, None, None)), Step::Acknowledge),
        ("first, failed", Lane::First, Some(record(Status::Failed, 6, None, None)), Step::Acknowledge),
        ("first, skipped", Lane::First, Some(record(Status::Skipped, 0, None, None)), Step::Acknowledge),
        ("first, owned", Lane::First, Some(record(Status::Retrying, 2, Some("x"), Some(now()))), Step::Acknowledge),
        ("first, unowned", Lane::First, Some(record(Status::Retrying, 1, None, Some(later(5)))), hand_over),
        ("retry, none", Lane::Retry, None, Step::Attempt { number: 1 }),
        ("retry, delivered", Lane::Retry, Some(record(Status::Delivered, 1, None, None)), Step::Acknowledge),
        ("retry, other's", Lane::Retry, Some(record(Status::Retrying, 2, Some("x"), Some(now()))), Step::Acknowledge),
        (
            "retry, early",
            Lane::Retry,
            Some(record(Status::Retrying, 2, Some("mine"), Some(later(2)))),
            Step::Wait { until: later(2) },
        ),
        (
            "retry, nearly due",
            Lane::Retry,
            Some(record(Status::Retrying, 2, Some("mine"), Some(later(1)))),
            Step::Attempt { number: 3 },
        ),
        (
            "retry, mine",
            Lane::Retry,
            Some(record(Status::Retrying, 2, Some("mine"), Some(now()))),
            Step::Attempt { number: 3 },
        ),
        (
            "retry, nobody's",
            Lane::Retry,
            Some(record(Status::Retrying, 1, None, Some(now()))),
            Step::Attempt { number: 2 },
        ),
    ] {
        assert_eq!(decide(lane, record.as_ref(), &me(), now()), step, "{row}");
    }
}

#[test]
fn an_owner_overdue_by_an_hour_is_lost_and_another_message_goes_on() {
    let owned = record(Status::Retrying, 2, Some("x"), Some(now()));
    for (lane, seconds, step) in [
        (Lane::Retry, 3_600, Step::Acknowledge),
        (Lane::Retry, 3_601, Step::Attempt { number: 3 }),
        (Lane::First, 3_601, Step::Acknowledge),
    ] {
        assert_eq!(decide(lane, Some(&owned), &me(), later(seconds)), step, "{lane:?} {seconds}");
    }
}

#[test]
fn nothing_waits_in_the_first_lane_and_long_waits_are_parked() {
    for (lane, wait, expected) in [
        (Lane::First, 5, Waiting::HandOver { delay_seconds: 5 }),
        (Lane::First, 901, Waiting::HandOver { delay_seconds: 900 }),
        (Lane::First, 3_601, Waiting::Park),
        (Lane::Retry, 30, Waiting::PutBack { visibility_seconds: 30 }),
        (Lane::Retry, 3_600, Waiting::PutBack { visibility_seconds: 3_600 }),
        (Lane::Retry, 3_601, Waiting::Park),
        (Lane::Retry, 0, Waiting::PutBack { visibility_seconds: 0 }),
    ] {
        assert_eq!(waiting(lane, RetryScale::default(), later(wait), now()), expected, "{lane:?} {wait}");
    }
}

#[test]
fn an_owner_is_never_replaced_by_parking() {
    let owned = record(Status::Retrying, 5, Some("mine"), Some(later(3_601)));
    let parked = record(Status::Retrying, 5, None, Some(later(3_601)));
    let put_back = Waiting::PutBack { visibility_seconds: 3_600 };
    let waiting = |record| waiting_on(Lane::Retry, RetryScale::default(), Some(record), later(3_601), now());
    assert_eq!(waiting(&owned), put_back);
    assert_eq!(waiting(&parked), Waiting::Park);
}

#[test]
fn the_last_failure_of_a_schedule_gives_up_and_says_after_how_many() {
    let profiles = Profiles::built_in();
    let after = |number| {
        let awsys = profiles.by_name("awsys").unwrap();
        after_failure(awsys, RetryScale::default(), number, now(), Failure::default())
    };
    assert_eq!(after(1), Next::RetryAt(later(30)));
    assert_eq!(after(4), Next::GiveUp { reason: "gave up after 4 failed attempts".to_owned() });
}

#[test]
fn a_410_ends_the_delivery_where_the_profile_says_so() {
    let profiles = Profiles::built_in();
    let gone = Failure { retry_after: None, gone: true };
    let after = |profile| after_failure(profiles.by_name(profile).unwrap(), RetryScale::default(), 1, now(), gone);
    assert_eq!(after("standard"), Next::GiveUp { reason: "the endpoint answered 410 Gone".to_owned() });
    assert_eq!(after("go2"), Next::RetryAt(later(5)));
}

#[test]
fn a_stopped_delivery_failed_if_it_was_ever_attempted_else_was_skipped() {
    let attempted = record(Status::Retrying, 1, None, None);
    assert_eq!(ending(Stopped::Disabled, Some(&attempted)), Status::Failed);
    assert_eq!(ending(Stopped::Disabled, None), Status::Skipped);
    assert_eq!(ending(Stopped::Expired, None), Status::Failed);
}

#[test]
fn a_delivery_expires_after_ten_days() {
    assert!(!is_expired(now(), later(864_000)));
    assert!(is_expired(now(), later(864_001)));
}

#[test]
fn a_repeated_event_is_sent_as_a_retry_and_a_resend_stays_one() {
    assert_eq!(Reason::Event.of_attempt(1), Reason::Event);
    assert_eq!(Reason::Event.of_attempt(2), Reason::Retry);
    assert_eq!(Reason::Resend.of_attempt(2), Reason::Resend);
}
