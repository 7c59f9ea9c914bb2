//! A suspended account: nothing is sent, nothing is lost.

use serde_json::json;
use shared::domain::account::key::Scope;

use crate::harness::{Customer, Platform, Receiver, eventually, path_of, recovery_path};

async fn set(platform: &Platform, status: &str) {
    let changed = platform.operator().patch("/accounts/acme", &json!({ "status": status })).await;
    assert_eq!((changed.status, &changed.json["status"]), (200, &json!(status)));
}

/// The operator, acting for the account.
async fn statuses(platform: &Platform, customer: &Customer, webhook: &serde_json::Value) -> Vec<(String, String)> {
    let operator = platform.operator().key;
    let path = format!("{}/deliveries", path_of(webhook));
    let listed = customer
        .raw(|http, base| http.get(format!("{base}{path}")).bearer_auth(operator).header("posthorn-account", "acme"))
        .await;
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let deliveries = listed.json["data"].as_array().unwrap();
    deliveries.iter().map(|delivery| (text(&delivery["status"]), text(&delivery["statusReason"]))).collect()
}

#[tokio::test]
async fn a_suspended_account_gets_nothing_and_recovers_it_later() {
    let platform = Platform::start().await;
    let receiver = Receiver::in_turn(&[500, 200]).await;
    let customer = platform.new_customer("standard", "acme", &Scope::ALL).await;
    let webhook = customer.webhook(&receiver.url(), &["*"]).await;
    platform.publish(&customer, "a", "1").await;
    customer.deliveries_with(&webhook, &["retrying"]).await;

    set(&platform, "suspended").await;
    let refused = customer.get("/webhooks").await;
    assert_eq!((refused.status, refused.code()), (403, "ACCOUNT_SUSPENDED"));
    platform.publish(&customer, "b", "2").await;
    let reason = "account suspended".to_owned();
    let expected = [("skipped".to_owned(), reason.clone()), ("failed".to_owned(), reason)];
    eventually("both deliveries ended", || async {
        (statuses(&platform, &customer, &webhook).await == expected).then_some(())
    })
    .await;
    assert_eq!(receiver.requests().len(), 1, "nothing was sent while it was suspended");

    set(&platform, "active").await;
    let recovery = customer.recover(&webhook, json!({})).await;
    let recovery = customer.recovery_with(&webhook, &recovery, "finished").await;
    assert_eq!(recovery["counts"]["delivered"], 2, "{recovery}");
    platform.settled().await;
    platform.end().await;
}

#[tokio::test]
async fn a_recovery_is_held_while_its_account_is_suspended() {
    let platform = Platform::start().await;
    let receiver = Receiver::always(200).await;
    let customer = platform.new_customer("standard", "acme", &Scope::ALL).await;
    let webhook = customer.webhook(&receiver.url(), &["*"]).await;
    customer.change(&webhook, &json!({"isActive": false})).await;
    let bodies: Vec<String> = (0..40).map(|n| customer.event("a", &format!("e{n}"), n)).collect();
    platform.send_all(&bodies).await;
    platform.settled().await;
    customer.change(&webhook, &json!({"isActive": true})).await;
    let recovery = customer.recover(&webhook, json!({"include": ["skipped"], "rate": 5})).await;
    customer.recovery_with(&webhook, &recovery, "running").await;
    receiver.requests_at_least(1).await;
    set(&platform, "suspended").await;
    let key = platform.operator().key;
    let path = recovery_path(&webhook, &recovery);
    eventually("the recovery is held", || async {
        let found = customer
            .raw(|http, base| http.get(format!("{base}{path}")).bearer_auth(&key).header("posthorn-account", "acme"))
            .await;
        (found.json["status"] == "held").then_some(())
    })
    .await;
    set(&platform, "active").await;
    let recovery = customer.recovery_with(&webhook, &recovery, "finished").await;
    assert_eq!(recovery["counts"]["delivered"], 40, "{recovery}");
    platform.settled().await;
    platform.end().await;
}
