use proptest::{prelude::*, strategy::ValueTree};

use super::{log::LoggedEvent, *};
use crate::{json::UnsafeNumbers, profile::registry::Profiles};

mod origin;

fn arrival() -> Arrival {
    Arrival { id: EventId::parse("sqs-message-1").unwrap(), at: "2026-05-25T14:32:01.500Z".parse().unwrap() }
}

fn admit(profile: &str, body: &str) -> Result<Event, Rejection> {
    let profiles = Profiles::built_in();
    Event::admit(Message::parse(body)?, &profiles.by_name(profile).unwrap().events, arrival())
}

fn code(profile: &str, body: &str) -> &'static str {
    admit(profile, body).unwrap_err().code()
}

#[test]
fn the_plain_form_becomes_the_profiles_body() {
    let message = r#"{"account":"acme","event":"click","data":{"b":1.0,"2":"é","1":-0},"id":"e-1","timestamp":"2024-01-01T12:00:00Z"}"#;
    let event = admit("go2", message).unwrap();
    assert_eq!(event.body(), r#"{"event":"click","timestamp":"2024-01-01T12:00:00Z","data":{"1":0,"2":"é","b":1}}"#);
    assert_eq!(event.id.as_str(), "e-1");
    let event = admit("standard", message).unwrap();
    assert!(event.body().starts_with(r#"{"type":"click","timestamp""#), "{}", event.body());
}

#[test]
fn a_log_line_names_an_event_and_not_its_payload() {
    let event = admit("go2", r#"{"account":"acme","event":"click","data":"private","id":"e-1"}"#).unwrap();
    assert_eq!(format!("{event:?}"), "Event(acme click e-1, 9 bytes)");
}

#[test]
fn without_id_and_timestamp_the_message_stands_for_them_in_whole_seconds() {
    let event = admit("go2", r#"{"account":"acme","event":"click","data":null}"#).unwrap();
    assert_eq!(event.id.as_str(), "sqs-message-1");
    assert_eq!(event.body(), r#"{"event":"click","timestamp":"2026-05-25T14:32:01Z","data":null}"#);
}

#[test]
fn the_event_log_gives_the_timestamp_of_the_body() {
    for timestamp in ["2024-01-01T12:00:00Z", "2024-01-01T12:00:00.123456Z"] {
        let message = format!(r#"{{"account":"acme","event":"click","data":null,"timestamp":"{timestamp}"}}"#);
        assert_eq!(LoggedEvent::of(&admit("go2", &message).unwrap()).timestamp(), timestamp);
    }
    let event = admit("go2", r#"{"account":"acme","event":"click","data":null}"#).unwrap();
    assert_eq!(LoggedEvent::of(&event).timestamp(), "2026-05-25T14:32:01Z");
}

#[test]
fn data_may_be_any_json_value() {
    for data in ["null", "true", "0", "\"x\"", "[]", "{}", "[1,[2]]"] {
        let event = admit("go2", &format!(r#"{{"account":"acme","event":"click","data":{data}}}"#)).unwrap();
        assert!(event.body().ends_with(&format!("\"data\":{data}}}")), "{}", event.body());
    }
}

#[test]
fn a_cloud_event_is_identified_by_source_and_id_together() {
    let cloud = |source: &str| {
        let body = format!(
            r#"{{"specversion":"1.0","type":"click","source":"{source}","id":"1","subject":"acme","time":"2024-01-01T12:00:00Z","data":{{"a":1}}}}"#
        );
        admit("go2", &body).unwrap()
    };
    assert_eq!(cloud("/a").account.as_str(), "acme");
    assert_eq!(cloud("/a").id, cloud("/a").id);
    assert_ne!(cloud("/a").id, cloud("/b").id);
    assert!(matches!(cloud("/a").timestamp, EventTime::Given(_)));
}

#[test]
fn a_reason_names_the_field_of_the_form_that_was_sent() {
    for (form, field) in [
        (r#"{"specversion":"1.0","type":"click","source":"/","id":"1","subject":"a b","data":1}"#, "'subject'"),
        (r#"{"specversion":"1.0","type":"c k","source":"/","id":"1","subject":"a","data":1}"#, "'type'"),
        (r#"{"specversion":"1.0","type":"click","source":"/","id":"1","subject":"a","time":"now","data":1}"#, "'time'"),
        (r#"{"account":"a b","event":"click","data":1}"#, "'account'"),
        (r#"{"account":"a","event":"c k","data":1}"#, "'event'"),
        (r#"{"account":"a","event":"click","data":1,"timestamp":"now"}"#, "'timestamp'"),
    ] {
        let reason = admit("go2", form).unwrap_err().reason();
        assert!(reason.contains(field), "{reason}");
    }
}

#[test]
fn a_time_with_an_offset_is_sent_in_utc() {
    let body = r#"{"specversion":"1.0","type":"click","source":"/","id":"1","subject":"acme","time":"2026-09-25T14:48:09+00:00","data":1}"#;
    assert_eq!(admit("go2", body).unwrap().timestamp.as_str(), "2026-09-25T14:48:09Z");
}

#[test]
fn an_eventbridge_envelope_carries_the_plain_form_in_its_detail() {
    let body = r#"{"version":"0","id":"eb-1","detail-type":"Link clicked","source":"links","account":"123456789012",
        "time":"2024-01-01T12:00:00Z","region":"us-east-1","resources":[],
        "detail":{"account":"acme","event":"click","data":{"a":1},"id":"e-1"}}"#;
    let event = admit("go2", body).unwrap();
    assert_eq!((event.account.as_str(), event.id.as_str()), ("acme", "e-1"));
}

#[test]
fn what_can_never_be_sent_is_rejected_with_a_stable_code() {
    for (body, expected) in [
        ("", "MALFORMED_MESSAGE"),
        ("[]", "MALFORMED_MESSAGE"),
        ("not json", "MALFORMED_MESSAGE"),
        (r#"{"account":"acme","event":"click","data":1} x"#, "MALFORMED_MESSAGE"),
        (r#"["acme","click",1]"#, "MALFORMED_MESSAGE"),
        (r#"{"detail-type":"x","detail":["acme","click",1]}"#, "INVALID_FIELD"),
        (r#"{"event":"click","data":1}"#, "MISSING_FIELD"),
        (r#"{"account":"acme","data":1}"#, "MISSING_FIELD"),
        (r#"{"account":"acme","event":"click"}"#, "MISSING_FIELD"),
        (r#"{"account":null,"event":"click","data":1}"#, "MISSING_FIELD"),
        (r#"{"account":7,"event":"click","data":1}"#, "INVALID_FIELD"),
        (r#"{"account":"a b","event":"click","data":1}"#, "INVALID_FIELD"),
        (r#"{"account":"acme","event":"click","data":1,"id":""}"#, "INVALID_ID"),
        (r#"{"account":"acme","event":"click","data":1,"id":"a b"}"#, "INVALID_ID"),
        (r#"{"account":"acme","event":"link.click","data":1}"#, "UNKNOWN_EVENT"),
        (r#"{"account":"acme","event":"*","data":1}"#, "UNKNOWN_EVENT"),
        (r#"{"account":"acme","event":"click","data":1,"timestamp":"2024-01-01"}"#, "INVALID_TIMESTAMP"),
        (r#"{"account":"acme","event":"click","data":1,"timestamp":"2024-01-01T00:00:60Z"}"#, "INVALID_TIMESTAMP"),
        (r#"{"account":"acme","event":"click","data":9007199254740993}"#, "UNVERIFIABLE_NUMBER"),
        (r#"{"account":"acme","event":"click","data":[0.1234567890123456789]}"#, "UNVERIFIABLE_NUMBER"),
        (r#"{"account":"acme","event":"click","data":{"a":1e-400}}"#, "UNVERIFIABLE_NUMBER"),
        (r#"{"account":"acme","event":"click","data":1e999}"#, "INVALID_DATA"),
        (r#"{"account":"acme","event":"click","data":"\ud800"}"#, "INVALID_DATA"),
        (r#"{"specversion":"0.3","type":"click","source":"/","id":"1","subject":"acme","data":1}"#, "INVALID_FIELD"),
        (r#"{"specversion":"1.0","type":"click","source":"/","id":"1","data":1}"#, "MISSING_FIELD"),
        (
            r#"{"specversion":"1.0","type":"click","source":"/","id":"1","subject":"acme","data_base64":"AA=="}"#,
            "INVALID_FIELD",
        ),
        (r#"{"detail-type":"x","detail":"text"}"#, "INVALID_FIELD"),
    ] {
        assert_eq!(code("go2", body), expected, "{body}");
    }
}

#[test]
fn the_limit_counts_the_bytes_that_would_be_sent() {
    let message = |n: usize| format!(r#"{{"account":"acme","event":"click","data":"{}"}}"#, "x".repeat(n));
    let overhead = admit("go2", &message(0)).unwrap().body().len();
    assert_eq!(admit("go2", &message(102_400 - overhead)).unwrap().body().len(), 102_400);
    let expected = Rejection::TooLarge { bytes: 102_401, limit: 102_400 };
    assert_eq!(admit("go2", &message(102_401 - overhead)), Err(expected));
}

#[test]
fn a_repeat_has_the_same_event_and_data_and_timestamp_if_both_gave_one() {
    let of = |event: &str, data: &str, timestamp: Option<&str>| {
        let timestamp = timestamp.map(|text| format!(r#","timestamp":"{text}""#)).unwrap_or_default();
        admit("go2", &format!(r#"{{"account":"acme","event":"{event}","data":{data}{timestamp}}}"#)).unwrap()
    };
    let first = of("click", r#"{"a":1}"#, None);
    assert!(of("click", r#"{ "a": 1.0 }"#, None).repeats(&first));
    assert!(of("click", r#"{"a":1}"#, Some("2024-01-01T00:00:00Z")).repeats(&first));
    assert!(!of("click", r#"{"a":2}"#, None).repeats(&first));
    assert!(of("click", r#"{"b":1,"a":2}"#, None).repeats(&of("click", r#"{"a":2,"b":1}"#, None)));
    assert!(!of("qr.scanned", r#"{"a":1}"#, None).repeats(&first));
    let given = of("click", "1", Some("2024-01-01T00:00:00Z"));
    assert!(given.repeats(&of("click", "1", Some("2024-01-01T00:00:00Z"))));
    assert!(!given.repeats(&of("click", "1", Some("2024-01-01T00:00:01Z"))));
}

#[test]
fn the_reason_names_code_and_remedy() {
    let reason = admit("go2", r#"{"account":"acme","event":"clack","data":1}"#).unwrap_err().reason();
    assert!(
        reason.starts_with("UNKNOWN_EVENT: 'clack' is not an event type of profile 'go2'; valid are: click, "),
        "{reason}"
    );
}

#[test]
fn a_payload_never_prints() {
    let event = admit("go2", r#"{"account":"acme","event":"click","data":"s3cret-payload"}"#).unwrap();
    assert!(!format!("{event:?}").contains("s3cret"));
}

/// JSON values of the kinds that publishers put in the wrong place.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("null".to_owned()),
        Just("\"acme\"".to_owned()),
        Just("\"click\"".to_owned()),
        Just("\"2026-05-25T14:32:01Z\"".to_owned()),
        Just("\"1.0\"".to_owned()),
        Just("{\"account\":\"acme\",\"event\":\"click\",\"data\":[]}".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| number.to_string()),
        any::<String>().prop_map(|text| serde_json::json!(text).to_string()),
    ]
}

/// Messages, `CloudEvents` and `EventBridge` envelopes with fields missing, doubled, misspelt and of the wrong type.
fn message() -> impl Strategy<Value = String> {
    let names = prop::sample::select(vec![
        "account",
        "event",
        "data",
        "id",
        "timestamp",
        "specversion",
        "type",
        "source",
        "subject",
        "time",
        "datacontenttype",
        "data_base64",
        "detail",
        "detail-type",
        "version",
        "Account",
        "",
    ]);
    let fields = prop::collection::vec((names, value()), 0..10);
    let object = fields.prop_map(|fields| {
        let fields: Vec<String> = fields.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", fields.join(","))
    });
    prop_oneof![3 => object, 3 => nearly_valid(), 1 => any::<String>(), 1 => value()]
}

/// The three forms as they should be, with one field's value replaced in half of them.
fn nearly_valid() -> impl Strategy<Value = String> {
    let forms = prop::sample::select(vec![
        vec![("account", "\"acme\""), ("event", "\"click\""), ("data", "{}"), ("id", "\"e-1\"")],
        vec![
            ("specversion", "\"1.0\""),
            ("id", "\"c-1\""),
            ("source", "\"/shop\""),
            ("type", "\"click\""),
            ("subject", "\"acme\""),
            ("data", "[1]"),
        ],
        vec![
            ("version", "\"0\""),
            ("id", "\"b-1\""),
            ("detail-type", "\"x\""),
            ("source", "\"shop\""),
            ("detail", "{\"account\":\"acme\",\"event\":\"click\",\"data\":1}"),
        ],
    ]);
    (forms, any::<prop::sample::Index>(), value(), any::<bool>()).prop_map(|(mut form, place, value, is_broken)| {
        let place = place.index(form.len());
        if is_broken && let Some(field) = form.get_mut(place) {
            field.1 = &value;
        }
        let fields: Vec<String> = form.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", fields.join(","))
    })
}

#[test]
fn a_good_part_of_the_generated_messages_are_events() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let messages = std::iter::repeat_with(|| message().new_tree(&mut runner).unwrap().current());
    let admitted = messages.take(1_000).filter(|message| admit("go2", message).is_ok()).count();
    assert!(admitted > 150, "{admitted} of 1,000");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_published_is_an_event_in_canonical_form_or_has_a_reason(body in message()) {
        for profile in ["awsys", "go2", "standard"] {
            match admit(profile, &body) {
                Ok(event) => {
                    let body = event.body();
                    prop_assert_eq!(event.body_bytes(), body.len());
                    let canonical = CanonicalJson::parse(&body, UnsafeNumbers::Keep).unwrap();
                    prop_assert_eq!(canonical.as_str(), body.as_str());
                    prop_assert!(!event.id.as_str().is_empty() && event.id.as_str().len() <= 128);
                }
                Err(rejection) => {
                    let reason = rejection.reason();
                    let (code, sentence) = reason.split_once(": ").unwrap();
                    prop_assert!(code.chars().all(|char| char.is_ascii_uppercase() || char == '_'), "{}", reason);
                    prop_assert!(!sentence.is_empty());
                }
            }
        }
    }
}
