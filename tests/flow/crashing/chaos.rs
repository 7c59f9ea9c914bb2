//! Everything at once: throttled, failing and broken calls to AWS, batches that are accepted in part, functions killed at random
//! moments, receivers that fail at random. Afterwards every accepted event is accounted for, once for each webhook, and no queue
//! holds anything.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter::repeat_n,
    sync::Mutex,
    time::Duration,
};

use fastrand::Rng;
use serde_json::{Value, json};
use shared::{
    ambient,
    domain::{
        delivery::{Delivery, Status},
        ids::WebhookId,
    },
    store::deliveries::pages::DeliveryQuery,
};

use super::weather::Weather;
use crate::harness::{Customer, MARKER, Platform, Receiver, Reply, Request};

const EVENTS: usize = 1_000;

/// How many times to kill the functions. Each kill gives every message in flight one more receive, and a queue allows only a
/// limited number.
const KILLS: usize = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_is_accounted_for_after_faults_and_kills() {
    let seed = u64::from_le_bytes(ambient::random());
    println!("seed {seed}");
    let weather = Weather::new(seed);
    let mut platform = Platform::start_tapped(weather.taps()).await;
    let customer = platform.customer("awsys");
    let receivers = [Receiver::always(200).await, moody(seed).await, Receiver::always(500).await];
    let mut webhooks = Vec::new();
    for receiver in &receivers {
        webhooks.push(customer.webhook(&receiver.url(), &["link.click"]).await);
    }

    weather.storm(true);
    platform.send_all(&events(&customer)).await;
    for kill in 1..=KILLS {
        receivers[0].requests_at_least(kill * EVENTS / (KILLS + 2)).await;
        platform.kill().await;
        platform.restart().await;
    }
    receivers[0].requests_at_least(EVENTS * 9 / 10).await;
    weather.storm(false);
    // Without this restart, what a misfortune left in flight would come back only after minutes.
    platform.kill().await;
    platform.restart().await;
    platform.settled().await;

    let outcomes: [&[Status]; 3] = [&[Status::Delivered], &[Status::Delivered, Status::Failed], &[Status::Failed]];
    for ((receiver, webhook), expected) in receivers.iter().zip(&webhooks).zip(outcomes) {
        check_all_are_recorded(&recorded(&platform, webhook).await, receiver, expected, seed);
    }
    platform.end().await;
}

/// The events to publish; one in twenty is published twice.
fn events(customer: &Customer) -> Vec<String> {
    let data = |number| json!({"number": number, "text": MARKER});
    let event = |number| customer.event("link.click", &format!("event-{number}"), data(number));
    let times = |number| if number % 20 == 0 { 2 } else { 1 };
    (0..EVENTS).flat_map(|number| repeat_n(event(number), times(number))).collect()
}

/// Every event has one record, with an expected outcome, and no attempt is recorded that was not sent.
fn check_all_are_recorded(recorded: &[Delivery], receiver: &Receiver, expected: &[Status], seed: u64) {
    let wanted: BTreeSet<String> = (0..EVENTS).map(|number| format!("event-{number}")).collect();
    let found: BTreeSet<String> = recorded.iter().map(|delivery| delivery.event_id.to_string()).collect();
    assert!(recorded.len() == EVENTS && found == wanted, "seed {seed}: {} recorded", recorded.len());
    let requests = attempts_by_delivery(&receiver.requests());
    for delivery in recorded {
        let attempts = delivery.attempts.len();
        assert!(expected.contains(&delivery.status), "seed {seed}: {delivery:?}");
        assert!(delivery.status == Status::Delivered || attempts == 4, "seed {seed}: {delivery:?}");
        let sent = requests.get(delivery.id.as_str()).map_or(0, BTreeSet::len);
        assert!((1..=4).contains(&attempts) && sent >= attempts, "seed {seed}: {delivery:?} was sent {sent} times");
    }
}

/// Fails, asks for time and succeeds, at random.
async fn moody(seed: u64) -> Receiver {
    let rng = Mutex::new(Rng::with_seed(seed));
    Receiver::scripted(move |_, _| match rng.lock().unwrap().u32(..10) {
        0..5 => Reply::status(200),
        5..7 => Reply::status(500),
        7 => Reply::status(503).header("retry-after", "1"),
        8 => Reply::status(302).header("location", "http://169.254.169.254/"),
        _ => Reply::status(200).after(Duration::from_millis(200)),
    })
    .await
}

/// The numbers of the attempts that came, by delivery. The body is the same in all of them.
fn attempts_by_delivery(requests: &[Request]) -> BTreeMap<String, BTreeSet<usize>> {
    let mut attempts: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    let mut bodies: BTreeMap<&str, &str> = BTreeMap::new();
    for request in requests {
        let delivery = request.header("webhook-id");
        attempts.entry(delivery.to_owned()).or_default().insert(request.attempt());
        assert_eq!(bodies.entry(delivery).or_insert(&request.body), &request.body);
    }
    attempts
}

/// All deliveries of a webhook, as they are stored.
async fn recorded(platform: &Platform, webhook: &Value) -> Vec<Delivery> {
    let (store, webhook) = (platform.store(), WebhookId::parse(webhook["id"].as_str().unwrap()).unwrap());
    let mut query = DeliveryQuery { limit: 100, ..DeliveryQuery::default() };
    let mut recorded = Vec::new();
    loop {
        let page = store.deliveries(&webhook, &query, ambient::now()).await.unwrap();
        recorded.extend(page.deliveries);
        match page.next {
            Some(next) => query.before = Some(next),
            None => return recorded,
        }
    }
}
