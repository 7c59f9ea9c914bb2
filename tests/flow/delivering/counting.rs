//! Which failures count against a webhook, and when.

use local::stack::StackOptions;
use serde_json::{Value, json};
use shared::domain::{delivery::lane::Lane, webhook::standing::Health};

use crate::harness::{Customer, Faults, Gate, Platform, Receiver, Reply, Request, Scene, eventually, job};

/// How long a receiver asks to be left alone. Such a retry is parked, so that no further attempt changes what a story looks at.
const LATER: &str = "3600";

#[tokio::test]
async fn failures_before_a_success_do_not_disable_a_webhook() {
    let platform = Platform::start_with_quick_retries().await;
    let receiver = Receiver::scripted(|_, request| match (request.attempt(), is_last(request)) {
        (_, true) => Reply::status(503).header("retry-after", LATER),
        (1, false) => Reply::status(500),
        _ => Reply::status(200),
    })
    .await;
    let Scene { mut platform, customer, webhook, .. } = Scene::on(platform, "go2", &["click"], receiver).await;
    let gate = Gate::closed();
    let held = gate.clone();
    let hanging = Receiver::scripted(move |_, _| Reply::status(200).behind(&held)).await;
    let neighbour = customer.webhook(&hanging.url(), &["qr.scanned"]).await;
    let failing = (1..=9).map(|number| job(&customer, "go2", &webhook, "click", number));
    let batch = failing.chain([job(&customer, "go2", &neighbour, "qr.scanned", 0)]).collect();
    platform.queue_as_batch(Lane::First, batch).await;

    failures(&customer, &webhook, 9).await;
    assert!(customer.deliveries(&neighbour).await.is_empty(), "the neighbour still hangs");
    customer.deliveries_with(&webhook, &["delivered"; 9]).await;
    failures(&customer, &webhook, 0).await;
    // Each retry came a second after its failure, which is longer than the streak has to span here.
    platform.publish(&customer, "click", "\"last\"").await;
    failures(&customer, &webhook, 1).await;
    gate.open();
    customer.deliveries_with(&neighbour, &["delivered"]).await;
    platform.settled().await;
    let now = customer.reload(&webhook).await;
    assert_eq!((&now["isActive"], &now["consecutiveFailures"]), (&json!(true), &json!(1)));
    platform.end().await;
}

fn is_last(request: &Request) -> bool {
    request.json()["data"] == "last"
}

#[tokio::test]
async fn a_new_url_starts_without_failures_in_the_first_lane() {
    let faults = Faults::default();
    let options = StackOptions { retry_scale: 0.001, taps: faults.taps(), ..StackOptions::default() };
    let Scene { platform, customer, webhook, .. } =
        Scene::on(Platform::start_with(options).await, "go2", &["*"], busy().await).await;
    for number in 1..=9 {
        platform.publish(&customer, "click", &number.to_string()).await;
    }
    failures(&customer, &webhook, 9).await;
    eventually("the webhook is failing", || async {
        (platform.stored(&customer, &webhook).await.standing.pulse.health == Health::Failing).then_some(())
    })
    .await;

    let other = busy().await;
    let changed = customer.change(&webhook, &json!({"url": other.url()})).await;
    assert_eq!(changed["consecutiveFailures"], 0);
    faults.arm(None);
    platform.publish(&customer, "click", "\"to the new URL\"").await;
    other.requests_at_least(1).await;
    failures(&customer, &webhook, 1).await;
    assert_eq!(customer.reload(&webhook).await["isActive"], true);
    let calls: Vec<String> = faults.seen().into_iter().map(|step| step.call).collect();
    assert!(calls.iter().any(|call| call == "SendMessageBatch delivery"), "{calls:?}");
    assert!(!calls.iter().any(|call| call == "SendMessageBatch retry"), "{calls:?}");
    platform.end().await;
}

#[tokio::test]
async fn only_server_errors_count_while_a_rotation_is_under_way() {
    let platform = Platform::start_with_quick_retries().await;
    let receiver = Receiver::scripted(|_, request| match request.attempt() {
        1 => Reply::status(401),
        _ => Reply::status(503).header("retry-after", LATER),
    })
    .await;
    let Scene { platform, customer, webhook, receiver } = Scene::on(platform, "go2", &["*"], receiver).await;
    customer.rotate_secret(&webhook, &json!({"gracePeriodSeconds": 604_800})).await;
    for number in 1..=3 {
        platform.publish(&customer, "click", &number.to_string()).await;
    }
    receiver.requests_at_least(6).await;
    failures(&customer, &webhook, 3).await;
    platform.settled().await;
    assert_eq!(customer.reload(&webhook).await["consecutiveFailures"], 3, "a rejection is explained by the rotation");
    platform.end().await;
}

#[tokio::test]
async fn rejections_count_when_no_rotation_is_under_way() {
    let receiver = Receiver::scripted(|_, _| Reply::status(429).header("retry-after", LATER)).await;
    let platform = Platform::start_with_quick_retries().await;
    let Scene { platform, customer, webhook, .. } = Scene::on(platform, "go2", &["*"], receiver).await;
    customer.rotate_secret(&webhook, &json!({"gracePeriodSeconds": 0})).await;
    platform.publish(&customer, "click", "1").await;
    failures(&customer, &webhook, 1).await;
    platform.end().await;
}

#[tokio::test]
async fn a_410_disables_while_a_rotation_is_under_way() {
    let Scene { platform, customer, webhook, .. } = Scene::new("standard", &["*"], Receiver::always(410).await).await;
    customer.rotate_secret(&webhook, &json!({"gracePeriodSeconds": 604_800})).await;
    platform.publish(&customer, "a", "1").await;
    assert_eq!(customer.disabled(&webhook).await["disabledReason"], "the endpoint answered 410 Gone");
    platform.end().await;
}

/// A receiver that asks for an hour each time.
async fn busy() -> Receiver {
    Receiver::scripted(|_, _| Reply::status(503).header("retry-after", LATER)).await
}

/// Waits until the webhook has this many consecutive failures.
async fn failures(customer: &Customer, webhook: &Value, count: u64) {
    eventually(&format!("{count} consecutive failures"), || async {
        (customer.reload(webhook).await["consecutiveFailures"] == count).then_some(())
    })
    .await;
}
