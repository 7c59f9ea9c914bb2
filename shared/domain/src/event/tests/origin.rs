use super::*;

#[test]
fn a_rejected_message_may_still_name_its_account() {
    for (body, named) in [
        (r#"{"account":"acme","event":"bad name"}"#, Some("acme")),
        (r#"{"specversion":"1.0","subject":"acme"}"#, Some("acme")),
        (r#"{"detail-type":"x","detail":{"account":"acme"}}"#, Some("acme")),
        (r#"{"account":7}"#, None),
        (r#"{"account":"no account"}"#, None),
        ("[]", None),
        ("nothing", None),
    ] {
        assert_eq!(Message::named_account(body).as_ref().map(AccountId::as_str), named, "{body}");
    }
}

#[test]
fn a_publisher_takes_no_name_and_no_id_of_operational_events() {
    for (event, id, expected) in [
        ("posthorn.webhook.disabled", "e1", "RESERVED_EVENT"),
        ("a", "ops_0123456789abcdef0123456789abcdef", "INVALID_ID"),
        ("a", "ops_1", "accepted"),
        ("posthorn", "e1", "accepted"),
    ] {
        let body = format!(r#"{{"account":"acme","event":"{event}","data":1,"id":"{id}"}}"#);
        let found = admit("standard", &body).map_or_else(|rejection| rejection.code(), |_| "accepted");
        assert_eq!(found, expected, "{event} {id}");
    }
}
