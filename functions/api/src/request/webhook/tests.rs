use serde_json::{Value, json};

use super::*;
use crate::testing::PROFILES;

fn created(profile: &str, body: &Value) -> Result<NewWebhook, ApiError> {
    let text = body.to_string();
    creation(PROFILES.by_name(profile).unwrap(), &TargetPolicy::default(), Fields::parse(&text)?)
}

fn changed_of(profile: &str, body: &Value) -> Result<Patch, ApiError> {
    let text = body.to_string();
    let profile = PROFILES.by_name(profile).unwrap();
    let (change, rest) = change(profile, &TargetPolicy::default(), Fields::parse(&text)?)?;
    let present = json!({"id": "wh_1", "consecutiveFailures": 3, "disabledAt": null, "throttledUntil": null});
    check_repeated(profile, rest, &present).map(|()| change.patch)
}

fn changed(body: &Value) -> Result<Patch, ApiError> {
    changed_of("go2", body)
}

#[test]
fn a_creation_reports_the_first_wrong_field() {
    let valid = json!({"name": "x", "url": "https://example.com/", "events": ["click"]});
    for (change, error) in [
        (json!({}), None),
        (json!({"name": null}), Some(("INVALID_FIELD", "'name' must be a string"))),
        (json!({"name": ""}), Some(("INVALID_FIELD", "'name' must have 1 to 200 characters, "))),
        (json!({"url": 7}), Some(("INVALID_FIELD", "'url' must be a string"))),
        (json!({"url": "x", "events": 1}), Some(("INVALID_URL", "'url' must be an absolute URL"))),
        (json!({"events": ["click", 1]}), Some(("INVALID_FIELD", "'events' must be an array of strings"))),
        (json!({"events": []}), Some(("INVALID_EVENTS", "'events' is empty; "))),
        (json!({"events": ["clack"], "secret": 1}), Some(("INVALID_EVENTS", "'events' has names that are not "))),
        (json!({"secret": 1, "nmae": 1}), Some(("INVALID_SECRET", "'secret' "))),
        (json!({"isActive": true}), Some(("UNKNOWN_FIELD", "'isActive' is not a field of this request; "))),
    ] {
        let mut body = valid.clone();
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        match (created("go2", &body), error) {
            (Ok(_), None) => {}
            (Err(found), Some((code, sentence))) => {
                assert_eq!(found.code(), code, "{change}");
                assert!(found.to_string().starts_with(sentence), "{change}: {found}");
            }
            (found, expected) => panic!("{change}: {found:?} instead of {expected:?}"),
        }
    }
}

#[test]
fn a_creation_needs_what_its_profile_requires() {
    let all = json!({"name": "x", "url": "https://example.com/", "events": ["link.click"]});
    for (profile, field, required) in [
        ("awsys", "name", false),
        ("awsys", "url", true),
        ("awsys", "events", true),
        ("standard", "name", false),
        ("standard", "url", true),
        ("standard", "events", true),
    ] {
        let mut body = all.clone();
        body.as_object_mut().unwrap().remove(field);
        let expected = required.then_some(ApiError::MissingField { field });
        assert_eq!(created(profile, &body).err(), expected, "{profile} without {field}");
    }
    assert_eq!(created("go2", &json!({})), Err(ApiError::MissingField { field: "name" }));
}

#[test]
fn a_change_holds_only_what_was_sent() {
    let patch = changed(&json!({"name": "Other"})).unwrap();
    assert_eq!(patch.name, Change::Set("Other".to_owned()));
    assert!(patch.url.is_none() && patch.events.is_none() && patch.activity.is_none());
    for (body, code) in [
        (json!({"isActive": "yes"}), "INVALID_FIELD"),
        (json!({"secret": "whsec_x"}), "UNKNOWN_FIELD"),
        (json!({"events": []}), "INVALID_EVENTS"),
        (json!({"url": "http://example.com"}), "INVALID_URL"),
    ] {
        assert_eq!(changed(&body).unwrap_err().code(), code, "{body}");
    }
}

#[test]
fn an_unknown_field_is_told_those_of_its_profile() {
    for (profile, valid) in [
        ("awsys", "name, url, events, filter, headers, rateLimit, metadata, secret"),
        ("go2", "name, url, events, filter, headers, rateLimit, metadata"),
        (
            "standard",
            "name, url, events, filter, headers, rateLimit, metadata, retryDelaysSeconds, timeoutSeconds, secret",
        ),
    ] {
        let event = if profile == "awsys" { "link.click" } else { "click" };
        let body = json!({"name": "x", "url": "https://example.com/", "events": [event], "header": {}});
        let expected = ApiError::UnknownField { field: "header".to_owned(), valid: valid.to_owned() };
        assert_eq!(created(profile, &body), Err(expected));
        let error = changed_of(profile, &json!({"header": {}})).unwrap_err().to_string();
        let expected = format!("{}, isActive", valid.trim_end_matches(", secret"));
        assert!(error.contains(&expected), "{error}");
    }
}

