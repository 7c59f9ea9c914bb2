//! **Webhooks**: the account's webhooks, newest first, and how each one is.

use std::sync::Arc;

use askama::Template;
use shared::{
    domain::{ids::WebhookId, webhook::Webhook},
    store::webhooks::WebhookPage,
};

use super::{
    address::Address,
    head::{WebhookHead, webhook_path},
};
use crate::{
    Api,
    actions::webhooks,
    error::ApiError,
    portal::{
        frame::Frame,
        pager::{Pager, Place},
        reply::Reply,
        visit::Visit,
        words::{quantities::counted, states::Badge},
    },
};

/// How many webhooks a page has.
const ROWS: usize = 20;

/// The most events that a row names. The others are counted.
const NAMED_EVENTS: usize = 3;

#[derive(Template)]
#[template(path = "webhooks.html")]
struct WebhooksPage {
    frame: Frame,
    rows: Vec<Row>,
    /// How often the list is looked at again, in seconds.
    every: u64,
    pager: Pager,
    /// It was deleted just now.
    deleted: bool,
}

struct Row {
    path: String,
    name: String,
    address: Address,
    events: Vec<String>,
    /// How many events are not named.
    more_events: usize,
    badge: Badge,
    /// In a row, if there are any.
    failures: Option<String>,
    /// The page of the recovery that is under way.
    recovery: Option<String>,
}

/// `GET /portal/`
pub(in super::super) async fn show(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let query = visit.asked.query();
    let place = Place::read(&query);
    // A cursor that is no id leads to the first page.
    let before = place.cursor().and_then(|cursor| WebhookId::parse(cursor).ok());
    let page = webhooks::newest(&api, &visit.caller, before.as_ref(), ROWS).await?;
    Reply::page(&WebhooksPage::of(visit.frame, &place, &page, query.has("deleted")))
}

impl WebhooksPage {
    fn of(frame: Frame, place: &Place, page: &WebhookPage, deleted: bool) -> Self {
        let last = page.webhooks.last().filter(|_| page.has_more).map(|webhook| webhook.id.to_string());
        let pager = place.pager("/portal/", &[], last);
        let rows: Vec<Row> = page.webhooks.iter().map(Row::of).collect();
        let every = if rows.iter().any(|row| row.recovery.is_some()) { 5 } else { 30 };
        Self { frame, rows, every, pager, deleted }
    }
}

impl Row {
    fn of(webhook: &Webhook) -> Self {
        let WebhookHead { name, path } = WebhookHead::of(webhook);
        let events = &webhook.settings.events;
        let failures = u64::from(webhook.standing.streak.failures);
        let recovery = webhook.standing.recovery.as_ref();
        Self {
            path,
            name,
            address: Address::of(webhook.settings.url.as_str()),
            events: events.iter().take(NAMED_EVENTS).map(ToString::to_string).collect(),
            more_events: events.len().saturating_sub(NAMED_EVENTS),
            badge: Badge::of_webhook(webhook),
            failures: (failures > 0).then(|| counted(failures, "failure in a row", "failures in a row")),
            recovery: recovery.map(|id| format!("{}/recoveries/{id}", webhook_path(&webhook.id))),
        }
    }
}

#[cfg(test)]
mod tests;
