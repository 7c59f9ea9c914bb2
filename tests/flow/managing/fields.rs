//! What a customer sets on a webhook in addition to its target: headers, metadata, delays and a timeout.

use futures::future::join_all;
use serde_json::{Value, json};
use shared::domain::account::key::Scope;

use super::samples::{PROFILES, URL, event_of, valid_for};
use crate::harness::{Customer, MARKER, Platform, eventually, path_of};

/// How a value that ends in the marker is shown.
const MASKED_MARKER: &str = "\u{2022}\u{2022}\u{2022}\u{2022}5f0c";

fn valid_with(profile: &str, more: &Value) -> Value {
    let mut body = valid_for(profile);
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

async fn webhook_with(customer: &Customer, profile: &str, more: &Value) -> Value {
    let response = customer.post("/webhooks", &valid_with(profile, more)).await;
    assert_eq!(response.status, 201, "{profile}: {:?}", response.json);
    response.data().clone()
}

/// The headers as they are sent.
async fn stored(platform: &Platform, customer: &Customer, webhook: &Value) -> Value {
    let webhook = platform.stored(customer, webhook).await;
    let headers = webhook.settings.headers.iter().map(|(name, value)| (name.as_str(), value.reveal()));
    Value::Object(headers.map(|(name, value)| (name.to_owned(), json!(value))).collect())
}

#[tokio::test]
async fn a_webhook_without_these_fields_has_none_of_them() {
    let platform = Platform::start().await;
    for profile in PROFILES {
        let customer = platform.customer(profile);
        let created = webhook_with(&customer, profile, &json!({})).await;
        for webhook in [&created, &customer.reload(&created).await] {
            assert_eq!((&webhook["headers"], &webhook["metadata"]), (&json!({}), &json!({})), "{profile}");
            for field in ["filter", "rateLimit", "throttledUntil"] {
                assert_eq!(webhook.get(field), Some(&Value::Null), "{profile} {field}");
            }
            for field in ["retryDelaysSeconds", "timeoutSeconds"] {
                let expected = (profile == "standard").then_some(&Value::Null);
                assert_eq!(webhook.get(field), expected, "{profile} {field}");
            }
        }
    }
    platform.end().await;
}

#[tokio::test]
async fn headers_are_merged_and_their_values_shown_masked() {
    let platform = Platform::start().await;
    for profile in PROFILES {
        let customer = platform.customer(profile);
        let secret = format!("Bearer {MARKER}");
        let created =
            webhook_with(&customer, profile, &json!({"headers": {"Authorization": secret, "X-Short": "short"}})).await;
        let mask = "\u{2022}\u{2022}\u{2022}\u{2022}";
        assert_eq!(created["headers"], json!({"authorization": MASKED_MARKER, "x-short": mask}), "{profile}");
        assert_eq!(customer.reload(&created).await["headers"], created["headers"], "{profile}");
        assert_eq!(customer.get("/webhooks").await.json["data"][0]["headers"], created["headers"], "{profile}");

        let change = json!({"headers": {"x-SHORT": null, "x-new": "1", "authorization": MASKED_MARKER}});
        let changed = customer.change(&created, &change).await;
        assert_eq!(changed["headers"], json!({"authorization": MASKED_MARKER, "x-new": mask}), "{profile}");
        let expected = json!({"authorization": secret, "x-new": "1"});
        assert_eq!(stored(&platform, &customer, &created).await, expected, "{profile}");

        // A new URL keeps them.
        let moved = customer.change(&created, &json!({"url": "https://example.com/new"})).await;
        assert_eq!(moved["headers"], changed["headers"], "{profile}");
    }
    platform.end().await;
}

#[tokio::test]
async fn a_webhook_with_every_field_may_be_sent_back() {
    let platform = Platform::start().await;
    for profile in PROFILES {
        let customer = platform.customer(profile);
        let mut fields =
            json!({"headers": {"x-a": format!("Bearer {MARKER}"), "x-b": "b"}, "metadata": {"z": "1", "a": ""}});
        if profile == "standard" {
            fields["retryDelaysSeconds"] = json!([1, 43_200]);
            fields["timeoutSeconds"] = json!(20);
        }
        let webhook = webhook_with(&customer, profile, &fields).await;
        let before = stored(&platform, &customer, &webhook).await;
        let mut sent = customer.reload(&webhook).await;
        sent["name"] = json!("Another name");
        let mut after = customer.change(&webhook, &sent).await;
        sent["updatedAt"] = after["updatedAt"].take();
        after["updatedAt"] = sent["updatedAt"].clone();
        assert_eq!(after, sent, "{profile}");
        assert_eq!(stored(&platform, &customer, &webhook).await, before, "{profile}");
    }
    platform.end().await;
}

#[tokio::test]
async fn metadata_is_returned_as_given_and_replaced_as_a_whole() {
    let platform = Platform::start().await;
    for profile in PROFILES {
        let customer = platform.customer(profile);
        let webhook = webhook_with(&customer, profile, &json!({"metadata": {"team": "billing", "n": "1"}})).await;
        assert_eq!(webhook["metadata"], json!({"team": "billing", "n": "1"}), "{profile}");
        for metadata in [json!({"other": "\u{1f600}\n"}), json!({})] {
            let changed = customer.change(&webhook, &json!({"metadata": metadata})).await;
            assert_eq!(changed["metadata"], metadata, "{profile}");
        }
    }
    platform.end().await;
}

#[tokio::test]
async fn metadata_keeps_the_order_of_its_keys() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let metadata = r#""metadata":{"z":"1","10":"2","a":"3","2":"4"}"#;
    let body = format!(r#"{{"url":"{URL}","events":["a"],{metadata}}}"#);
    let created = customer.request(reqwest::Method::POST, "/webhooks", Some(&body)).await;
    let request = customer.prepare(reqwest::Method::GET, &path_of(created.data()));
    let text = request.send().await.unwrap().text().await.unwrap();
    assert!(text.contains(metadata), "{text}");
    platform.end().await;
}

#[tokio::test]
async fn a_schedule_and_a_timeout_are_chosen_where_the_profile_allows_it() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let chosen = json!({"retryDelaysSeconds": [5, 43_200], "timeoutSeconds": 3});
    let webhook = webhook_with(&customer, "standard", &chosen).await;
    assert_eq!((&webhook["retryDelaysSeconds"], &webhook["timeoutSeconds"]), (&json!([5, 43_200]), &json!(3)));
    for (change, delays, timeout) in [
        (json!({"retryDelaysSeconds": []}), json!([]), json!(3)),
        (json!({"timeoutSeconds": null}), json!([]), Value::Null),
        (json!({"retryDelaysSeconds": null, "timeoutSeconds": 20.0}), Value::Null, json!(20)),
    ] {
        let changed = customer.change(&webhook, &change).await;
        assert_eq!((&changed["retryDelaysSeconds"], &changed["timeoutSeconds"]), (&delays, &timeout), "{change}");
        assert_eq!(customer.reload(&webhook).await, changed, "{change}");
    }
    for profile in ["awsys", "go2"] {
        let customer = platform.customer(profile);
        let null = json!({"retryDelaysSeconds": null, "timeoutSeconds": null});
        let webhook = webhook_with(&customer, profile, &null).await;
        customer.change(&webhook, &null).await;
        for field in [json!({"retryDelaysSeconds": [5]}), json!({"timeoutSeconds": 3})] {
            for response in [
                customer.post("/webhooks", &valid_with(profile, &field)).await,
                customer.patch(&path_of(&webhook), &field).await,
            ] {
                assert_eq!((response.status, response.code()), (400, "INVALID_FIELD"), "{profile} {field}");
                let words = format!("is fixed in the profile '{profile}'");
                assert!(response.message().contains(&words), "{}", response.message());
            }
        }
    }
    platform.end().await;
}

