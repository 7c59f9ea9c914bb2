//! Webhooks with a rate limit: the receiver's own clock never sees more than allowed, and nothing is lost.

use std::time::Duration;

use local::stack::StackOptions;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::harness::{Customer, Platform, Receiver, Reply, eventually, since_an_hour};

#[tokio::test]
async fn a_backlog_comes_at_the_limit_and_is_not_lost() {
    let (platform, receiver, clock) = (Platform::start_scaled(1.0).await, Receiver::always(200).await, Instant::now());
    let customer = platform.customer("standard");
    let webhook = limited(&customer, &receiver.url(), 20, 1).await;
    let events: Vec<String> = (0..400).map(|n| customer.event("a", &format!("e{n}"), n)).collect();
    platform.send_all(&events).await;
    let throttled = eventually("the webhook is behind", || async {
        customer.reload(&webhook).await["throttledUntil"].as_str().map(str::to_owned)
    })
    .await;
    assert!(throttled.ends_with('Z'), "{throttled}");
    receiver.requests_at_least(400).await;
    platform.settled().await;
    let arrivals = receiver.arrivals();
    check(&arrivals, 20);
    let took = arrivals[399] - arrivals[0];
    println!("400 events at 20 a second took {took:?}, {:?} after the start", clock.elapsed());
    assert!(took < Duration::from_secs_f64(400.0 / 20.0 / 0.9), "less than nine tenths of the limit: {took:?}");
    assert_eq!(receiver.requests().len(), 400);
    assert_eq!(customer.reload(&webhook).await["throttledUntil"], Value::Null);
    platform.end().await;
}

#[tokio::test]
async fn retries_and_resends_count_towards_the_limit() {
    let platform = Platform::start_with_quick_retries().await;
    let receiver = Receiver::scripted(|number, _| Reply::status(if number % 2 == 0 { 200 } else { 500 })).await;
    let customer = platform.customer("standard");
    let webhook = limited(&customer, &receiver.url(), 10, 1).await;
    let events: Vec<String> = (0..40).map(|n| customer.event("a", &format!("e{n}"), n)).collect();
    platform.send_all(&events).await;
    platform.settled().await;
    for delivery in customer.deliveries(&webhook).await.iter().take(10) {
        assert_eq!(customer.resend(&webhook, delivery).await.status, 202);
    }
    platform.settled().await;
    check(&receiver.arrivals(), 10);
    assert!(receiver.requests().len() >= 70, "{}", receiver.requests().len());
    platform.end().await;
}

#[tokio::test]
async fn a_recovery_takes_half_of_the_limit_at_most() {
    let platform = Platform::start_with(StackOptions { retry_scale: 0.01, ..StackOptions::default() }).await;
    let receiver = Receiver::always(200).await;
    let customer = platform.customer("go2");
    let webhook = limited(&customer, &receiver.url(), 20, 1).await;
    customer.change(&webhook, &json!({"isActive": false})).await;
    let events: Vec<String> = (0..100).map(|n| customer.event("click", &format!("e{n}"), n)).collect();
    platform.send_all(&events).await;
    platform.settled().await;
    customer.change(&webhook, &json!({"isActive": true})).await;
    let recovery = customer.recover(&webhook, since_an_hour(json!({"include": ["skipped"], "rate": 100}))).await;
    customer.recovery_with(&webhook, &recovery, "finished").await;
    assert_eq!(receiver.requests().len(), 100);
    check(&receiver.arrivals(), 10);
    platform.end().await;
}

async fn limited(customer: &Customer, url: &str, requests: u32, seconds: u32) -> Value {
    let limit = json!({"requests": requests, "seconds": seconds});
    let webhook = customer.webhook(url, &["*"]).await;
    customer.change(&webhook, &json!({"rateLimit": limit})).await
}

/// Over every interval, no more than the rate and three seconds' worth.
fn check(arrivals: &[Instant], per_second: u32) {
    for (first, begin) in arrivals.iter().enumerate() {
        for (last, end) in arrivals.iter().enumerate().skip(first) {
            let (seen, time) = (u32::try_from(last - first + 1).unwrap(), *end - *begin);
            let allowed = (time + Duration::from_secs(3)).as_secs_f64() * f64::from(per_second);
            assert!(f64::from(seen) <= allowed, "{seen} requests within {time:?}, from the {first}th on");
        }
    }
}
