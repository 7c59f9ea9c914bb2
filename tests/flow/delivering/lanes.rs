//! Two lanes: an endpoint that is dead, slow or hostile delays no other endpoint.

use std::time::Duration;

use jiff::Timestamp;
use local::queues;
use serde_json::Value;
use shared::domain::{
    delivery::{job::Job, lane::Lane},
    webhook::standing::{Health, Pulse},
};
use tokio::time::Instant;

use crate::harness::{Gate, Platform, Receiver, Reply, Scene, eventually, job};

#[tokio::test]
async fn a_slow_endpoint_does_not_delay_another() {
    let (quick, gate) = (Receiver::always(200).await, Gate::closed());
    let held = gate.clone();
    let slow = Receiver::scripted(move |_, _| Reply::status(200).behind(&held)).await;
    let Scene { platform, customer, webhook, receiver } = Scene::new("standard", &["slow"], slow).await;
    customer.webhook(&quick.url(), &["quick"]).await;
    for event in ["slow", "quick"] {
        for _ in 0..20 {
            platform.publish(&customer, event, "1").await;
        }
    }
    quick.requests_at_least(20).await;
    let delivered = customer.deliveries(&webhook).await;
    assert!(delivered.is_empty(), "the quick endpoint waited for the slow one: {delivered:?}");
    gate.open();
    receiver.requests_at_least(20).await;
    platform.end().await;
}

#[tokio::test]
async fn a_receiver_that_never_responds_delays_no_other() {
    let (quick, gate) = (Receiver::always(200).await, Gate::closed());
    let held = gate.clone();
    let silent = Receiver::scripted(move |_, _| Reply::status(200).behind(&held)).await;
    let Scene { platform, customer, webhook, receiver } = Scene::new("go2", &["link.created"], silent).await;
    let healthy = customer.webhook(&quick.url(), &["link.created"]).await;
    platform.publish(&customer, "link.created", r#"{"n":1}"#).await;
    let delivered = customer.deliveries_with(&healthy, &["delivered"]).await;
    let time = |text: &Value| -> Timestamp { text.as_str().unwrap().parse().unwrap() };
    let waited = time(&delivered[0]["attempts"][0]["at"]) - time(&delivered[0]["createdAt"]);
    assert!(Duration::try_from(waited).unwrap() < Duration::from_secs(5), "{waited}");
    assert_eq!(
        (receiver.requests().len(), customer.deliveries(&webhook).await.len()),
        (1, 0),
        "still without response"
    );
    gate.open();
    platform.end().await;
}

#[tokio::test]
async fn an_attempt_that_waits_too_long_makes_its_webhook_slow() {
    let Scene { platform, customer, webhook, receiver } = Scene::new("go2", &["*"], Receiver::silent().await).await;
    platform.publish(&customer, "click", "1").await;
    receiver.requests_at_least(1).await;
    let asked = Instant::now();
    eventually("the webhook is slow", || async {
        (platform.stored(&customer, &webhook).await.standing.pulse.health == Health::Slow).then_some(())
    })
    .await;
    assert!(asked.elapsed() < Duration::from_secs(8), "the attempt ended before the webhook was slow");
    platform.publish(&customer, "click", "2").await;
    receiver.requests_at_least(2).await;
    let first_lane = platform.sqs().counts(queues::DELIVERY);
    assert_eq!((first_lane.visible, first_lane.not_visible), (0, 1), "the second event is in the other lane");
}

#[tokio::test]
async fn an_endpoint_that_died_unnoticed_leaves_room_for_others() {
    let Scene { platform, customer, receiver, .. } = Scene::new("standard", &["dead"], Receiver::silent().await).await;
    let quick = Receiver::always(200).await;
    customer.webhook(&quick.url(), &["quick"]).await;
    // Each event has arrived before the next is published, so each takes a concurrent execution before the webhook is slow.
    for number in 1..=100 {
        platform.publish(&customer, "dead", "1").await;
        receiver.requests_at_least(number).await;
    }
    let published = Instant::now();
    platform.publish(&customer, "quick", "1").await;
    quick.requests_at_least(1).await;
    assert!(published.elapsed() < Duration::from_secs(5), "{:?}, while attempts last 15 s", published.elapsed());
}

#[tokio::test]
async fn a_backlog_of_a_failing_endpoint_delays_no_other() {
    a_backlog_delays_no_other(Health::Failing).await;
}

#[tokio::test]
async fn a_backlog_of_a_slow_endpoint_delays_no_other() {
    a_backlog_delays_no_other(Health::Slow).await;
}

async fn a_backlog_delays_no_other(health: Health) {
    let Scene { mut platform, customer, webhook: troubled, .. } =
        Scene::new("standard", &["dead"], Receiver::silent().await).await;
    let quick = Receiver::always(200).await;
    let healthy = customer.webhook(&quick.url(), &["quick"]).await;
    platform.kill().await;
    let jobs = |webhook, event: &str, count| -> Vec<Job> {
        (0..count).map(|number| job(&customer, "standard", webhook, event, number)).collect()
    };
    platform.queue(Lane::First, jobs(&troubled, "dead", 1_500)).await;
    platform.queue(Lane::First, jobs(&healthy, "quick", 20)).await;
    let before = platform.stored(&customer, &troubled).await;
    platform.store().set_pulse(&before, Pulse::of(health)).await.unwrap();

    let started = Instant::now();
    platform.restart().await;
    quick.requests_at_least(20).await;
    // Otherwise more than a thousand attempts of 10 s, 500 at once, would have come first.
    assert!(started.elapsed() < Duration::from_secs(10), "{health:?}: {:?}", started.elapsed());
    assert_eq!(platform.sqs().counts(queues::DELIVERY_DLQ).total(), 0);
}

#[tokio::test]
async fn a_full_retry_lane_delays_only_retries_and_loses_none() {
    let platform = Platform::start_with_quick_retries().await;
    platform.sqs().limit_in_flight(queues::RETRY, 4).unwrap();
    let Scene { platform, customer, webhook, receiver } =
        Scene::on(platform, "awsys", &["link.click"], Receiver::always(500).await).await;
    let quick = Receiver::always(200).await;
    customer.webhook(&quick.url(), &["link.created"]).await;
    for number in 0..12 {
        platform.publish(&customer, "link.click", &number.to_string()).await;
    }
    eventually("the retry lane is full", || async {
        (platform.sqs().counts(queues::RETRY).not_visible >= 4).then_some(())
    })
    .await;
    let asked = Instant::now();
    platform.publish(&customer, "link.created", "1").await;
    quick.requests_at_least(1).await;
    assert!(asked.elapsed() < Duration::from_secs(5), "a first attempt waited {:?}", asked.elapsed());
    let deliveries = customer.deliveries_with(&webhook, &["failed"; 12]).await;
    assert!(deliveries.iter().all(|delivery| delivery["attempts"].as_array().unwrap().len() == 4));
    assert_eq!(receiver.requests().len(), 48);
    platform.end().await;
}
