//! Two lanes: an endpoint that is dead, slow or hostile keeps nobody waiting but itself.

use std::time::Duration;

use local::queues;
use serde_json::Value;
use shared::{
    ambient,
    domain::{
        delivery::{Delivery, Lane, Status},
        id::{AccountId, MessageId, WebhookId},
        subscription::Health,
        time,
        webhook::Webhook,
    },
};
use tokio::time::Instant;

use crate::harness::{Customer, Platform, Receiver, Reply, eventually, job};

const NEVER: Duration = Duration::from_hours(1);

async fn dead() -> Receiver {
    Receiver::scripted(|_, _| Reply::status(200).after(NEVER)).await
}

async fn stored(platform: &Platform, customer: &Customer, webhook: &Value) -> Webhook {
    let (account, id) = (AccountId::parse(&customer.account).unwrap(), id(webhook));
    platform.store().webhook(&account, &id).await.unwrap().unwrap()
}

fn id(webhook: &Value) -> WebhookId {
    WebhookId::parse(webhook["id"].as_str().unwrap()).unwrap()
}

async fn healthy_is(platform: &Platform, customer: &Customer, webhook: &Value, health: Health) {
    eventually(&format!("the health to be {health:?}"), || async {
        (stored(platform, customer, webhook).await.health == health).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_webhook_is_slow_as_soon_as_an_attempt_waits_too_long() {
    let (platform, receiver) = (Platform::start().await, dead().await);
    let customer = platform.customer("go2");
    let webhook = customer.webhook(&receiver.url(), &["*"]).await;
    platform.publish(&customer, "click", "1").await;
    receiver.requests_at_least(1).await;
    let asked = Instant::now();
    healthy_is(&platform, &customer, &webhook, Health::Slow).await;
    assert!(asked.elapsed() < Duration::from_secs(8), "the attempt is still without an answer");
    platform.publish(&customer, "click", "2").await;
    receiver.requests_at_least(2).await;
    let first_lane = platform.sqs().counts(queues::DELIVERY);
    assert_eq!((first_lane.visible, first_lane.not_visible), (0, 1), "the second event is in the other lane");
}

#[tokio::test]
async fn events_one_by_one_to_an_endpoint_that_died_leave_room_for_others() {
    let (platform, dead, quick) = (Platform::start().await, dead().await, Receiver::always(200).await);
    let customer = platform.customer("standard");
    customer.webhook(&dead.url(), &["dead"]).await;
    customer.webhook(&quick.url(), &["quick"]).await;
    // Each has arrived before the next is published: each takes a copy of the function, and nobody knows yet.
    for number in 1..=100 {
        platform.publish(&customer, "dead", "1").await;
        dead.requests_at_least(number).await;
    }
    let published = Instant::now();
    platform.publish(&customer, "quick", "1").await;
    quick.requests_at_least(1).await;
    assert!(published.elapsed() < Duration::from_secs(5), "{:?}, while attempts last 15 s", published.elapsed());
}

#[tokio::test]
async fn a_backlog_of_a_failing_or_slow_endpoint_is_handed_over_and_keeps_nobody_waiting() {
    for health in [Health::Failing, Health::Slow] {
        let mut platform = Platform::start().await;
        let (dead, quick) = (dead().await, Receiver::always(200).await);
        let customer = platform.customer("standard");
        let troubled = customer.webhook(&dead.url(), &["dead"]).await;
        let healthy = customer.webhook(&quick.url(), &["quick"]).await;
        platform.kill().await;
        let backlog = (0..1_500).map(|number| job(&customer, "standard", &troubled, "dead", number)).collect();
        platform.queue(Lane::First, backlog).await;
        platform
            .queue(Lane::First, (0..20).map(|number| job(&customer, "standard", &healthy, "quick", number)).collect())
            .await;
        let before = stored(&platform, &customer, &troubled).await;
        platform.store().set_health(&before, health).await.unwrap();

        let started = Instant::now();
        platform.restart().await;
        quick.requests_at_least(20).await;
        // More than a thousand attempts of 10 s, 500 at once, would have been first.
        assert!(started.elapsed() < Duration::from_secs(10), "{health:?}: {:?}", started.elapsed());
        assert_eq!(platform.sqs().counts(queues::DELIVERY_DLQ).total(), 0);
    }
}

#[tokio::test]
async fn a_full_retry_lane_delays_retries_only_and_loses_none() {
    let platform = Platform::start_scaled(0.001).await;
    platform.sqs().limit_in_flight(queues::RETRY, 4).unwrap();
    let (failing, quick) = (Receiver::always(500).await, Receiver::always(200).await);
    let customer = platform.customer("awsys");
    let troubled = customer.webhook(&failing.url(), &["link.click"]).await;
    customer.webhook(&quick.url(), &["link.created"]).await;
    for number in 0..12 {
        platform.publish(&customer, "link.click", &number.to_string()).await;
    }
    eventually("the retry lane to be full", || async {
        (platform.sqs().counts(queues::RETRY).not_visible >= 4).then_some(())
    })
    .await;
    let asked = Instant::now();
    platform.publish(&customer, "link.created", "1").await;
    quick.requests_at_least(1).await;
    assert!(asked.elapsed() < Duration::from_secs(5), "a first attempt waited {:?}", asked.elapsed());
    let deliveries = customer.deliveries_with(&troubled, &["failed"; 12]).await;
    assert!(deliveries.iter().all(|delivery| delivery["attempts"].as_array().unwrap().len() == 4));
    assert_eq!(failing.requests().len(), 48);
    platform.end().await;
}

#[tokio::test]
async fn a_delivery_whose_owner_is_lost_goes_on_with_another_message_and_with_no_third() {
    let (platform, receiver) = (Platform::start().await, Receiver::always(200).await);
    let customer = platform.customer("go2");
    let webhook = customer.webhook(&receiver.url(), &["*"]).await;
    for (number, overdue_minutes, expected) in [(1, 61, 1), (2, 59, 1)] {
        let job = job(&customer, "go2", &webhook, "click", number);
        let mut record = Delivery::new(&job, Status::Retrying);
        record.owner = Some(MessageId::parse("a-message-in-the-dead-letter-queue").unwrap());
        record.next_attempt_at = Some(time::before(ambient::now(), Duration::from_mins(overdue_minutes)));
        platform.store().record_first(record, ambient::now()).await.unwrap();
        platform.queue(Lane::Retry, vec![job]).await;
        platform.settled().await;
        assert_eq!(receiver.requests().len(), expected, "overdue by {overdue_minutes} minutes");
    }
    platform.end().await;
}
