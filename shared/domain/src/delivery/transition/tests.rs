use std::time::Duration;

use super::*;
use crate::{
    account::status::AccountStatus,
    attempt::{
        kept::KeptHeaders,
        schedule::{RetryScale, Schedule},
    },
    delivery::{lane::Lane, recovery::Permit},
    testing, time,
    webhook::Webhook,
};

pub(super) fn now() -> Timestamp {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

pub(super) fn later(seconds: u64) -> Timestamp {
    time::after(now(), Duration::from_secs(seconds))
}

pub(super) fn me() -> MessageId {
    MessageId::parse("mine").unwrap()
}

pub(super) fn job() -> Job {
    testing::job(now())
}

pub(super) fn attempt(number: u32) -> Attempt {
    testing::attempt(number, now(), 500)
}

fn hand_over(delay_seconds: u64) -> Waiting {
    Waiting::HandOver { lane: Lane::Retry, delay_seconds }
}

fn retrying(attempts: u32, owner: Option<&str>) -> Delivery {
    Delivery {
        attempts: (1..=attempts).map(attempt).collect(),
        owner: owner.map(|owner| MessageId::parse(owner).unwrap()),
        next_attempt_at: Some(now()),
        ..new_record(&job())
    }
}

pub(super) fn failure(cause: Cause, retry_after: Option<u64>) -> Verdict {
    Verdict::Failure(Failure { retry_after: retry_after.map(Duration::from_secs), cause })
}

pub(super) fn webhook() -> Webhook {
    testing::webhook("*", now())
}

/// What follows attempt `number` of a schedule of 5 s, 30 s and 2 h.
fn after(lane: Lane, number: u32, verdict: &Verdict, gone_ends: bool) -> Transition {
    under(Pressure::Low, lane, number, verdict, gone_ends)
}

fn under(pressure: Pressure, lane: Lane, number: u32, verdict: &Verdict, gone_ends: bool) -> Transition {
    let schedule = Schedule::new([5, 30, 7_200].map(Duration::from_secs).into());
    let waits = Waits::scaled(RetryScale::default());
    let (me, job) = (me(), job());
    let webhook = webhook();
    let received = Received {
        lane,
        me: &me,
        job: &job,
        webhook: &webhook,
        account: AccountStatus::Active,
        permit: &Permit::Closed,
    };
    let record = (number > 1).then(|| retrying(number - 1, Some("mine")));
    let rules = Rules { schedule: schedule.of(&job.delivery), gone_ends, waits, pressure };
    after_own_attempt(rules, &received, record, attempt(number), verdict, now())
}

#[test]
fn a_failure_is_recorded_with_how_it_waits_and_who_owns_it() {
    let other = failure(Cause::Other, None);
    let one = Write::IfUnchanged { attempts: 1 };
    for (row, lane, number, write, owner, due, waiting) in [
        ("first lane", Lane::First, 1, Write::IfAbsent, None, 5, hand_over(5)),
        ("slow lane", Lane::Slow, 1, Write::IfAbsent, None, 5, hand_over(5)),
        ("retry lane", Lane::Retry, 2, one, Some(me()), 30, Waiting::PutBack { visibility_seconds: 30 }),
        (
            "retry lane, none recorded",
            Lane::Retry,
            1,
            Write::IfAbsent,
            Some(me()),
            5,
            Waiting::PutBack { visibility_seconds: 5 },
        ),
        ("long", Lane::Retry, 3, Write::IfUnchanged { attempts: 2 }, None, 7_200, Waiting::Park { due: later(7_200) }),
    ] {
        let transition = after(lane, number, &other, false);
        assert_eq!(transition.write, write, "{row}");
        assert_eq!(transition.then, Then::Wait(waiting), "{row}");
        assert_eq!(transition.record.status, Status::Retrying, "{row}");
        assert_eq!(transition.record.owner, owner, "{row}");
        assert_eq!(transition.record.next_attempt_at, Some(later(due)), "{row}");
        assert_eq!(transition.record.attempts_made(), number, "{row}");
    }
}

#[test]
fn under_pressure_a_retry_waits_without_an_owner() {
    let transition = under(Pressure::High, Lane::Retry, 2, &failure(Cause::Other, None), false);
    assert_eq!((transition.then, transition.record.owner), (Then::Wait(hand_over(30)), None));
}

#[test]
fn a_receivers_retry_after_lengthens_the_wait() {
    let busy = failure(Cause::Other, Some(60));
    assert_eq!(after(Lane::First, 1, &busy, false).then, Then::Wait(hand_over(60)));
}

#[test]
fn the_last_failure_gives_up_and_says_after_how_many() {
    let transition = after(Lane::Retry, 4, &failure(Cause::Other, None), false);
    assert_eq!(transition.record.status, Status::Failed);
    assert_eq!(transition.record.status_reason.as_deref(), Some("gave up after 4 failed attempts"));
    assert_eq!((transition.record.next_attempt_at, transition.record.owner), (None, None));
    assert_eq!(transition.then, Then::Acknowledge);
}

#[test]
fn a_410_ends_the_delivery_only_where_the_profile_says_so() {
    let gone = failure(Cause::Gone, None);
    let ended = after(Lane::First, 1, &gone, true);
    assert_eq!(ended.record.status, Status::Failed);
    assert_eq!(ended.record.status_reason.as_deref(), Some("the endpoint answered 410 Gone"));
    assert_eq!(after(Lane::First, 1, &gone, false).record.status, Status::Retrying);
}

#[test]
fn a_success_is_written_without_a_condition() {
    for (number, write) in [(1, Write::Together), (2, Write::Always)] {
        let transition = after(Lane::Retry, number, &Verdict::Success, false);
        assert_eq!(transition.write, write, "attempt {number}");
        assert_eq!(transition.record.status, Status::Delivered, "attempt {number}");
        assert_eq!((transition.record.next_attempt_at, transition.record.owner), (None, None), "attempt {number}");
        assert_eq!(transition.then, Then::Acknowledge, "attempt {number}");
    }
}

#[test]
fn a_stopped_delivery_failed_if_attempted_and_else_was_skipped() {
    for (record, why, status, write) in [
        (Some(retrying(1, None)), Stopped::Disabled, Status::Failed, Write::IfUnchanged { attempts: 1 }),
        (None, Stopped::Disabled, Status::Skipped, Write::IfAbsent),
        (None, Stopped::Suspended, Status::Skipped, Write::IfAbsent),
        (None, Stopped::Expired, Status::Failed, Write::IfAbsent),
        (Some(retrying(1, None)), Stopped::Forgotten, Status::Failed, Write::IfUnchanged { attempts: 1 }),
    ] {
        let transition = stopped(&job(), record, why);
        assert_eq!((transition.record.status, transition.write), (status, write), "{why:?}");
        assert_eq!(transition.record.status_reason, Some(why.to_string()), "{why:?}");
    }
}

#[test]
fn a_claim_names_the_new_owner_and_is_due_now() {
    let claim = claimed(retrying(2, None), &me(), later(9));
    let expected = Delivery { owner: Some(me()), next_attempt_at: Some(later(9)), ..retrying(2, None) };
    assert_eq!((claim.record, claim.write), (expected, Write::IfUnchanged { attempts: 2 }));
}

#[test]
fn a_test_is_finished_with_its_one_attempt_and_keeps_its_body() {
    for (verdict, status) in [(Verdict::Success, Status::Delivered), (failure(Cause::Other, None), Status::Failed)] {
        let record = tested(&job(), attempt(1), &verdict, "{}".to_owned());
        assert_eq!((record.status, record.status_reason, record.attempts.len()), (status, None, 1));
        assert_eq!(record.payload.as_deref(), Some("{}"));
    }
}

#[test]
fn a_record_keeps_the_responses_of_its_newest_ten_attempts() {
    let mut record = retrying(0, None);
    let headers = || KeptHeaders::of([("server".to_owned(), "nginx".to_owned())]);
    for number in 1..=12 {
        record.push(Attempt { response: Some("no".to_owned()), response_headers: headers(), ..attempt(number) });
    }
    let without: Vec<u32> = record
        .attempts
        .iter()
        .filter(|attempt| attempt.response.is_none() && attempt.response_headers.is_empty())
        .map(|attempt| attempt.number)
        .collect();
    assert_eq!((record.attempts.len(), without), (12, vec![1, 2]));
}
