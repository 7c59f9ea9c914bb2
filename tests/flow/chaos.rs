//! Everything at once: throttled, failing and broken calls to AWS, batches that are taken in part, processes killed at random,
//! receivers with moods. Afterwards every accepted event is accounted for, once for each webhook, and nothing waits anywhere.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use fastrand::Rng;
use local::{
    stack::{StackOptions, Taps},
    tap::{Answer, Call, Hook, Upstream},
};
use serde_json::{Value, json};
use shared::{
    ambient,
    domain::{delivery::Delivery, delivery::Status, id::WebhookId},
    store::deliveries::DeliveryQuery,
};

use crate::harness::{MARKER, Platform, Receiver, Reply, Request};

const EVENTS: usize = 1_000;

/// Each kill gives every message in flight one more receive, and the first lane allows ten.
const KILLS: usize = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_fails_and_whoever_is_killed_every_event_is_accounted_for() {
    let seed = u64::from_le_bytes(ambient::random());
    println!("seed {seed}");
    let weather = Weather::new(seed);
    let options = StackOptions { retry_scale: 0.001, taps: weather.taps(), ..StackOptions::default() };
    let mut platform = Platform::start_with(options).await;
    let customer = platform.customer("awsys");
    let receivers = [Receiver::always(200).await, moody(seed).await, Receiver::always(500).await];
    let mut webhooks = Vec::new();
    for receiver in &receivers {
        webhooks.push(customer.webhook(&receiver.url(), &["link.click"]).await);
    }

    weather.storm(true);
    let event = |number: usize| {
        let data = json!({"number": number, "text": MARKER});
        json!({"account": customer.account, "event": "link.click", "id": format!("event-{number}"), "data": data})
            .to_string()
    };
    // One in twenty is published twice.
    let numbers = (0..EVENTS).flat_map(|number| std::iter::repeat_n(number, if number % 20 == 0 { 2 } else { 1 }));
    platform.send_all(&numbers.map(event).collect::<Vec<_>>()).await;
    for kill in 1..=KILLS {
        receivers[0].requests_at_least(kill * EVENTS / (KILLS + 2)).await;
        platform.kill().await;
        platform.restart().await;
    }
    receivers[0].requests_at_least(EVENTS * 9 / 10).await;
    weather.storm(false);
    // What a misfortune left in flight would come back after minutes.
    platform.kill().await;
    platform.restart().await;
    platform.settled().await;

    for (place, (receiver, webhook)) in receivers.iter().zip(&webhooks).enumerate() {
        let recorded = recorded(&platform, webhook).await;
        let wanted: BTreeSet<String> = (0..EVENTS).map(|number| format!("event-{number}")).collect();
        let found: BTreeSet<String> = recorded.iter().map(|delivery| delivery.event_id.to_string()).collect();
        assert!(recorded.len() == EVENTS && found == wanted, "seed {seed}: {} recorded", recorded.len());
        let requests = of_each_event(&receiver.requests());
        for delivery in &recorded {
            let expected: &[Status] = match place {
                0 => &[Status::Delivered],
                1 => &[Status::Delivered, Status::Failed],
                _ => &[Status::Failed],
            };
            let attempts = delivery.attempts.len();
            assert!(expected.contains(&delivery.status), "seed {seed}: {delivery:?}");
            assert!(delivery.status == Status::Delivered || attempts == 4, "seed {seed}: {delivery:?}");
            let sent = requests.get(delivery.id.as_str()).map_or(0, BTreeSet::len);
            assert!((1..=4).contains(&attempts) && sent >= attempts, "seed {seed}: {delivery:?} was sent {sent} times");
        }
    }
    platform.end().await;
}

#[tokio::test]
async fn what_aws_did_not_take_of_a_batch_is_sent_again_at_once() {
    let first = Arc::new(Mutex::new(BTreeSet::new()));
    let hook: Hook = Arc::new(move |call, upstream| {
        let is_first = first.lock().unwrap().insert(call.operation.clone());
        let misfortune = is_first.then_some(Misfortune::TakenInPart);
        Box::pin(async move { befall(misfortune, call, upstream).await })
    });
    let taps = Taps { dynamodb: Some(Arc::clone(&hook)), sqs: Some(hook) };
    let mut platform = Platform::start_with(StackOptions { taps, ..StackOptions::default() }).await;
    let (customer, receiver) = (platform.customer("standard"), Receiver::always(200).await);
    let webhook = customer.webhook(&receiver.url(), &["*"]).await;
    let events: Vec<String> =
        (0..10).map(|data| json!({"account": customer.account, "event": "a", "data": data}).to_string()).collect();
    platform.kill().await;
    platform.send_all(&events).await;
    platform.restart().await;
    // What comes back by its visibility timeout would come minutes later, and be sent twice.
    customer.deliveries_with(&webhook, &["delivered"; 10]).await;
    platform.settled().await;
    assert_eq!(receiver.requests().len(), 10);
    platform.end().await;
}

/// Answers as it pleases: fails, asks for time, takes some.
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

