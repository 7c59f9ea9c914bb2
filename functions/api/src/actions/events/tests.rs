use jiff::Timestamp;

use super::*;
use crate::testing::PROFILES;

fn raw(json: &str) -> &RawValue {
    serde_json::from_str(json).unwrap()
}

fn account() -> AccountId {
    AccountId::parse("acme").unwrap()
}

fn admitted(place: Place, event: &str, data: &str, id: Option<&str>) -> Result<Admitted, ApiError> {
    let new = NewEvent { place, event: event.to_owned(), data: raw(data), id: id.map(str::to_owned), timestamp: None };
    let arrival = Arrival { id: EventId::parse("made_here").unwrap(), at: Timestamp::UNIX_EPOCH };
    admit(PROFILES.by_name("go2").unwrap(), &account(), new, arrival, IdOrigin::Random, Origin::Publisher)
}

#[test]
fn a_published_event_reaches_intake_as_it_was_sent() {
    let id = "a\"b\\c";
    let data = "{\"x\":1,\"y\":\"\u{ffff}\"}";
    let mut event = admitted(Place::Alone, "click", data, Some(id)).unwrap().event;
    event.timestamp = EventTime::Given("2026-01-01T00:00:00Z".to_owned());
    let text = message_text(&event);
    let message = Message::parse(&text).unwrap();
    assert_eq!(message.id, Some(EventId::parse(id).unwrap()));
    assert_eq!(message.data.get(), r#"{"x":1,"y":"\uffff"}"#);
    assert_eq!(message.timestamp.as_deref(), Some("2026-01-01T00:00:00Z"));
}

#[test]
fn an_event_keeps_its_own_id_and_gets_one_otherwise() {
    for (given, expected) in [(Some("mine"), "mine"), (None, "made_here")] {
        let event = admitted(Place::Alone, "click", "1", given).unwrap().event;
        assert_eq!(event.id.as_str(), expected);
        assert_eq!(message_text(&event), format!(r#"{{"account":"acme","event":"click","id":"{expected}","data":1}}"#));
    }
}

#[test]
fn the_white_space_around_data_is_not_queued() {
    let event = admitted(Place::Alone, "click", "{ \"a\" :   [ 1.0 ] }", Some("x")).unwrap();
    let text = message_text(&event.event);
    assert!(text.ends_with(r#","data":{"a":[1]}}"#), "{text}");
}

#[test]
fn what_intake_would_reject_is_rejected_by_place() {
    for (event, data, id, code) in [
        ("link.click", "1", None, "UNKNOWN_EVENT"),
        ("a b", "1", None, "UNKNOWN_EVENT"),
        ("click", "1", Some("a b"), "INVALID_ID"),
        ("click", "9007199254740993", None, "UNVERIFIABLE_NUMBER"),
    ] {
        let error = admitted(Place::InList(3), event, data, id).unwrap_err();
        assert_eq!(error.code(), code, "{event} {data} {id:?}");
        assert!(error.to_string().starts_with("events[3]: '"), "{error}");
    }
}

#[test]
fn an_id_may_come_twice_only_with_the_same_content() {
    let event = |place, data: &str| admitted(place, "click", data, Some("x")).unwrap();
    let first = || event(Place::InList(0), "1");
    assert_eq!(reject_reused_ids(&[first(), event(Place::InList(1), "1.0")]), Ok(()));
    let reused = ApiError::Rejected { at: "events[1]: ".to_owned(), rejection: Rejection::IdReused };
    assert_eq!(reject_reused_ids(&[first(), event(Place::InList(1), "2")]), Err(reused));
}

#[test]
fn only_content_makes_a_publication_another_one() {
    let content = |data: &str| content_of(&[admitted(Place::Alone, "click", data, None).unwrap()]);
    assert_eq!(content(r#"{"a":1,"b":2}"#), content(r#"{ "b": 2.0, "a": 1 }"#));
    assert_ne!(content(r#"{"a":1}"#), content(r#"{"a":2}"#));
}
