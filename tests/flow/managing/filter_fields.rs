//! A webhook's filter and rate limit: they are set, shown and cleared.

use serde_json::{Value, json};

use super::samples::{PROFILES, URL, event_of, valid_for};
use crate::harness::{Customer, Platform, path_of};

async fn webhook_with(customer: &Customer, profile: &str, more: &Value) -> Value {
    let mut body = valid_for(profile);
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let response = customer.post("/webhooks", &body).await;
    assert_eq!(response.status, 201, "{profile}: {:?}", response.json);
    response.data().clone()
}

#[tokio::test]
async fn a_filter_and_a_rate_limit_are_set_shown_and_cleared() {
    let platform = Platform::start().await;
    for profile in PROFILES {
        let customer = platform.customer(profile);
        let fields = json!({"filter": {"event": [event_of(profile)]}, "rateLimit": {"requests": 5, "seconds": 1}});
        let webhook = webhook_with(&customer, profile, &fields).await;
        assert_eq!((&webhook["filter"], &webhook["rateLimit"]), (&fields["filter"], &fields["rateLimit"]), "{profile}");
        let other = json!({"filter": {"data": {"a": ["\u{e9}", 1, null]}}, "rateLimit": {"requests": 1, "seconds": 2}});
        let changed = customer.change(&webhook, &other).await;
        assert_eq!((&changed["filter"], &changed["rateLimit"]), (&other["filter"], &other["rateLimit"]), "{profile}");
        let cleared = customer.change(&webhook, &json!({"filter": null, "rateLimit": null})).await;
        assert_eq!((&cleared["filter"], &cleared["rateLimit"]), (&Value::Null, &Value::Null), "{profile}");
        for (field, code, words) in [
            (json!({"filter": {}}), "INVALID_FILTER", "'filter' is not valid"),
            (json!({"filter": {"data": {"a": [{"more": 1}]}}}), "INVALID_FILTER", "data.a[0]"),
            (json!({"filter": "x"}), "INVALID_FILTER", "'filter' is not valid"),
            (json!({"filter": {"event": ["x".repeat(1_024)]}}), "INVALID_FILTER", "bytes are too many"),
            (json!({"rateLimit": {"requests": 0, "seconds": 1}}), "INVALID_FIELD", "'requests', 1 to 1000"),
            (json!({"rateLimit": {"requests": 1}}), "INVALID_FIELD", "'seconds', 1 to 3600"),
            (json!({"throttledUntil": null, "rateLimit": 5}), "INVALID_FIELD", "'rateLimit' must be null"),
        ] {
            let response = customer.patch(&path_of(&webhook), &field).await;
            assert_eq!((response.status, response.code()), (400, code), "{profile} {field}");
            assert!(response.message().contains(words), "{profile} {field}: {}", response.message());
        }
    }
    platform.end().await;
}

#[tokio::test]
async fn an_accounts_patterns_and_filters_have_32_kib_together() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let body = json!({"url": URL, "events": ["a"], "filter": {"event": ["x".repeat(1_000)]}});
    let (mut webhooks, mut rejected) = (Vec::new(), None);
    while rejected.is_none() && webhooks.len() < 40 {
        let response = customer.post("/webhooks", &body).await;
        match response.status {
            201 => webhooks.push(response.data().clone()),
            _ => rejected = Some(response),
        }
    }
    // A filter has 1,014 bytes, its webhook's id 28 or so, and 32 KiB are 32,768.
    assert_eq!(webhooks.len(), 31);
    let rejected = rejected.unwrap();
    assert_eq!((rejected.status, rejected.code()), (400, "INVALID_EVENTS"), "{:?}", rejected.json);
    assert!(rejected.message().contains("patterns and filters"), "{}", rejected.message());
    customer.change(&webhooks[0], &json!({"filter": null})).await;
    assert_eq!(customer.post("/webhooks", &body).await.status, 201, "there is room again");
    let again = customer.patch(&path_of(&webhooks[0]), &json!({"filter": body["filter"]})).await;
    assert_eq!((again.status, again.code()), (400, "INVALID_EVENTS"), "{:?}", again.json);
    platform.end().await;
}
