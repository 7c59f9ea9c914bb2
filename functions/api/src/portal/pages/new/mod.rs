//! **New webhook**: its fields, and then its secret, which is shown once.

mod verifying;

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use shared::{
    domain::{profile::Profile, webhook::Webhook},
    store::idempotency::Route,
};

use self::verifying::Verifying;
use super::{address::Address, entry::Entry, head::WebhookHead};
use crate::{
    Api,
    actions::{repeated::Shown, webhooks},
    error::ApiError,
    portal::{frame::Frame, reply::Reply, visit::Visit, words::moments::Moment},
    request::{body::Fields, webhook::creation},
};

#[derive(Template)]
#[template(path = "new.html")]
struct NewPage {
    frame: Frame,
    entry: Entry,
}

/// A secret that was made just now.
#[derive(Template)]
#[template(path = "secret.html")]
pub(super) struct SecretPage {
    frame: Frame,
    head: WebhookHead,
    address: Address,
    /// `None`: it was replaced in the meantime, and is not shown any more.
    secret: Option<String>,
    verifying: Verifying,
    made: Made,
}

/// What the secret belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Made {
    Webhook,
    /// The secrets before it sign until these times.
    Rotation {
        previous: Vec<Moment>,
    },
}

/// `GET /portal/webhooks/new`
pub(in super::super) async fn show(_api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let entry = Entry::new(visit.caller.profile);
    Reply::page(&NewPage { frame: visit.frame, entry })
}

/// `POST /portal/webhooks/new`
pub(in super::super) async fn create(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let profile = visit.caller.profile;
    let mut entry = Entry::new(profile).typed(profile, visit.form()?);
    match made(&api, &visit, &mut entry).await {
        Ok(Some(shown)) => Reply::page(&SecretPage::of(visit.frame, profile, &shown, Made::Webhook)),
        Ok(None) => refused(visit.frame, entry, StatusCode::BAD_REQUEST),
        Err(error) => {
            entry.refuse(&error);
            refused(visit.frame, entry, error.status())
        }
    }
}

/// The webhook that was asked for; `None` if what was typed cannot be sent.
async fn made(api: &Api, visit: &Visit, entry: &mut Entry) -> Result<Option<Shown>, ApiError> {
    let Some(body) = entry.creation() else { return Ok(None) };
    let new = creation(visit.caller.profile, &api.targets, Fields::parse(&body)?)?;
    let key = visit.idempotency(Route::CreateWebhook);
    webhooks::create(api, &visit.caller, new, key.as_ref()).await.map(Some)
}

fn refused(frame: Frame, entry: Entry, status: StatusCode) -> Result<Reply, ApiError> {
    Ok(Reply::page(&NewPage { frame, entry })?.with_status(status))
}

impl SecretPage {
    pub(super) fn of(frame: Frame, profile: &Profile, shown: &Shown, made: Made) -> Self {
        let webhook: &Webhook = shown.webhook();
        let secret = match shown {
            Shown::WithSecret(webhook) => Some(webhook.secrets.current.reveal().to_owned()),
            Shown::WithoutSecret(_) => None,
        };
        Self {
            frame,
            head: WebhookHead::of(webhook),
            address: Address::of(webhook.settings.url.as_str()),
            secret,
            verifying: Verifying::of(&profile.attempts),
            made,
        }
    }

    fn is_new(&self) -> bool {
        self.made == Made::Webhook
    }

    /// Until when secrets before this one sign.
    fn previous(&self) -> &[Moment] {
        match &self.made {
            Made::Webhook => &[],
            Made::Rotation { previous } => previous,
        }
    }
}

#[cfg(test)]
mod tests;
