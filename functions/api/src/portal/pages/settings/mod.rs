//! **Settings**: what a customer sets of a webhook, its secrets, and its end.

mod changes;

use std::{sync::Arc, time::Duration};

use askama::Template;
use axum::http::StatusCode;
use jiff::Timestamp;
use shared::{
    ambient,
    domain::{profile::Profile, webhook::Webhook},
    store::idempotency::Route,
};

use super::{
    entry::Entry,
    field::Field,
    head::WebhookHead,
    new::{Made, SecretPage},
};
use crate::{
    Api,
    actions::{
        secrets::{self, Grace},
        webhooks,
    },
    error::ApiError,
    portal::{
        frame::Frame,
        pager::address,
        reply::Reply,
        visit::Visit,
        words::{moments::Moment, quantities::span},
    },
};

/// How long the old secret may go on signing, in seconds, and whether that is proposed.
const GRACES: [(u64, bool); 5] = [(0, false), (3_600, false), (86_400, true), (259_200, false), (604_800, false)];

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    frame: Frame,
    head: WebhookHead,
    entry: Entry,
    secrets: SecretState,
    graces: Vec<GraceChoice>,
    grace: Field,
    host: Field,
    /// What must be typed to delete the webhook.
    host_name: String,
    is_saved: bool,
}

/// What is known of the secrets, without the secrets.
#[derive(Debug, PartialEq, Eq)]
struct SecretState {
    rotated: Option<Moment>,
    /// Until when each previous secret signs, newest first.
    previous: Vec<Moment>,
}

#[derive(Debug, PartialEq, Eq)]
struct GraceChoice {
    seconds: u64,
    words: String,
    is_chosen: bool,
}

/// `GET /portal/webhooks/:id/settings`
pub(in super::super) async fn show(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let webhook = webhooks::get(&api, &visit.caller, &visit.webhook_id()?).await?;
    let is_saved = visit.asked.query().text("done") == "saved";
    let page = SettingsPage::of(visit.frame, visit.caller.profile, &webhook, ambient::now());
    Reply::page(&SettingsPage { is_saved, ..page })
}

/// `POST /portal/webhooks/:id/settings`
pub(in super::super) async fn save(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let (profile, webhook) = (visit.caller.profile, webhooks::get(&api, &visit.caller, &visit.webhook_id()?).await?);
    let mut entry = Entry::of(profile, &webhook).typed(profile, visit.form()?);
    let page = SettingsPage::of(visit.frame.clone(), profile, &webhook, ambient::now());
    match changes::save(&api, &visit.caller, &webhook, &mut entry).await {
        Ok(true) => Ok(Reply::see(&address(&format!("{}/settings", page.head.path), [("done", "saved")]))),
        Ok(false) => refused(&SettingsPage { entry, ..page }, StatusCode::BAD_REQUEST),
        Err(error) => {
            entry.refuse(&error);
            refused(&SettingsPage { entry, ..page }, error.status())
        }
    }
}

/// `POST /portal/webhooks/:id/settings/rotate`
pub(in super::super) async fn rotate(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let (profile, webhook) = (visit.caller.profile, webhooks::get(&api, &visit.caller, &visit.webhook_id()?).await?);
    let mut page = SettingsPage::of(visit.frame.clone(), profile, &webhook, ambient::now());
    let typed = visit.form()?.filled("grace").map(str::to_owned);
    let rotated = async {
        let seconds = typed.as_deref().map(|text| text.parse::<u64>().unwrap_or(u64::MAX));
        let (grace, key) = (Grace::from_seconds(seconds)?, visit.idempotency(Route::RotateSecret));
        secrets::rotate(&api, &visit.caller.actor, webhook, grace, key.as_ref()).await
    };
    match rotated.await {
        Ok(shown) => {
            let previous = SecretState::of(shown.webhook(), ambient::now()).previous;
            Reply::page(&SecretPage::of(visit.frame, profile, &shown, Made::Rotation { previous }))
        }
        Err(error) if error.status().is_client_error() => {
            page.grace.error = Some(error.to_string());
            refused(&page, error.status())
        }
        Err(error) => Err(error),
    }
}

/// `POST /portal/webhooks/:id/settings/delete`
pub(in super::super) async fn delete(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let webhook = webhooks::get(&api, &visit.caller, &visit.webhook_id()?).await?;
    let page = SettingsPage::of(visit.frame.clone(), visit.caller.profile, &webhook, ambient::now());
    let typed = visit.form()?.text("host").trim().to_owned();
    if !typed.eq_ignore_ascii_case(&page.host_name) {
        let error = format!("'Host name' must be {}, the host of this webhook's URL", page.host_name);
        let host = Field { value: typed, error: Some(error) };
        return refused(&SettingsPage { host, ..page }, StatusCode::BAD_REQUEST);
    }
    webhooks::delete(&api, &visit.caller, &webhook.id).await?;
    Ok(Reply::see(&address("/portal/", [("deleted", "1")])))
}

fn refused(page: &SettingsPage, status: StatusCode) -> Result<Reply, ApiError> {
    Ok(Reply::page(page)?.with_status(status))
}

impl SettingsPage {
    fn of(frame: Frame, profile: &Profile, webhook: &Webhook, now: Timestamp) -> Self {
        let url = &webhook.settings.url;
        Self {
            frame,
            head: WebhookHead::of(webhook),
            entry: Entry::of(profile, webhook),
            secrets: SecretState::of(webhook, now),
            graces: GRACES.map(|(seconds, is_chosen)| GraceChoice::of(seconds, is_chosen)).into(),
            grace: Field::default(),
            host: Field::default(),
            host_name: url.host().unwrap_or_else(|| url.as_str().to_owned()),
            is_saved: false,
        }
    }
}

impl SecretState {
    fn of(webhook: &Webhook, now: Timestamp) -> Self {
        // Those whose grace has ended leave the table with the next attempt.
        let secrets = webhook.secrets.without_ended(now);
        Self {
            rotated: secrets.rotated_at.map(Moment::of),
            previous: secrets.previous.iter().map(|previous| Moment::of(previous.until)).collect(),
        }
    }
}

impl GraceChoice {
    fn of(seconds: u64, is_chosen: bool) -> Self {
        let words = match seconds {
            0 => "None: the old secret stops at once".to_owned(),
            seconds => span(Duration::from_secs(seconds)),
        };
        Self { seconds, words, is_chosen }
    }
}

#[cfg(test)]
mod tests;
