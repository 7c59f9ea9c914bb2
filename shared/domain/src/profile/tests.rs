use std::time::Duration;

use jiff::Timestamp;

use super::{
    file::{ProfileError, parse},
    registry::{FILES, Profiles},
    *,
};
use crate::{attempt::timing::OwnTiming, event::pattern::EventPattern, ids::DeliveryId};

fn parse_with(replace: &str, with: &str) -> Result<Profile, ProfileError> {
    let text = include_str!("../../profiles/go2.toml");
    assert!(text.contains(replace), "{replace}");
    parse(&json(&text.replace(replace, with)))
}

/// As the build script writes it.
fn json(toml: &str) -> String {
    serde_json::to_string(&toml::from_str::<toml::Value>(toml).unwrap()).unwrap()
}

#[test]
fn every_built_in_profile_is_valid() {
    assert_eq!(Profiles::parse_all(FILES).unwrap().all().len(), FILES.len());
}

#[test]
fn the_retry_schedules_are_those_of_the_contracts() {
    let profiles = Profiles::built_in();
    for (name, seconds) in [
        ("awsys", vec![30, 300, 1_800]),
        ("go2", vec![5, 30, 120, 600, 3_600]),
        ("standard", vec![5, 300, 1_800, 7_200, 18_000, 36_000, 36_000]),
    ] {
        let profile = profiles.by_name(name).unwrap();
        let schedule = profile.attempts.timing.schedule_for(&OwnTiming::default());
        let delays: Vec<u64> =
            (1..).map_while(|failures| schedule.delay_after(failures)).map(|delay| delay.as_secs()).collect();
        assert_eq!(delays, seconds, "{name}");
    }
}

#[test]
fn only_the_standard_schedule_has_jitter() {
    let profiles = Profiles::built_in();
    for (name, seconds, is_exact) in [("awsys", 30, true), ("go2", 5, true), ("standard", 5, false)] {
        let schedule = profiles.by_name(name).unwrap().attempts.timing.schedule_for(&OwnTiming::default());
        let (start, least, most) = (Timestamp::UNIX_EPOCH, seconds * 900, seconds * 1_100);
        for n in 0..50 {
            let delivery = DeliveryId::parse(&format!("dlv_{n}")).unwrap();
            let due = schedule.of(&delivery).next_attempt(1, start, None).unwrap().at.as_millisecond();
            assert!((least..=most).contains(&due), "{name} {due}");
            assert_eq!(due == seconds * 1_000, is_exact, "{name} {due}");
        }
    }
}

#[test]
fn the_guides_catalogues_are_complete() {
    let profiles = Profiles::built_in();
    let names = |name: &str| {
        let entries = &profiles.by_name(name).unwrap().catalogue;
        entries.iter().map(|entry| entry.name.to_string()).collect::<Vec<_>>()
    };
    let awsys = ["click", "created", "updated", "deleted", "expired", "limit_reached", "geo_blocked"];
    assert_eq!(names("awsys"), awsys.map(|name| format!("link.{name}")));
    assert_eq!(
        names("go2"),
        ["click", "link.created", "link.updated", "link.deleted", "domain.verified", "qr.scanned"]
    );
}

#[test]
fn the_longest_base_path_wins() {
    let profiles = Profiles::built_in();
    for (path, expected) in [
        ("/api/webhooks", Some(("awsys", "/webhooks"))),
        ("/api/v1/webhooks", Some(("go2", "/webhooks"))),
        ("/api/v1", Some(("go2", ""))),
        ("/api/v10/x", Some(("awsys", "/v10/x"))),
        ("/v1/webhooks/wh_1", Some(("standard", "/webhooks/wh_1"))),
        ("/apis", None),
        ("/", None),
    ] {
        let found = profiles.by_path(path).map(|(profile, rest)| (profile.name.as_str(), rest));
        assert_eq!(found, expected, "{path}");
    }
}

#[test]
fn a_short_name_suggests_the_full_one() {
    let profiles = Profiles::built_in();
    let awsys = &profiles.by_name("awsys").unwrap().events;
    assert_eq!(awsys.suggestion_for("click"), Some("link.click"));
    assert_eq!(awsys.suggestion_for("Link.Click"), Some("link.click"));
    assert_eq!(awsys.suggestion_for("nothing"), None);
    assert_eq!(profiles.by_name("go2").unwrap().events.suggestion_for("link.click"), Some("click"));
}

