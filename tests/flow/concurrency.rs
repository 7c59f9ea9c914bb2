//! Many at once: one event, one delivery, one webhook, changed or attempted by several at the same moment.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures::future::join_all;
use local::{
    stack::{StackOptions, Taps},
    tap::Hook,
};
use serde_json::{Value, json};
use shared::domain::delivery::Lane;

use crate::harness::{Platform, Receiver, Reply, eventually, job};

/// Counts the transactions that disabled a webhook.
fn counting_disables(count: &Arc<AtomicUsize>) -> Hook {
    let count = Arc::clone(count);
    Arc::new(move |call, upstream| {
        let count = Arc::clone(&count);
        Box::pin(async move {
            let disables = call.operation == "TransactWriteItems"
                && String::from_utf8_lossy(&call.body).contains("disabledReason");
            let answer = upstream.forward(&call).await?;
            if disables && answer.status == 200 {
                count.fetch_add(1, Ordering::Relaxed);
            }
            Some(answer)
        })
    })
}

#[tokio::test]
async fn a_webhook_is_disabled_once_and_a_simultaneous_change_is_kept() {
    let count = Arc::new(AtomicUsize::new(0));
    let taps = Taps { dynamodb: Some(counting_disables(&count)), sqs: None };
    let platform = Platform::start_with(StackOptions { retry_scale: 0.001, taps, ..StackOptions::default() }).await;
    let receiver = Receiver::always(500).await;
    let customer = platform.customer("go2");
    let webhook = customer.webhook(&receiver.url(), &["click"]).await;
    let path = format!("/webhooks/{}", webhook["id"].as_str().unwrap());
    let data: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    join_all(data.iter().map(|data| platform.publish(&customer, "click", data))).await;
    let mut changes = 0;
    let disabled = loop {
        let answer = customer.patch(&path, &json!({"name": format!("name {changes}")})).await;
        if answer.status == 409 {
            continue;
        }
        assert_eq!(answer.status, 200, "{:?}", answer.json);
        if answer.data()["isActive"] == false {
            break answer.data().clone();
        }
        changes += 1;
    };
    platform.settled().await;
    let now = customer.reload(&webhook).await;
    assert_eq!(now["name"], format!("name {changes}"));
    assert_eq!((&now["disabledAt"], &now["disabledReason"]), (&disabled["disabledAt"], &disabled["disabledReason"]));
    assert_eq!(count.load(Ordering::Relaxed), 1);
    platform.end().await;
}

#[tokio::test]
async fn an_event_published_by_many_at_once_is_delivered_once() {
    let (platform, receiver) = (Platform::start().await, Receiver::always(200).await);
    let customer = platform.customer("standard");
    let webhook = customer.webhook(&receiver.url(), &["*"]).await;
    let event = json!({"account": customer.account, "event": "a", "id": "same", "data": 1}).to_string();
    join_all((0..40).map(|_| platform.send(&event))).await;
    customer.deliveries_with(&webhook, &["delivered"]).await;
    platform.settled().await;
    assert_eq!(receiver.requests().len(), 1);
    platform.end().await;
}

#[tokio::test]
async fn a_delivery_received_twice_at_once_has_one_record_and_one_chain() {
    for (lane, answers) in
        [(Lane::First, [200, 200, 200]), (Lane::First, [500, 500, 200]), (Lane::Retry, [500, 500, 200])]
    {
        let mut platform = Platform::start().await;
        let receiver = Receiver::scripted(move |_, request| {
            let number: usize = request.header("x-posthorn-attempt").parse().unwrap();
            Reply::status(answers[number - 1])
        })
        .await;
        let customer = platform.customer("go2");
        let webhook = customer.webhook(&receiver.url(), &["*"]).await;
        let twice = job(&customer, "go2", &webhook, "click", 1);
        platform.kill().await;
        platform.queue(lane, vec![twice.clone(), twice]).await;
        platform.restart().await;
        let attempts = answers.iter().position(|answer| *answer == 200).unwrap() + 1;
        let deliveries = eventually("the delivery to be recorded", || async {
            let deliveries = customer.deliveries(&webhook).await;
            deliveries.iter().any(|delivery| delivery["status"] == "delivered").then_some(deliveries)
        })
        .await;
        platform.settled().await;
        assert_eq!(deliveries.len(), 1, "{lane:?} {answers:?}");
        assert_eq!(deliveries[0]["attempts"].as_array().unwrap().len(), attempts, "{lane:?} {answers:?}");
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        for request in receiver.requests() {
            *times.entry(request.header("x-posthorn-attempt").to_owned()).or_default() += 1;
        }
        // Two messages until one owns the delivery, which the second attempt decides.
        let allowed = |(number, times): (&String, &usize)| *times == 1 || (*times == 2 && number.as_str() < "3");
        assert!(times.iter().all(allowed), "{lane:?} {answers:?}: {times:?}");
        platform.end().await;
    }
}

#[tokio::test]
async fn a_webhook_changed_by_many_at_once_loses_no_field() {
    let platform = Platform::start().await;
    let customer = platform.customer("awsys");
    let webhook = customer.webhook("https://example.com/a", &["link.click"]).await;
    let path = format!("/webhooks/{}", webhook["id"].as_str().unwrap());
    let changes = [
        json!({"name": "new"}),
        json!({"url": "https://example.com/b"}),
        json!({"events": ["link.created"]}),
        json!({"isActive": false}),
    ];
    let change = async |change: &Value| {
        eventually("the change to be taken", || async {
            (customer.patch(&path, change).await.status == 200).then_some(())
        })
        .await;
    };
    join_all(changes.iter().map(change)).await;
    let now = customer.reload(&webhook).await;
    assert_eq!((&now["name"], &now["url"]), (&json!("new"), &json!("https://example.com/b")));
    assert_eq!((&now["events"], &now["isActive"]), (&json!(["link.created"]), &json!(false)));
    platform.end().await;
}
