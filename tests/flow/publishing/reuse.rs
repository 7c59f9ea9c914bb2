//! An idempotency key or an event id that is used again: with the same content it publishes nothing new, with other content it is
//! rejected at once.

use futures::future::join_all;
use serde_json::{Value, json};
use shared::domain::account::key::Scope;

use crate::harness::{Platform, Receiver, Scene};

const ORDER: &str = r#"{"event":"order.paid","data":{"order":7,"lines":[1,2],"customer":{"id":1,"name":"x"}}}"#;

/// The same content with other white space, and the members in another order.
const SAME: &str = r#" { "data" : {"customer":{"name":"x","id":1.0}, "order":7,
    "lines":[1, 2]}, "event" : "order.paid" } "#;

const OTHER: &str = r#"{"event":"order.paid","data":{"order":7,"lines":[2,1],"customer":{"id":1,"name":"x"}}}"#;

#[tokio::test]
async fn a_key_with_the_same_content_gives_the_same_ids() {
    let Scene { platform, customer, receiver, .. } = Scene::new("standard", &["*"], Receiver::always(200).await).await;
    let first = customer.post_under("order-7", "/events", ORDER).await;
    assert_eq!(first.status, 202, "{:?}", first.json);
    for body in [ORDER, SAME] {
        let repeat = customer.post_under("order-7", "/events", body).await;
        assert_eq!((repeat.status, &repeat.json["ids"]), (202, &first.json["ids"]), "{body}: {:?}", repeat.json);
    }
    receiver.requests_at_least(1).await;
    platform.settled().await;
    assert_eq!(receiver.requests().len(), 1);
    platform.end().await;
}

#[tokio::test]
async fn a_key_with_another_event_is_rejected_and_publishes_nothing() {
    let Scene { platform, customer, receiver, .. } = Scene::new("standard", &["*"], Receiver::always(200).await).await;
    assert_eq!(customer.post_under("order-7", "/events", ORDER).await.status, 202);
    let two = format!(r#"{{"events":[{ORDER},{ORDER}]}}"#);
    for body in [OTHER, two.as_str()] {
        let rejected = customer.post_under("order-7", "/events", body).await;
        assert_eq!((rejected.status, rejected.code()), (409, "IDEMPOTENCY_KEY_REUSED"), "{body}: {:?}", rejected.json);
    }
    receiver.requests_at_least(1).await;
    platform.settled().await;
    assert_eq!(receiver.requests().len(), 1);
    platform.end().await;
}

#[tokio::test]
async fn of_two_events_at_once_under_one_key_one_is_published() {
    let Scene { platform, customer, receiver, .. } = Scene::new("standard", &["*"], Receiver::always(200).await).await;
    let responses = join_all([ORDER, OTHER].map(|body| customer.post_under("order-7", "/events", body))).await;
    let mut statuses: Vec<u16> = responses.iter().map(|response| response.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 409], "{responses:?}");
    receiver.requests_at_least(1).await;
    platform.settled().await;
    assert_eq!(receiver.requests().len(), 1);
    platform.end().await;
}

#[tokio::test]
async fn a_key_of_another_account_or_route_is_another_key() {
    let (platform, receiver) = (Platform::start().await, Receiver::always(200).await);
    let customer = platform.customer("standard");
    let stranger = platform.new_customer("standard", "stranger", &Scope::ALL).await;
    let webhook = json!({"url": receiver.url(), "events": ["*"]}).to_string();
    for (who, body) in [(&customer, ORDER), (&stranger, OTHER)] {
        let created = who.post_under("order-7", "/webhooks", &webhook).await;
        assert_eq!(created.status, 201, "{:?}", created.json);
        assert_eq!(who.post_under("order-7", "/events", body).await.status, 202);
        let path = format!("/webhooks/{}/rotate-secret", created.data()["id"].as_str().unwrap());
        assert_eq!(who.post_under("order-7", &path, "{}").await.status, 200);
    }
    receiver.requests_at_least(2).await;
    platform.end().await;
}

#[tokio::test]
async fn a_known_id_with_other_content_is_rejected_at_once() {
    let Scene { platform, customer, webhook, receiver } =
        Scene::new("standard", &["*"], Receiver::always(200).await).await;
    let with_id = |body: &str| -> String { body.replacen('{', r#"{"id":"order-7","#, 1) };
    let publish = async |body: String| customer.request(reqwest::Method::POST, "/events", Some(&body)).await;
    assert_eq!(publish(with_id(ORDER)).await.status, 202);
    customer.deliveries_with(&webhook, &["delivered"]).await;

    let again = publish(with_id(SAME)).await;
    assert_eq!((again.status, &again.json["ids"]), (202, &json!(["order-7"])), "{:?}", again.json);
    let rejected = publish(with_id(OTHER)).await;
    assert_eq!((rejected.status, rejected.code()), (409, "ID_REUSED"), "{:?}", rejected.json);
    let list = format!(r#"{{"events":[{},{}]}}"#, ORDER, with_id(OTHER));
    let rejected = publish(list).await;
    assert_eq!((rejected.status, rejected.code()), (409, "ID_REUSED"), "{:?}", rejected.json);
    assert!(rejected.message().starts_with("events[1]: "), "{}", rejected.message());
    let rejected = customer.post_under("order-7", "/events", &with_id(OTHER)).await;
    assert_eq!((rejected.status, rejected.code()), (409, "ID_REUSED"), "{:?}", rejected.json);
    let corrected = customer.post_under("order-7", "/events", &with_id(SAME)).await;
    assert_eq!(corrected.status, 202, "what was rejected used up no key: {:?}", corrected.json);
    platform.settled().await;
    assert_eq!(receiver.requests().len(), 1, "nothing new was delivered");
    let ids: Vec<Value> =
        customer.deliveries(&webhook).await.iter().map(|delivery| delivery["eventId"].clone()).collect();
    assert_eq!(ids, ["order-7"]);
    platform.end().await;
}
