use domain::delivery::recovery::Names;

use super::{
    super::super::values::{number, to_item},
    *,
};

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap()
}

#[test]
fn a_recovery_is_read_as_it_was_written() {
    let names = Names {
        id: RecoveryId::parse("rec_1").unwrap(),
        account: AccountId::parse("acme").unwrap(),
        profile: ProfileName::parse("standard").unwrap(),
        webhook: WebhookId::parse("wh_1").unwrap(),
    };
    let plan = Plan {
        include: vec![Include::Failed, Include::Missing],
        since: at(1),
        until: at(2),
        events: Some(vec![EventPattern::parse("a.*").unwrap()]),
        rate: 7,
        wants_since: at(3),
    };
    let mut written = Recovery::new(names, plan, 9, at(4));
    written.counts = Counts { estimated: 9, queued: 8, ..Counts::default() };
    written.hold = Some(Hold::Gone);
    written.status = RecoveryStatus::Held;
    written.heeded = Signals { gone: 1, dropped: 2, delivered: 3 };
    written.reached_at = Some(at(5));
    for cursor in [
        Cursor::Records { after: None },
        Cursor::Again { after: DeliveryId::parse("dlv_1").ok() },
        Cursor::Missing { after: Some(LogPlace::first_at(at(6))) },
        Cursor::End,
    ] {
        written.cursor = cursor.clone();
        let slice = Slice { number: 2, sent: 5, from: cursor, due_at: at(7), outcomes: SliceOutcomes::default() };
        written.slices = vec![slice];
        let item = to_item(RecoveryItem::of(&written, 1)).unwrap();
        assert_eq!(recovery(&item).unwrap(), written);
    }
}

#[test]
fn a_slices_counters_are_found_by_its_number() {
    let counted = SliceOutcomes { succeeded: 3, failed: 2, passed: 1 };
    let counters = slice_counters(12, counted).into_iter().map(|(name, count)| (name, number(count))).collect();
    for (slice, expected) in [(12, counted), (1, SliceOutcomes::default()), (2, SliceOutcomes::default())] {
        assert_eq!(outcomes(&counters, slice), expected, "{slice}");
    }
}

#[test]
fn every_attribute_that_may_be_absent_is_listed() {
    let names = Names {
        id: RecoveryId::parse("rec_1").unwrap(),
        account: AccountId::parse("acme").unwrap(),
        profile: ProfileName::parse("standard").unwrap(),
        webhook: WebhookId::parse("wh_1").unwrap(),
    };
    let plan = Plan { include: vec![], since: at(1), until: at(2), events: None, rate: 1, wants_since: at(3) };
    let item = to_item(RecoveryItem::of(&Recovery::new(names, plan, 0, at(4)), 1)).unwrap();
    assert!(OPTIONAL.iter().all(|name| !item.contains_key(*name)), "{item:?}");
    let fields = include_str!("../item.rs").split("struct RecoveryItem {").nth(1).unwrap().split("\n}").next().unwrap();
    assert_eq!(item.len() + OPTIONAL.len(), fields.matches("    pub ").count());
}
