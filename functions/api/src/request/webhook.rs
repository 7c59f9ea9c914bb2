//! The bodies of requests about one webhook, read into typed input. Fields are checked in the order in which they are read here.

use serde_json::{Value, value::RawValue};
use shared::domain::{
    attempt::{custom::CustomHeaders, timing::OwnTiming},
    ids::EventId,
    profile::Profile,
    signing::secret::ClientSecret,
    target::TargetPolicy,
    webhook::settings::{Change, NameRule, Patch, Settings},
};

use super::{
    body::{Fields, invalid},
    settings::{NullHeader, filter, headers, metadata, rate_limit, retry_delays, timeout},
};
use crate::{
    actions::{
        events::{NewEvent, Place},
        filter_check::FilterCheck,
        secrets::Grace,
        settings,
        webhooks::{NewWebhook, WebhookChange},
    },
    error::ApiError,
    quote::shortened,
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
    let filter = filter(&mut fields)?.into_value();
    let rate_limit = rate_limit(&mut fields)?.into_value();
    let chosen = headers(&mut fields, profile, NullHeader::IsWrong)?;
    let chosen = CustomHeaders::default().merged(&chosen).map_err(|error| ApiError::InvalidHeaders { error })?;
    let timing = OwnTiming {
        delays: retry_delays(&mut fields, profile)?.into_value(),
        timeout: timeout(&mut fields, profile)?.into_value(),
    };
    let metadata = metadata(&mut fields)?.unwrap_or_default();
    if fields.has("secret") {
        settings::may_choose_secret(profile)?;
    }
    let secret: Option<String> = fields.optional("secret", TEXT)?;
    let secret = secret.map(|secret| settings::secret(profile, &secret)).transpose()?;
    fields.finish(&creation_fields(profile))?;
    let settings = Settings { name, url, events, filter, headers: chosen, rate_limit, timing, metadata };
    Ok(NewWebhook { settings, secret })
}

/// The fields of a creation, in words for an error message.
fn creation_fields(profile: &Profile) -> String {
    let secret = match profile.webhooks.client_secret {
        ClientSecret::Refused => "",
        ClientSecret::Text | ClientSecret::Standard => ", secret",
    };
    format!("{}{secret}", settable(profile))
}

/// The fields that creation and PATCH have in common, in words for an error message.
fn settable(profile: &Profile) -> String {
    let timing = if profile.attempts.timing.may_be_chosen() { ", retryDelaysSeconds, timeoutSeconds" } else { "" };
    format!("name, url, events, filter, headers, rateLimit, metadata{timing}")
}

/// `PATCH /webhooks/:id`: the changes, and the fields that may only repeat what they are.
pub(crate) fn change<'a>(
    profile: &Profile,
    targets: &TargetPolicy,
    mut fields: Fields<'a>,
) -> Result<(WebhookChange, Fields<'a>), ApiError> {
    let name = match fields.change::<String>("name", TEXT)? {
        Change::Set(text) => Change::Set(settings::name(text)?),
        Change::Clear if profile.webhooks.name == NameRule::Required => return Err(invalid("name", TEXT)),
        unchanged => unchanged,
    };
    let url: Option<String> = fields.optional("url", TEXT)?;
    let url = url.map(|url| settings::url(targets, &url)).transpose()?;
    let events: Option<Vec<String>> = fields.optional("events", "must be an array of strings")?;
    let events = events.map(|events| settings::events(profile, &events)).transpose()?;
    // A webhook sent back as it was read has `disabledAt: null` next to `isActive: true`. Then it is active and stays as it is.
    let is_sent_back = fields.has_null("disabledAt");
    let activity: Option<bool> = fields.optional("isActive", "must be true or false")?;
    let activity = activity.filter(|is_active| !(*is_active && is_sent_back)).map(settings::activity);
    let (filter, rate_limit) = (filter(&mut fields)?, rate_limit(&mut fields)?);
    let headers = headers(&mut fields, profile, NullHeader::Removes)?;
    let (retry_delays, timeout) = (retry_delays(&mut fields, profile)?, timeout(&mut fields, profile)?);
    let metadata = metadata(&mut fields)?;
    let patch =
        Patch { name, url, events, filter, headers: None, rate_limit, retry_delays, timeout, metadata, activity };
    Ok((WebhookChange { patch, headers }, fields))
}

/// Fields that change without the customer: whoever sends a webhook back cannot know what they are by now.
const OBSERVED: [&str; 3] = ["health", "recovery", "throttledUntil"];

/// Accepts what only repeats a read-only field, so that a customer may send a webhook back as it was read.
pub(crate) fn check_repeated(profile: &Profile, fields: Fields<'_>, present: &Value) -> Result<(), ApiError> {
    for (field, sent) in fields.rest() {
        match present.get(&field) {
            Some(_) if OBSERVED.contains(&field.as_str()) => {}
            Some(value) if is_same(value, sent) => {}
            Some(_) => return Err(ApiError::ReadOnlyField { field }),
            None => {
                let valid = format!("{}, isActive (a new secret comes from rotate-secret)", settable(profile));
                return Err(ApiError::UnknownField { field: shortened(&field), valid });
            }
        }
    }
    Ok(())
}

/// Numbers are the same by value: JSON has many spellings for one.
fn is_same(value: &Value, sent: &RawValue) -> bool {
    let Ok(sent) = serde_json::from_str::<Value>(sent.get()) else { return false };
    match (value.as_f64(), sent.as_f64()) {
        (Some(one), Some(other)) => one.to_bits() == other.to_bits(),
        _ => *value == sent,
    }
}

/// `POST /webhooks/:id/test`: the event to send, if the customer names one.
pub(crate) fn test(mut fields: Fields<'_>) -> Result<Option<String>, ApiError> {
    let event = fields.optional("event", TEXT)?;
    fields.finish("event")?;
    Ok(event)
}

/// `POST /webhooks/:id/filter-check`: an event that is stored, or one that need not be.
pub(crate) fn filter_check(mut fields: Fields<'_>) -> Result<FilterCheck<'_>, ApiError> {
    const VALID: &str = "event and data, or eventId";
    if let Some(id) = fields.optional::<String>("eventId", TEXT)? {
        fields.finish("eventId alone, or event and data")?;
        // What cannot be an id is not found.
        return EventId::parse(&id).map(FilterCheck::Stored).map_err(|_| ApiError::NotFound { what: "event" });
    }
    let event = fields.required("event", TEXT)?;
    let data = fields.raw("data").ok_or(ApiError::MissingField { field: "data" })?;
    fields.finish(VALID)?;
    Ok(FilterCheck::Given(NewEvent { place: Place::Alone, event, data, id: None, timestamp: None }))
}

/// `POST /webhooks/:id/rotate-secret`
pub(crate) fn rotation(mut fields: Fields<'_>) -> Result<Grace, ApiError> {
    let seconds = fields.integer("gracePeriodSeconds", &Grace::expected())?;
    fields.finish("gracePeriodSeconds")?;
    Grace::from_seconds(seconds)
}

#[cfg(test)]
mod tests;
