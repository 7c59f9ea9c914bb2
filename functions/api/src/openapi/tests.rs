use std::{collections::BTreeSet, fs, path::Path};

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        account::{
            key::KeyHash,
            portal_path::PortalPath,
            session::{Maker, Rights, Session, SessionSecret, SessionTerms},
        },
        attempt::{Attempt, ErrorClass, Reason, kept::KeptHeaders},
        delivery::{
            Delivery, Status,
            recovery::{Names, Plan, Recovery},
            round::Rounds,
        },
        event::{
            Arrival, Event,
            log::LoggedEvent,
            message::Message,
            pattern::{EventPattern, EventType},
        },
        ids::{AccountId, DeliveryId, EventId, ProfileName, RecoveryId, SessionId, WebhookId},
        signing::{Secrets, secret::Secret},
        target::TargetPolicy,
        webhook::{Webhook, settings::Settings, standing::Standing},
    },
};
use tower::ServiceExt;

use super::*;
use crate::{
    actions::{
        event_log::EventWithDeliveries,
        repeated::Shown,
        sessions::CreatedSession,
        test::{TestEvent, TestSent},
    },
    site::Site,
    testing::{PROFILES, body_of, router_without_aws},
    views::{
        CatchUpView, CreatedSessionView, DeletedSessionView, DeletedView, DeliveryView, DeliveryWithPayload,
        EventTypeView, EventWithDeliveriesView, FilterCheckView, LoggedEventView, PublishedView, RecoveryView,
        SessionView, TestView, WebhookView,
    },
};

const NAMES: [&str; 3] = ["awsys", "go2", "standard"];

fn of(profile: &str) -> Value {
    document(PROFILES.by_name(profile).unwrap())
}

#[test]
fn the_checked_in_documents_are_what_the_code_says() {
    for profile in NAMES {
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
fn the_checked_in_operators_document_is_what_the_code_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/openapi/operator.json");
    let document = operator_document(&PROFILES);
    if ambient::variable("UPDATE_OPENAPI").is_some() {
        fs::write(&path, serde_json::to_string_pretty(&document).unwrap() + "\n").unwrap();
    }
    let checked_in: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap_or_default()).unwrap_or_default();
    assert!(checked_in == document, "docs/reference/openapi/operator.json is out of date: see above");
}

#[test]
fn every_reference_leads_somewhere() {
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
    for profile in NAMES {
        let document = of(profile);
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 50);
        for reference in found {
            assert!(document.pointer(reference.strip_prefix('#').unwrap()).is_some(), "{reference}");
        }
    }
}

