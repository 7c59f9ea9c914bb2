//! Every path, and every kind of key.

use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::account::key::Scope;

use crate::harness::{Customer, Platform, eventually, path_of};

/// Who calls.
struct Kind {
    name: &'static str,
    key: Option<String>,
    /// The account that the request names.
    acts_for: Option<String>,
}

/// What must come of it: an error by status and code, or anything that is none of access.
type Expected = Option<(u16, &'static str)>;

/// A path of a document, with its method, and whether a key that may read, publish or manage is needed. `None`: no key.
struct Door {
    method: Method,
    path: String,
    scope: Option<String>,
}

/// The profiles, each with an event type of its own, and another profile.
const PROFILES: [(&str, &str, &str); 3] =
    [("awsys", "link.click", "go2"), ("go2", "click", "standard"), ("standard", "a", "awsys")];

/// The paths of an `OpenAPI` document, with ids of this webhook.
fn doors(document: &Value, webhook: &str) -> Vec<Door> {
    let mut doors = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let path = path.replace("{id}", webhook).replace("{deliveryId}", "dlv_1").replace("{recoveryId}", "rec_1");
            let path = path.replace("{account}", "standard-demo").replace("{keyId}", "0123456789abcdef");
            let description = operation["description"].as_str().unwrap_or_default();
            let scope = description.rsplit_once("Scope: ").map(|(_, scope)| scope.trim_end_matches('.').to_owned());
            doors.push(Door { method: method.to_uppercase().parse().unwrap(), path, scope });
        }
    }
    doors
}

async fn knock(at: &Customer, door: &Door, kind: &Kind) -> (u16, String) {
    let response = at
        .raw(|http, base| {
            let mut request = http.request(door.method.clone(), format!("{base}{}", door.path));
            request = request.header("content-type", "application/json").body("{\"no\":1}");
            if let Some(key) = &kind.key {
                request = request.bearer_auth(key);
            }
            if let Some(account) = &kind.acts_for {
                request = request.header("posthorn-account", account);
            }
            request
        })
        .await;
    (response.status, response.code().to_owned())
}

async fn key_of(platform: &Platform, account: &str, body: Value) -> Value {
    let key = platform.operator().post(&format!("/accounts/{account}/keys"), &body).await;
    assert_eq!(key.status, 201, "{key:?}");
    key.json
}

/// Every kind of key, with what must come of it at a door. What depends on the scope that the door needs is decided there.
async fn kinds(platform: &Platform, profile: &str, another_profile: &str) -> Vec<Kind> {
    let (operator, account) = (platform.operator(), format!("{profile}-demo"));
    let all = json!({"scopes": ["manage", "publish", "read"]});
    let text = |key: &Value| key["key"].as_str().map(str::to_owned);
    let kind = |name, key, acts_for: Option<&str>| Kind { name, key, acts_for: acts_for.map(str::to_owned) };
    let revoked = key_of(platform, &account, all.clone()).await;
    operator.delete(&format!("/accounts/{account}/keys/{}", revoked["id"].as_str().unwrap())).await;
    let expired = key_of(platform, &account, json!({"scopes": ["read"], "expiresInSeconds": 1})).await;
    let customer = platform.customer(profile).with_key(&text(&expired).unwrap());
    eventually("the key ends", || async { (customer.get("/webhooks").await.status == 401).then_some(()) }).await;
    let reader = key_of(platform, &account, json!({"scopes": ["read"]})).await;
    platform.new_customer(profile, "stopped", &[Scope::Read]).await;
    let stopped = key_of(platform, "stopped", all.clone()).await;
    operator.patch("/accounts/stopped", &json!({"status": "suspended"})).await;
    let other = platform.new_customer(profile, "other", &Scope::ALL).await;
    let elsewhere = format!("{another_profile}-demo");
    vec![
        kind("none", None, None),
        kind("unknown", Some("phk_0".to_owned()), None),
        kind("unknown operator's", Some("pho_0".to_owned()), None),
        kind("revoked", text(&revoked), None),
        kind("expired", text(&expired), None),
        kind("the account's", Some(platform.customer(profile).key), None),
        kind("the account's, with the header", Some(platform.customer(profile).key), Some(&account)),
        kind("read only", text(&reader), None),
        kind("another account's", Some(other.key), None),
        kind("a suspended account's", text(&stopped), None),
        kind("another profile's", Some(platform.customer(another_profile).key), None),
        kind("the operator's", Some(operator.key.clone()), None),
        kind("the operator's, for the account", Some(operator.key.clone()), Some(&account)),
        kind("the operator's, for a suspended one", Some(operator.key.clone()), Some("stopped")),
        kind("the operator's, for another profile's", Some(operator.key.clone()), Some(&elsewhere)),
        kind("the operator's, for nobody", Some(operator.key), Some("nobody")),
    ]
}

