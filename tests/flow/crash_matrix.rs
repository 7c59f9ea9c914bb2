//! Every step of six stories at which a process can die: before and after each call to AWS and each request. Each story
//! is told once undisturbed, and its steps must be those listed here; then once for each step and moment with the functions
//! killed there, their messages received again, and the outcome checked.

use std::{collections::BTreeMap, time::Duration};

use futures::{StreamExt, stream};
use local::stack::StackOptions;
use serde_json::{Value, json};
use shared::ambient;

use crate::harness::{Customer, Faults, MARKER, Moment, Platform, Receiver, Reply, Step, eventually};

/// Platforms alive at once: most of their time they wait.
const AT_ONCE: usize = 24;

/// A crash may repeat the attempt it cuts off. Two messages of one delivery can exist until one of them owns it, so the attempt
/// after that may be repeated as well; from then on there is one chain.
const MOST_REPEATS: usize = 2;

struct Story {
    name: &'static str,
    profile: &'static str,
    retry_scale: f64,
    event: &'static str,
    /// What the receiver answers to each attempt, from the first.
    answers: &'static [u16],
    retry_after: Option<&'static str>,
    is_active: bool,
    status: Option<&'static str>,
    steps: &'static [&'static str],
}

const DELIVERED_AT_ONCE: Story = Story {
    name: "delivered at once",
    profile: "go2",
    retry_scale: 0.01,
    event: "click",
    answers: &[200],
    retry_after: None,
    is_active: true,
    status: Some("delivered"),
    steps: &[
        "GetItem account",
        "PutItem event",
        "SendMessageBatch delivery",
        "GetItem webhook",
        "POST endpoint",
        "BatchWriteItem delivery",
    ],
};

const DELIVERED_AT_THE_THIRD_ATTEMPT: Story = Story {
    name: "delivered at the third attempt",
    answers: &[500, 500, 200],
    steps: &[
        "GetItem account",
        "PutItem event",
        "SendMessageBatch delivery",
        // The first lane.
        "GetItem webhook",
        "POST endpoint",
        "PutItem delivery",
        "SendMessageBatch retry",
        "UpdateItem webhook",
        // The retry lane, and again.
        "GetItem webhook",
        "GetItem delivery",
        "POST endpoint",
        "PutItem delivery",
        "ChangeMessageVisibility retry",
        "UpdateItem webhook",
        "GetItem webhook",
        "GetItem delivery",
        "POST endpoint",
        "PutItem delivery",
        "UpdateItem webhook",
    ],
    ..DELIVERED_AT_ONCE
};

const PARKED: Story = Story {
    name: "parked",
    profile: "standard",
    retry_scale: 0.0003,
    answers: &[503, 200],
    retry_after: Some("3"),
    steps: &[
        "GetItem account",
        "PutItem event",
        "SendMessageBatch delivery",
        "GetItem webhook",
        "POST endpoint",
        "PutItem delivery",
        "PutItem due",
        "UpdateItem webhook",
        // The schedule.
        "GetItem event",
        "SendMessageBatch retry",
        "DeleteItem due",
        "GetItem webhook",
        "GetItem delivery",
        "POST endpoint",
        "PutItem delivery",
        "UpdateItem webhook",
    ],
    ..DELIVERED_AT_ONCE
};

const GONE: Story = Story {
    name: "gone",
    profile: "standard",
    answers: &[410],
    status: Some("failed"),
    steps: &[
        "GetItem account",
        "PutItem event",
        "SendMessageBatch delivery",
        "GetItem webhook",
        "POST endpoint",
        "PutItem delivery",
        "UpdateItem webhook",
        "TransactWriteItems webhook",
        "GetItem webhook",
    ],
    ..DELIVERED_AT_ONCE
};

const SKIPPED: Story = Story {
    name: "skipped",
    answers: &[],
    is_active: false,
    status: Some("skipped"),
    steps: &["GetItem account", "PutItem event", "PutItem delivery"],
    ..DELIVERED_AT_ONCE
};

const REJECTED: Story = Story {
    name: "rejected",
    event: "no.such.event",
    answers: &[],
    status: None,
    steps: &["GetItem account", "SendMessage rejected"],
    ..DELIVERED_AT_ONCE
};

#[tokio::test]
async fn a_crash_at_any_step_loses_nothing_and_begins_no_second_chain() {
    let mut crashes = Vec::new();
    for story in [&DELIVERED_AT_ONCE, &DELIVERED_AT_THE_THIRD_ATTEMPT, &PARKED, &GONE, &SKIPPED, &REJECTED] {
        let seen = tell(story, None).await;
        let mut calls: Vec<&str> = seen.iter().map(|step| step.call.as_str()).collect();
        let mut listed = story.steps.to_vec();
        calls.sort_unstable();
        listed.sort_unstable();
        assert_eq!(calls, listed, "{}: its steps are not those listed", story.name);
        let moments = [Moment::Before, Moment::After];
        crashes.extend(seen.into_iter().flat_map(|step| moments.map(|moment| (story, step.clone(), moment))));
    }
    let told = stream::iter(crashes).map(|(story, step, moment)| tell(story, Some((step, moment))));
    let told: Vec<_> = told.buffer_unordered(AT_ONCE).collect().await;
    assert_eq!(told.len(), 2 * 55, "every step was a crash twice");
}

