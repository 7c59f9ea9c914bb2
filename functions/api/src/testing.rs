//! What the tests of several files share.

use std::sync::{Arc, LazyLock};

use axum::{Router, body::to_bytes, response::Response};
use serde_json::Value;
use shared::{clients::Clients, config::Config, domain::profile::registry::Profiles};

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
