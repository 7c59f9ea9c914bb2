use shared::domain::{attempt::custom::HeaderChanges, webhook::pace::RateLimit};

use super::*;
use crate::testing::{PROFILES, webhook_of};

fn profile(name: &str) -> &'static Profile {
    PROFILES.by_name(name).unwrap()
}

fn typed(name: &str, form: &str) -> Entry {
    Entry::new(profile(name)).typed(profile(name), &Form::parse(form.as_bytes()))
}

fn creation(name: &str, form: &str) -> serde_json::Value {
    serde_json::from_str(&typed(name, form).creation().unwrap()).unwrap()
}

#[test]
fn each_profile_has_its_own_fields() {
    for (name, needs_name, has_all, has_others, has_secret, has_timing) in [
        ("awsys", false, false, false, true, false),
        ("go2", true, true, false, false, false),
        ("standard", false, true, true, true, true),
    ] {
        let entry = Entry::new(profile(name));
        let has = (entry.events.all.is_some(), entry.events.others.is_some(), entry.secret.is_some());
        assert_eq!(
            (entry.needs_name, has, entry.timing.is_some()),
            (needs_name, (has_all, has_others, has_secret), has_timing)
        );
    }
}

#[test]
fn what_is_typed_is_the_body_that_the_api_would_get() {
    let form = "name=+Orders+&url=https%3A%2F%2Fa.example&events=click&events=*&headers=a%3A+b&filter=%7B%22event%22%3A%5B%22click%22%5D%7D&requests=5&seconds=x&secret=nope";
    let expected = serde_json::json!({
        "name": "Orders", "url": "https://a.example", "events": ["*", "click"], "headers": {"a": "b"},
        "filter": {"event": ["click"]}, "rateLimit": {"requests": 5, "seconds": "x"},
    });
    assert_eq!(creation("go2", form), expected);
    let form = "others=a.b%2C+c.*&delays=5+60&timeout=9&secret=+s+";
    let expected = serde_json::json!({
        "events": ["a.b", "c.*"], "secret": " s ", "headers": {}, "filter": null, "rateLimit": null,
        "retryDelaysSeconds": [5, 60], "timeoutSeconds": 9,
    });
    assert_eq!(creation("standard", form), expected);
}

#[test]
fn settings_that_are_sent_back_change_nothing() {
    let mut webhook = webhook_of(&["*", "webhook.test", "order.*"]);
    webhook.settings.rate_limit = RateLimit::new(5, 60);
    let shown = Entry::of(profile("standard"), &webhook);
    assert_eq!(shown.events.names(), ["*", "webhook.test", "order.*"]);
    let body: serde_json::Value = serde_json::from_str(&shown.clone().change(&webhook.settings).unwrap()).unwrap();
    let expected = serde_json::json!({
        "name": null, "url": "https://example.com/hooks", "headers": {},
        "filter": null, "rateLimit": {"requests": 5, "seconds": 60}, "retryDelaysSeconds": null, "timeoutSeconds": null,
    });
    assert_eq!((body, shown.secret), (expected, None));
}

#[test]
fn a_header_that_was_taken_out_is_removed() {
    let has = |name: &str| (name.to_owned(), Some("12345678".to_owned()));
    let changes = HeaderChanges::parse([has("x-kept"), has("x-gone")], &[]).unwrap();
    let mut settings = webhook_of(&["click"]).settings;
    settings.headers = settings.headers.merged(&changes).unwrap();
    let body = typed("go2", "headers=X-Kept%3A+1&events=click").change(&settings).unwrap();
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (&body["headers"], &body["events"]),
        (&serde_json::json!({"X-Kept": "1", "x-gone": null}), &serde_json::Value::Null)
    );
}

/// Where an error is expected.
type ErrorAt = fn(&Entry) -> Option<&String>;

#[test]
fn an_error_stands_at_the_field_that_it_is_about() {
    let of = |field: &str| ApiError::InvalidField { field: field.to_owned(), problem: "is wrong".to_owned() };
    let rows: [(ApiError, ErrorAt); 7] = [
        (ApiError::MissingField { field: "url" }, |entry| entry.url.error.as_ref()),
        (of("name"), |entry| entry.name.error.as_ref()),
        (of("headers.x-a"), |entry| entry.headers.error.as_ref()),
        (of("rateLimit"), |entry| entry.requests.error.as_ref()),
        (of("timeoutSeconds"), |entry| entry.timing.as_ref()?.timeout.error.as_ref()),
        (ApiError::TooManyPatterns, |entry| entry.events.error.as_ref()),
        (ApiError::TooManyWebhooks { most: 1 }, |entry| entry.error.as_ref()),
    ];
    for (error, at) in rows {
        let mut entry = Entry::new(profile("standard"));
        entry.refuse(&error);
        assert_eq!(at(&entry), Some(&error.to_string()));
    }
}

#[test]
fn a_filter_that_is_no_json_is_refused_before_anything_is_sent() {
    let mut entry = typed("go2", "filter=%7B%7D%2C%22isActive%22%3Afalse");
    assert_eq!(entry.creation(), None);
    assert!(entry.filter.error.unwrap().starts_with("'filter' is not valid JSON: "));
}
