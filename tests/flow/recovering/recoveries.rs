//! Everything that was missed, sent again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU16, AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};

use crate::harness::{Customer, Platform, Receiver, Reply, path_of, since_an_hour};

/// A receiver whose response the story changes.
struct Switch {
    status: Arc<AtomicU16>,
    receiver: Receiver,
}

impl Switch {
    async fn at(status: u16) -> Self {
        let status = Arc::new(AtomicU16::new(status));
        let read = Arc::clone(&status);
        let receiver = Receiver::scripted(move |_, _| Reply::status(read.load(Ordering::Relaxed))).await;
        Self { status, receiver }
    }

    fn set(&self, status: u16) {
        self.status.store(status, Ordering::Relaxed);
    }
}

/// A webhook with failed deliveries of as many events. The profile gives up soonest and never disables.
async fn with_failed(platform: &Platform, switch: &Switch, count: usize) -> (Customer, Value) {
    let customer = platform.customer("awsys");
    let event = customer.get("/event-types").await.json["data"][0]["name"].as_str().unwrap().to_owned();
    let webhook = customer.webhook(&switch.receiver.url(), &[&event]).await;
    let events: Vec<String> = (0..count).map(|n| customer.event(&event, &format!("e{n}"), n)).collect();
    platform.send_all(&events).await;
    platform.settled().await;
    (customer, webhook)
}

#[tokio::test]
async fn failed_deliveries_are_sent_again_once_each() {
    let platform = Platform::start_with_quick_retries().await;
    let switch = Switch::at(500).await;
    let (customer, webhook) = with_failed(&platform, &switch, 60).await;
    let before = switch.receiver.requests().len();
    assert_eq!(before, 60 * 4);
    switch.set(200);

    let path = format!("{}/recoveries", path_of(&webhook));
    let counted = customer.post(&path, &since_an_hour(json!({"dryRun": true}))).await;
    assert_eq!(
        (counted.status, counted.data()),
        (200, &json!({"counts": {"failed": 60, "skipped": 0}, "complete": true}))
    );

    let recovery = customer.recover(&webhook, json!({"rate": 100})).await;
    assert_eq!((&recovery["counts"]["estimated"], &recovery["include"]), (&json!(60), &json!(["failed", "skipped"])));
    let finished = customer.recovery_with(&webhook, &recovery, "finished").await;
    let counts = json!({"estimated": 60, "queued": 60, "delivered": 60, "failed": 0, "retrying": 0, "passedOver": 0});
    assert_eq!((&finished["counts"], &finished["progress"]), (&counts, &json!(1.0)));
    let requests = switch.receiver.requests();
    assert_eq!(requests.len(), before + 60);
    for request in &requests[before..] {
        assert_eq!((request.header("x-posthorn-reason"), request.attempt()), ("replay", 5));
    }
    assert_eq!(customer.reload(&webhook).await["recovery"], Value::Null);
    let listed = customer
        .get(&format!("{}/deliveries?limit=100&recovery={}", path_of(&webhook), recovery["id"].as_str().unwrap()))
        .await;
    assert_eq!(listed.texts("id").len(), 60);
    platform.end().await;
}

#[tokio::test]
async fn a_replay_that_fails_gets_the_whole_schedule_anew() {
    let platform = Platform::start_with_quick_retries().await;
    let switch = Switch::at(500).await;
    let (customer, webhook) = with_failed(&platform, &switch, 3).await;
    let recovery = customer.recover(&webhook, json!({})).await;
    let finished = customer.recovery_with(&webhook, &recovery, "finished").await;
    platform.settled().await;
    assert_eq!(finished["counts"]["queued"], 3);
    let counts = customer.recovery(&webhook, &recovery).await["counts"].clone();
    assert_eq!((&counts["failed"], &counts["retrying"]), (&json!(3), &json!(0)), "later outcomes move the counts");
    // Four attempts of the schedule, and four of the replay's.
    assert_eq!(switch.receiver.requests().len(), 3 * 8);
    let delivery = customer.deliveries(&webhook).await.remove(0);
    let reasons: Vec<_> =
        delivery["attempts"].as_array().unwrap().iter().map(|attempt| attempt["reason"].clone()).collect();
    assert_eq!(reasons, ["event", "retry", "retry", "retry", "replay", "retry", "retry", "retry"]);
    platform.end().await;
}