/// No path supports PUT, so the response's `Allow` lists what the router supports.
#[tokio::test]
async fn the_router_supports_exactly_the_documented_methods() {
    let router = router_without_aws();
    for profile in NAMES {
        let document = of(profile);
        let base = document["servers"][0]["url"].as_str().unwrap();
        for (path, methods) in document["paths"].as_object().unwrap() {
            let uri = format!(
                "{base}{}",
                path.replace("{id}", "wh_1").replace("{deliveryId}", "dlv_1").replace("{recoveryId}", "rec_1")
            );
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
    let router = router_without_aws();
    for profile in NAMES {
        let uri = format!("{}/openapi.json", of(profile)["servers"][0]["url"].as_str().unwrap());
        let response = router.clone().oneshot(Request::get(&uri).body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
        assert_eq!(body_of(response).await, of(profile));
    }
}

/// Every field a view writes, and no other, is in its schema.
#[test]
fn the_schemas_have_the_fields_that_are_written() {
    let schemas = of("standard")["components"]["schemas"].clone();
    let fields = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let (webhook, delivery, sent) = (webhook(), delivery(), test_sent());
    let event = event();
    let found = EventWithDeliveries { event: event.clone(), deliveries: Vec::new() };
    let profile = PROFILES.by_name("standard").unwrap();
    let event_type = &profile.catalogue[0];
    let (session, site) = (created_session(), Site { origin: "https://a.example".to_owned(), is_https: true });
    for (schema, written) in [
        ("Webhook", json!(WebhookView::of(&webhook, profile, None))),
        ("WebhookWithSecret", json!(WebhookView::shown(&Shown::WithSecret(webhook.clone()), profile, None))),
        ("FilterChecked", json!(FilterCheckView::of(true))),
        ("Deleted", json!(DeletedView::of(&webhook.id))),
        ("Delivery", json!(DeliveryView::of(&delivery))),
        ("DeliveryWithPayload", json!(DeliveryWithPayload::of(&delivery))),
        ("Attempt", json!(DeliveryView::of(&delivery))["attempts"][0].clone()),
        ("TestResult", json!(TestView::of(&sent))),
        ("Recovery", json!(RecoveryView::of(&recovery(&webhook)))),
        ("LoggedEvent", json!(LoggedEventView::of(LoggedEvent::of(&event)))),
        ("EventWithDeliveries", json!(EventWithDeliveriesView::of(&found))),
        ("CatchUpEvent", json!(CatchUpView::of(&event, &webhook.id))),
        ("EventType", json!(EventTypeView::of(event_type))),
        ("Published", json!(PublishedView::of(&[]))),
        ("PortalSession", json!(SessionView::of(&session.session))),
        ("PortalSessionCreated", json!(CreatedSessionView::of(&session, &site))),
        ("PortalSessionDeleted", json!(DeletedSessionView::of(&session.session.id))),
    ] {
        assert_eq!(fields(&schemas[schema]["properties"]), fields(&written), "{schema}");
    }
}

fn webhook() -> Webhook {
    let url = TargetPolicy::default().check("https://example.com/").unwrap();
    Webhook {
        id: WebhookId::parse("wh_1").unwrap(),
        account: AccountId::parse("acme").unwrap(),
        settings: Settings::new(url, vec![EventPattern::Everything]),
        secrets: Secrets::only(Secret::generate([1; 32])),
        standing: Standing::new(Timestamp::UNIX_EPOCH),
    }
}

fn created_session() -> CreatedSession {
    let now = Timestamp::UNIX_EPOCH;
    let terms = SessionTerms {
        lasts: std::time::Duration::from_mins(15),
        rights: Rights::Manage,
        user: None,
        path: PortalPath::default(),
    };
    let (account, profile) = (AccountId::parse("acme").unwrap(), ProfileName::parse("standard").unwrap());
    let id = SessionId::new(now, [1; 8]);
    let session = Session::new(id, account, profile, Maker::Key(KeyHash::of("phk_1")), terms, now);
    CreatedSession { session, code: SessionSecret::generate([1; 32]) }
}

fn recovery(webhook: &Webhook) -> Recovery {
    let names = Names {
        id: RecoveryId::parse("rec_1").unwrap(),
        account: webhook.account.clone(),
        profile: ProfileName::parse("standard").unwrap(),
        webhook: webhook.id.clone(),
    };
    let time = Timestamp::UNIX_EPOCH;
    let plan = Plan { include: Vec::new(), since: time, until: time, events: None, rate: 1, wants_since: time };
    Recovery::new(names, plan, 0, time)
}

fn event() -> Event {
    let message = Message::parse(r#"{"account":"acme","event":"click","data":1}"#).unwrap();
    let arrival = Arrival { id: EventId::parse("evt_1").unwrap(), at: Timestamp::UNIX_EPOCH };
    Event::admit(message, &PROFILES.by_name("standard").unwrap().events, arrival).unwrap()
}

fn attempt() -> Attempt {
    Attempt {
        number: 1,
        reason: Reason::Event,
        at: Timestamp::UNIX_EPOCH,
        status_code: None,
        response_time_ms: 1,
        error: None,
        error_class: Some(ErrorClass::Dns),
        response: None,
        response_headers: KeptHeaders::default(),
    }
}

fn test_sent() -> TestSent {
    let test = TestEvent {
        event_id: EventId::parse("evt_1").unwrap(),
        delivery_id: DeliveryId::parse("dlv_1").unwrap(),
        event_type: EventType::parse("click").unwrap(),
        body: "{}".to_owned(),
    };
    let url = "https://example.com/".to_owned();
    TestSent { test, status: Status::Failed, attempt: attempt(), url, headers: Vec::new() }
}

fn delivery() -> Delivery {
    Delivery {
        id: DeliveryId::parse("dlv_1").unwrap(),
        webhook: WebhookId::parse("wh_1").unwrap(),
        event_id: EventId::parse("evt_1").unwrap(),
        event_type: EventType::parse("click").unwrap(),
        reason: Reason::Event,
        status: Status::Retrying,
        status_reason: None,
        created_at: Timestamp::UNIX_EPOCH,
        next_attempt_at: None,
        attempts: vec![attempt()],
        owner: None,
        rounds: Rounds::default(),
        payload: None,
    }
}
