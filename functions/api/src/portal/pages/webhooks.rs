//! **Webhooks**: the account's webhooks, and how each one is.

use std::sync::Arc;

use askama::Template;
use shared::domain::webhook::Webhook;

use crate::{
    Api,
    actions::webhooks,
    error::ApiError,
    portal::{frame::Frame, reply::Reply, visit::Visit},
};

/// How many webhooks a page has.
const ROWS: usize = 20;

#[derive(Template)]
#[template(path = "webhooks.html")]
struct WebhooksPage {
    frame: Frame,
    rows: Vec<Row>,
}

struct Row {
    path: String,
    name: String,
    url: String,
}

/// `GET /portal/`
pub(in super::super) async fn show(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let page = webhooks::list(&api, &visit.caller, None, ROWS).await?;
    Reply::page(&WebhooksPage { frame: visit.frame, rows: page.webhooks.iter().map(Row::of).collect() })
}

impl Row {
    fn of(webhook: &Webhook) -> Self {
        let url = webhook.settings.url.as_str().to_owned();
        Self {
            path: format!("/portal/webhooks/{}", webhook.id),
            name: webhook.settings.name.clone().unwrap_or_else(|| url.clone()),
            url,
        }
    }
}
