//! The fields of a webhook, for **New webhook** and **Settings**: what was typed becomes the body that the API would get, so that pages and
//! API have the same rules and the same sentences.

mod events;
mod object;

use std::collections::BTreeSet;

use shared::domain::{
    profile::Profile,
    signing::secret::ClientSecret,
    webhook::{
        Webhook,
        settings::{NameRule, Settings},
    },
};

pub(super) use self::events::EventChoice;
use self::object::Object;
use super::field::Field;
use crate::{error::ApiError, portal::form::Form};

/// What a customer types about a webhook.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: Field,
    pub(super) url: Field,
    pub(super) events: EventChoice,
    /// Only where the profile lets customers choose, and only for a new webhook.
    pub(super) secret: Option<SecretField>,
    /// One a line.
    pub(super) headers: Field,
    pub(super) filter: Field,
    pub(super) requests: Field,
    pub(super) seconds: Field,
    pub(super) timing: Option<Timing>,
    pub(super) needs_name: bool,
    /// Of a webhook that there is. A new one leaves alone what most people do.
    pub(super) is_existing: bool,
    /// What is wrong with all of it together.
    pub(super) error: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SecretField {
    pub(super) field: Field,
    /// What it must be.
    pub(super) hint: &'static str,
}

/// The schedule, where customers may choose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Timing {
    pub(super) delays: Field,
    pub(super) timeout: Field,
}

impl Entry {
    /// An empty one.
    pub(super) fn new(profile: &Profile) -> Self {
        Self {
            events: EventChoice::new(profile, &[]),
            secret: secret_hint(profile).map(|hint| SecretField { field: Field::default(), hint }),
            timing: profile.attempts.timing.may_be_chosen().then(Timing::default),
            needs_name: profile.webhooks.name == NameRule::Required,
            ..Self::default()
        }
    }

    /// What a webhook has. It has no secret: that is shown only when it is made.
    pub(super) fn of(profile: &Profile, webhook: &Webhook) -> Self {
        let settings = &webhook.settings;
        let names: Vec<String> = settings.events.iter().map(ToString::to_string).collect();
        let headers: Vec<String> =
            settings.headers.iter().map(|(name, value)| format!("{}: {}", name.as_str(), value.masked())).collect();
        let limit = settings.rate_limit;
        let delays = settings.timing.delays.as_ref();
        let delays = delays.map(|own| own.seconds().iter().map(u64::to_string).collect::<Vec<_>>().join(", "));
        let timing = Timing {
            delays: Field::of(&delays.unwrap_or_default()),
            timeout: Field::of(&settings.timing.timeout.map_or_else(String::new, |own| own.seconds().to_string())),
        };
        Self {
            name: Field::of(settings.name.as_deref().unwrap_or_default()),
            url: Field::of(settings.url.as_str()),
            is_existing: true,
            events: EventChoice::new(profile, &names),
            headers: Field::of(&headers.join("\n")),
            filter: Field::of(settings.filter.as_ref().map_or("", |filter| filter.as_str())),
            requests: Field::of(&limit.map_or_else(String::new, |limit| limit.requests().to_string())),
            seconds: Field::of(&limit.map_or_else(String::new, |limit| limit.seconds().to_string())),
            timing: profile.attempts.timing.may_be_chosen().then_some(timing),
            ..Self::new(profile)
        }
        .without_secret()
    }

    fn without_secret(self) -> Self {
        Self { secret: None, ..self }
    }

    /// What was typed.
    pub(super) fn typed(self, profile: &Profile, form: &Form) -> Self {
        let field = |name: &str| Field::of(form.text(name));
        Self {
            name: field("name"),
            url: field("url"),
            events: EventChoice::typed(profile, form),
            secret: self.secret.map(|secret| SecretField { field: field("secret"), ..secret }),
            headers: field("headers"),
            filter: field("filter"),
            requests: field("requests"),
            seconds: field("seconds"),
            timing: self.timing.map(|_| Timing { delays: field("delays"), timeout: field("timeout") }),
            ..self
        }
    }

    /// The body of `POST /webhooks`. What was left empty is left out.
    pub(super) fn creation(&mut self) -> Option<String> {
        let mut body = Object::default();
        for (name, value) in [("name", self.name.value.trim()), ("url", self.url.value.trim())] {
            if !value.is_empty() {
                body.text(name, value);
            }
        }
        body.list("events", &self.events.names());
        if let Some(secret) = self.secret.as_ref().filter(|secret| !secret.field.value.is_empty()) {
            body.text("secret", &secret.field.value);
        }
        self.further(&mut body, &[])
    }

