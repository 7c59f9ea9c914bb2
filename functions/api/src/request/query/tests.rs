use super::*;
use crate::{request::cursor::next_cursor, testing::PROFILES};

fn webhooks(query: &str) -> Result<WebhookQuery, ApiError> {
    Query::parse(query)?.of_webhooks(&AccountId::parse("acme").unwrap())
}

fn deliveries(query: &str) -> Result<DeliveryQuery, ApiError> {
    let rules = &PROFILES.by_name("go2").unwrap().events;
    Query::parse(query)?.of_deliveries(&WebhookId::parse("wh_1").unwrap(), rules)
}

fn events(query: &str) -> Result<EventQuery, ApiError> {
    let rules = &PROFILES.by_name("standard").unwrap().events;
    Query::parse(query)?.of_events(&AccountId::parse("acme").unwrap(), rules)
}

#[test]
fn a_cursor_is_read_as_the_id_it_holds() {
    let cursor = next_cursor(true, "acme", Some("wh_1")).unwrap();
    let after = Some(WebhookId::parse("wh_1").unwrap());
    assert_eq!(webhooks(&format!("cursor={cursor}")), Ok(WebhookQuery { after, limit: DEFAULT_LIMIT }));
    assert!(deliveries(&format!("cursor={cursor}")).is_err());
}

#[test]
fn a_bad_parameter_is_rejected_by_name() {
    let limit = "'limit' must be a whole number from 1 to 100";
    let cursor = "'cursor' is not a cursor of this list; send the 'nextCursor' of the page before";
    let time = "must be a time in RFC 3339, such as 2026-05-25T14:32:01Z";
    let (since, until) = (format!("'since' {time}"), format!("'until' {time}"));
    let status = "'status' must be one or more of delivered, retrying, failed, skipped, separated by commas";
    for (query, error) in [
        ("limit=0", limit),
        ("limit=101", limit),
        ("limit=x", limit),
        ("limit=", limit),
        ("limit=%2B5", limit),
        ("limit=-1", limit),
        ("limit=1&limit=2", "'limit' is given twice; give it once"),
        ("cursor=", cursor),
        ("cursor=zz", cursor),
        ("cursor=20", cursor),
        ("status=", status),
        ("status=ok", status),
        ("status=failed,", status),
        ("status=Failed", status),
        (
            "other=1",
            "'other' is not a parameter of this request; valid parameters are: limit, cursor, status, since, until, event, eventId, recovery",
        ),
        ("since=yesterday", since.as_str()),
        ("until=", until.as_str()),
        (
            "eventId=a%20b%C3%A9",
            "'eventId' is not an event id: it may contain only printable ASCII characters without space",
        ),
        (
            "event=click,nothing",
            "'event' must be one or more event types, separated by commas; valid are: click, link.created, link.updated, link.deleted, domain.verified, qr.scanned",
        ),
    ] {
        assert_eq!(deliveries(query).unwrap_err().to_string(), error, "{query}");
    }
}

#[test]
fn a_time_may_have_an_offset_and_a_plus_sign_that_was_not_encoded() {
    for text in ["2026-05-25T14:32:01Z", "2026-05-25T16:32:01%2B02:00", "2026-05-25T16:32:01+02:00"] {
        let query = events(&format!("since={text}")).unwrap();
        assert_eq!(query.window.since, Some("2026-05-25T14:32:01Z".parse().unwrap()), "{text}");
    }
}

#[test]
fn an_events_cursor_is_of_no_other_list() {
    let place = LogPlace::first_at(Timestamp::UNIX_EPOCH);
    let cursor = next_cursor(true, &log_of("acme"), Some(&place.to_text())).unwrap();
    assert_eq!(events(&format!("cursor={cursor}")).unwrap().after, Some(place));
    assert!(webhooks(&format!("cursor={cursor}")).is_err());
    let of_webhook = Query::parse(&format!("cursor={cursor}")).unwrap();
    assert!(of_webhook.of_catch_up(&WebhookId::parse("wh_1").unwrap()).is_err());
}

#[test]
fn an_event_is_asked_for_by_an_id_of_any_printable_characters() {
    let id = |query: &str| Query::parse(query).unwrap().of_event().map(|id| id.to_string());
    assert_eq!(id("id=a%2Fb%3F%25%23%26%2B"), Ok("a/b?%#&+".to_owned()));
    for (query, code) in [
        ("", "INVALID_PARAMETER"),
        ("id=", "INVALID_PARAMETER"),
        ("id=%C3%A9", "NOT_FOUND"),
        ("id=a&x=1", "INVALID_PARAMETER"),
    ] {
        assert_eq!(id(query).unwrap_err().code().to_owned(), code, "{query}");
    }
}

#[test]
fn a_request_without_parameters_rejects_any() {
    let error = Query::parse("a=1").unwrap().finish(&[]).unwrap_err();
    let problem = "which has no query parameters; leave it out";
    assert_eq!(error.to_string(), format!("'a' is not a parameter of this request, {problem}"));
}

#[test]
fn statuses_are_a_set() {
    let statuses = deliveries("status=failed,skipped,failed").unwrap().filter.statuses;
    assert_eq!(statuses, [Status::Failed, Status::Skipped]);
}
