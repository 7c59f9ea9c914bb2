use std::{collections::BTreeSet, fs, path::Path, sync::Arc};

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use jiff::Timestamp;
use shared::{
    ambient,
    clients::Clients,
    config::Config,
    domain::{
        delivery::Delivery,
        id::{AccountId, DeliveryId, EventId, WebhookId},
        outcome::{Attempt, ErrorClass},
        profile::Profiles,
        secret::Secret,
        subscription::{EventPattern, EventType, Health},
        target::{TargetPolicy, TargetUrl},
        webhook::{Streak, Webhook},
    },
};
use tower::ServiceExt;

use super::*;
use crate::{
    Api,
    router::router,
    views::{DeletedView, DeliveryView, DeliveryWithPayload, WebhookView},
};

const PROFILES: [&str; 3] = ["awsys", "go2", "standard"];

fn of(profile: &str) -> Value {
    document(Profiles::built_in().by_name(profile).unwrap())
}

#[test]
fn the_checked_in_documents_are_what_the_code_says() {
    for profile in PROFILES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../docs/reference/openapi/{profile}.json"));
        if ambient::variable("UPDATE_OPENAPI").is_some() {
            let text = serde_json::to_string_pretty(&of(profile)).unwrap();
            fs::write(&path, text + "\n").unwrap();
        }
        let checked_in: Value =
            serde_json::from_str(&fs::read_to_string(&path).unwrap_or_default()).unwrap_or_default();
        assert!(
            checked_in == of(profile),
            "docs/reference/openapi/{profile}.json is out of date: UPDATE_OPENAPI=1 cargo test --profile local --package api openapi"
        );
    }
}

#[test]
fn every_reference_leads_somewhere_and_operation_ids_are_unique() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| match value.as_str() {
                Some(text) if name == "$ref" => found.push(text.to_owned()),
                _ => references(value, found),
            }),
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    for profile in PROFILES {
        let document = of(profile);
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 50);
        for reference in found {
            assert!(document.pointer(reference.strip_prefix('#').unwrap()).is_some(), "{reference}");
        }
        let profiles = Profiles::built_in();
        let ids: Vec<_> =
            operations::all(profiles.by_name(profile).unwrap()).iter().map(|operation| operation.id).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    }
}

async fn local_router() -> axum::Router {
    let config =
        Config::read(|name| matches!(name.rsplit_once('_')?.1, "NAME" | "URL").then(|| "x".to_owned())).unwrap();
    let clients = Clients::local("http://127.0.0.1:1", "http://127.0.0.1:1").await;
    router(Arc::new(Api::new(&config, &clients)))
}

/// Nothing takes PUT, so the answer's `Allow` tells what the router takes.
#[tokio::test]
async fn the_router_takes_exactly_the_documented_methods() {
    let router = local_router().await;
    for profile in PROFILES {
        let document = of(profile);
        let base = document["servers"][0]["url"].as_str().unwrap();
        for (path, methods) in document["paths"].as_object().unwrap() {
            let uri = format!("{base}{}", path.replace("{id}", "wh_1").replace("{deliveryId}", "dlv_1"));
            let request = Request::builder().method(Method::PUT).uri(&uri).body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{uri}");
            let allowed = response.headers()[header::ALLOW].to_str().unwrap();
            let allowed: BTreeSet<String> =
                allowed.split(',').filter(|method| *method != "HEAD").map(str::to_lowercase).collect();
            assert_eq!(allowed, methods.as_object().unwrap().keys().cloned().collect(), "{uri}");
        }
    }
}

#[tokio::test]
async fn the_document_is_served_without_a_key_and_without_an_envelope() {
    let router = local_router().await;
    for profile in PROFILES {
        let uri = format!("{}/openapi.json", of(profile)["servers"][0]["url"].as_str().unwrap());
        let response = router.clone().oneshot(Request::get(&uri).body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), of(profile));
    }
}

/// Every field a view writes, and no other, is in its schema.
#[test]
fn the_schemas_have_the_fields_that_are_written() {
    let schemas = of("standard")["components"]["schemas"].clone();
    let fields = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let (webhook, delivery) = (webhook(), delivery());
    for (schema, written) in [
        ("Webhook", json!(WebhookView::of(&webhook))),
        ("WebhookWithSecret", json!(WebhookView::with_secret(&webhook))),
        ("Deleted", json!(DeletedView { id: &webhook.id, deleted: true })),
        ("Delivery", json!(DeliveryView::of(&delivery))),
        ("DeliveryWithPayload", json!(DeliveryWithPayload { delivery: DeliveryView::of(&delivery), payload: None })),
        ("Attempt", json!(delivery.attempts[0])),
    ] {
        assert_eq!(fields(&schemas[schema]["properties"]), fields(&written), "{schema}");
    }
}

fn webhook() -> Webhook {
    let url: TargetUrl = TargetPolicy::default().check("https://example.com/").unwrap();
    Webhook {
        id: WebhookId::parse("wh_1").unwrap(),
        account: AccountId::parse("acme").unwrap(),
        name: None,
        url,
        events: vec![EventPattern::Everything],
        secret: Secret::generate([1; 32]),
        previous_secret: None,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
        enabled_at: Timestamp::UNIX_EPOCH,
        disabled: None,
        streak: Streak::default(),
        health: Health::Ok,
    }
}

fn delivery() -> Delivery {
    let attempt = Attempt {
        attempt: 1,
        at: Timestamp::UNIX_EPOCH,
        status_code: None,
        response_time_ms: 1,
        error: None,
        error_class: Some(ErrorClass::Dns),
        response: None,
    };
    Delivery {
        id: DeliveryId::parse("dlv_1").unwrap(),
        webhook: WebhookId::parse("wh_1").unwrap(),
        event_id: EventId::parse("evt_1").unwrap(),
        event_type: EventType::parse("click").unwrap(),
        reason: shared::domain::delivery::Reason::Event,
        status: shared::domain::delivery::Status::Retrying,
        status_reason: None,
        created_at: Timestamp::UNIX_EPOCH,
        next_attempt_at: None,
        attempts: vec![attempt],
        owner: None,
        payload: None,
    }
}
