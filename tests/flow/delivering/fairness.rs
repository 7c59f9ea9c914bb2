//! One account's hanging or busy endpoints hold up no other account's deliveries and retries.

use std::time::Duration;

use futures::future::join_all;
use local::{queues, stack::StackOptions};
use serde_json::Value;
use shared::{
    ambient,
    domain::{
        account::key::Scope,
        delivery::{job::Job, lane::Lane},
        time,
    },
};
use tokio::time::Instant;

use crate::harness::{Customer, Platform, Receiver, Reply, Scene, eventually, job};

/// The retry lane's quota beside endpoints that hang: more than attempts alone can use.
const ROOMY: usize = 1_500;

/// How soon a retry comes that is due in 5 s, on a machine that runs other stories too. Attempts beside it last 15 s.
const PUNCTUAL: Duration = Duration::from_secs(12);

/// The retry lane's quota beside endpoints that ask for time: far less than there are retries.
const TIGHT: usize = 200;

#[tokio::test]
async fn hanging_endpoints_delay_no_other_accounts_retry() {
    let hanging = Receiver::silent().await;
    let Neighbours { platform, noisy, quiet, receiver } = Neighbours::new(ROOMY).await;
    for number in 0..20 {
        noisy.webhook_of(&hanging.url(), number).await;
    }
    publish(&platform, &noisy, 20, 600).await;
    hanging.requests_at_least(200).await;
    let waited = retried(&platform, &quiet, &receiver).await;
    assert!(waited < PUNCTUAL, "a retry due in 5 s came after {waited:?}");
    drop(platform);
}

#[tokio::test]
async fn long_retry_afters_fill_no_quota() {
    let busy = Receiver::scripted(|_, _| Reply::status(503).header("retry-after", "3599")).await;
    let Neighbours { platform, noisy, quiet, receiver } = Neighbours::new(TIGHT).await;
    noisy.webhook_of(&busy.url(), 0).await;
    publish(&platform, &noisy, 1, 600).await;
    busy.requests_at_least(600).await;
    let waited = retried(&platform, &quiet, &receiver).await;
    assert!(waited < PUNCTUAL, "a retry due in 5 s came after {waited:?}");
    let counts = platform.sqs().counts(queues::RETRY);
    assert!(counts.not_visible < TIGHT / 2, "{counts:?}: what waits an hour is parked");
    drop(platform);
}

#[tokio::test]
async fn under_pressure_retries_wait_without_being_in_flight() {
    let busy = Receiver::scripted(|_, _| Reply::status(503).header("retry-after", "300")).await;
    let Neighbours { platform, noisy, quiet, receiver } = Neighbours::new(TIGHT).await;
    let webhook = noisy.webhook_of(&busy.url(), 0).await;
    // In the retry lane, where a failed attempt would wait by visibility timeout.
    let jobs: Vec<Job> = (0..600).map(|number| job(&noisy, "standard", &webhook, "busy.0", number)).collect();
    platform.queue(Lane::Retry, jobs).await;
    busy.requests_at_least(600).await;
    let waited = retried(&platform, &quiet, &receiver).await;
    assert!(waited < PUNCTUAL, "a retry due in 5 s came after {waited:?}");
    let counts = platform.sqs().counts(queues::RETRY);
    assert!(counts.not_visible < TIGHT && counts.delayed > TIGHT, "{counts:?}");
    drop(platform);
}

#[tokio::test]
async fn parked_retries_are_sent_ahead_with_the_delay_that_is_left() {
    let platform = Platform::start_scaled(1.0).await;
    let Scene { mut platform, customer, webhook, receiver } =
        Scene::on(platform, "standard", &["*"], Receiver::always(200).await).await;
    platform.kill().await;
    let now = ambient::now();
    for (number, seconds) in [(1, 2), (2, 230), (3, 300)] {
        let (job, due) =
            (job(&customer, "standard", &webhook, "a", number), time::after(now, Duration::from_secs(seconds)));
        platform.put_event_of(&job).await;
        platform.put_retrying(&job, due, None).await;
        platform.store().park(&job, due).await.unwrap();
    }
    platform.delivery_function().handle_minute().await;
    let counts = platform.sqs().counts(queues::RETRY);
    assert_eq!(counts.delayed, 2, "{counts:?}: the third is due later than four minutes from now");
    platform.restart().await;
    receiver.requests_at_least(1).await;
    let late = time::between(time::after(now, Duration::from_secs(2)), ambient::now());
    assert!(late < Duration::from_secs(2), "{late:?}");
    assert_eq!(receiver.attempts(), [(2, 1)].into());
    platform.stack_down().await;
}

