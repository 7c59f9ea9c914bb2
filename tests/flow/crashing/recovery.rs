//! Every kind of step of a resend and of a recovery at which a process can die.
//!
//! Each story first runs undisturbed, and must take at least the steps listed here. Then it runs once for the first step of each kind
//! and each moment: the functions are killed there, their messages are received again, and the outcome is checked.

use std::{collections::BTreeSet, time::Duration};

use futures::{StreamExt, stream};
use local::stack::StackOptions;
use serde_json::{Value, json};
use shared::{
    ambient,
    domain::{
        delivery::{
            job::Job,
            lane::Lane,
            recovery::{Include, Names, Plan, Recovery},
            round::Round,
        },
        ids::{DeliveryId, ProfileName, RecoveryId, ResendId},
        time,
    },
    queue::Tick,
    store::recoveries::RecoveryCreated,
};

use crate::harness::{FOREVER, Faults, Moment, Platform, Receiver, Reply, Scene, Step, eventually};

/// The most platforms that run at once. Most of the time they wait.
const AT_ONCE: usize = 12;

/// How many deliveries each story sends again.
const DELIVERIES: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Resend,
    Recovery,
}

impl Kind {
    /// The steps that a story takes, in any order.
    fn steps(self) -> &'static [&'static str] {
        match self {
            Self::Resend => {
                &["BatchGetItem webhook", "GetItem delivery", "PutItem delivery", "GetItem event", "POST endpoint"]
            }
            Self::Recovery => &[
                // The runner: read, take the tick, search, queue, write how far it got, send the next tick, end.
                "GetItem recovery",
                "BatchGetItem webhook",
                "UpdateItem recovery",
                "Query troubled",
                "SendMessageBatch retry",
                "TransactWriteItems webhook",
                // A replay: claim, send, record. What follows is counted.
                "GetItem delivery",
                "PutItem delivery",
                "GetItem event",
                "POST endpoint",
            ],
        }
    }
}

#[tokio::test]
async fn a_crash_while_sending_again_loses_nothing_and_repeats_one_attempt_at_most() {
    let mut crashes = Vec::new();
    for kind in [Kind::Resend, Kind::Recovery] {
        let seen = run(kind, None).await;
        let calls: BTreeSet<&str> = seen.iter().map(|step| step.call.as_str()).collect();
        for step in kind.steps() {
            assert!(calls.iter().any(|call| call.starts_with(step)), "{kind:?}: {step} is not among {calls:?}");
        }
        let is_listed = |step: &Step| kind.steps().iter().any(|listed| step.call.starts_with(listed));
        for step in seen.into_iter().filter(|step| step.occurrence == 1 && is_listed(step)) {
            crashes.extend([Moment::Before, Moment::After].map(|moment| (kind, step.clone(), moment)));
        }
    }
    assert!(crashes.len() >= 28, "{crashes:?}");
    let runs = stream::iter(crashes).map(|(kind, step, moment)| run(kind, Some((step, moment))));
    runs.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await;
}

/// Runs a story, with a crash if one is asked for, and checks how it ends. Returns the steps it took.
async fn run(kind: Kind, crash: Option<(Step, Moment)>) -> Vec<Step> {
    let faults = Faults::default();
    let options = StackOptions { retry_scale: 0.001, taps: faults.taps(), ..StackOptions::default() };
    let platform = Platform::start_with(options).await;
    let held = faults.clone();
    let receiver =
        Receiver::scripted(
            move |_, _| {
                if held.hold_request() { Reply::status(200).after(FOREVER) } else { Reply::status(200) }
            },
        );
    let mut scene = Scene::on(platform, "standard", &["*"], receiver.await).await;
    let deliveries = skipped(&scene).await;
    let what = format!("{kind:?}: {crash:?}");
    // Prepared as the API does it, while no function runs: so every call that is seen is delivery's.
    scene.platform.kill().await;
    let recovery = begin(kind, &scene, &deliveries).await;
    faults.arm(crash.clone());
    scene.platform.restart().await;
    if crash.is_some() {
        faults.reached(&what).await;
        scene.platform.kill().await;
        faults.disarm();
        scene.platform.restart().await;
        if let Some(recovery) = &recovery {
            scene.platform.make_overdue(&scene.webhook, recovery).await;
        }
    }
    eventually(&format!("all is delivered: {what}"), || async {
        let deliveries = scene.customer.deliveries(&scene.webhook).await;
        deliveries.iter().all(|delivery| delivery["status"] == "delivered").then_some(())
    })
    .await;
    if let Some(recovery) = &recovery {
        let status = end(&scene, recovery).await;
        assert!(crash.is_some() || status == "finished", "{what}: {status}");
    }
    scene.platform.settled().await;
    let seen = faults.seen();
    faults.disarm();
    check_requests(&scene, usize::from(crash.is_some()), &what);
    scene.platform.end().await;
    seen
}

