//! What the tests of several files share.

use std::sync::{Arc, LazyLock};

use axum::{Router, body::to_bytes, response::Response};
use jiff::Timestamp;
use serde_json::Value;
use shared::{
    clients::Clients,
    config::Config,
    domain::{
        ids::{AccountId, WebhookId},
        profile::registry::Profiles,
        signing::{Secrets, secret::Secret},
        webhook::{Webhook, settings::Settings, standing::Standing},
    },
};

use crate::{Api, router::router};

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
