use domain::{event::pattern::EventPattern, target::TargetPolicy};

use super::*;

fn filter() -> Filter {
    Filter::parse(r#"{"event":["a"]}"#).unwrap()
}

#[test]
fn a_filter_is_written_to_the_webhook_and_to_its_route() {
    let written = text(r#"{"event":["a"]}"#);
    for (change, value, of_route) in [
        (Change::Set(filter()), Some(&written), vec![("f", RouteChange::Set(written.clone()))]),
        (Change::Clear, None, vec![("f", RouteChange::Remove)]),
    ] {
        let update = Update::of(Patch { filter: change, ..Patch::default() }, Timestamp::UNIX_EPOCH);
        assert_eq!(update.webhook.values().get(":filter"), value);
        assert_eq!(update.webhook.expression().contains("REMOVE #filter"), value.is_none());
        assert_eq!(update.route, of_route);
    }
}

#[test]
fn enabling_starts_a_new_streak() {
    let patch = Patch { activity: Some(Activity::Enabled), ..Patch::default() };
    let update = Update::of(patch, Timestamp::UNIX_EPOCH);
    let expression = update.webhook.expression();
    for part in ["#failures = :failures", "#enabledAt = :enabledAt", "#disabledAt, #disabledReason"] {
        assert!(expression.contains(part), "{expression}");
    }
    assert_eq!(update.webhook.values().get(":failures"), Some(&number(0)));
    assert!(update.route.contains(&("a", RouteChange::Set(AttributeValue::Bool(true)))));
    assert!(update.route.contains(&("h", RouteChange::Set(text("ok")))));
}

#[test]
fn a_new_url_starts_a_new_streak_with_health_ok() {
    let url = TargetPolicy::default().check("https://example.com/new").unwrap();
    let update = Update::of(Patch { url: Some(url), ..Patch::default() }, Timestamp::UNIX_EPOCH);
    for (name, value) in [(":failures", number(0)), (":failedDeliveries", number(0)), (":health", text("ok"))] {
        assert_eq!(update.webhook.values().get(name), Some(&value), "{name}");
    }
    assert!(
        update
            .webhook
            .expression()
            .ends_with("REMOVE #failingSince, #failingFrom, #told, #exhaustedAt, #exhausted, #quick"),
        "{}",
        update.webhook.expression()
    );
    assert_eq!(update.route, [("h", RouteChange::Set(text("ok")))]);
}

#[test]
fn only_a_webhook_that_wants_more_gets_it_from_a_moment_later() {
    let events = Some(vec![EventPattern::Everything]);
    for (patch, is_written) in [
        (Patch { events, ..Patch::default() }, true),
        (Patch { filter: Change::Clear, ..Patch::default() }, true),
        (Patch { filter: Change::Set(filter()), ..Patch::default() }, true),
        (Patch { rate_limit: Change::Clear, ..Patch::default() }, false),
        (Patch { activity: Some(Activity::Enabled), ..Patch::default() }, true),
        (Patch { activity: Some(Activity::StartedAgain), ..Patch::default() }, false),
        (Patch { activity: Some(Activity::Disabled { reason: String::new() }), ..Patch::default() }, false),
    ] {
        let update = Update::of(patch.clone(), Timestamp::UNIX_EPOCH).webhook;
        let moment_later = number(WANTED_WITHIN.as_millis());
        let written = is_written.then_some(&moment_later);
        assert_eq!(update.values().get(":wantsSince"), written, "{patch:?}");
    }
}

#[test]
fn a_patch_writes_only_what_it_names() {
    for (name, expression) in [
        (Change::Set("x".to_owned()), "SET #updatedAt = :updatedAt, #name = :name"),
        (Change::Clear, "SET #updatedAt = :updatedAt REMOVE #name"),
        (Change::Keep, "SET #updatedAt = :updatedAt"),
    ] {
        let update = Update::of(Patch { name, ..Patch::default() }, Timestamp::UNIX_EPOCH);
        assert_eq!(update.webhook.expression(), expression);
        assert!(update.route.is_empty());
    }
}
