//! The bodies of requests about one webhook, read into typed input. Fields are checked in the order in which they are read here.

use shared::domain::{profile::Profile, signing::secret::ClientSecret, target::TargetPolicy, webhook::settings::Patch};

use super::body::Fields;
use crate::{
    actions::{secrets::Grace, settings, webhooks::NewWebhook},
    error::ApiError,
};

const TEXT: &str = "must be a string";

/// `POST /webhooks`
pub(crate) fn creation(
    profile: &Profile,
    targets: &TargetPolicy,
    mut fields: Fields<'_>,
) -> Result<NewWebhook, ApiError> {
    let name = settings::new_name(profile, fields.optional("name", TEXT)?)?;
    let url: String = fields.required("url", TEXT)?;
    let url = settings::url(targets, &url)?;
    let events: Vec<String> = fields.required("events", "must be an array of strings")?;
    let events = settings::events(profile, &events)?;
    if fields.has("secret") {
        settings::may_choose_secret(profile)?;
    }
    let secret: Option<String> = fields.optional("secret", TEXT)?;
    let secret = secret.map(|secret| settings::secret(profile, &secret)).transpose()?;
    fields.finish(match profile.client_secret() {
        ClientSecret::Refused => "name, url, events",
        ClientSecret::Text | ClientSecret::Standard => "url, events, name, secret",
    })?;
    Ok(NewWebhook { name, url, events, secret })
}

/// `PATCH /webhooks/:id`
pub(crate) fn change(
    profile: &Profile,
    targets: &TargetPolicy,
    mut fields: Fields<'_>,
) -> Result<WebhookPatch, ApiError> {
    let name: Option<String> = fields.optional("name", TEXT)?;
    let name = name.map(settings::name).transpose()?;
    let url: Option<String> = fields.optional("url", TEXT)?;
    let url = url.map(|url| settings::url(targets, &url)).transpose()?;
    let events: Option<Vec<String>> = fields.optional("events", "must be an array of strings")?;
    let events = events.map(|events| settings::events(profile, &events)).transpose()?;
    let activity = fields.optional("isActive", "must be true or false")?.map(settings::activity);
    fields.finish("name, url, events, isActive (a new secret comes from rotate-secret)")?;
    Ok(WebhookPatch { name, url, events, activity })
}

/// `POST /webhooks/:id/test`: the event to send, if the customer names one.
pub(crate) fn test(mut fields: Fields<'_>) -> Result<Option<String>, ApiError> {
    let event = fields.optional("event", TEXT)?;
    fields.finish("event")?;
    Ok(event)
}

/// `POST /webhooks/:id/rotate-secret`
pub(crate) fn rotation(mut fields: Fields<'_>) -> Result<Grace, ApiError> {
    let seconds: Option<u64> = fields.optional("gracePeriodSeconds", &Grace::expected())?;
    fields.finish("gracePeriodSeconds")?;
    Grace::from_seconds(seconds)
}

#[cfg(test)]
mod tests;
