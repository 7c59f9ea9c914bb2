use super::*;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap()
}

fn derive(ms: i64, event: &str) -> DeliveryId {
    let (account, webhook) = (AccountId::parse("acme").unwrap(), WebhookId::parse("wh_1").unwrap());
    DeliveryId::derive(at(ms), &account, &EventId::parse(event).unwrap(), &webhook)
}

#[test]
fn a_delivery_id_is_the_same_each_time_it_is_derived() {
    assert_eq!(derive(1_000, "e1"), derive(1_000, "e1"));
    assert_ne!(derive(1_000, "e1"), derive(1_000, "e2"));
}

#[test]
fn delivery_ids_sort_by_the_time_the_event_was_accepted() {
    assert!(derive(999, "z") < derive(1_000, "a"));
    assert!(derive(0xffff, "z") < derive(0x1_0000, "a"));
}

#[test]
fn a_moment_stands_before_its_deliveries_and_after_earlier_ones() {
    let moment = DeliveryId::first_at(at(1_000));
    assert!(derive(999, "e1").as_str() < moment.as_str() && moment.as_str() < derive(1_000, "e1").as_str());
}

#[test]
fn a_delivery_id_is_a_legal_standard_webhooks_message_id() {
    assert!(derive(1_764_000_000_000, "any.thing/at:all").as_str().bytes().all(is_name_byte));
}

#[test]
fn deliveries_spread_over_all_shards() {
    let mut seen = [0u32; 8];
    for n in 0..8_000 {
        seen[usize::from(derive(1, &format!("e{n}")).shard(8))] += 1;
    }
    assert!(seen.iter().all(|count| (700..1_300).contains(count)), "{seen:?}");
}

#[test]
fn an_account_id_begins_with_a_letter_or_digit() {
    for (text, good) in
        [("acme", true), ("7.a_b-c", true), (".a", false), ("-a", false), ("_a", false), ("a/b", false), ("", false)]
    {
        assert_eq!(AccountId::parse(text).is_ok(), good, "{text:?}");
    }
}

#[test]
fn event_ids_are_printable_ascii_without_space() {
    for (text, good) in [
        ("e", true),
        ("a.b/c:d~!", true),
        ("", false),
        ("a b", false),
        ("é", false),
        ("a\n", false),
        ("a\u{7f}", false),
    ] {
        assert_eq!(EventId::parse(text).is_ok(), good, "{text:?}");
    }
    assert!(EventId::parse(&"x".repeat(128)).is_ok());
    assert_eq!(EventId::parse(&"x".repeat(129)), Err(IdError::Length { max: 128 }));
}

#[test]
fn no_publisher_may_take_what_looks_like_the_id_of_an_operational_event() {
    let operational = EventId::for_operations("posthorn.webhook.created", &["wh_1"]);
    let digest = "0123456789abcdef0123456789abcdef";
    let shorter = digest.trim_start_matches('0');
    for (id, is_operational) in [
        (operational.as_str(), true),
        (&format!("ops_{digest}"), true),
        (&format!("evt_{digest}"), false),
        (&format!("ops_{shorter}"), false),
        (&format!("ops_{shorter}g"), false),
        ("ops_1", false),
    ] {
        assert_eq!(EventId::parse(id).unwrap().is_of_operations(), is_operational, "{id}");
    }
}

#[test]
fn source_and_id_of_a_cloud_event_cannot_run_into_each_other() {
    assert_ne!(EventId::for_cloud_event("/a", "bc"), EventId::for_cloud_event("/ab", "c"));
}
