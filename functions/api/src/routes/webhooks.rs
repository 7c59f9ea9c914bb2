//! Webhooks: create, list, get, change, delete.

use axum::http::StatusCode;
use shared::{
    ambient,
    domain::{
        api_key::Scope,
        id::WebhookId,
        profile::{NameRule, Profile},
        secret::{ClientSecret, Secret, SecretError},
        subscription::{EventPattern, Health},
        target::TargetUrl,
        webhook::{Disabled, MAX_NAME, Streak, Webhook},
    },
    store::{
        again_if_busy,
        webhooks::{Activity, WebhookChanged, WebhookCreated, WebhookDeleted, WebhookPatch},
    },
};

use super::{WebhookPath, webhook};
use crate::{
    answer::Answer,
    context::Context,
    cursor::next_cursor,
    error::ApiError,
    fields::{Fields, JsonBody, invalid, shortened},
    views::{DeletedView, WebhookView},
};

/// The most event names a webhook may have …
pub(crate) const MAX_PATTERNS: usize = 100;

/// … and the most bytes they may have together: with 100 webhooks they must fit the account's item, which holds 400 KB.
const MAX_PATTERN_BYTES: usize = 3_000;

/// `POST /webhooks`
pub async fn create(context: Context, body: JsonBody) -> Result<Answer, ApiError> {
    let account = context.authorise(Scope::Manage).await?;
    context.parameters()?.finish("none")?;
    let profile = context.profile()?;
    let mut fields = body.fields()?;
    let name = name(&mut fields)?;
    if name.is_none() && profile.name_rule() == NameRule::Required {
        return Err(ApiError::MissingField { field: "name" });
    }
    let url = url(&context, &mut fields)?.ok_or(ApiError::MissingField { field: "url" })?;
    let events = events(profile, &mut fields)?.ok_or(ApiError::MissingField { field: "events" })?;
    let secret = secret(profile, &mut fields)?;
    fields.finish(match profile.client_secret() {
        ClientSecret::Refused => "name, url, events",
        ClientSecret::Text | ClientSecret::Standard => "url, events, name, secret",
    })?;
    let now = ambient::now();
    let webhook = Webhook {
        id: WebhookId::new(now, ambient::random()),
        account,
        name,
        url,
        events,
        secret,
        previous_secret: None,
        created_at: now,
        updated_at: now,
        enabled_at: now,
        disabled: None::<Disabled>,
        streak: Streak::default(),
        health: Health::Ok,
    };
    match again_if_busy(|| context.api.store.create_webhook(webhook.clone())).await? {
        WebhookCreated::Yes => Answer::object(StatusCode::CREATED, &WebhookView::with_secret(&webhook)),
        WebhookCreated::TooMany => Err(ApiError::TooManyWebhooks),
    }
}

/// `GET /webhooks`
pub async fn list(context: Context) -> Result<Answer, ApiError> {
    let account = context.authorise(Scope::Read).await?;
    let mut parameters = context.parameters()?;
    let limit = parameters.limit()?;
    let after = parameters.cursor(account.as_str(), |id| WebhookId::parse(id).ok())?;
    parameters.finish("limit and cursor")?;
    let page = context.api.store.webhooks(&account, after.as_ref(), limit).await?;
    let next = next_cursor(page.has_more, account.as_str(), page.webhooks.last().map(|webhook| webhook.id.as_str()));
    Answer::list(&page.webhooks.iter().map(WebhookView::of).collect::<Vec<_>>(), next)
}

/// `GET /webhooks/:id`
pub async fn get(context: Context, path: WebhookPath) -> Result<Answer, ApiError> {
    let account = context.authorise(Scope::Read).await?;
    context.parameters()?.finish("none")?;
    let id = path.id()?;
    let webhook = webhook(&context, &account, &id).await?;
    Answer::object(StatusCode::OK, &WebhookView::of(&webhook))
}

/// `PATCH /webhooks/:id`
pub async fn patch(context: Context, path: WebhookPath, body: JsonBody) -> Result<Answer, ApiError> {
    let account = context.authorise(Scope::Manage).await?;
    context.parameters()?.finish("none")?;
    let id = path.id()?;
    let mut fields = body.fields()?;
    let changes = WebhookPatch {
        name: name(&mut fields)?,
        url: url(&context, &mut fields)?,
        events: events(context.profile()?, &mut fields)?,
        activity: fields.optional("isActive", "must be true or false")?.map(activity),
    };
    fields.finish("name, url, events, isActive (a new secret comes from rotate-secret)")?;
    let now = ambient::now();
    match again_if_busy(|| context.api.store.patch_webhook(&account, &id, changes.clone(), now)).await? {
        WebhookChanged::Yes(webhook) => Answer::object(StatusCode::OK, &WebhookView::of(&webhook)),
        WebhookChanged::NotFound => Err(ApiError::NotFound { what: "webhook" }),
    }
}

