//! Recoveries while the functions are killed at random moments: every delivery arrives, and none twice except where an outcome was
//! lost.
//!
//! The suite recovers a thousand deliveries. `RECOVERY_CHAOS=4000 cargo test --profile local -p tests --test flow -- recovery_chaos`
//! recovers 20,000: each event goes to five webhooks.

use std::{collections::BTreeMap, time::Duration};

use fastrand::Rng;
use futures::future::join_all;
use serde_json::{Value, json};
use shared::ambient;
use tokio::time::sleep;

use crate::harness::{Customer, Platform, Receiver, eventually, path_of};

/// As many recoveries as an account may have at once.
const WEBHOOKS: usize = 5;

/// How many events each webhook missed, unless the environment says otherwise.
const EVENTS: usize = 200;

const KILLS: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recoveries_under_random_kills_deliver_everything_once() {
    let count = ambient::variable("RECOVERY_CHAOS").and_then(|text| text.parse().ok()).unwrap_or(EVENTS);
    let seed = u64::from_le_bytes(ambient::random());
    println!("seed {seed}");
    let mut rng = Rng::with_seed(seed);
    let mut platform = Platform::start_with_quick_retries().await;
    let (customer, receiver) = (platform.customer("standard"), Receiver::always(200).await);
    let webhooks = with_skipped(&platform, &customer, &receiver, count).await;
    let mut recoveries = Vec::new();
    for webhook in &webhooks {
        recoveries.push(customer.recover(webhook, json!({"rate": 100})).await);
    }
    for kill in 1..=KILLS {
        receiver.requests_at_least(kill * count * WEBHOOKS / (KILLS + 2)).await;
        sleep(Duration::from_millis(rng.u64(0..400))).await;
        platform.kill().await;
        platform.restart().await;
        for (webhook, recovery) in webhooks.iter().zip(&recoveries) {
            platform.make_overdue(webhook, recovery).await;
        }
    }
    for webhook in &webhooks {
        all_delivered(&customer, webhook, count).await;
    }
    // A recovery whose outcomes were lost drains until they are half an hour late.
    for (webhook, recovery) in webhooks.iter().zip(&recoveries) {
        customer.order(webhook, recovery, "cancel").await;
    }
    platform.settled().await;

    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for request in receiver.requests() {
        assert_eq!(request.attempt(), 1, "an attempt that was recorded was followed by another");
        *times.entry(request.header("webhook-id").to_owned()).or_default() += 1;
    }
    assert_eq!(times.len(), count * WEBHOOKS);
    let repeated = times.values().filter(|times| **times > 1).count();
    // What a kill cuts off: at most what is in flight at that moment.
    assert!(repeated <= KILLS * 100, "{repeated} were sent more than once");
    platform.end().await;
}

/// Webhooks that were disabled while as many events were published.
async fn with_skipped(platform: &Platform, customer: &Customer, receiver: &Receiver, count: usize) -> Vec<Value> {
    let mut webhooks = Vec::new();
    for _ in 0..WEBHOOKS {
        let webhook = customer.webhook(&receiver.url(), &["*"]).await;
        customer.change(&webhook, &json!({"isActive": false})).await;
        webhooks.push(webhook);
    }
    let events: Vec<String> = (0..count).map(|n| customer.event("a", &format!("e{n}"), n)).collect();
    platform.send_all(&events).await;
    platform.settled().await;
    join_all(webhooks.iter().map(|webhook| {
        let change = json!({"isActive": true});
        async move { customer.change(webhook, &change).await }
    }))
    .await;
    webhooks
}

/// Waits until nothing but delivered ones is in the log, page by page.
async fn all_delivered(customer: &Customer, webhook: &Value, count: usize) {
    let path = format!("{}/deliveries?limit=100&status=skipped,retrying,failed", path_of(webhook));
    // Longer than one wait: a slice whose outcomes were lost is waited for half a minute.
    for _ in 0..=2 + count / 1_000 {
        let done = tokio::time::timeout(Duration::from_secs(50), async {
            eventually("no delivery is left", || async {
                customer.get(&path).await.texts("id").is_empty().then_some(())
            })
            .await;
        });
        if done.await.is_ok() {
            return;
        }
    }
    panic!("deliveries are left: {:?}", customer.get(&path).await.texts("id").len());
}