/// The value of a header that must not be repeated in any error.
const HIDDEN: &str = "hunter2-hunter2";

fn numbered(count: usize, value: &str) -> Value {
    Value::Object((0..count).map(|n| (format!("x-{n}"), json!(value))).collect())
}

#[tokio::test]
async fn fields_beyond_their_limits_are_rejected_and_change_nothing() {
    let platform = Platform::start().await;
    for profile in PROFILES {
        let customer = platform.customer(profile);
        let at_the_limit = json!({
            "headers": numbered(10, &"v".repeat(1_024)),
            "metadata": numbered(20, &"\u{e9}".repeat(500)),
        });
        let webhook = webhook_with(&customer, profile, &at_the_limit).await;
        let before = customer.reload(&webhook).await;
        let profiles_own = if profile == "go2" { "X-Webhook-Signature" } else { "webhook-signature" };
        for (field, of_what) in [
            (json!({"headers": numbered(11, HIDDEN)}), "'headers' would have 11 headers"),
            (json!({"headers": null}), "'headers' must be an object of strings"),
            (json!({"headers": {"x-0": format!("{HIDDEN}\n")}}), "'headers.x-0' must have 1 to 1024 visible ASCII"),
            (json!({"headers": {"x-0": ""}}), "'headers.x-0' must have 1 to 1024"),
            (json!({"headers": {"x-0": HIDDEN.repeat(100)}}), "'headers.x-0' must have 1 to 1024"),
            (json!({"headers": {"X-0": HIDDEN, "x-0": HIDDEN}}), "'headers.x-0' is given twice"),
            (json!({"headers": {"x y": HIDDEN}}), "'headers.x y' is not a header name"),
            (json!({"headers": {"Host": HIDDEN}}), "'headers.Host' belongs to the request itself"),
            (json!({"headers": {profiles_own: HIDDEN}}), "belongs to the request itself"),
            (json!({"headers": {"x-0": "\u{2022}\u{2022}\u{2022}\u{2022}zzzz"}}), "'headers.x-0' is a masked value"),
            (json!({"metadata": null}), "'metadata' must be an object of strings"),
            (json!({"metadata": {"a": 1}}), "'metadata' must be an object of strings"),
            (json!({"metadata": numbered(21, "")}), "'metadata' has 21 entries"),
            (json!({"metadata": {"k".repeat(65): ""}}), "'metadata' has a key of 65 characters"),
            (json!({"metadata": {"a": "v".repeat(501)}}), "'metadata' has 501 characters under 'a'"),
        ] {
            for response in [
                customer.post("/webhooks", &valid_with(profile, &field)).await,
                customer.patch(&path_of(&webhook), &field).await,
            ] {
                assert_eq!((response.status, response.code()), (400, "INVALID_FIELD"), "{profile} {field}");
                assert!(response.message().contains(of_what), "{profile} {field}: {}", response.message());
                assert!(!response.json.to_string().contains(HIDDEN), "{profile} {field}: {:?}", response.json);
            }
        }
        assert_eq!(customer.reload(&webhook).await, before, "{profile}");
    }
    platform.end().await;
}

