use super::{
    super::{Counts, Cursor, Include, spacing::per_second},
    *,
};
use crate::ids::{AccountId, DeliveryId, ProfileName, RecoveryId, WebhookId};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

/// A recovery with two minutes' worth queued.
fn queued() -> Recovery {
    let names = Names {
        id: RecoveryId::parse("rec_1").unwrap(),
        account: AccountId::parse("acme").unwrap(),
        profile: ProfileName::parse("standard").unwrap(),
        webhook: WebhookId::parse("wh_1").unwrap(),
    };
    let include = vec![Include::Failed];
    let plan = Plan { include, since: at(-100), until: at(0), events: None, rate: 1, wants_since: at(0) };
    let mut recovery = Recovery::new(names, plan, 1_000, at(0));
    recovery.take_slice();
    recovery.queued(120, per_second(1), Cursor::End, None, at(0));
    recovery
}

#[test]
fn after_a_pause_the_first_message_is_due_at_once() {
    let mut recovery = queued();
    recovery.pause(at(1));
    recovery.resume();
    assert_eq!(recovery.due(0, per_second(1), at(2)), at(2));
}

#[test]
fn after_a_rewind_the_first_message_is_due_at_once() {
    let mut recovery = queued();
    recovery.rewind(at(1));
    assert_eq!(recovery.due(0, per_second(1), at(1)), at(1));
}

#[test]
fn a_rewind_goes_back_to_the_first_slice_without_all_its_outcomes() {
    let place = |number: u32| Cursor::Records { after: DeliveryId::parse(&format!("dlv_{number}")).ok() };
    for (first, second, back_to) in [(119, 0, Cursor::Records { after: None }), (120, 9, place(1)), (120, 10, place(2))]
    {
        let mut recovery = queued();
        recovery.cursor = place(1);
        recovery.take_slice();
        recovery.queued(10, per_second(1), place(2), None, at(0));
        for (slice, succeeded) in recovery.slices.iter_mut().zip([first, second]) {
            slice.outcomes.succeeded = succeeded;
        }
        recovery.rewind(at(1));
        assert_eq!(recovery.cursor, back_to, "{first} {second}");
    }
}

#[test]
fn as_many_are_queued_as_were_sent() {
    let counts =
        |queued, passed_over| Counts { queued, delivered: 3, failed: 2, retrying: 1, passed_over, estimated: 9 };
    assert_eq!(counts(4, 0).with_all_sent_queued(), counts(6, 0));
    assert_eq!(counts(7, 9).with_all_sent_queued(), counts(7, 9));
}
