use aws_sdk_sqs::types::MessageAttributeValue;
use serde_json::Value;

use super::*;

const JOB: &str = r#"{"v":1,"encoding":"plain","account":"acme","profile":"go2","webhook":"wh_1","eventId":"e1","eventType":"click","delivery":"dlv_1","acceptedAt":"2026-11-22T08:00:00.123Z","reason":"event"}"#;

fn letter(body: &str, attributes: &[(&str, &str)]) -> Message {
    let text = |value: &str| MessageAttributeValue::builder().data_type("String").string_value(value).build();
    let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), text(value).unwrap()));
    Message::builder()
        .message_id("m-1")
        .receipt_handle("r-1")
        .body(body)
        .attributes(MessageSystemAttributeName::MessageGroupId, "acme")
        .set_message_attributes(Some(attributes.collect()))
        .build()
}

fn sent(kind: Kind, body: &str, attributes: &[(&str, &str)]) -> Sent {
    again(kind, letter(body, attributes)).unwrap().sent
}

fn source_of(kind: Kind, attributes: &[(&str, &str)]) -> Option<String> {
    sent(kind, "{}", attributes).source_id
}

#[test]
fn every_kind_keeps_the_id_it_had_first() {
    let (job, earlier) = ((JOB_ATTRIBUTE, JOB), (SOURCE_ID_ATTRIBUTE, "m-0"));
    for (kind, attributes) in
        [(Kind::Event, [].as_slice()), (Kind::FirstAttempt, [job].as_slice()), (Kind::Retry, [job].as_slice())]
    {
        assert_eq!(source_of(kind, attributes).as_deref(), Some("m-1"), "{kind:?}");
        assert_eq!(source_of(kind, &[attributes, &[earlier]].concat()).as_deref(), Some("m-0"), "{kind:?}");
    }
}

#[test]
fn the_group_is_kept() {
    assert_eq!(again(Kind::Event, letter("{}", &[])).unwrap().group.as_deref(), Some("acme"));
}

#[test]
fn only_a_first_attempt_is_marked_and_the_rest_is_kept() {
    for (kind, marked) in [(Kind::FirstAttempt, true), (Kind::Retry, false)] {
        let sent = sent(kind, "{\"again\":false}", &[(JOB_ATTRIBUTE, JOB)]);
        let mut job: Value = serde_json::from_str(&sent.job.unwrap()).unwrap();
        let again = job.as_object_mut().unwrap().remove("again");
        assert_eq!(again, marked.then_some(Value::Bool(true)), "{kind:?}");
        assert_eq!(job, serde_json::from_str::<Value>(JOB).unwrap(), "{kind:?}");
        assert_eq!(sent.body, "{\"again\":false}");
    }
}

#[test]
fn a_body_that_travels_as_base64_stays_base64() {
    let job = JOB.replace("plain", "base64");
    let sent = sent(Kind::FirstAttempt, "77++", &[(JOB_ATTRIBUTE, &job)]);
    assert_eq!(sent.body, "77++");
    assert!(sent.job.unwrap().contains(r#""encoding":"base64""#));
}

#[test]
fn a_message_that_is_not_of_the_kind_stays_where_it_is() {
    let delivery = letter("{}", &[(JOB_ATTRIBUTE, JOB)]);
    assert!(matches!(again(Kind::Event, delivery), Err(Unfit::IsDelivery)));
    let event = letter("{}", &[]);
    assert!(matches!(again(Kind::Retry, event), Err(Unfit::NotReadable(DecodeError::Missing))));
    let newer = letter("{}", &[(JOB_ATTRIBUTE, &JOB.replace("\"v\":1", "\"v\":9"))]);
    assert!(matches!(again(Kind::FirstAttempt, newer), Err(Unfit::NotReadable(DecodeError::Version { found: 9 }))));
}

#[test]
fn an_event_without_room_for_its_identity_is_shortened() {
    let (event, start) = (r#"{"account":"acme","event":"click","data":9007199254740993}"#, "{\"account\":\"acme\",");
    let padding = MESSAGE_BYTES - event.len() - 10;
    let padded = event.replacen(start, &format!("{start}{}", " ".repeat(padding)), 1);
    assert_eq!(sent(Kind::Event, &padded, &[]).body, event);
}

#[test]
fn an_event_that_no_profile_takes_needs_no_identity() {
    for body in ["x".repeat(MESSAGE_BYTES), format!("\"{}\"", "x".repeat(MESSAGE_BYTES - 2))] {
        let sent = sent(Kind::Event, &body, &[]);
        assert_eq!((sent.body, sent.source_id), (body, None));
    }
}

#[test]
fn an_event_that_just_fits_is_not_changed() {
    let attribute = "posthorn-source-id".len() + "String".len() + "m-1".len();
    let body = " ".repeat(MESSAGE_BYTES - attribute - 2) + "{}";
    let sent = sent(Kind::Event, &body, &[]);
    assert_eq!((sent.body, sent.source_id.as_deref()), (body, Some("m-1")));
}
