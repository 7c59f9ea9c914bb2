//! Sessions, as a platform's backend makes, lists and ends them.

use serde_json::{Value, json};
use shared::domain::account::key::Scope;

use crate::harness::{Browser, Customer, Platform, Receiver, audit_lines};

#[tokio::test]
async fn every_profile_makes_lists_and_ends_sessions() {
    let platform = Platform::start().await;
    for profile in ["awsys", "go2", "standard"] {
        let customer = platform.customer(profile);
        let made = customer.portal_session(&json!({"user": "ann@example.com", "readOnly": true})).await;
        let fields: Vec<&str> = made.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields, ["expiresAt", "id", "readOnly", "url"], "{profile}");
        assert!(made["id"].as_str().unwrap().starts_with("pts_"), "{profile}");
        let (page, code) = made["url"].as_str().unwrap().split_once('#').unwrap();
        assert_eq!(page, format!("{}/portal/enter", Browser::of(&platform).origin()), "{profile}");
        assert_eq!(code.len(), 64, "{profile}");
        let listed = customer.get("/portal-sessions").await;
        let listed: Vec<&Value> = listed.json["data"].as_array().unwrap().iter().collect();
        let found = listed.iter().find(|session| session["id"] == made["id"]).unwrap();
        assert_eq!(found["user"], "ann@example.com", "{profile}");
        assert_eq!((&found["readOnly"], &found["expiresAt"]), (&json!(true), &made["expiresAt"]), "{profile}");
        assert!(found["createdAt"].is_string() && found.get("url").is_none(), "{profile}");
        let path = format!("/portal-sessions/{}", made["id"].as_str().unwrap());
        let ended = customer.delete(&path).await;
        assert_eq!((ended.status, ended.data()), (200, &json!({"id": made["id"], "deleted": true})), "{profile}");
        assert_eq!(customer.delete(&path).await.status, 404, "{profile}");
        assert_eq!(customer.delete("/portal-sessions/no%20id").await.status, 404, "{profile}");
    }
    platform.end().await;
}

#[tokio::test]
async fn operators_make_sessions_acting_for_an_account_and_below_its_path() {
    let platform = Platform::start().await;
    let (operator, customer) = (platform.operator(), platform.customer("go2"));
    let acting = customer
        .raw(|http, base| {
            let request = http.post(format!("{base}/portal-sessions")).bearer_auth(&operator.key);
            request.header("posthorn-account", "go2-demo").header("content-type", "application/json").body("{}")
        })
        .await;
    assert_eq!(acting.status, 201, "{:?}", acting.json);
    let made = operator.post("/accounts/go2-demo/portal-sessions", &json!({"path": "/portal/events"})).await;
    assert_eq!(made.status, 201, "{:?}", made.json);
    for url in [acting.data()["url"].clone(), made.json["url"].clone()] {
        assert_eq!(Browser::of(&platform).open(url.as_str().unwrap()).await.status, 303);
    }
    let listed = operator.get("/accounts/go2-demo/portal-sessions").await.texts("id");
    assert!(listed.contains(&made.json["id"].as_str().unwrap().to_owned()), "{listed:?}");
    let path = format!("/accounts/go2-demo/portal-sessions/{}", made.json["id"].as_str().unwrap());
    assert_eq!(operator.delete(&path).await.status, 200);
    let elsewhere = format!("/accounts/standard-demo/portal-sessions/{}", acting.data()["id"].as_str().unwrap());
    assert_eq!(operator.delete(&elsewhere).await.status, 404, "another account's");
    assert_eq!(operator.post("/accounts/nobody/portal-sessions", &json!({})).await.status, 404);
    platform.end().await;
}

#[tokio::test]
async fn an_account_has_a_hundred_open_sessions_at_most() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let open = customer.get("/portal-sessions?limit=100").await.texts("id").len();
    for _ in open..100 {
        customer.portal_session(&json!({})).await;
    }
    let refused = customer.post("/portal-sessions", &json!({})).await;
    assert_eq!((refused.status, refused.code()), (400, "TOO_MANY_SESSIONS"));
    let first = customer.get("/portal-sessions?limit=1").await;
    let id = first.texts("id").remove(0);
    assert!(first.json["nextCursor"].is_string());
    assert_eq!(customer.delete(&format!("/portal-sessions/{id}")).await.status, 200);
    customer.portal_session(&json!({})).await;
    platform.end().await;
}

