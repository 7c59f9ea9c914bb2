//! Operational events: what happens to customers' webhooks is told to the operations account, once each.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use local::{
    queues,
    stack::{StackOptions, Taps},
};
use serde_json::{Value, json};
use shared::domain::{account::key::Scope, delivery::lane::Lane};

use crate::harness::{Customer, Faults, Moment, Platform, Receiver, Reply, Step, eventually, job, since_an_hour};

const OPERATIONS: &str = "standard-demo";

/// A platform whose operations account has one webhook for operational events.
struct Story {
    platform: Platform,
    operations: Receiver,
}

impl Story {
    async fn new(scale: f64) -> Self {
        Self::tapped(scale, Taps::default()).await
    }

    async fn tapped(retry_scale: f64, taps: Taps) -> Self {
        let operations_account = Some(OPERATIONS.to_owned());
        let options = StackOptions { retry_scale, operations_account, taps, ..StackOptions::default() };
        let platform = Platform::start_with(options).await;
        let operations = Receiver::always(200).await;
        platform.customer("standard").webhook(&operations.url(), &["posthorn.*"]).await;
        Self { platform, operations }
    }

    /// The events of a type, once there are as many.
    async fn told(&self, event_type: &str, count: usize) -> Vec<Value> {
        self.told_after("what happened", event_type, count).await
    }

    async fn told_after(&self, what: &str, event_type: &str, count: usize) -> Vec<Value> {
        eventually(&format!("{count} events {event_type} after {what}"), || async {
            let told = self.of_type(event_type);
            (told.len() >= count).then_some(told)
        })
        .await
    }

    fn of_type(&self, event_type: &str) -> Vec<Value> {
        let requests = self.operations.requests().into_iter();
        let bodies = requests.filter(|request| request.json()["type"] == event_type).map(|request| request.json());
        bodies.map(|body| body["data"].clone()).collect()
    }

    /// How many events of each type came.
    fn types(&self) -> BTreeMap<String, usize> {
        let mut types = BTreeMap::new();
        for request in self.operations.requests() {
            let event_type = request.json()["type"].as_str().unwrap().trim_start_matches("posthorn.").to_owned();
            *types.entry(event_type).or_default() += 1;
        }
        types
    }

    async fn end(self) {
        self.platform.settled().await;
        assert!(self.platform.items("NOTES").await.is_empty(), "a note is left");
        let ids: Vec<String> =
            self.operations.requests().iter().map(|request| request.header("x-posthorn-event-id").to_owned()).collect();
        let different: BTreeSet<&String> = ids.iter().collect();
        assert_eq!(different.len(), ids.len(), "an event came twice: {ids:?}");
        self.platform.stack_down().await;
    }
}

