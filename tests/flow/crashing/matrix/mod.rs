//! Every step of six stories at which a process can die: before and after each call to AWS and each request.
//!
//! Each story first runs undisturbed, and its steps must be those listed in `stories`. Then it runs once for each step and
//! moment: the functions are killed there, their messages are received again, and the outcome is checked.

mod stories;

use std::time::Duration;

use futures::{StreamExt, future::join_all, stream};
use local::stack::StackOptions;
use serde_json::json;
use shared::{ambient, store::keys::SHARDS};

use self::stories::{STORIES, Story};
use crate::harness::{FOREVER, Faults, MARKER, Moment, Platform, Receiver, Reply, Request, Scene, Step, eventually};

/// The most platforms that run at once. Most of the time they wait.
const AT_ONCE: usize = 24;

/// The most attempts that a crash may repeat: the one that it cuts off. Two messages of one delivery can exist after it, and the one
/// that claims the delivery goes on.
const MOST_REPEATS: usize = 1;

/// Calls of every run of the schedule. How many runs a story has depends on how long it takes.
const OF_EVERY_RUN: [&str; 5] = ["PutItem lease", "Query recovering", "Query due", "Query erasing", "DeleteItem lease"];

#[tokio::test]
async fn a_crash_at_any_step_loses_nothing_and_starts_one_chain() {
    let undisturbed = join_all(STORIES.map(|story| run(story, None))).await;
    let mut crashes = Vec::new();
    for (story, seen) in STORIES.into_iter().zip(undisturbed) {
        let mut calls: Vec<&str> = seen.iter().map(|step| step.call.as_str()).collect();
        let mut listed = story.steps.to_vec();
        calls.sort_unstable();
        listed.sort_unstable();
        assert_eq!(calls, listed, "{}: its steps are not those listed", story.name);
        let moments = [Moment::Before, Moment::After];
        crashes.extend(seen.into_iter().flat_map(|step| moments.map(|moment| (story, step.clone(), moment))));
    }
    let runs = stream::iter(crashes).map(|(story, step, moment)| run(story, Some((step, moment))));
    let runs: Vec<_> = runs.buffer_unordered(AT_ONCE).collect().await;
    assert_eq!(runs.len(), 2 * 58, "every step was a crash twice");
}

/// Runs a story, with a crash if one is asked for, and checks how it ends. Returns the steps it took.
async fn run(story: &Story, crash: Option<(Step, Moment)>) -> Vec<Step> {
    let faults = Faults::default();
    let options = StackOptions { retry_scale: story.retry_scale, taps: faults.taps(), ..StackOptions::default() };
    let (platform, receiver) = (Platform::start_with(options).await, receiver(story, &faults).await);
    let mut scene = Scene::on(platform, story.profile, &["*"], receiver).await;
    if !story.is_active {
        scene.customer.change(&scene.webhook, &json!({"isActive": false})).await;
    }
    let what = format!("{}: {crash:?}", story.name);
    faults.arm(crash.clone());
    scene.platform.publish(&scene.customer, story.event, &json!({"a": MARKER}).to_string()).await;
    if crash.is_some() {
        faults.reached(&what).await;
        scene.platform.kill().await;
        faults.disarm();
        scene.platform.restart().await;
    }
    if !story.responses.is_empty() {
        eventually(&format!("the last attempt of {what}"), || async {
            scene.receiver.attempts().contains_key(&story.responses.len()).then_some(())
        })
        .await;
    }
    scene.platform.settled().await;
    let seen = faults.seen().into_iter().filter(|step| !OF_EVERY_RUN.contains(&step.call.as_str())).collect();
    faults.disarm();
    check_delivery(story, &what, &scene).await;
    check_requests(story, if crash.is_some() { MOST_REPEATS } else { 0 }, &what, &scene);
    check_nothing_is_left(story, &what, &scene).await;
    scene.platform.end().await;
    seen
}

async fn receiver(story: &Story, faults: &Faults) -> Receiver {
    let (responses, retry_after, faults) = (story.responses, story.retry_after, faults.clone());
    Receiver::scripted(move |_, request| {
        let reply = Reply::status(responses.get(request.attempt() - 1).copied().unwrap_or(500));
        let reply = match retry_after {
            Some(seconds) => reply.header("retry-after", seconds),
            None => reply,
        };
        if faults.hold_request() { reply.after(FOREVER) } else { reply }
    })
    .await
}

/// The log shows the delivery, if there is one, with its status and all its attempts.
async fn check_delivery(story: &Story, what: &str, scene: &Scene) {
    let deliveries = scene.customer.deliveries(&scene.webhook).await;
    let statuses: Vec<Option<&str>> = deliveries.iter().map(|delivery| delivery["status"].as_str()).collect();
    assert_eq!(statuses, Vec::from_iter(story.status.map(Some)), "{what}");
    let recorded = deliveries.first().map_or(0, |delivery| delivery["attempts"].as_array().unwrap().len());
    assert_eq!(recorded, story.responses.len(), "{what}: {deliveries:?}");
}

/// Every attempt came, few of them twice, and each time with the same id and bytes.
fn check_requests(story: &Story, most_repeats: usize, what: &str, scene: &Scene) {
    let (attempts, requests) = (scene.receiver.attempts(), scene.receiver.requests());
    assert!(attempts.keys().copied().eq(1..=story.responses.len()), "{what}: {attempts:?}");
    let repeats = requests.len() - story.responses.len();
    assert!(attempts.values().all(|times| *times <= 2) && repeats <= most_repeats, "{what}: {attempts:?}");
    let identity = |request: &Request| (request.header("webhook-id").to_owned(), request.body.clone());
    let mut sent: Vec<_> = requests.iter().map(identity).collect();
    sent.dedup();
    assert!(sent.len() <= 1, "{what}: {sent:?}");
}

/// No parked retry is left that would come once more, and only the story that is rejected has rejected messages.
async fn check_nothing_is_left(story: &Story, what: &str, scene: &Scene) {
    let (platform, requests) = (&scene.platform, scene.receiver.requests().len());
    eventually("nothing is parked", || async {
        let far = ambient::now() + Duration::from_hours(24 * 365);
        for shard in 0..SHARDS {
            if !platform.store().due(shard, far, None).await.unwrap().parked.is_empty() {
                return None;
            }
        }
        Some(())
    })
    .await;
    platform.settled().await;
    assert_eq!(scene.receiver.requests().len(), requests, "{what}: a parked retry came once more");
    let rejected = platform.rejected_count();
    match story.status {
        Some(_) => assert_eq!(rejected, 0, "{what}"),
        None => assert!((1..=2).contains(&rejected), "{what}: {rejected} rejected"),
    }
    for _ in 0..rejected {
        platform.rejected().await;
    }
}