#[tokio::test]
async fn only_a_key_that_manages_makes_sessions() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let reader = platform.new_key(&customer, "standard", &[Scope::Read, Scope::Publish]).await;
    for refused in [
        reader.post("/portal-sessions", &json!({})).await,
        reader.get("/portal-sessions").await,
        reader.delete("/portal-sessions/pts_1").await,
    ] {
        assert_eq!((refused.status, refused.code()), (403, "MISSING_SCOPE"));
    }
    for (body, code) in [
        (json!({"path": "https://evil.example/"}), "INVALID_FIELD"),
        (json!({"expiresInSeconds": 604_801}), "INVALID_FIELD"),
        (json!({"url": "x"}), "UNKNOWN_FIELD"),
    ] {
        let refused = customer.post("/portal-sessions", &body).await;
        assert_eq!((refused.status, refused.code()), (400, code), "{body}");
    }
    platform.end().await;
}

/// What a session did, its user did.
#[tokio::test]
async fn the_audit_trail_names_the_session_and_its_user() {
    let platform = Platform::start().await;
    let customer = platform.new_customer("standard", "watched", &Scope::ALL).await;
    let receiver = Receiver::always(200).await;
    let webhook = customer.webhook(&receiver.url(), &["*"]).await;
    let made = customer.portal_session(&json!({"user": "ann"})).await;
    let mut browser = Browser::of(&platform);
    browser.open(made["url"].as_str().unwrap()).await;
    let id = made["id"].as_str().unwrap();
    let disable = format!("/portal/webhooks/{}/disable", webhook["id"].as_str().unwrap());
    let disabled = browser.post(&disable, &[("session", id), ("key", "k1")]).await;
    assert_eq!(disabled.status, 303, "{}", disabled.html);
    assert_eq!(browser.post("/portal/sign-out", &[("session", id)]).await.status, 303);
    let lines = audit_lines("watched");
    let of = |action: &str| lines.iter().find(|line| line["audit.action"] == action).unwrap();
    let by_session = format!("{id} (ann)");
    assert_eq!(of("session.create")["session.id"], id);
    assert_ne!(of("session.create")["audit.actor"], by_session);
    assert_eq!(of("webhook.disable")["audit.actor"], by_session);
    assert_eq!((&of("session.end")["audit.actor"], &of("session.end")["session.id"]), (&json!(by_session), &json!(id)));
    platform.end().await;
}

/// Every page says so from the next click on.
#[tokio::test]
async fn a_session_ends_with_its_key_its_account_and_by_itself() {
    let platform = Platform::start().await;
    let operator = platform.operator();
    let customer = platform.new_customer("standard", "acme", &[Scope::Manage]).await;
    let second = platform.new_key(&customer, "standard", &[Scope::Manage]).await;
    let mut of_key = Browser::signed_in(&platform, &customer, &json!({})).await;
    let mut of_second = Browser::signed_in(&platform, &second, &json!({})).await;
    assert_eq!((of_key.get("/portal/").await.status, of_second.get("/portal/").await.status), (200, 200));

    revoke(&platform, &customer).await;
    let over = of_key.get("/portal/").await;
    assert_eq!((over.status, over.heading()), (401, "Your session is over"));
    assert_eq!(of_second.get("/portal/").await.status, 200, "the other key's");

    operator.patch("/accounts/acme", &json!({"status": "suspended"})).await;
    let suspended = of_second.get("/portal/").await;
    assert_eq!(suspended.status, 403);
    assert!(suspended.html.contains("ACCOUNT_SUSPENDED"), "{}", suspended.html);
    operator.patch("/accounts/acme", &json!({"status": "active"})).await;
    assert_eq!(of_second.get("/portal/").await.status, 200);

    let listed = second.get("/portal-sessions").await.texts("id");
    for id in &listed {
        assert_eq!(second.delete(&format!("/portal-sessions/{id}")).await.status, 200);
    }
    assert_eq!(of_second.get("/portal/").await.status, 401, "ended by the platform");

    let mut third = Browser::signed_in(&platform, &second, &json!({})).await;
    operator.delete("/accounts/acme").await;
    assert_eq!(third.get("/portal/").await.status, 401, "the account is being deleted");
    platform.stack_down().await;
}

async fn revoke(platform: &Platform, customer: &Customer) {
    let operator = platform.operator();
    let listed = operator.get("/accounts/acme/keys").await;
    let hash = shared::domain::account::key::KeyHash::of(&customer.key).key_id();
    assert!(listed.texts("id").contains(&hash));
    assert_eq!(operator.delete(&format!("/accounts/acme/keys/{hash}")).await.status, 200);
}
