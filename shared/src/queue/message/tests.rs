use domain::{
    attempt::Reason,
    event::pattern::EventType,
    ids::{AccountId, DeliveryId, EventId, ProfileName, WebhookId},
};
use proptest::prelude::*;

use domain::delivery::round::Round;

use super::*;

fn job() -> Job {
    Job {
        account: AccountId::parse("acme").unwrap(),
        profile: ProfileName::parse("go2").unwrap(),
        webhook: WebhookId::parse("wh_1").unwrap(),
        event_id: EventId::parse("e1").unwrap(),
        event_type: EventType::parse("click").unwrap(),
        delivery: DeliveryId::parse("dlv_1").unwrap(),
        accepted_at: "2026-11-22T08:00:00.123Z".parse().unwrap(),
        reason: Reason::Event,
        again: false,
        round: None,
        waited: false,
        at: None,
    }
}

#[test]
fn a_delivery_is_read_as_it_was_written() {
    for body in ["{\"a\":1}", "{\"a\":\"\u{fffe}\u{ffff}\"}", "\"\u{7f}\u{2028}😀\""] {
        let encoded = encode(&job(), &Body::Here(Arc::from(body)));
        assert!(!encoded.body.contains(['\u{fffe}', '\u{ffff}']));
        assert_eq!(decode(Some(&encoded.attribute), &encoded.body).unwrap(), (job(), Body::Here(Arc::from(body))));
    }
}

#[test]
fn a_message_of_another_version_is_not_misread() {
    let newer = encode(&job(), &Body::Here(Arc::from("1"))).attribute.replace("\"v\":1", "\"v\":3");
    assert!(matches!(decode(Some(&newer), "1"), Err(DecodeError::Version { found: 3 })));
    assert!(matches!(decode(None, "1"), Err(DecodeError::Missing)));
    assert!(matches!(decode(Some("{}"), "1"), Err(DecodeError::Attribute(_))));
}

proptest! {
    #[test]
    fn any_body_is_read_as_it_was_written(body in any::<String>()) {
        let encoded = encode(&job(), &Body::Here(Arc::from(body.as_str())));
        let has_refused = encoded.body.contains(['\u{fffe}', '\u{ffff}']);
        prop_assert!(!has_refused);
        prop_assert_eq!(decode(Some(&encoded.attribute), &encoded.body).unwrap(), (job(), Body::Here(Arc::from(body))));
    }

    #[test]
    fn no_message_makes_reading_panic(
        attribute in prop_oneof![any::<String>(), "\\{\"v\":[0-9]{1,12},\"[a-z]{1,9}\":\"[a-z0-9_]{0,9}\"\\}"],
        cut in 0..400_usize,
        body in any::<String>(),
    ) {
        let whole = encode(&job(), &Body::Here(Arc::from(body.as_str()))).attribute;
        let shortened = whole.get(..cut.min(whole.len())).unwrap_or_default().to_owned();
        for attribute in [attribute, shortened] {
            if let Ok((job, body)) = decode(Some(&attribute), &body) {
                prop_assert!(decode(Some(&encode(&job, &body).attribute), &encode(&job, &body).body).is_ok());
            }
        }
    }
}

#[test]
fn text_for_sqs_holds_only_what_it_accepts() {
    assert_eq!(sqs_text("a\0b\u{fffe}c\n😀"), "a\u{fffd}b\u{fffd}c\n😀");
}

#[test]
fn a_rounds_message_has_the_second_version_and_may_leave_its_body_out() {
    let round = Round::try_from("rec_1/2".to_owned()).ok();
    let job = Job { round, ..job() };
    let encoded = encode(&job, &Body::Stored);
    assert!(encoded.attribute.contains("\"v\":2"), "{}", encoded.attribute);
    assert_eq!(decode(Some(&encoded.attribute), &encoded.body).unwrap(), (job, Body::Stored));
}

#[test]
fn a_tick_is_read_as_it_was_written() {
    let (job, tick) = (job(), tick());
    let attribute = encode_tick(&tick);
    assert_eq!(decode_tick(&attribute), Some(tick));
    assert_eq!(decode_tick(&encode(&job, &Body::Stored).attribute), None);
}

fn tick() -> Tick {
    let job = job();
    Tick { account: job.account, webhook: job.webhook, recovery: RecoveryId::parse("rec_1").unwrap(), version: Some(3) }
}