/// Tells a story, with a crash if one is asked for, and checks how it ends. Returns the steps it took.
async fn tell(story: &Story, crash: Option<(Step, Moment)>) -> Vec<Step> {
    let faults = Faults::default();
    let options = StackOptions { retry_scale: story.retry_scale, taps: faults.taps(), ..StackOptions::default() };
    let mut platform = Platform::start_with(options).await;
    let receiver = receiver(story, &faults).await;
    let customer = platform.customer(story.profile);
    let webhook = customer.webhook(&receiver.url(), &["*"]).await;
    if !story.is_active {
        let path = format!("/webhooks/{}", webhook["id"].as_str().unwrap());
        assert_eq!(customer.patch(&path, &json!({"isActive": false})).await.status, 200);
    }
    let what = format!("{}: {crash:?}", story.name);
    faults.arm(crash.clone());
    platform.publish(&customer, story.event, &json!({"a": MARKER}).to_string()).await;
    if crash.is_some() {
        faults.reached(&what).await;
        platform.kill().await;
        faults.disarm();
        platform.restart().await;
    }
    if !story.answers.is_empty() {
        eventually(&format!("the last attempt of {what}"), || async {
            attempts(&receiver).contains_key(&story.answers.len()).then_some(())
        })
        .await;
    }
    platform.settled().await;
    let seen = faults.seen().into_iter().filter(|step| step.call != "Query due").collect();
    faults.disarm();
    check(story, crash.is_some(), &what, &platform, &customer, &webhook, &receiver).await;
    let rejected = platform.rejected_count();
    match story.status {
        Some(_) => assert_eq!(rejected, 0, "{what}"),
        None => assert!((1..=2).contains(&rejected), "{what}: {rejected} rejected"),
    }
    for _ in 0..rejected {
        platform.rejected().await;
    }
    platform.end().await;
    seen
}

async fn receiver(story: &Story, faults: &Faults) -> Receiver {
    let (answers, retry_after, faults) = (story.answers, story.retry_after, faults.clone());
    Receiver::scripted(move |_, request| {
        let number: usize = request.header("x-posthorn-attempt").parse().unwrap();
        let reply = Reply::status(answers.get(number - 1).copied().unwrap_or(500));
        let reply = match retry_after {
            Some(seconds) => reply.header("retry-after", seconds),
            None => reply,
        };
        if faults.hold_request() { reply.after(Duration::from_hours(1)) } else { reply }
    })
    .await
}

/// How often each attempt came.
fn attempts(receiver: &Receiver) -> BTreeMap<usize, usize> {
    let mut attempts = BTreeMap::new();
    for request in receiver.requests() {
        *attempts.entry(request.header("x-posthorn-attempt").parse().unwrap()).or_default() += 1;
    }
    attempts
}

async fn check(
    story: &Story,
    is_disturbed: bool,
    what: &str,
    platform: &Platform,
    customer: &Customer,
    webhook: &Value,
    receiver: &Receiver,
) {
    let deliveries = customer.deliveries(webhook).await;
    let statuses: Vec<Option<&str>> = deliveries.iter().map(|delivery| delivery["status"].as_str()).collect();
    assert_eq!(statuses, Vec::from_iter(story.status.map(Some)), "{what}");
    let recorded = deliveries.first().map_or(0, |delivery| delivery["attempts"].as_array().unwrap().len());
    assert_eq!(recorded, story.answers.len(), "{what}: {deliveries:?}");

    let attempts = attempts(receiver);
    assert!(attempts.keys().copied().eq(1..=story.answers.len()), "{what}: {attempts:?}");
    let repeats = receiver.requests().len() - story.answers.len();
    let most = if is_disturbed { MOST_REPEATS } else { 0 };
    assert!(attempts.values().all(|times| *times <= 2) && repeats <= most, "{what}: {attempts:?}");
    let ids = |request: &crate::harness::Request| (request.header("webhook-id").to_owned(), request.body.clone());
    let mut sent: Vec<_> = receiver.requests().iter().map(ids).collect();
    sent.dedup();
    assert!(sent.len() <= 1, "{what}: {sent:?}");

    eventually("nothing to be parked", || async {
        let far = ambient::now() + Duration::from_hours(24 * 365);
        platform.store().due(far).await.unwrap().is_empty().then_some(())
    })
    .await;
    platform.settled().await;
    assert_eq!(receiver.requests().len(), story.answers.len() + repeats, "{what}: a parked retry came once more");
}
