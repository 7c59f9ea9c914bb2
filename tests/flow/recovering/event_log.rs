//! The event log: what was published, and what a receiver should have got.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::harness::{Customer, Platform, Receiver, Scene, path_of};

/// How many events each profile's story publishes: more than a batch, and more than a page.
const EVENTS: usize = 23;

/// All events of the account, newest first, in pages of ten.
async fn listed(customer: &Customer, filter: &str) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = customer.get(&format!("/events?limit=10{filter}{cursor}")).await;
        assert_eq!(page.status, 200, "{:?}", page.json);
        all.extend(page.json["data"].as_array().unwrap().clone());
        match page.json["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

fn texts(events: &[Value], field: &str) -> Vec<String> {
    events.iter().map(|event| event[field].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_event_is_listed_once_whoever_wants_it() {
    for (profile, event) in [("awsys", "conversion.click"), ("go2", "click"), ("standard", "user.created")] {
        let platform = Platform::start().await;
        let customer = platform.customer(profile);
        let types = customer.get("/event-types").await;
        let event = types.json["data"][0]["name"].as_str().map_or(event.to_owned(), str::to_owned);
        for n in 0..EVENTS {
            platform.send(&customer.event(&event, &format!("e{n}"), n)).await;
        }
        platform.settled().await;
        let mut ids = texts(&listed(&customer, "").await, "id");
        ids.sort();
        let mut expected: Vec<String> = (0..EVENTS).map(|n| format!("e{n}")).collect();
        expected.sort();
        assert_eq!(ids, expected, "{profile}");
        platform.end().await;
    }
}

#[tokio::test]
async fn an_event_published_twice_is_listed_once() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    for _ in 0..3 {
        platform.send(&customer.event("a", "same", 1)).await;
        platform.settled().await;
    }
    platform.send(&customer.event("a", "other", 1)).await;
    platform.settled().await;
    assert_eq!(texts(&listed(&customer, "").await, "id"), ["other", "same"]);
    platform.end().await;
}

#[tokio::test]
async fn events_are_filtered_by_type_and_time() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    for (id, event) in [("1", "a"), ("2", "b"), ("3", "c")] {
        platform.send(&customer.event(event, id, 1)).await;
        platform.settled().await;
    }
    assert_eq!(texts(&listed(&customer, "&event=a,c").await, "id"), ["3", "1"]);
    let future = "&since=2099-01-01T00:00:00Z";
    let past = "&until=2000-01-01T00:00:00Z";
    for (filter, count) in [(future, 0), (past, 0), ("&since=2000-01-01T00:00:00Z&until=2099-01-01T00:00:00Z", 3)] {
        assert_eq!(listed(&customer, filter).await.len(), count, "{filter}");
    }
    platform.end().await;
}

#[tokio::test]
async fn an_event_is_found_by_an_id_of_any_printable_characters() {
    let Scene { platform, customer, webhook, receiver } =
        Scene::new("standard", &["*"], Receiver::always(200).await).await;
    let id: String = ('!'..='~').filter(|char| !matches!(char, '"' | '\\')).collect();
    platform.send(&customer.event("a", &id, "{\"n\":1}")).await;
    let sent = receiver.requests_at_least(1).await.remove(0);
    platform.settled().await;
    let delivery = customer.deliveries(&webhook).await.remove(0);

    let query: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
    let found = customer.get(&format!("/event?id={query}")).await;
    assert_eq!(found.status, 200, "{:?}", found.json);
    let event = found.data();
    assert_eq!((&event["id"], &event["event"]), (&json!(id), &json!("a")));
    assert_eq!(event["payload"], sent.body);
    assert_eq!(event["bytes"], json!(sent.body.len()));
    let expected = json!([{
        "webhookId": webhook["id"], "deliveryId": delivery["id"], "status": "delivered", "attempts": 1, "lastStatusCode": 200,
    }]);
    assert_eq!(event["deliveries"], expected);

    let by_event = customer.get(&format!("{}/deliveries?eventId={query}", path_of(&webhook))).await;
    assert_eq!(by_event.texts("id"), [delivery["id"].as_str().unwrap()]);
    for (path, status, code) in [
        ("/event", 400, "INVALID_PARAMETER"),
        ("/event?id=other", 404, "NOT_FOUND"),
        ("/event?id=%20", 404, "NOT_FOUND"),
    ] {
        let response = customer.get(path).await;
        assert_eq!((response.status, response.code()), (status, code), "{path}");
    }
    platform.end().await;
}

#[tokio::test]
async fn a_receiver_catches_up_on_what_its_webhook_wants() {
    let platform = Platform::start().await;
    let customer = platform.customer("go2");
    for n in 0..7 {
        platform.send(&customer.event("click", &format!("c{n}"), n)).await;
        platform.send(&customer.event("link.created", &format!("l{n}"), n)).await;
    }
    platform.settled().await;
    // Created after the events: none was delivered, yet all can be read.
    let receiver = Receiver::always(200).await;
    let webhook = customer.webhook(&receiver.url(), &["click"]).await;
    let started = Instant::now();
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    while ids.len() < 7 {
        assert!(started.elapsed() < Duration::from_secs(16), "an event appears within 15 s: {ids:?}");
        let page = customer.get(&format!("{}/events?limit=3{cursor}", path_of(&webhook))).await;
        assert_eq!(page.status, 200, "{:?}", page.json);
        ids.extend(page.texts("eventId"));
        cursor = format!("&cursor={}", page.json["nextCursor"].as_str().unwrap());
        if page.json["done"] == true {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    ids.sort();
    assert_eq!(ids, ["c0", "c1", "c2", "c3", "c4", "c5", "c6"]);
    let last = customer.get(&format!("{}/events?limit=3{cursor}", path_of(&webhook))).await;
    assert_eq!((&last.json["data"], &last.json["done"]), (&json!([]), &json!(true)));
    platform.end().await;
}

#[tokio::test]
async fn another_accounts_events_are_not_found() {
    let Scene { platform, customer, webhook, .. } = Scene::new("standard", &["*"], Receiver::always(200).await).await;
    platform.send(&customer.event("a", "mine", 1)).await;
    platform.settled().await;
    let scopes = [shared::domain::account::key::Scope::Read];
    let other = platform.new_customer("standard", "other", &scopes).await;
    assert!(listed(&other, "").await.is_empty());
    assert_eq!(other.get("/event?id=mine").await.status, 404);
    assert_eq!(other.get(&format!("{}/events", path_of(&webhook))).await.status, 404);
    platform.end().await;
}