    /// The body of `PATCH /webhooks/:id`: everything that the page shows. What is not among the lines of headers any more is removed. The
    /// same events in another order are no change.
    pub(super) fn change(&mut self, present: &Settings) -> Option<String> {
        let mut body = Object::default();
        match self.name.value.trim() {
            "" if !self.needs_name => body.null("name"),
            name => body.text("name", name),
        }
        body.text("url", self.url.value.trim());
        let (events, before) = (self.events.names(), present.events.iter().map(ToString::to_string));
        if before.collect::<BTreeSet<String>>() != events.iter().cloned().collect() {
            body.list("events", &events);
        }
        let headers: Vec<String> = present.headers.iter().map(|(name, _)| name.as_str().to_owned()).collect();
        self.further(&mut body, &headers)
    }

    /// What both have. `None` if the filter is no JSON: then nothing can be sent.
    fn further(&mut self, body: &mut Object, headers: &[String]) -> Option<String> {
        let typed = object::headers(&self.headers.value);
        let gone = headers.iter().filter(|name| !typed.iter().any(|(kept, _)| kept.eq_ignore_ascii_case(name)));
        body.object("headers", &typed, &gone.map(String::as_str).collect::<Vec<_>>());
        match self.filter.value.trim() {
            "" => body.null("filter"),
            filter => match object::raw(filter) {
                Ok(raw) => body.raw("filter", &raw),
                Err(problem) => {
                    self.filter.error = Some(format!("'filter' is not valid JSON: {problem}"));
                    return None;
                }
            },
        }
        match (self.requests.value.trim(), self.seconds.value.trim()) {
            ("", "") => body.null("rateLimit"),
            (requests, seconds) => {
                let limit =
                    format!("{{\"requests\":{},\"seconds\":{}}}", object::number(requests), object::number(seconds));
                body.raw("rateLimit", &limit);
            }
        }
        if let Some(Timing { delays, timeout }) = &self.timing {
            match object::numbers(&delays.value) {
                None => body.null("retryDelaysSeconds"),
                Some(list) => body.raw("retryDelaysSeconds", &list),
            }
            match timeout.value.trim() {
                "" => body.null("timeoutSeconds"),
                seconds => body.raw("timeoutSeconds", &object::number(seconds)),
            }
        }
        Some(body.finish())
    }

    /// Marks the field that was refused.
    pub(super) fn refuse(&mut self, error: &ApiError) {
        let name = field_of(error);
        let words = Some(error.to_string());
        match (name.split('.').next().unwrap_or_default(), &mut self.secret, &mut self.timing) {
            ("name", ..) => self.name.error = words,
            ("url", ..) => self.url.error = words,
            ("events", ..) => self.events.error = words,
            ("secret", Some(secret), _) => secret.field.error = words,
            ("headers", ..) => self.headers.error = words,
            ("filter", ..) => self.filter.error = words,
            ("rateLimit", ..) => self.requests.error = words,
            ("retryDelaysSeconds", _, Some(timing)) => timing.delays.error = words,
            ("timeoutSeconds", _, Some(timing)) => timing.timeout.error = words,
            _ => self.error = words,
        }
    }

    /// Whether what most people leave alone must be open.
    pub(super) fn has_more(&self) -> bool {
        let timing = self.timing.iter().flat_map(|timing| [&timing.delays, &timing.timeout]);
        let mut fields = [&self.headers, &self.filter, &self.requests, &self.seconds].into_iter().chain(timing);
        self.is_existing || fields.any(|field| !field.value.is_empty() || field.error.is_some())
    }
}

/// The field of the body that an error is about; empty if it is about none.
fn field_of(error: &ApiError) -> &str {
    match error {
        ApiError::InvalidUrl(_) => "url",
        ApiError::InvalidEvents(_) | ApiError::NotAnEventType { .. } | ApiError::TooManyPatterns => "events",
        ApiError::InvalidFilter(_) => "filter",
        ApiError::InvalidHeaders { .. } => "headers",
        ApiError::InvalidSecret(_) => "secret",
        ApiError::MissingField { field } => field,
        ApiError::InvalidField { field, .. } => field,
        _ => "",
    }
}

fn secret_hint(profile: &Profile) -> Option<&'static str> {
    match profile.webhooks.client_secret {
        ClientSecret::Refused => None,
        ClientSecret::Text => Some("8 to 256 characters. Leave it empty, and a strong secret is made for you."),
        ClientSecret::Standard => {
            Some("whsec_ and the base64 of 24 to 64 bytes. Leave it empty, and a strong secret is made for you.")
        }
    }
}

#[cfg(test)]
mod tests;
