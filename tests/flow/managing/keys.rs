//! API keys: what they grant, and what a caller without the right one learns.

use reqwest::{Method, header};
use serde_json::json;
use shared::domain::{
    account::key::{KeyHash, Scope},
    ids::AccountId,
};

use super::samples::{PROFILES, header_of, valid_for};
use crate::harness::{Faults, Platform, path_of};

#[tokio::test]
async fn a_key_grants_only_its_profile_and_its_scopes() {
    let platform = Platform::start().await;
    let customer = platform.customer("go2");
    for key in ["", "phk_unknown", "é"] {
        assert_eq!(customer.with_key(key).get("/webhooks").await.status, 401, "{key}");
    }
    let none = customer.raw(|http, base| http.get(format!("{base}/webhooks"))).await;
    assert_eq!((none.status, none.code()), (401, "UNAUTHORIZED"));

    let wrong = customer.with_key(&platform.customer("awsys").key).get("/webhooks").await;
    assert_eq!((wrong.status, wrong.code()), (403, "WRONG_PROFILE"));
    assert!(wrong.message().ends_with("use it under /api"), "{}", wrong.message());

    let reader = platform.new_customer("go2", "reader", &[Scope::Read]).await;
    assert_eq!(reader.get("/webhooks").await.status, 200);
    assert_eq!(reader.post("/webhooks", &valid_for("go2")).await.code(), "MISSING_SCOPE");
    assert_eq!(reader.post("/events", &json!({"event": "click", "data": 1})).await.status, 403);
    let publisher = platform.new_customer("go2", "publisher", &[Scope::Publish]).await;
    assert_eq!(publisher.get("/webhooks").await.status, 403);
    assert_eq!(publisher.post("/events", &json!({"event": "click", "data": 1})).await.status, 202);
    assert_eq!(customer.raw(|http, base| http.get(format!("{base}/health"))).await.status, 200);
    platform.end().await;
}

#[tokio::test]
async fn another_accounts_webhook_is_not_found() {
    let platform = Platform::start().await;
    let owner = platform.customer("go2");
    let webhook = owner.post("/webhooks", &valid_for("go2")).await.data().clone();
    let path = path_of(&webhook);
    let stranger = platform.new_customer("go2", "stranger", &Scope::ALL).await;
    for (method, path, body) in [
        (Method::GET, path.clone(), None),
        (Method::PATCH, path.clone(), Some("{\"name\":\"mine\"}")),
        (Method::DELETE, path.clone(), None),
        (Method::GET, format!("{path}/deliveries"), None),
        (Method::GET, format!("{path}/deliveries/dlv_1"), None),
        (Method::POST, format!("{path}/test"), None),
        (Method::POST, format!("{path}/rotate-secret"), None),
    ] {
        let response = stranger.request(method.clone(), &path, body).await;
        assert_eq!((response.status, response.code()), (404, "NOT_FOUND"), "{method} {path}");
    }
    assert_eq!(stranger.get("/webhooks").await.json["data"], json!([]));
    assert_eq!(owner.reload(&webhook).await["name"], "Click Tracker");
    platform.end().await;
}

#[tokio::test]
async fn without_a_valid_key_every_request_gets_only_401() {
    let platform = Platform::start().await;
    for profile in PROFILES {
        let customer = platform.customer(profile).with_key("phk_wrong");
        let calls = [
            (Method::GET, "/webhooks?limit=0"),
            (Method::GET, "/webhooks/%FF"),
            (Method::DELETE, "/webhooks/no+id"),
            (Method::POST, "/webhooks"),
            (Method::POST, "/events"),
            (Method::GET, "/event-types"),
            (Method::GET, "/webhooks/wh_1/deliveries/%00"),
        ];
        for (method, path) in calls {
            let request = customer.prepare(method.clone(), path).header(header::CONTENT_TYPE, "text/plain");
            let response = request.body("x".repeat(300_000)).send().await.unwrap();
            assert_eq!(response.status(), 401, "{profile} {method} {path}");
            assert_eq!(header_of(&response, "www-authenticate"), "Bearer", "{profile} {method} {path}");
            assert!(!response.text().await.unwrap().contains("phk_wrong"));
        }
    }
    platform.end().await;
}

/// An execution remembers only which account a key belongs to: each request reads the key and the account as they are now.
#[tokio::test]
async fn a_known_key_is_read_together_with_its_account() {
    let faults = Faults::default();
    let platform = Platform::start_tapped(faults.taps()).await;
    let customer = platform.new_customer("go2", "known", &[Scope::Read]).await;
    let request = async |expected: u16| {
        faults.arm(None);
        assert_eq!(customer.get("/event-types").await.status, expected);
        faults.disarm();
        let calls = faults.seen().into_iter().map(|step| step.call);
        calls.filter(|call| call.ends_with(" key") || call.ends_with(" account")).collect::<Vec<_>>()
    };
    assert_eq!(request(200).await, ["GetItem key", "GetItem account"]);
    assert_eq!(request(200).await, ["BatchGetItem key"]);

    let operator = platform.operator();
    assert_eq!(operator.patch("/accounts/known", &json!({"status": "suspended"})).await.status, 200);
    assert_eq!(request(403).await, ["BatchGetItem key"]);
    assert_eq!(operator.patch("/accounts/known", &json!({"status": "active"})).await.status, 200);
    assert_eq!(request(200).await, ["BatchGetItem key"]);

    let hash = KeyHash::of(&customer.key);
    let path = format!("/accounts/known/keys/{}", hash.as_str().get(..16).unwrap());
    assert_eq!(operator.delete(&path).await.status, 200);
    // What a request for several items does not find is asked for by itself.
    assert_eq!(request(401).await, ["BatchGetItem key", "GetItem key"]);
    assert_eq!(request(401).await, ["GetItem key"]);
    platform.end().await;
}

#[tokio::test]
async fn a_standing_counts_only_if_it_is_that_of_the_keys_account() {
    let platform = Platform::start().await;
    let customer = platform.customer("go2");
    let (own, other) = (AccountId::parse(&customer.account).unwrap(), platform.customer("awsys").account.clone());
    let (hash, other) = (KeyHash::of(&customer.key), AccountId::parse(&other).unwrap());
    for (expected, comes_along) in [(Some(&own), true), (Some(&other), false), (None, false)] {
        let found = platform.store().api_key(&hash, expected).await.unwrap().unwrap();
        assert_eq!((found.key.account, found.standing.is_some()), (own.clone(), comes_along), "{expected:?}");
    }
    platform.end().await;
}
