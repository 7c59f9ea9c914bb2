//! What the tests of several files share.

use std::sync::{Arc, LazyLock};

use axum::{Router, body::to_bytes, response::Response};
use jiff::Timestamp;
use serde_json::Value;
use shared::{
    clients::Clients,
    config::Config,
    domain::{
        account::session::Rights,
        attempt::{Attempt, ErrorClass, Reason, kept::KeptHeaders, outcome::is_success},
        delivery::{Delivery, Status, round::Rounds},
        event::pattern::{EventPattern, EventType},
        ids::{AccountId, DeliveryId, EventId, WebhookId},
        profile::registry::Profiles,
        signing::{Secrets, secret::Secret},
        target::TargetPolicy,
        webhook::{Webhook, settings::Settings, standing::Standing},
    },
};

use crate::{
    Api,
    portal::frame::{Frame, Visitor},
    router::router,
};

/// As the API has them.
pub(crate) static PROFILES: LazyLock<Profiles> = LazyLock::new(Profiles::built_in);

/// The API with clients that nothing listens to: enough for every response that needs no store.
pub(crate) fn router_without_aws() -> Router {
    let config =
        Config::read(|name| (name == "TABLE_NAME" || name.ends_with("_QUEUE_URL")).then(|| "x".to_owned())).unwrap();
    let clients = Clients::local("http://127.0.0.1:1", "http://127.0.0.1:1");
    router(Arc::new(Api::new(&config, &clients)))
}

/// A response's body, as JSON.
pub(crate) async fn body_of(response: Response) -> Value {
    serde_json::from_slice(&to_bytes(response.into_body(), usize::MAX).await.unwrap()).unwrap()
}

/// An active webhook of `acme` with these settings, created at the epoch.
pub(crate) fn webhook_with(settings: Settings) -> Webhook {
    Webhook {
        id: WebhookId::parse("wh_1").unwrap(),
        account: AccountId::parse("acme").unwrap(),
        settings,
        secrets: Secrets::only(Secret::generate([1; 32])),
        standing: Standing::new(Timestamp::UNIX_EPOCH),
    }
}

/// The same with an ordinary URL, and with nothing set but what it subscribes to.
pub(crate) fn webhook_of(patterns: &[&str]) -> Webhook {
    let url = TargetPolicy::default().check("https://example.com/hooks").unwrap();
    let patterns = patterns.iter().map(|pattern| EventPattern::parse(pattern).unwrap());
    webhook_with(Settings::new(url, patterns.collect()))
}

/// A delivery of that webhook, created at the epoch.
pub(crate) fn delivery(event: &str, status: Status, attempts: Vec<Attempt>) -> Delivery {
    Delivery {
        id: DeliveryId::parse("dlv_1").unwrap(),
        webhook: WebhookId::parse("wh_1").unwrap(),
        event_id: EventId::parse("evt/1?").unwrap(),
        event_type: EventType::parse(event).unwrap(),
        reason: Reason::Event,
        status,
        status_reason: None,
        created_at: Timestamp::UNIX_EPOCH,
        next_attempt_at: None,
        attempts,
        owner: None,
        rounds: Rounds::default(),
        payload: None,
    }
}

/// An attempt at the epoch that got this status, or timed out.
pub(crate) fn attempt(number: u32, status_code: Option<u16>, response_time_ms: u64) -> Attempt {
    let class = match status_code {
        Some(status) if is_success(status) => None,
        Some(_) => Some(ErrorClass::Status),
        None => Some(ErrorClass::Timeout),
    };
    Attempt {
        number,
        reason: Reason::Event.of_attempt(number),
        at: Timestamp::UNIX_EPOCH,
        status_code,
        response_time_ms,
        error: class.map(|_| "the endpoint failed".to_owned()),
        error_class: class,
        response: status_code.map(|_| "a response".to_owned()),
        response_headers: KeptHeaders::default(),
    }
}

/// The frame of a page for somebody of `acme`.
pub(crate) fn frame(may_change: bool) -> Frame {
    let visitor = Visitor {
        session: "pts_1".to_owned(),
        account: "acme".to_owned(),
        profile: "go2".to_owned(),
        user: None,
        rights: if may_change { Rights::Manage } else { Rights::ReadOnly },
    };
    Frame {
        portal_name: "Portal".to_owned(),
        logo: None,
        return_url: None,
        visitor: Some(visitor),
        key: "0123".to_owned(),
        style: "/portal/assets/0/portal.css",
        script: "/portal/assets/0/portal.js",
        accent_style: None,
    }
}