#[tokio::test]
async fn two_thousand_parked_retries_are_sent_in_seconds() {
    let platform = Platform::start_scaled(1.0).await;
    let Scene { mut platform, customer, webhook, .. } =
        Scene::on(platform, "standard", &["*"], Receiver::always(200).await).await;
    platform.kill().await;
    let (due, store) = (time::after(ambient::now(), Duration::from_secs(200)), platform.store());
    let jobs: Vec<Job> = (0..2_000).map(|number| job(&customer, "standard", &webhook, "a", number)).collect();
    for some in jobs.chunks(50) {
        join_all(some.iter().map(|job| store.park(job, due))).await.into_iter().collect::<Result<(), _>>().unwrap();
    }
    let begun = Instant::now();
    platform.delivery_function().handle_minute().await;
    let took = begun.elapsed();
    assert_eq!(platform.sqs().counts(queues::RETRY).delayed, 2_000);
    println!("2000 parked retries were sent in {took:?}");
    assert!(took < Duration::from_secs(4), "{took:?}, on a machine that runs other stories too");
    platform.stack_down().await;
}

#[tokio::test]
async fn a_slow_webhook_is_ok_again_after_three_quick_successes() {
    let receiver = Receiver::scripted(|number, _| match number {
        1 => Reply::status(200).after(Duration::from_millis(3_100)),
        _ => Reply::status(200),
    })
    .await;
    let Scene { platform, customer, webhook, receiver } = Scene::new("standard", &["a"], receiver).await;
    let mut seen = Vec::new();
    for number in 1..=4 {
        platform.publish(&customer, "a", "1").await;
        receiver.requests_at_least(number).await;
        platform.settled().await;
        seen.push(customer.reload(&webhook).await["health"].as_str().unwrap().to_owned());
    }
    assert_eq!(seen, ["slow", "slow", "slow", "ok"]);
    platform.end().await;
}

/// Two accounts of one installation.
struct Neighbours {
    platform: Platform,
    noisy: Customer,
    quiet: Customer,
    /// The quiet account's: it fails once, and then succeeds.
    receiver: Receiver,
}

impl Neighbours {
    async fn new(quota: usize) -> Self {
        let options = StackOptions { retry_in_flight: Some(quota), ..StackOptions::default() };
        let platform = Platform::start_with(options).await;
        let noisy = platform.customer("standard");
        let quiet = platform.new_customer("standard", "quiet", &Scope::ALL).await;
        let receiver = Receiver::in_turn(&[500, 200]).await;
        quiet.webhook(&receiver.url(), &["*"]).await;
        Self { platform, noisy, quiet, receiver }
    }
}

impl Customer {
    async fn webhook_of(&self, url: &str, number: usize) -> Value {
        self.webhook(url, &[&format!("busy.{number}")]).await
    }
}

/// Publishes events to as many webhooks in turn.
async fn publish(platform: &Platform, noisy: &Customer, webhooks: usize, events: usize) {
    let account = &noisy.account;
    let body = |n: usize| format!(r#"{{"account":"{account}","event":"busy.{}","data":{n}}}"#, n % webhooks);
    platform.send_all(&(0..events).map(body).collect::<Vec<_>>()).await;
}

/// How long after its first attempt the quiet account's retry came.
async fn retried(platform: &Platform, quiet: &Customer, receiver: &Receiver) -> Duration {
    platform.publish(quiet, "a", "1").await;
    receiver.requests_at_least(1).await;
    let failed = Instant::now();
    eventually("the retry", || async { (receiver.requests().len() > 1).then_some(()) }).await;
    failed.elapsed()
}