async fn skipped(scene: &Scene) -> Vec<Value> {
    let Scene { platform, customer, webhook, .. } = scene;
    customer.change(webhook, &json!({"isActive": false})).await;
    for n in 0..DELIVERIES {
        platform.send(&customer.event("a", &format!("e{n}"), n)).await;
    }
    let deliveries = customer.deliveries_with(webhook, &["skipped"; DELIVERIES]).await;
    platform.settled().await;
    customer.change(webhook, &json!({"isActive": true})).await;
    deliveries
}

/// Has everything sent again. Returns the recovery, if that is what does it.
async fn begin(kind: Kind, scene: &Scene, deliveries: &[Value]) -> Option<Value> {
    let (store, now) = (scene.platform.store(), ambient::now());
    let webhook = scene.platform.stored(&scene.customer, &scene.webhook).await;
    let profile = ProfileName::parse("standard").unwrap();
    if kind == Kind::Resend {
        let mut jobs = Vec::new();
        for delivery in deliveries {
            let id = DeliveryId::parse(delivery["id"].as_str().unwrap()).unwrap();
            let record = store.delivery(&webhook.id, &id, now).await.unwrap().unwrap();
            jobs.push(Job {
                account: webhook.account.clone(),
                profile: profile.clone(),
                webhook: webhook.id.clone(),
                event_id: record.event_id,
                event_type: record.event_type,
                delivery: record.id,
                accepted_at: record.created_at,
                reason: record.reason,
                again: true,
                round: Some(Round::Resend(ResendId::new(now, ambient::random()))),
                waited: false,
                at: None,
            });
        }
        scene.platform.queue(Lane::Retry, jobs).await;
        return None;
    }
    let plan = Plan {
        include: vec![Include::Skipped],
        since: time::before(now, Duration::from_hours(1)),
        until: now,
        events: None,
        rate: 100,
        wants_since: webhook.standing.wants_since,
    };
    let id = RecoveryId::new(now, ambient::random());
    let (account, webhook) = (webhook.account, webhook.id);
    let names = Names { id: id.clone(), account: account.clone(), profile, webhook: webhook.clone() };
    let recovery = Recovery::new(names, plan, 0, now);
    assert_eq!(store.create_recovery(&recovery, None, now).await.unwrap(), RecoveryCreated::Yes);
    let view = json!({"id": id.as_str()});
    scene.platform.tick(&Tick { account, webhook, recovery: id, version: Some(recovery.version) }).await;
    Some(view)
}

/// Waits until the recovery has queued everything, and ends it if an outcome was not counted.
async fn end(scene: &Scene, recovery: &Value) -> String {
    let status = eventually("everything was queued", || async {
        let recovery = scene.customer.recovery(&scene.webhook, recovery).await;
        let status = recovery["status"].as_str().unwrap().to_owned();
        matches!(status.as_str(), "draining" | "finished").then_some(status)
    })
    .await;
    if status == "finished" {
        return status;
    }
    let finished = eventually("it is finished, or has been draining for a while", || async {
        let recovery = scene.customer.recovery(&scene.webhook, recovery).await;
        let delivered = recovery["counts"]["delivered"].as_u64().unwrap();
        (recovery["status"] == "finished" || delivered < DELIVERIES as u64).then_some(recovery["status"].clone())
    })
    .await;
    if finished != "finished" {
        scene.customer.order(&scene.webhook, recovery, "cancel").await;
    }
    finished.as_str().unwrap().to_owned()
}

/// Each delivery came, with a number of its own for each attempt that was recorded, and few of them twice.
fn check_requests(scene: &Scene, most_repeats: usize, what: &str) {
    let requests = scene.receiver.requests();
    let ids: BTreeSet<&str> = requests.iter().map(|request| request.header("webhook-id")).collect();
    assert_eq!(ids.len(), DELIVERIES, "{what}");
    // A crash may cut off the requests of a whole batch.
    let most = DELIVERIES * (1 + most_repeats);
    assert!((DELIVERIES..=most).contains(&requests.len()), "{what}: {} requests", requests.len());
    assert!(requests.iter().all(|request| request.attempt() == 1), "{what}: an attempt that was recorded was repeated");
}
