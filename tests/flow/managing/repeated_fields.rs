//! A webhook that is read, changed in one field and sent back whole.

use serde_json::{Value, json};

use super::samples::{PROFILES, URL, event_of};
use crate::harness::{Platform, Receiver, Reply, Scene, eventually, path_of};

#[tokio::test]
async fn a_webhook_sent_back_changes_only_in_what_differs() {
    let platform = Platform::start().await;
    for profile in PROFILES {
        let customer = platform.customer(profile);
        let webhook = customer.webhook(URL, &[event_of(profile)]).await;
        let before = customer.reload(&webhook).await;
        let mut sent = before.clone();
        sent["name"] = json!("Another name");
        let mut after = customer.change(&webhook, &sent).await;
        sent["updatedAt"] = after["updatedAt"].take();
        after["updatedAt"] = sent["updatedAt"].clone();
        assert_eq!(after, sent, "{profile}");
    }
    platform.end().await;
}

#[tokio::test]
async fn a_failing_webhook_sent_back_keeps_its_failures() {
    let receiver = Receiver::scripted(|_, _| Reply::status(503).header("retry-after", "3600")).await;
    let platform = Platform::start_with_quick_retries().await;
    let Scene { platform, customer, webhook, .. } = Scene::on(platform, "go2", &["*"], receiver).await;
    for number in 0..3 {
        platform.publish(&customer, "click", &number.to_string()).await;
    }
    let mut sent = eventually("three failures", || async {
        let webhook = customer.reload(&webhook).await;
        (webhook["consecutiveFailures"] == 3).then_some(webhook)
    })
    .await;
    platform.settled().await;
    let before = platform.stored(&customer, &webhook).await;
    sent["name"] = json!("Another name");
    customer.change(&webhook, &sent).await;
    let after = platform.stored(&customer, &webhook).await;
    assert_eq!(after.standing.streak, before.standing.streak);
    assert_eq!(after.standing.pulse, before.standing.pulse);
    assert_eq!(after.standing.enabled_at, before.standing.enabled_at);
    assert_eq!(customer.change(&webhook, &json!({"isActive": true})).await["consecutiveFailures"], 0);
    platform.end().await;
}

#[tokio::test]
async fn a_read_only_field_with_another_value_is_rejected() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let webhook = customer.webhook(URL, &["a"]).await;
    let read = customer.reload(&webhook).await;
    customer.change(&webhook, &json!({"isActive": false})).await;
    // As it was before it was disabled: whoever sends it has not seen that.
    let stale = customer.patch(&path_of(&webhook), &read).await;
    assert_eq!((stale.status, stale.code()), (400, "INVALID_FIELD"), "{:?}", stale.json);
    assert!(stale.message().starts_with("'disabledAt' cannot be changed"), "{}", stale.message());
    assert_eq!(customer.reload(&webhook).await["isActive"], false);
    for (field, value, code) in [
        ("id", json!("wh_other"), "INVALID_FIELD"),
        ("consecutiveFailures", json!(1), "INVALID_FIELD"),
        ("createdAt", Value::Null, "INVALID_FIELD"),
        ("secret", json!("whsec_x"), "UNKNOWN_FIELD"),
        ("more", Value::Null, "UNKNOWN_FIELD"),
    ] {
        let response = customer.patch(&path_of(&webhook), &json!({"name": "x", field: value})).await;
        assert_eq!((response.status, response.code()), (400, code), "{field}: {:?}", response.json);
    }
    assert_eq!(customer.reload(&webhook).await["name"], "Test", "nothing was changed");
    platform.end().await;
}

#[tokio::test]
async fn a_name_of_null_is_cleared_where_it_is_optional() {
    let platform = Platform::start().await;
    for (profile, status) in [("awsys", 200), ("standard", 200), ("go2", 400)] {
        let customer = platform.customer(profile);
        let webhook = customer.webhook(URL, &[event_of(profile)]).await;
        let response = customer.patch(&path_of(&webhook), &json!({"name": null})).await;
        assert_eq!(response.status, status, "{profile}: {:?}", response.json);
        let name = customer.reload(&webhook).await["name"].clone();
        assert_eq!(name, if status == 200 { Value::Null } else { json!("Test") }, "{profile}");
    }
    platform.end().await;
}