#[test]
fn patterns_are_allowed_as_the_profile_says() {
    let profiles = Profiles::built_in();
    for (profile, pattern, allowed) in [
        ("awsys", "*", false),
        ("awsys", "link.*", false),
        ("awsys", "link.click", true),
        ("awsys", "click", false),
        ("go2", "*", true),
        ("go2", "link.*", false),
        ("go2", "click", true),
        ("standard", "invoice.paid", true),
        ("standard", "invoice.*", true),
        ("standard", "*", true),
    ] {
        let parsed = EventPattern::parse(pattern).unwrap();
        assert_eq!(profiles.by_name(profile).unwrap().events.allows(&parsed), allowed, "{profile} {pattern}");
    }
}

#[test]
fn a_bad_file_is_rejected_with_its_reason() {
    for (replace, with, reason) in [
        ("{attempt_time}", "{no_such_thing}", "no_such_thing"),
        ("{attempt_time}", "{attempt_time", "closing brace"),
        ("\"x-webhook-event\"", "\"webhook-id\"", "header names"),
        ("\"x-webhook-event\"", "\"X Webhook\"", "header names"),
        ("timeout_seconds = 10", "timeout_seconds = 0", "timeout_seconds"),
        ("max_body_bytes = 102_400", "max_body_bytes = 0", "max_body_bytes"),
        ("max_body_bytes = 102_400", "max_body_bytes = 262_145", "max_body_bytes"),
        ("base_path = \"/api/v1\"", "base_path = \"api\"", "base_path"),
        ("base_path = \"/api/v1\"", "base_path = \"/portal/x\"", "/portal"),
        ("name = \"go2\"", "name = \"go2\"\nunknown_setting = 1", "unknown_setting"),
        ("[5, 30, 120, 600, 3_600]", "[5, 0]", "retry_delays_seconds"),
        ("timeout_seconds = 10", "timeout_seconds = 10\njitter_percent = 51", "jitter_percent"),
    ] {
        let error = parse_with(replace, with).unwrap_err();
        let mut text = error.to_string();
        if let Some(source) = std::error::Error::source(&error) {
            text.push_str(&source.to_string());
        }
        assert!(text.contains(reason), "{with}: {text}");
    }
}

#[test]
fn a_profile_documents_at_least_one_event_type() {
    let mut file: toml::Value = toml::from_str(include_str!("../../profiles/go2.toml")).unwrap();
    file["events"]["catalogue"] = toml::Value::Array(Vec::new());
    let error = parse(&serde_json::to_string(&file).unwrap()).unwrap_err();
    assert!(error.to_string().contains("events.catalogue"), "{error}");
}

#[test]
fn a_sample_is_served_as_json() {
    for profile in Profiles::built_in().all() {
        for entry in &profile.catalogue {
            assert_eq!(entry.sample_json().unwrap().get(), entry.sample, "{} {}", profile.name, entry.name);
        }
    }
}

#[test]
fn another_platform_is_another_file_with_its_own_name_and_base_path() {
    let go2 = include_str!("../../profiles/go2.toml");
    let other = go2.replace("name = \"go2\"", "name = \"other\"");
    assert!(Profiles::parse_all(&[&json(go2), &json(&other)]).unwrap_err().to_string().contains("base_path"));
    let other = other.replace("/api/v1", "/other");
    assert_eq!(
        Profiles::parse_all(&[&json(go2), &json(&other)]).unwrap().by_path("/other/webhooks").unwrap().0.name.as_str(),
        "other"
    );
}

#[test]
fn a_scale_multiplies_delays_and_spans_and_not_the_timeout() {
    let go2 = Profiles::built_in().scaled(RetryScale::new(0.1).unwrap()).by_name("go2").unwrap().clone();
    let (timing, own) = (&go2.attempts.timing, OwnTiming::default());
    assert_eq!(timing.schedule_for(&own).delay_after(5), Some(Duration::from_mins(6)));
    assert_eq!(go2.disable.streak, Duration::from_secs(3));
    assert_eq!(timing.timeout_for(&own), Duration::from_secs(10));
}

#[test]
fn the_guides_example_is_a_profile_next_to_the_others() {
    let guide = include_str!("../../../../docs/guides/write-a-profile.md");
    let (_, after) = guide.split_once("```toml").unwrap();
    let (_, block) = after.split_once('\n').unwrap();
    let (example, _) = block.split_once("```").unwrap();
    // Not with all files: a reader of the guide may have saved it among them.
    let profiles = Profiles::parse_all(&[&json(include_str!("../../profiles/go2.toml")), &json(example)]).unwrap();
    let (profile, _) = profiles.by_path("/parcel/v1/webhooks").unwrap();
    assert_eq!(profile.catalogue.len(), 2);
    assert_eq!(profile.attempts.headers.len(), 2);
}
