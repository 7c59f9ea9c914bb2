//! One id is one event, however often and by whichever message it is published.

use futures::future::join_all;
use serde_json::Value;

use crate::harness::{Receiver, Scene};

#[tokio::test]
async fn an_id_repeated_in_a_batch_is_one_event() {
    let Scene { mut platform, customer, webhook, receiver } =
        Scene::new("standard", &["*"], Receiver::always(200).await).await;
    platform.send(&customer.event("a", "known", 1)).await;
    customer.deliveries_with(&webhook, &["delivered"]).await;
    let batch = [("known", 1), ("known", 2), ("new", 3), ("new", 3), ("new", 4), ("other", 5)];
    platform.send_as_batch(&batch.map(|(id, data)| customer.event("a", id, data))).await;
    receiver.requests_at_least(3).await;
    platform.settled().await;
    let mut data: Vec<Value> = receiver.requests().iter().map(|request| request.json()["data"].clone()).collect();
    data.sort_by_key(Value::as_u64);
    assert_eq!(data, [1, 3, 5], "each id was delivered once, with the data that came first");
    assert_eq!(platform.rejected_count(), 2, "the same id with other data is rejected");
    for _ in 0..2 {
        assert!(platform.rejected().await.0.starts_with("ID_REUSED"));
    }
    platform.end().await;
}

#[tokio::test]
async fn an_event_published_concurrently_is_delivered_once() {
    let Scene { platform, customer, webhook, receiver } =
        Scene::new("standard", &["*"], Receiver::always(200).await).await;
    let event = customer.event("a", "same", 1);
    join_all((0..40).map(|_| platform.send(&event))).await;
    customer.deliveries_with(&webhook, &["delivered"]).await;
    platform.settled().await;
    assert_eq!(receiver.requests().len(), 1);
    platform.end().await;
}

#[tokio::test]
async fn an_event_published_by_a_second_message_is_not_sent_again() {
    let Scene { platform, customer, receiver, .. } = Scene::new("go2", &["*"], Receiver::always(200).await).await;
    let event = customer.event("click", "e-1", 1);
    platform.send(&event).await;
    receiver.requests_at_least(1).await;
    platform.send(&event).await;
    platform.settled().await;
    assert_eq!(receiver.requests().len(), 1, "the second message is not a redelivery of the first");
    platform.end().await;
}

#[tokio::test]
async fn a_redriven_event_keeps_its_identity() {
    let Scene { platform, customer, receiver, .. } = Scene::new("standard", &["*"], Receiver::always(200).await).await;
    let body = format!(r#"{{"account":"{}","event":"a","data":1}}"#, customer.account);
    let original = platform.send(&body).await;
    let first = receiver.requests_at_least(1).await.remove(0);
    platform.settled().await;
    platform.send_with(&body, &[("posthorn-source-id", &original)]).await;
    platform.settled().await;
    assert_eq!(receiver.requests().len(), 1, "it is fanned out again, and its delivery's record shows it is finished");
    assert!(first.header("webhook-id").starts_with("dlv_"));
    platform.end().await;
}
