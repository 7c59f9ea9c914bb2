//! The audit trail: who did what.

use serde_json::{Value, json};
use shared::domain::account::key::Scope;

use crate::harness::{Platform, Receiver, audit_lines, path_of};

#[tokio::test]
async fn every_change_is_one_line_with_its_actor_and_no_value() {
    let platform = Platform::start().await;
    let receiver = Receiver::always(200).await;
    let account = "audited";
    let operator = platform.operator();
    let customer = platform.new_customer("standard", account, &Scope::ALL).await;
    let webhook = customer.webhook(&receiver.url(), &["*"]).await;
    let secret_url = format!("{}?token=in-the-url", receiver.url());
    customer.change(&webhook, &json!({"url": secret_url, "name": "Other"})).await;
    customer.change(&webhook, &json!({"isActive": false})).await;
    customer.change(&webhook, &json!({"isActive": true})).await;
    customer.rotate_secret(&webhook, &json!({})).await;
    customer.test(&webhook, &json!({})).await;
    platform.publish(&customer, "a", "1").await;
    let delivered = customer.deliveries_with(&webhook, &["delivered", "delivered"]).await;
    let delivery = delivered.iter().find(|delivery| delivery["reason"] == "event").unwrap();
    assert_eq!(customer.resend(&webhook, delivery).await.status, 202);
    let recovery = customer.recover(&webhook, json!({"include": ["failed"]})).await;
    customer.recovery_with(&webhook, &recovery, "finished").await;
    customer.remove(&webhook).await;
    operator.patch("/accounts/audited", &json!({"status": "suspended"})).await;
    operator.patch("/accounts/audited", &json!({"status": "active"})).await;
    operator.patch("/accounts/audited", &json!({"limits": {"webhooks": 3}})).await;
    operator.delete("/accounts/audited").await;

    let lines: Vec<Value> = audit_lines(account);
    let actions: Vec<&str> = lines.iter().map(|line| line["audit.action"].as_str().unwrap()).collect();
    let expected = [
        "account.create",
        "key.create",
        "webhook.create",
        "webhook.update",
        "webhook.disable",
        "webhook.enable",
        "webhook.rotate",
        "webhook.test",
        "delivery.resend",
        "recovery.create",
        "webhook.delete",
        "account.suspend",
        "account.activate",
        "account.update",
        "account.delete",
    ];
    assert_eq!(actions, expected);
    for line in &lines {
        assert!(line["request.id"].as_str().is_some_and(|id| !id.is_empty()), "{line}");
        let actor = line["audit.actor"].as_str().unwrap();
        let is_operators = line["audit.action"]
            .as_str()
            .is_some_and(|action| action.starts_with("account.") || action.starts_with("key."));
        assert_eq!(actor.starts_with("operator:"), is_operators, "{line}");
        assert!(!line.to_string().contains("in-the-url"), "{line}");
    }
    let update = &lines[3];
    assert_eq!((&update["audit.fields"], &update["webhook.id"]), (&json!("name,url"), &webhook["id"]));
    assert_eq!(lines[8]["delivery.id"], delivery["id"]);
    assert_eq!(lines[9]["recovery.id"], recovery["id"]);
    platform.stack_down().await;
}

#[tokio::test]
async fn an_operator_who_acts_for_an_account_is_named() {
    let platform = Platform::start().await;
    let customer = platform.new_customer("standard", "acted-for", &Scope::ALL).await;
    let key = platform.operator().key;
    let body = json!({"url": "https://example.com/", "events": ["*"]}).to_string();
    let created = customer
        .raw(|http, base| {
            let request =
                http.post(format!("{base}/webhooks")).bearer_auth(key).header("posthorn-account", "acted-for");
            request.header("content-type", "application/json").body(body)
        })
        .await;
    assert_eq!(created.status, 201);
    assert_eq!(customer.get(&path_of(created.data())).await.status, 200);
    let lines = audit_lines("acted-for");
    let line = lines.iter().find(|line| line["audit.action"] == "webhook.create").unwrap();
    assert!(line["audit.actor"].as_str().unwrap().starts_with("operator:"), "{line}");
    platform.end().await;
}