/// The numbers of the attempts that came, by delivery. A body never differs between them.
fn of_each_event(requests: &[Request]) -> BTreeMap<String, BTreeSet<String>> {
    let mut attempts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut bodies: BTreeMap<&str, &str> = BTreeMap::new();
    for request in requests {
        let delivery = request.header("webhook-id");
        attempts.entry(delivery.to_owned()).or_default().insert(request.header("x-posthorn-attempt").to_owned());
        assert_eq!(bodies.entry(delivery).or_insert(&request.body), &request.body);
    }
    attempts
}

async fn recorded(platform: &Platform, webhook: &Value) -> Vec<Delivery> {
    let (store, webhook) = (platform.store(), WebhookId::parse(webhook["id"].as_str().unwrap()).unwrap());
    let mut query = DeliveryQuery { limit: 100, ..DeliveryQuery::default() };
    let mut recorded = Vec::new();
    loop {
        let page = store.deliveries(&webhook, &query, ambient::now()).await.unwrap();
        query.before = page.deliveries.last().map(|delivery| delivery.id.clone());
        recorded.extend(page.deliveries);
        if !page.has_more {
            return recorded;
        }
    }
}

/// What may befall a call to AWS.
#[derive(Clone)]
struct Weather {
    rng: Arc<Mutex<Rng>>,
    is_stormy: Arc<AtomicBool>,
}

enum Misfortune {
    Throttled,
    Failing,
    BrokenBefore,
    BrokenAfter,
    TakenInPart,
}

impl Weather {
    fn new(seed: u64) -> Self {
        Self { rng: Arc::new(Mutex::new(Rng::with_seed(seed))), is_stormy: Arc::default() }
    }

    fn storm(&self, is_stormy: bool) {
        self.is_stormy.store(is_stormy, Ordering::Relaxed);
    }

    fn taps(&self) -> Taps {
        Taps { dynamodb: Some(self.hook()), sqs: Some(self.hook()) }
    }

    fn hook(&self) -> Hook {
        let weather = self.clone();
        Arc::new(move |call, upstream| {
            let misfortune = weather.misfortune();
            Box::pin(async move { befall(misfortune, call, upstream).await })
        })
    }

    fn misfortune(&self) -> Option<Misfortune> {
        if !self.is_stormy.load(Ordering::Relaxed) {
            return None;
        }
        match self.rng.lock().unwrap().u32(..100) {
            0..3 => Some(Misfortune::Throttled),
            3..5 => Some(Misfortune::Failing),
            5..7 => Some(Misfortune::BrokenBefore),
            7..9 => Some(Misfortune::BrokenAfter),
            9..30 => Some(Misfortune::TakenInPart),
            _ => None,
        }
    }
}

async fn befall(misfortune: Option<Misfortune>, call: Call, upstream: Upstream) -> Option<Answer> {
    let error = |status, code: &str| Answer { status, body: json!({"__type": code}).to_string().into() };
    match misfortune {
        None => upstream.forward(&call).await,
        Some(Misfortune::Throttled) => Some(error(400, "ThrottlingException")),
        Some(Misfortune::Failing) => Some(error(500, "InternalServerError")),
        Some(Misfortune::BrokenBefore) => None,
        Some(Misfortune::BrokenAfter) => {
            upstream.forward(&call).await;
            None
        }
        Some(Misfortune::TakenInPart) => match call.operation.as_str() {
            "SendMessageBatch" => half_sent(call, upstream).await,
            "BatchWriteItem" => half_written(call, upstream).await,
            _ => upstream.forward(&call).await,
        },
    }
}

/// SQS takes the first half and names the others as failed, with 200.
async fn half_sent(call: Call, upstream: Upstream) -> Option<Answer> {
    let mut body: Value = serde_json::from_slice(&call.body).ok()?;
    let entries = body["Entries"].as_array_mut()?;
    let failed = entries.split_off(entries.len().div_ceil(2));
    let mut answer = upstream.forward(&call.with_body(body.to_string())).await?;
    let mut json: Value = serde_json::from_slice(&answer.body).ok()?;
    let failure = |entry: &Value| json!({"Id": entry["Id"], "Code": "InternalFailure", "SenderFault": false});
    json["Failed"] = failed.iter().map(failure).collect();
    answer.body = json.to_string().into();
    Some(answer)
}

/// DynamoDB writes the first half and gives the others back, with 200.
async fn half_written(call: Call, upstream: Upstream) -> Option<Answer> {
    let mut body: Value = serde_json::from_slice(&call.body).ok()?;
    let tables = body["RequestItems"].as_object_mut()?;
    let (table, requests) = tables.iter_mut().next()?;
    let requests = requests.as_array_mut()?;
    let left = requests.split_off(requests.len().div_ceil(2));
    let unprocessed = if left.is_empty() { json!({}) } else { json!({table.as_str(): left}) };
    let mut answer = upstream.forward(&call.with_body(body.to_string())).await?;
    let mut json: Value = serde_json::from_slice(&answer.body).ok()?;
    json["UnprocessedItems"] = unprocessed;
    answer.body = json.to_string().into();
    Some(answer)
}