#[tokio::test]
async fn an_endpoint_that_fails_is_spared_until_it_is_well() {
    let platform = Platform::start_with_quick_retries().await;
    let switch = Switch::at(500).await;
    let (customer, webhook) = with_failed(&platform, &switch, 40).await;
    let recovery = customer.recover(&webhook, json!({"rate": 100})).await;
    let held = customer.recovery_with(&webhook, &recovery, "held").await;
    assert!(held["statusReason"].as_str().unwrap().starts_with("the endpoint fails"), "{held}");
    // The first slice, and a few single tries: far from all.
    assert!(held["counts"]["queued"].as_u64().unwrap() < 20, "{held}");
    switch.set(200);
    let finished = customer.recovery_with(&webhook, &recovery, "finished").await;
    assert_eq!(finished["counts"]["passedOver"], 0);
    platform.settled().await;
    let delivered = customer.get(&format!("{}/deliveries?limit=100&status=delivered", path_of(&webhook))).await;
    assert_eq!(delivered.texts("id").len(), 40);
    assert!(customer.reload(&webhook).await["isActive"].as_bool().unwrap());
    platform.end().await;
}

#[tokio::test]
async fn a_410_holds_and_gives_up_only_its_own_delivery() {
    // The profile's longest delay of ten hours becomes less than four seconds.
    let platform = Platform::start_scaled(0.0001).await;
    let customer = platform.customer("standard");
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    // The schedule of eight attempts fails, then one 410, then all is well.
    let receiver = Receiver::scripted(move |_, request| match request.header("x-posthorn-reason") {
        "event" | "retry" => Reply::status(500),
        _ if count.fetch_add(1, Ordering::Relaxed) == 0 => Reply::status(410),
        _ => Reply::status(200),
    })
    .await;
    let webhook = customer.webhook(&receiver.url(), &["*"]).await;
    for n in 0..2 {
        platform.send(&customer.event("a", &format!("e{n}"), n)).await;
    }
    customer.deliveries_with(&webhook, &["failed", "failed"]).await;
    let recovery = customer.recover(&webhook, json!({"rate": 1})).await;
    let finished = customer.recovery_with(&webhook, &recovery, "finished").await;
    assert_eq!((&finished["counts"]["delivered"], &finished["counts"]["failed"]), (&json!(1), &json!(1)), "{finished}");
    assert_eq!(customer.reload(&webhook).await["isActive"], true, "a replay never disables");
    platform.end().await;
}

#[tokio::test]
async fn deliveries_that_are_retrying_are_left_alone() {
    let platform = Platform::start_scaled(1.0).await;
    let customer = platform.customer("go2");
    let receiver = Receiver::always(500).await;
    let webhook = customer.webhook(&receiver.url(), &["click"]).await;
    platform.send(&customer.event("click", "e1", 1)).await;
    customer.deliveries_with(&webhook, &["retrying"]).await;
    let recovery = customer.recover(&webhook, json!({"include": ["failed", "skipped", "missing", "delivered"]})).await;
    let finished = customer.recovery_with(&webhook, &recovery, "finished").await;
    assert_eq!(finished["counts"]["queued"], 0);
    assert_eq!(receiver.requests().len(), 1);
}

#[tokio::test]
async fn a_thousand_at_a_hundred_a_second_are_done_within_half_a_minute() {
    let platform = Platform::start_with_quick_retries().await;
    let switch = Switch::at(200).await;
    let customer = platform.customer("awsys");
    let event = customer.get("/event-types").await.json["data"][0]["name"].as_str().unwrap().to_owned();
    let webhook = customer.webhook(&switch.receiver.url(), &[&event]).await;
    customer.change(&webhook, &json!({"isActive": false})).await;
    let events: Vec<String> = (0..1_000).map(|n| customer.event(&event, &format!("e{n}"), n)).collect();
    platform.send_all(&events).await;
    platform.settled().await;
    customer.change(&webhook, &json!({"isActive": true})).await;
    let begun = tokio::time::Instant::now();
    let recovery = customer.recover(&webhook, json!({"include": ["skipped"], "rate": 100})).await;
    let finished = customer.recovery_with(&webhook, &recovery, "finished").await;
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    assert_eq!((&finished["counts"]["queued"], &finished["counts"]["delivered"]), (&json!(1_000), &json!(1_000)));
    assert_eq!(switch.receiver.requests().len(), 1_000);
    platform.end().await;
}
