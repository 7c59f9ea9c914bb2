use super::*;
use crate::{
    account::status::AccountStatus,
    attempt::{Reason, schedule::RetryScale},
    event::pattern::EventPattern,
    testing,
    webhook::standing::{Disabled, Health},
};

pub(in crate::delivery) fn now() -> Timestamp {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

pub(super) fn later(seconds: u64) -> Timestamp {
    time::after(now(), Duration::from_secs(seconds))
}

pub(in crate::delivery) fn job() -> Job {
    testing::job(now())
}

pub(in crate::delivery) fn me() -> MessageId {
    MessageId::parse("mine").unwrap()
}

pub(in crate::delivery) fn webhook() -> Webhook {
    testing::webhook("click", now())
}

pub(in crate::delivery) fn record(
    status: Status,
    attempts: u32,
    owner: Option<&str>,
    due: Option<Timestamp>,
) -> Delivery {
    Delivery {
        next_attempt_at: due,
        owner: owner.map(|owner| MessageId::parse(owner).unwrap()),
        ..testing::delivery(status, (1..=attempts).map(|number| testing::attempt(number, now(), 500)).collect(), now())
    }
}

fn retrying(attempts: u32, owner: Option<&str>, due: Timestamp) -> Delivery {
    record(Status::Retrying, attempts, owner, Some(due))
}

fn decide(lane: Lane, webhook: &Webhook, record: Option<&Delivery>, now: Timestamp) -> Admission {
    decide_for(AccountStatus::Active, lane, webhook, record, now)
}

fn decide_for(
    account: AccountStatus,
    lane: Lane,
    webhook: &Webhook,
    record: Option<&Delivery>,
    now: Timestamp,
) -> Admission {
    let (me, job) = (MessageId::parse("mine").unwrap(), job());
    let received = Received { lane, me: &me, job: &job, webhook, account, permit: &Permit::Closed };
    admit_ordinary(&received, record, Waits::scaled(RetryScale::default()), now)
}

fn hand_over(delay_seconds: u64) -> Admission {
    Admission::Defer(Waiting::HandOver { lane: Lane::Retry, delay_seconds })
}

fn put_back(visibility_seconds: u64) -> Admission {
    Admission::Defer(Waiting::PutBack { visibility_seconds })
}

fn attempt(number: u32, claim: Claim) -> Admission {
    Admission::Attempt { number, reason: Reason::Event.of_attempt(number), claim }
}

#[test]
fn only_a_first_receive_in_the_first_lane_skips_the_record() {
    for (lane, receive, again, read) in [
        (Lane::First, Receive::First, false, false),
        (Lane::First, Receive::Repeated, false, true),
        (Lane::First, Receive::First, true, true),
        (Lane::Retry, Receive::First, false, true),
    ] {
        assert_eq!(needs_record(lane, receive, again), read, "{lane:?} {receive:?} {again}");
    }
}

#[test]
fn only_a_fresh_message_with_a_count_of_one_is_a_first_receive() {
    for (count, first_received, receive) in [
        (Some(1), Some(now()), Receive::First),
        (Some(1), None, Receive::First),
        (Some(1), Some(time::before(now(), Duration::from_secs(31))), Receive::Repeated),
        (Some(2), Some(now()), Receive::Repeated),
        (None, Some(now()), Receive::Repeated),
    ] {
        assert_eq!(Receive::of(count, first_received, now()), receive, "{count:?} {first_received:?}");
    }
}

#[test]
fn the_record_decides_who_may_attempt() {
    let over = Admission::Acknowledge;
    let (held, needed) = (Claim::Held, Claim::Needed);
    for (row, lane, record, expected) in [
        ("first, none", Lane::First, None, attempt(1, held)),
        ("first, delivered", Lane::First, Some(record(Status::Delivered, 1, None, None)), over),
        ("first, failed", Lane::First, Some(record(Status::Failed, 6, None, None)), over),
        ("first, skipped", Lane::First, Some(record(Status::Skipped, 0, None, None)), over),
        ("first, owned", Lane::First, Some(retrying(2, Some("x"), now())), over),
        ("first, unowned", Lane::First, Some(retrying(1, None, later(5))), hand_over(5)),
        ("retry, none", Lane::Retry, None, attempt(1, held)),
        ("retry, delivered", Lane::Retry, Some(record(Status::Delivered, 1, None, None)), over),
        ("retry, another's", Lane::Retry, Some(retrying(2, Some("x"), now())), over),
        ("retry, mine, early", Lane::Retry, Some(retrying(2, Some("mine"), later(2))), put_back(2)),
        ("retry, mine, nearly due", Lane::Retry, Some(retrying(2, Some("mine"), later(1))), attempt(3, held)),
        ("retry, mine, due", Lane::Retry, Some(retrying(2, Some("mine"), now())), attempt(3, held)),
        ("retry, unowned, early", Lane::Retry, Some(retrying(1, None, later(9))), put_back(9)),
        ("retry, unowned, due", Lane::Retry, Some(retrying(1, None, now())), attempt(2, needed)),
    ] {
        assert_eq!(decide(lane, &webhook(), record.as_ref(), now()), expected, "{row}");
    }
}

#[test]
fn an_owner_overdue_by_an_hour_is_lost_and_another_message_claims() {
    let owned = Some(retrying(2, Some("x"), now()));
    for (lane, seconds, expected) in [
        (Lane::Retry, 3_600, Admission::Acknowledge),
        (Lane::Retry, 3_601, attempt(3, Claim::Needed)),
        (Lane::First, 3_601, Admission::Acknowledge),
    ] {
        assert_eq!(decide(lane, &webhook(), owned.as_ref(), later(seconds)), expected, "{lane:?} {seconds}");
    }
}

#[test]
fn an_early_owner_is_never_parked_and_an_unowned_record_is() {
    let due = later(3_601);
    assert_eq!(decide(Lane::Retry, &webhook(), Some(&retrying(5, Some("mine"), due)), now()), put_back(3_600));
    let parked = Admission::Defer(Waiting::Park { due });
    assert_eq!(decide(Lane::Retry, &webhook(), Some(&retrying(5, None, due)), now()), parked);
}

#[test]
fn a_webhook_in_trouble_leaves_the_lanes_of_better_ones_unattempted() {
    let to_slow = Admission::Defer(Waiting::HandOver { lane: Lane::Slow, delay_seconds: 0 });
    for (health, lane, expected) in [
        (Health::Ok, Lane::First, attempt(1, Claim::Held)),
        (Health::Slow, Lane::First, to_slow),
        (Health::Failing, Lane::First, hand_over(0)),
        (Health::Ok, Lane::Slow, attempt(1, Claim::Held)),
        (Health::Slow, Lane::Slow, attempt(1, Claim::Held)),
        (Health::Failing, Lane::Slow, hand_over(0)),
        (Health::Slow, Lane::Retry, attempt(1, Claim::Held)),
        (Health::Failing, Lane::Retry, attempt(1, Claim::Held)),
    ] {
        let mut webhook = webhook();
        webhook.standing.pulse.health = health;
        assert_eq!(decide(lane, &webhook, None, now()), expected, "{health:?} {lane:?}");
    }
}

#[test]
fn a_suspended_accounts_deliveries_end_unattempted() {
    let suspended = AccountStatus::Suspended { since: now() };
    for (row, record, expected) in [
        ("none", None, Admission::End(Stopped::Suspended)),
        ("waiting", Some(retrying(1, None, later(60))), Admission::End(Stopped::Suspended)),
        ("finished", Some(record(Status::Delivered, 1, None, None)), Admission::Acknowledge),
    ] {
        assert_eq!(decide_for(suspended, Lane::Retry, &webhook(), record.as_ref(), now()), expected, "{row}");
    }
}

#[test]
fn a_delivery_ends_where_the_webhook_no_longer_wants_it() {
    let mut disabled = webhook();
    disabled.standing.disabled = Some(Disabled { at: now(), reason: "why".to_owned() });
    let mut unsubscribed = webhook();
    unsubscribed.settings.events = vec![EventPattern::parse("qr.scanned").unwrap()];
    for (row, webhook, record, expected) in [
        ("disabled", &disabled, None, Admission::End(Stopped::Disabled)),
        ("disabled while waiting", &disabled, Some(retrying(1, None, later(60))), Admission::End(Stopped::Disabled)),
        ("disabled, finished", &disabled, Some(record(Status::Delivered, 1, None, None)), Admission::Acknowledge),
        ("disabled, another's", &disabled, Some(retrying(1, Some("x"), now())), Admission::Acknowledge),
        ("unsubscribed", &unsubscribed, None, Admission::End(Stopped::Unsubscribed)),
    ] {
        assert_eq!(decide(Lane::Retry, webhook, record.as_ref(), now()), expected, "{row}");
    }
}

#[test]
fn a_delivery_expires_after_ten_days() {
    assert_eq!(decide(Lane::First, &webhook(), None, later(864_000)), attempt(1, Claim::Held));
    assert_eq!(decide(Lane::First, &webhook(), None, later(864_001)), Admission::End(Stopped::Expired));
}