#[test]
fn a_filter_is_checked_against_one_event() {
    for (body, error) in [
        (r#"{"eventId":"evt-1"}"#, None),
        (r#"{"event":"a","data":null}"#, None),
        (r#"{"eventId":"a b"}"#, Some("NOT_FOUND")),
        (r#"{"eventId":"evt-1","event":"a"}"#, Some("UNKNOWN_FIELD")),
        (r#"{"event":"a"}"#, Some("MISSING_FIELD")),
        (r#"{"data":1}"#, Some("MISSING_FIELD")),
        ("{}", Some("MISSING_FIELD")),
        (r#"{"event":"a","data":1,"id":"x"}"#, Some("UNKNOWN_FIELD")),
    ] {
        let found = filter_check(Fields::parse(body).unwrap()).err().map(|error| error.code());
        assert_eq!(found, error, "{body}");
    }
}

#[test]
fn a_creation_may_have_headers_metadata_and_a_schedule() {
    let body = json!({
        "url": "https://example.com/", "events": ["a"], "headers": {"X-Token": "abc"}, "metadata": {"team": "billing"},
        "retryDelaysSeconds": [5, 60], "timeoutSeconds": 3,
    });
    let settings = created("standard", &body).unwrap().settings;
    assert_eq!(settings.headers.iter().count(), 1);
    assert_eq!(settings.metadata.entries(), [("team".to_owned(), "billing".to_owned())]);
    assert_eq!(settings.timing.delays.unwrap().seconds(), [5, 60]);
    assert_eq!(settings.timing.timeout.unwrap().seconds(), 3);
    let masked =
        json!({"url": "https://example.com/", "events": ["a"], "headers": {"x-a": "\u{2022}\u{2022}\u{2022}\u{2022}"}});
    assert_eq!(created("standard", &masked).unwrap_err().code(), "INVALID_FIELD");
}

#[test]
fn a_grace_period_is_a_number_within_its_limits() {
    for (body, good) in [
        ("{}", true),
        (r#"{"gracePeriodSeconds":0}"#, true),
        (r#"{"gracePeriodSeconds":604801}"#, false),
        (r#"{"gracePeriodSeconds":-1}"#, false),
        (r#"{"gracePeriodSeconds":"1"}"#, false),
        (r#"{"grace":1}"#, false),
    ] {
        assert_eq!(rotation(Fields::parse(body).unwrap()).is_ok(), good, "{body}");
    }
}

#[test]
fn a_null_clears_a_name_where_it_is_optional() {
    let body = json!({"name": null});
    assert_eq!(changed_of("standard", &body).unwrap().name, Change::Clear);
    assert_eq!(changed_of("awsys", &body).unwrap().name, Change::Clear);
    assert_eq!(changed_of("go2", &body).unwrap_err().code(), "INVALID_FIELD");
}

#[test]
fn a_read_only_field_may_be_sent_with_its_present_value() {
    for (body, code) in [
        (json!({"id": "wh_1", "consecutiveFailures": 3, "disabledAt": null}), None),
        (json!({"consecutiveFailures": 3.0}), None),
        (json!({"throttledUntil": "2026-01-01T00:00:00Z"}), None),
        (json!({"consecutiveFailures": 0}), Some("INVALID_FIELD")),
        (json!({"disabledAt": "2026-01-01T00:00:00Z"}), Some("INVALID_FIELD")),
        (json!({"id": "wh_2"}), Some("INVALID_FIELD")),
        (json!({"secret": "whsec_x"}), Some("UNKNOWN_FIELD")),
        (json!({"nmae": "x"}), Some("UNKNOWN_FIELD")),
    ] {
        assert_eq!(changed(&body).err().map(|error| error.code()), code, "{body}");
    }
}

#[test]
fn an_active_webhook_sent_back_is_not_enabled_again() {
    for (body, activity) in [
        (json!({"isActive": true}), Some(settings::activity(true))),
        (json!({"isActive": true, "disabledAt": null}), None),
        (json!({"isActive": false, "disabledAt": null}), Some(settings::activity(false))),
    ] {
        assert_eq!(changed(&body).unwrap().activity, activity, "{body}");
    }
}