fn expected(kind: &str, scope: &str) -> Expected {
    match kind {
        "none" | "unknown" | "unknown operator's" | "revoked" | "expired" => Some((401, "UNAUTHORIZED")),
        "the account's, with the header" => Some((400, "UNEXPECTED_ACCOUNT")),
        "read only" if !scope.contains("read") => Some((403, "MISSING_SCOPE")),
        "a suspended account's" => Some((403, "ACCOUNT_SUSPENDED")),
        "another profile's" | "the operator's, for another profile's" => Some((403, "WRONG_PROFILE")),
        "the operator's" => Some((400, "MISSING_ACCOUNT")),
        "the operator's, for nobody" => Some((404, "NOT_FOUND")),
        _ => None,
    }
}

#[tokio::test]
async fn every_kind_of_key_opens_only_its_own_doors() {
    futures::future::join_all(PROFILES.map(|(profile, event, other)| knock_at_all(profile, event, other))).await;
}

async fn knock_at_all(profile: &str, event: &str, another_profile: &str) {
    let platform = Platform::start().await;
    let customer = platform.customer(profile);
    let webhook = customer.webhook("https://example.com/", &[event]).await;
    let id = path_of(&webhook).trim_start_matches("/webhooks/").to_owned();
    let document = customer.get("/openapi.json").await.json;
    let kinds = kinds(&platform, profile, another_profile).await;
    for door in doors(&document, &id) {
        // What a test or a deletion does is not this story's.
        let Some(scope) = &door.scope else { continue };
        if door.method == Method::DELETE || door.path.ends_with("/test") || door.path.ends_with("rotate-secret") {
            continue;
        }
        for kind in &kinds {
            let (status, code) = knock(&customer, &door, kind).await;
            let (name, Door { method, path, .. }) = (kind.name, &door);
            match expected(name, scope) {
                Some(expected) => {
                    assert_eq!((status, code.as_str()), expected, "{profile}, {name}: {method} {path}");
                }
                None => {
                    assert!(![401, 403, 429].contains(&status), "{profile}, {name}: {method} {path}: {status} {code}");
                }
            }
            if name == "another account's" && path.contains("/webhooks/") {
                assert!([400, 404].contains(&status), "{profile}, {name}: {method} {path}: {status}");
            }
        }
    }
    assert_eq!(customer.reload(&webhook).await["url"], "https://example.com/");
    platform.end().await;
}

#[tokio::test]
async fn operators_paths_open_for_operators_keys_only() {
    let platform = Platform::start().await;
    let operator = platform.operator();
    let document = operator.get("/openapi.json").await.json;
    let mut doors = doors(&document, "wh_1");
    for path in ["/nothing", "/accounts/standard-demo/nothing", ""] {
        doors.push(Door { method: Method::GET, path: path.to_owned(), scope: None });
    }
    doors.push(Door { method: Method::PUT, path: "/accounts".to_owned(), scope: None });
    let kinds = kinds(&platform, "standard", "go2").await;
    for door in doors.iter().filter(|door| door.method != Method::DELETE) {
        for kind in &kinds {
            let (status, code) = knock(&operator, door, kind).await;
            let (name, Door { method, path, .. }) = (kind.name, door);
            if name.starts_with("the operator's") {
                assert!(![401, 403, 429].contains(&status), "{name}: {method} {path}: {status} {code}");
            } else {
                assert_eq!((status, code.as_str()), (401, "UNAUTHORIZED"), "{name}: {method} {path}");
            }
        }
    }
    let missing = operator.get("/nothing").await;
    assert_eq!((missing.status, missing.code()), (404, "NOT_FOUND"));
    let wrong = operator.put("/accounts", &json!({})).await;
    assert_eq!((wrong.status, wrong.allow.as_deref()), (405, Some("GET,HEAD")));
    platform.end().await;
}
