//! A webhook with a filter gets what matches, and nothing is recorded of the rest.

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::account::key::Scope;

use crate::harness::{Platform, Receiver, Scene, path_of};

const LARGE: &str = r#"{"data":{"amount":[{"numeric":[">=",100]}]}}"#;

fn filter(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn a_webhook_gets_the_events_that_its_filter_matches() {
    join_all([("awsys", "link.click"), ("go2", "click"), ("standard", "a")].map(matching)).await;
}

async fn matching((profile, event): (&str, &str)) {
    let Scene { platform, customer, webhook, receiver } =
        Scene::new(profile, &[event], Receiver::always(200).await).await;
    customer.change(&webhook, &json!({"filter": filter(LARGE)})).await;
    let unfiltered = Receiver::always(200).await;
    let all = customer.webhook(&unfiltered.url(), &[event]).await;
    for (id, amount) in [("small", 99), ("large", 100), ("larger", 101)] {
        platform.send(&customer.event(event, id, json!({"amount": amount}))).await;
    }
    platform.settled().await;
    let mut ids: Vec<String> =
        receiver.requests().iter().map(|request| request.header("x-posthorn-event-id").to_owned()).collect();
    ids.sort();
    assert_eq!(ids, ["large", "larger"], "{profile}");
    assert_eq!(customer.deliveries(&webhook).await.len(), 2, "{profile}: what does not match has no record");
    assert_eq!(customer.deliveries(&all).await.len(), 3, "{profile}");
    let published = customer.get("/event?id=small").await;
    assert_eq!(published.data()["deliveries"].as_array().unwrap().len(), 1, "{profile}: {:?}", published.json);
    platform.end().await;
}

#[tokio::test]
async fn a_disabled_webhook_has_no_record_of_what_its_filter_excludes() {
    let Scene { platform, customer, webhook, .. } = Scene::new("go2", &["*"], Receiver::always(200).await).await;
    customer.change(&webhook, &json!({"filter": filter(LARGE), "isActive": false})).await;
    for amount in [1, 100] {
        platform.publish(&customer, "click", &json!({"amount": amount}).to_string()).await;
    }
    platform.settled().await;
    assert_eq!(customer.deliveries_with(&webhook, &["skipped"]).await.len(), 1);
    platform.end().await;
}

#[tokio::test]
async fn a_changed_or_cleared_filter_applies_to_the_next_event() {
    let Scene { platform, customer, webhook, receiver } =
        Scene::new("standard", &["*"], Receiver::always(200).await).await;
    for (id, change) in [
        ("none", json!({})),
        ("excluded", json!({"filter": {"event": ["other"]}})),
        ("matching", json!({"filter": {"event": ["a"]}})),
        ("excluded again", json!({"filter": {"data": [{"exists": false}]}})),
        ("cleared", json!({"filter": null})),
    ] {
        customer.change(&webhook, &change).await;
        platform.send(&customer.event("a", &id.replace(' ', "-"), 1)).await;
        platform.settled().await;
    }
    let ids: Vec<String> =
        receiver.requests().iter().map(|request| request.header("x-posthorn-event-id").to_owned()).collect();
    assert_eq!(ids, ["none", "matching", "cleared"]);
    platform.end().await;
}

#[tokio::test]
async fn a_delivery_that_has_a_record_is_not_judged_again() {
    let receiver = Receiver::in_turn(&[500, 200]).await;
    let platform = Platform::start_scaled(0.4).await;
    let Scene { platform, customer, webhook, receiver } = Scene::on(platform, "go2", &["*"], receiver).await;
    platform.publish(&customer, "click", "1").await;
    receiver.requests_at_least(1).await;
    customer.change(&webhook, &json!({"filter": {"event": ["other"]}})).await;
    let delivery = customer.deliveries_with(&webhook, &["delivered"]).await.remove(0);
    assert_eq!(customer.resend(&webhook, &delivery).await.status, 202);
    receiver.requests_at_least(3).await;
    platform.end().await;
}

#[tokio::test]
async fn a_filter_is_checked_against_a_stored_event_or_a_given_one() {
    let platform = Platform::start().await;
    for (profile, event) in [("awsys", "link.click"), ("go2", "click"), ("standard", "a")] {
        let receiver = Receiver::always(200).await;
        let customer = platform.customer(profile);
        let webhook = customer.webhook(&receiver.url(), &[event]).await;
        let id = format!("{profile}-event");
        platform.send(&customer.event(event, &id, r#"{"amount":5}"#)).await;
        receiver.requests_at_least(1).await;
        let path = format!("{}/filter-check", path_of(&webhook));
        let given = json!({"event": event, "data": {"amount": 100}});
        let stored = json!({"eventId": id});
        for (change, of_given, of_stored) in [
            (json!({}), true, true),
            (json!({"filter": filter(LARGE)}), true, false),
            (json!({"isActive": false}), true, false),
        ] {
            customer.change(&webhook, &change).await;
            for (body, matches) in [(&given, of_given), (&stored, of_stored)] {
                let checked = customer.post(&path, body).await;
                assert_eq!((checked.status, checked.data()), (200, &json!({"matches": matches})), "{profile} {body}");
            }
        }
        for (body, status, code) in [
            (json!({"eventId": "unknown"}), 404, "NOT_FOUND"),
            (json!({"event": event}), 400, "MISSING_FIELD"),
            (json!({"event": event, "data": 1, "more": 1}), 400, "UNKNOWN_FIELD"),
            (json!({"event": "no such name", "data": 1}), 400, "UNKNOWN_EVENT"),
        ] {
            let response = customer.post(&path, &body).await;
            assert_eq!((response.status, response.code()), (status, code), "{profile} {body}: {:?}", response.json);
        }
        let empty = customer.request(Method::POST, &path, None).await;
        assert_eq!(empty.status, 400, "{profile}: {:?}", empty.json);
        let large = json!({"event": event, "data": "x".repeat(262_145)});
        let response = customer.post(&path, &large).await;
        assert_eq!((response.status, response.code()), (400, "TOO_LARGE"), "{profile}");
        assert_eq!(receiver.requests().len(), 1, "{profile}: nothing is sent");
    }
    platform.end().await;
}

#[tokio::test]
async fn a_reader_checks_filters_of_its_own_account_only() {
    let Scene { platform, customer, webhook, .. } = Scene::new("standard", &["*"], Receiver::always(200).await).await;
    let (path, body) = (format!("{}/filter-check", path_of(&webhook)), json!({"event": "a", "data": 1}));
    for (scope, status) in [(Scope::Read, 200), (Scope::Manage, 200), (Scope::Publish, 403)] {
        let key = platform.new_key(&customer, "standard", &[scope]).await;
        assert_eq!(key.post(&path, &body).await.status, status, "{scope:?}");
    }
    let other = platform.new_customer("standard", "other", &[Scope::Read]).await;
    assert_eq!(other.post(&path, &body).await.status, 404);
    platform.end().await;
}