/// `DELETE /webhooks/:id`
pub async fn delete(context: Context, path: WebhookPath) -> Result<Answer, ApiError> {
    let account = context.authorise(Scope::Manage).await?;
    context.parameters()?.finish("none")?;
    let id = path.id()?;
    match again_if_busy(|| context.api.store.delete_webhook(&account, &id)).await? {
        WebhookDeleted::Yes => Answer::object(StatusCode::OK, &DeletedView { id: &id, deleted: true }),
        WebhookDeleted::NotFound => Err(ApiError::NotFound { what: "webhook" }),
    }
}

fn activity(is_active: bool) -> Activity {
    if is_active { Activity::Enabled } else { Activity::Disabled { reason: "turned off through the API".to_owned() } }
}

fn name(fields: &mut Fields<'_>) -> Result<Option<String>, ApiError> {
    let name: Option<String> = fields.optional("name", "must be a string")?;
    let fits = |name: &String| {
        (1..=MAX_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control) && !name.trim().is_empty()
    };
    match name {
        Some(name) if !fits(&name) => {
            Err(invalid("name", "must have 1 to 200 characters, none of them control characters"))
        }
        name => Ok(name),
    }
}

fn url(context: &Context, fields: &mut Fields<'_>) -> Result<Option<TargetUrl>, ApiError> {
    let url: Option<String> = fields.optional("url", "must be a string")?;
    url.map(|url| context.api.targets.check(&url).map_err(ApiError::InvalidUrl)).transpose()
}

fn secret(profile: &Profile, fields: &mut Fields<'_>) -> Result<Secret, ApiError> {
    let form = profile.client_secret();
    if form == ClientSecret::Refused && fields.raw("secret").is_some() {
        return Err(ApiError::InvalidSecret(SecretError::Refused));
    }
    match fields.optional::<String>("secret", "must be a string")? {
        Some(secret) => Secret::from_client(&secret, form).map_err(ApiError::InvalidSecret),
        None => Ok(Secret::generate(ambient::random())),
    }
}

fn events(profile: &Profile, fields: &mut Fields<'_>) -> Result<Option<Vec<EventPattern>>, ApiError> {
    let Some(names) = fields.optional::<Vec<String>>("events", "must be an array of strings")? else { return Ok(None) };
    patterns(profile, &names).map(Some)
}

/// All names or none: one bad name and nothing is created.
fn patterns(profile: &Profile, names: &[String]) -> Result<Vec<EventPattern>, ApiError> {
    if names.is_empty() {
        let problem = format!("'events' must name at least one of: {}", profile.allowed_patterns());
        return Err(ApiError::InvalidEvents { problem });
    }
    if names.len() > MAX_PATTERNS || names.iter().map(String::len).fold(0, usize::saturating_add) > MAX_PATTERN_BYTES {
        let most = format!("{MAX_PATTERNS} names with {MAX_PATTERN_BYTES} characters in all");
        return Err(ApiError::InvalidEvents { problem: format!("'events' may have at most {most}; '*' means all") });
    }
    let read = |name: &String| EventPattern::parse(name).ok().filter(|pattern| profile.allows(pattern));
    let (good, bad): (Vec<_>, Vec<_>) = names.iter().map(|name| read(name).ok_or(name)).partition(Result::is_ok);
    let bad: Vec<&String> = bad.into_iter().filter_map(Result::err).collect();
    if !bad.is_empty() {
        return Err(ApiError::InvalidEvents { problem: unknown_names(profile, &bad) });
    }
    let good: Vec<EventPattern> = good.into_iter().filter_map(Result::ok).collect();
    let repeated =
        good.iter().enumerate().find(|(index, pattern)| good.iter().take(*index).any(|other| other == *pattern));
    match repeated {
        Some((_, pattern)) => {
            Err(ApiError::InvalidEvents { problem: format!("'{pattern}' is named twice in 'events'") })
        }
        None => Ok(good),
    }
}

fn unknown_names(profile: &Profile, bad: &[&String]) -> String {
    let told = bad.iter().take(10).map(|name| match profile.suggestion_for(name) {
        Some(meant) => format!("'{}' (did you mean '{meant}'?)", shortened(name)),
        None => format!("'{}'", shortened(name)),
    });
    let told = told.collect::<Vec<_>>().join(", ");
    format!("not an event type: {told}; valid are: {}", profile.allowed_patterns())
}

#[cfg(test)]
mod tests {
    use shared::domain::profile::Profiles;

    use super::*;

    fn problem(profile: &str, names: &[&str]) -> Option<String> {
        let profiles = Profiles::built_in();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        match patterns(profiles.by_name(profile).unwrap(), &names) {
            Ok(_) => None,
            Err(error) => Some(error.to_string()),
        }
    }

    #[test]
    fn a_short_name_is_named_with_what_was_meant() {
        let told = problem("awsys", &["link.created", "click"]).unwrap();
        assert!(
            told.starts_with("not an event type: 'click' (did you mean 'link.click'?); valid are: link.click, "),
            "{told}"
        );
    }

    #[test]
    fn no_event_and_a_repeated_event_are_refused() {
        assert!(problem("go2", &[]).unwrap().contains("at least one of: click, "));
        assert_eq!(problem("go2", &["click", "click"]).unwrap(), "'click' is named twice in 'events'");
        assert_eq!(problem("go2", &["click", "*"]), None);
    }
}