fn expected(types: &[(&str, usize)]) -> BTreeMap<String, usize> {
    types.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

#[tokio::test]
async fn a_dying_webhook_is_told_from_half_to_its_end() {
    let story = Story::new(0.001).await;
    let customer = story.platform.customer("go2");
    let dead = Receiver::always(500).await;
    let webhook = customer.webhook(&format!("{}?token=hidden", dead.url()), &["*"]).await;
    story.platform.publish(&customer, "click", "1").await;
    let failing = story.told("posthorn.webhook.failing", 1).await;
    assert_eq!(failing[0]["account"], "go2-demo");
    assert_eq!(failing[0]["disablesAt"], 10);
    assert_eq!(failing[0]["url"], "127.0.0.1");
    assert_eq!(failing[0]["lastAttempt"]["statusCode"], 500);
    story.platform.settled().await;
    for _ in 0..2 {
        story.platform.publish(&customer, "click", "2").await;
        story.platform.settled().await;
    }
    let disabled = story.told("posthorn.webhook.disabled", 1).await;
    assert_eq!(disabled[0]["webhookId"], webhook["id"]);
    assert_eq!(disabled[0]["trigger"], "automatic");
    assert!(disabled[0]["reason"].as_str().unwrap().contains("consecutive failed attempts"), "{disabled:?}");
    customer.change(&webhook, &json!({"isActive": true})).await;
    story.told("posthorn.webhook.enabled", 1).await;
    let types = story.types();
    assert_eq!(types["webhook.created"], 1);
    assert_eq!(types["webhook.disabled"], 1);
    assert!((1..=2).contains(&types["webhook.failing"]), "{types:?}");
    assert_eq!(types.get("delivery.exhausted"), Some(&1), "{types:?}");
    story.end().await;
}

#[tokio::test]
async fn a_webhook_that_recovers_is_told_once() {
    let story = Story::new(0.001).await;
    let customer = story.platform.customer("awsys");
    let receiver =
        Receiver::scripted(|number, _| if number <= 6 { Reply::status(503) } else { Reply::status(200) }).await;
    customer.webhook(&receiver.url(), &["link.click"]).await;
    for _ in 0..2 {
        story.platform.publish(&customer, "link.click", "1").await;
        story.platform.settled().await;
    }
    story.told("posthorn.webhook.recovered", 1).await;
    let types = story.types();
    assert_eq!((types["webhook.failing"], types["webhook.recovered"]), (1, 1), "{types:?}");
    story.end().await;
}

#[tokio::test]
async fn what_customers_change_is_told_with_the_names_of_the_fields() {
    let story = Story::new(0.01).await;
    let customer = story.platform.customer("go2");
    let receiver = Receiver::always(200).await;
    let webhook = customer.webhook(&receiver.url(), &["*"]).await;
    customer.change(&webhook, &json!({"name": "New", "headers": {"x-token": "abcdefghijklmnop"}})).await;
    customer.change(&webhook, &json!({"isActive": false})).await;
    customer.change(&webhook, &json!({"isActive": false})).await;
    customer.change(&webhook, &json!({"isActive": true})).await;
    customer.change(&webhook, &json!({"isActive": true})).await;
    customer.remove(&webhook).await;
    story.told("posthorn.webhook.deleted", 1).await;
    let updated = story.told("posthorn.webhook.updated", 1).await;
    assert_eq!(updated[0]["changed"], json!(["name", "headers"]));
    assert_eq!(updated[0]["name"], "New");
    story.platform.settled().await;
    let all = [("created", 1), ("updated", 1), ("disabled", 1), ("enabled", 1), ("deleted", 1)];
    let all: Vec<(String, usize)> = all.iter().map(|(name, count)| (format!("webhook.{name}"), *count)).collect();
    let all: Vec<(&str, usize)> = all.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(story.types(), expected(&all));
    assert!(!format!("{:?}", story.operations.requests()).contains("abcdefghijklmnop"), "a header's value was told");
    story.end().await;
}

#[tokio::test]
async fn a_finished_recovery_is_told_with_its_counts() {
    let story = Story::new(0.01).await;
    let customer = story.platform.customer("go2");
    let webhook = customer.webhook(&Receiver::always(200).await.url(), &["*"]).await;
    customer.change(&webhook, &json!({"isActive": false})).await;
    story.platform.publish(&customer, "click", "1").await;
    story.platform.settled().await;
    customer.change(&webhook, &json!({"isActive": true})).await;
    let recovery = customer.recover(&webhook, since_an_hour(json!({"include": ["skipped"]}))).await;
    let finished = story.told("posthorn.recovery.finished", 1).await;
    assert_eq!(finished[0]["recoveryId"], recovery["id"]);
    assert_eq!((&finished[0]["status"], &finished[0]["counts"]["delivered"]), (&json!("finished"), &json!(1)));
    story.end().await;
}

#[tokio::test]
async fn nobody_can_forge_an_operational_event() {
    let story = Story::new(0.01).await;
    let operations = story.platform.customer("standard");
    let event = json!({"event": "posthorn.webhook.disabled", "data": {}});
    let refused = operations.post("/events", &event).await;
    assert_eq!((refused.status, refused.code()), (400, "RESERVED_EVENT"));
    story.platform.publish(&operations, "posthorn.webhook.disabled", "{}").await;
    let (reason, _) = story.platform.rejected().await;
    assert!(reason.starts_with("RESERVED_EVENT: "), "{reason}");
    // A message that names a note which nobody left.
    story.platform.send_with("{}", &[("posthorn", r#"{"v":1,"note":"ops_forged"}"#)]).await;
    story.platform.settled().await;
    assert_eq!((story.types(), story.platform.rejected_count()), (expected(&[]), 0));
    story.end().await;
}

#[tokio::test]
async fn the_operations_account_is_not_deleted_and_not_told_of_itself() {
    let story = Story::new(0.01).await;
    let own = story.platform.customer("standard").webhook(&Receiver::always(500).await.url(), &["x"]).await;
    story.platform.customer("standard").change(&own, &json!({"name": "Own"})).await;
    story.platform.publish(&story.platform.customer("standard"), "bad name", "1").await;
    story.platform.rejected().await;
    let deleted = story.platform.operator().delete(&format!("/accounts/{OPERATIONS}")).await;
    assert_eq!((deleted.status, deleted.code()), (409, "OPERATIONS_ACCOUNT"));
    story.platform.settled().await;
    assert_eq!(story.types(), expected(&[]));
    story.end().await;
}

#[tokio::test]
async fn without_a_standard_account_notes_are_dropped() {
    let options =
        StackOptions { retry_scale: 0.001, operations_account: Some("go2-demo".to_owned()), ..StackOptions::default() };
    let platform = Platform::start_with(options).await;
    let customer = platform.new_customer("standard", "acme", &Scope::ALL).await;
    customer.webhook(&Receiver::always(200).await.url(), &["*"]).await;
    assert_eq!(platform.items("NOTES").await.len(), 1, "the creation left a note");
    eventually("the schedule drops it", || async { platform.items("NOTES").await.is_empty().then_some(()) }).await;
    platform.settled().await;
    assert_eq!(platform.rejected_count(), 0);
    platform.stack_down().await;
}

#[tokio::test]
async fn rejected_events_are_counted_until_their_minute_is_over() {
    let story = Story::new(0.01).await;
    for account in ["go2-demo", "go2-demo", "nobody", "nobody-else"] {
        story.platform.send(&format!(r#"{{"account":"{account}","event":"no.such.event","data":1}}"#)).await;
    }
    for _ in 0..4 {
        story.platform.rejected().await;
    }
    let notes = eventually("the notes of both codes", || async {
        let notes = story.platform.items("NOTES").await;
        let counts: usize = notes.iter().map(|note| note["count"].as_n().unwrap().parse::<usize>().unwrap()).sum();
        (counts == 4).then_some(notes)
    })
    .await;
    // Both minutes, if one ended in between.
    assert!((2..=4).contains(&notes.len()), "{notes:?}");
    let waiting = story.platform.sqs().counts(queues::EVENT).delayed;
    assert_eq!(waiting, notes.len(), "each note has one message, which waits for the end of its minute");
    assert!(!format!("{notes:?}").contains("nobody"), "accounts that do not exist share one note");
    story.platform.stack_down().await;
}

#[tokio::test]
async fn an_event_of_a_disabling_survives_every_crash() {
    let crashes = [
        ("TransactWriteItems webhook", Moment::After),
        ("SendMessageBatch event", Moment::Before),
        ("SendMessageBatch event", Moment::After),
        ("BatchExecuteStatement event", Moment::After),
        ("DeleteItem notes", Moment::Before),
        ("DeleteItem notes", Moment::After),
    ];
    join_all(crashes.map(|(call, moment)| a_crash_at(call, moment))).await;
}

async fn a_crash_at(call: &str, moment: Moment) {
    let faults = Faults::default();
    let mut story = Story::tapped(0.001, faults.taps()).await;
    let customer = story.platform.new_customer("standard", "acme", &Scope::ALL).await;
    customer.webhook(&Receiver::always(410).await.url(), &["a"]).await;
    story.told("posthorn.webhook.created", 1).await;
    story.platform.settled().await;
    faults.arm(Some((Step { call: call.to_owned(), occurrence: 1 }, moment)));
    // Not by the event queue, whose messages are counted here.
    story.platform.queue(Lane::First, vec![job(&customer, "standard", &customer.only_webhook().await, "a", 1)]).await;
    faults.reached(&format!("{call} {moment:?}")).await;
    story.platform.kill().await;
    faults.disarm();
    story.platform.restart().await;
    story.told_after(&format!("{call} {moment:?}"), "posthorn.webhook.disabled", 1).await;
    eventually("the note is gone", || async { story.platform.items("NOTES").await.is_empty().then_some(()) }).await;
    story.platform.settled().await;
    let told = story.operations.requests().into_iter();
    let told = told.filter(|request| request.json()["type"] == "posthorn.webhook.disabled");
    let ids: BTreeSet<String> = told.map(|request| request.header("x-posthorn-event-id").to_owned()).collect();
    assert_eq!(ids.len(), 1, "{call} {moment:?}");
    story.platform.stack_down().await;
}

impl Customer {
    async fn only_webhook(&self) -> Value {
        self.get("/webhooks").await.json["data"][0].clone()
    }
}
