//! Other accounts, and keys that may only read.

use reqwest::Method;
use serde_json::json;
use shared::domain::account::key::Scope;

use crate::harness::{Receiver, Scene, path_of, recovery_path, since_an_hour};

#[tokio::test]
async fn another_accounts_recoveries_and_deliveries_are_not_found() {
    let Scene { platform, customer, webhook, .. } = Scene::new("standard", &["*"], Receiver::always(200).await).await;
    platform.publish(&customer, "a", "1").await;
    let delivery = customer.deliveries_with(&webhook, &["delivered"]).await.remove(0);
    let recovery = customer.recover(&webhook, json!({})).await;
    let other = platform.new_customer("standard", "other", &[Scope::Manage]).await;
    let own = other.webhook("https://example.com/", &["*"]).await;
    let resend = |webhook| format!("{}/deliveries/{}/resend", path_of(webhook), delivery["id"].as_str().unwrap());
    let body = since_an_hour(json!({})).to_string();
    let mut requests = vec![
        (Method::POST, resend(&webhook), None),
        (Method::POST, resend(&own), None),
        (Method::POST, format!("{}/recoveries", path_of(&webhook)), Some(body.as_str())),
        (Method::GET, format!("{}/recoveries", path_of(&webhook)), None),
    ];
    // The other account's own webhook with this account's recovery, and this account's webhook.
    for webhook in [&webhook, &own] {
        let path = recovery_path(webhook, &recovery);
        requests.push((Method::GET, path.clone(), None));
        for order in ["pause", "resume", "cancel"] {
            requests.push((Method::POST, format!("{path}/{order}"), None));
        }
    }
    for (method, path, body) in requests {
        let response = other.request(method, &path, body).await;
        assert_eq!((response.status, response.code()), (404, "NOT_FOUND"), "{path}");
    }
    customer.recovery_with(&webhook, &recovery, "finished").await;
    platform.end().await;
}

#[tokio::test]
async fn a_reader_may_look_and_not_send_again() {
    let Scene { platform, customer, webhook, .. } = Scene::new("standard", &["*"], Receiver::always(200).await).await;
    platform.publish(&customer, "a", "1").await;
    let delivery = customer.deliveries_with(&webhook, &["delivered"]).await.remove(0);
    let recovery = customer.recover(&webhook, json!({})).await;
    customer.recovery_with(&webhook, &recovery, "finished").await;
    let reader = platform.new_key(&customer, "standard", &[Scope::Read]).await;
    for path in [recovery_path(&webhook, &recovery), format!("{}/recoveries", path_of(&webhook)), "/events".to_owned()]
    {
        assert_eq!(reader.get(&path).await.status, 200, "{path}");
    }
    assert_eq!(reader.resend(&webhook, &delivery).await.code(), "MISSING_SCOPE");
    let path = format!("{}/recoveries", path_of(&webhook));
    assert_eq!(reader.post(&path, &since_an_hour(json!({"dryRun": true}))).await.code(), "MISSING_SCOPE");
    for order in ["pause", "resume", "cancel"] {
        assert_eq!(reader.order(&webhook, &recovery, order).await.code(), "MISSING_SCOPE", "{order}");
    }
    platform.end().await;
}
