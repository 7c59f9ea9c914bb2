//! Accounts and their keys, made and listed through the API.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use shared::ambient;

use crate::harness::{Platform, eventually};

/// How many accounts to list, unless `ACCOUNTS` says otherwise. The contract is shown with 10,000.
const ACCOUNTS: usize = 250;

#[tokio::test]
async fn an_account_is_made_once_and_changed_by_what_is_named() {
    let platform = Platform::start().await;
    let operator = platform.operator();
    let path = "/accounts/acme.1";
    let made = operator.put(path, &json!({"profile": "go2", "name": "Acme", "limits": {"webhooks": 5}})).await;
    assert_eq!(made.status, 201);
    let limits = json!({"webhooks": 5, "eventsPerSecond": 1000, "requestsPerSecond": 50, "testsPerMinute": 30});
    let expected = json!({
        "account": "acme.1", "profile": "go2", "name": "Acme", "status": "active", "limits": limits, "webhooks": 0,
        "createdAt": made.json["createdAt"],
    });
    assert_eq!(made.json, expected);
    let again = operator.put(path, &json!({"profile": "go2"})).await;
    assert_eq!((again.status, &again.json), (200, &expected), "what is not named stays");
    let changed = operator.patch(path, &json!({"name": null, "limits": {"webhooks": null, "testsPerMinute": 1}})).await;
    assert_eq!((changed.status, &changed.json["name"]), (200, &Value::Null));
    assert_eq!(
        changed.json["limits"],
        json!({"webhooks": 100, "eventsPerSecond": 1000, "requestsPerSecond": 50, "testsPerMinute": 1})
    );
    assert_eq!(operator.get(path).await.json, changed.json);
    let other = operator.put(path, &json!({"profile": "standard"})).await;
    assert_eq!((other.status, other.code()), (409, "PROFILE_FIXED"));
    platform.end().await;
}

#[tokio::test]
async fn a_wrong_account_is_rejected_by_name_or_not_found() {
    let platform = Platform::start().await;
    let operator = platform.operator();
    let good = json!({"profile": "go2"});
    for (path, body, status, code) in [
        ("/accounts/-a", good.clone(), 400, "INVALID_FIELD"),
        ("/accounts/a%2Fb", good.clone(), 400, "INVALID_FIELD"),
        ("/accounts/acme", json!({"profile": "go3"}), 400, "INVALID_FIELD"),
        ("/accounts/acme", json!({"profile": "go2", "limits": {"webhooks": 101}}), 400, "INVALID_FIELD"),
    ] {
        let response = operator.put(path, &body).await;
        assert_eq!((response.status, response.code()), (status, code), "{path} {body}");
        assert_eq!(response.content_type, "application/problem+json");
    }
    assert_eq!(operator.put(&format!("/accounts/{}", "a".repeat(65)), &good).await.status, 400);
    for (method, path) in [
        (Method::GET, "/accounts/nobody"),
        (Method::DELETE, "/accounts/nobody"),
        (Method::GET, "/accounts/nobody/keys"),
        (Method::DELETE, "/accounts/go2-demo/keys/0123456789abcdef"),
    ] {
        assert_eq!(operator.request(method, path, None).await.code(), "NOT_FOUND", "{path}");
    }
    assert_eq!(operator.patch("/accounts/nobody", &json!({})).await.status, 404);
    assert_eq!(operator.post("/accounts/nobody/keys", &json!({"scopes": ["read"]})).await.status, 404);
    platform.end().await;
}

#[tokio::test]
async fn all_accounts_are_listed_by_id_a_page_at_a_time() {
    let platform = Platform::start().await;
    let operator = platform.operator();
    let count = ambient::variable("ACCOUNTS").and_then(|count| count.parse().ok()).unwrap_or(ACCOUNTS);
    let names: Vec<String> = (0..count).map(|n| format!("c{n:05}")).collect();
    for some in names.chunks(50) {
        let body = json!({"profile": "standard"});
        let paths: Vec<String> = some.iter().map(|name| format!("/accounts/{name}")).collect();
        let made = futures::future::join_all(paths.iter().map(|path| operator.put(path, &body))).await;
        assert!(made.iter().all(|made| made.status == 201));
    }
    let (mut listed, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = operator.get(&format!("/accounts?limit=100{cursor}")).await;
        assert_eq!(page.status, 200, "{page:?}");
        listed.extend(page.texts("account"));
        let Some(next) = page.json["nextCursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let expected: BTreeSet<String> =
        names.into_iter().chain(["awsys-demo", "go2-demo", "standard-demo"].map(str::to_owned)).collect();
    assert_eq!(listed, expected.into_iter().collect::<Vec<_>>());
    assert_eq!(operator.get("/accounts?limit=0").await.code(), "INVALID_PARAMETER");
    assert_eq!(operator.get("/accounts?cursor=ff").await.code(), "INVALID_PARAMETER");
    platform.end().await;
}

#[tokio::test]
async fn a_key_works_until_its_end_or_its_revocation() {
    let platform = Platform::start().await;
    let operator = platform.operator();
    let keys = "/accounts/standard-demo/keys";
    let lasting = operator.post(keys, &json!({"scopes": ["read", "publish", "read"], "name": "backend"})).await;
    assert_eq!((lasting.status, &lasting.json["scopes"]), (201, &json!(["publish", "read"])));
    let brief = operator.post(keys, &json!({"scopes": ["read"], "expiresInSeconds": 1})).await;
    let of = |key: &Value| platform.customer("standard").with_key(key["key"].as_str().unwrap());
    assert_eq!(of(&lasting.json).get("/webhooks").await.status, 200);
    let listed = operator.get(&format!("{keys}?limit=100")).await;
    assert!(listed.json["data"].as_array().unwrap().iter().all(|key| key.get("key").is_none()));
    assert!(listed.texts("id").contains(&lasting.json["id"].as_str().unwrap().to_owned()));
    eventually("the key has ended", || async { (of(&brief.json).get("/webhooks").await.status == 401).then_some(()) })
        .await;
    let first = operator.get(&format!("{keys}?limit=1")).await;
    let next = operator.get(&format!("{keys}?limit=100&cursor={}", first.json["nextCursor"].as_str().unwrap())).await;
    assert_eq!([first.texts("id"), next.texts("id")].concat(), listed.texts("id"));
    let path = format!("{keys}/{}", lasting.json["id"].as_str().unwrap());
    assert_eq!(operator.delete(&path).await.json["deleted"], true);
    assert_eq!(of(&lasting.json).get("/webhooks").await.status, 401);
    assert_eq!(operator.delete(&path).await.code(), "NOT_FOUND");
    platform.end().await;
}