#[tokio::test]
async fn concurrent_changes_to_headers_lose_none() {
    let platform = Platform::start().await;
    let customer = platform.customer("awsys");
    let webhook = customer.webhook(URL, &["link.click"]).await;
    let add = async |name: usize| {
        eventually("the change is accepted", || async {
            let response = customer.patch(&path_of(&webhook), &json!({"headers": {format!("x-{name}"): "v"}})).await;
            (response.status == 200).then_some(())
        })
        .await;
    };
    join_all((0..5).map(add)).await;
    assert_eq!(stored(&platform, &customer, &webhook).await, numbered(5, "v"));
    platform.end().await;
}

#[tokio::test]
async fn only_the_accounts_own_manager_changes_these_fields() {
    let platform = Platform::start().await;
    for profile in PROFILES {
        let customer = platform.customer(profile);
        let webhook = customer.webhook(URL, &[event_of(profile)]).await;
        let change = json!({"headers": {"x-a": "1"}, "metadata": {"a": "1"}});
        let reader = platform.new_key(&customer, profile, &[Scope::Read]).await;
        let denied = reader.patch(&path_of(&webhook), &change).await;
        assert_eq!((denied.status, denied.code()), (403, "MISSING_SCOPE"), "{profile}");
        let other = platform.new_customer(profile, &format!("other-{profile}"), &[Scope::Manage]).await;
        let foreign = other.patch(&path_of(&webhook), &change).await;
        assert_eq!((foreign.status, foreign.code()), (404, "NOT_FOUND"), "{profile}");
        assert_eq!(customer.reload(&webhook).await["headers"], json!({}), "{profile}");
    }
    platform.end().await;
}

#[tokio::test]
async fn a_repeated_creation_compares_the_headers_that_were_sent() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let body = |value: &str| valid_with("standard", &json!({"headers": {"x-a": value}})).to_string();
    let created = customer.post_under("key", "/webhooks", &body("one")).await;
    let repeated = customer.post_under("key", "/webhooks", &body("one")).await;
    assert_eq!((repeated.status, &repeated.data()["id"]), (201, &created.data()["id"]));
    let other = customer.post_under("key", "/webhooks", &body("two")).await;
    assert_eq!((other.status, other.code()), (409, "IDEMPOTENCY_KEY_REUSED"));
    platform.end().await;
}
