//! The request of one attempt: the only place that makes its URL, headers, body and time limit.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    super::{
        event::pattern::EventType,
        ids::{DeliveryId, EventId, WebhookId},
        signing::{Secrets, body_signature, secret::Secret, standard_signatures},
        target::TargetUrl,
        time,
    },
    AttemptRules, Reason,
    custom::{CustomHeaders, CustomName, CustomValue},
    headers::{HeaderValue, Placeholder},
    timing::OwnTiming,
};

/// What a webhook brings to each of its requests.
#[derive(Debug, Clone, Copy)]
pub struct Recipient<'a> {
    pub url: &'a TargetUrl,
    pub secrets: &'a Secrets,
    pub headers: &'a CustomHeaders,
    pub timing: &'a OwnTiming,
}

/// What one attempt says.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'a> {
    pub webhook: &'a WebhookId,
    pub event: &'a EventId,
    pub event_type: &'a EventType,
    pub delivery: &'a DeliveryId,
    pub reason: Reason,
    /// 1 for the first.
    pub attempt: u32,
    pub at: Timestamp,
    /// The exact bytes.
    pub body: &'a str,
}

/// One request, ready to be sent.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    pub url: &'a TargetUrl,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The customer's own, none of which has a name of the others. Their values must not be shown.
    pub custom: Vec<(&'a CustomName, &'a CustomValue)>,
    pub body: &'a str,
    /// How long the attempt may take, from connecting to the last response header.
    pub limit: Duration,
}

/// The request of one attempt, signed with the secrets that are in force at its time.
pub fn request<'a>(rules: &AttemptRules, recipient: &Recipient<'a>, letter: &Letter<'a>) -> Request<'a> {
    let headers = headers(rules, &recipient.secrets.in_force(letter.at), letter);
    // A profile may have come to set a header that a customer had chosen before.
    let is_free = |name: &CustomName| !headers.iter().any(|(taken, _)| taken == name.as_str());
    let custom = recipient.headers.iter().filter(|(name, _)| is_free(name)).collect();
    let limit = rules.timing.timeout_for(recipient.timing);
    Request { url: recipient.url, headers, custom, body: letter.body, limit }
}

fn headers(rules: &AttemptRules, secrets: &[&Secret], letter: &Letter<'_>) -> Vec<(String, String)> {
    let signatures = standard_signatures(secrets, letter.delivery.as_str(), letter.at, letter.body.as_bytes());
    let mut headers = vec![
        ("content-type".to_owned(), "application/json".to_owned()),
        ("user-agent".to_owned(), concat!("Posthorn/", env!("CARGO_PKG_VERSION")).to_owned()),
        ("x-posthorn-attempt".to_owned(), letter.attempt.to_string()),
        ("x-posthorn-reason".to_owned(), letter.reason.as_str().to_owned()),
        ("x-posthorn-event-id".to_owned(), letter.event.to_string()),
        ("webhook-id".to_owned(), letter.delivery.to_string()),
        ("webhook-timestamp".to_owned(), letter.at.as_second().to_string()),
        ("webhook-signature".to_owned(), signatures),
    ];
    let own = rules.headers.iter().map(|header| (header.name.clone(), fill(&header.value, rules, secrets, letter)));
    headers.extend(own);
    headers
}

fn fill(value: &HeaderValue, rules: &AttemptRules, secrets: &[&Secret], letter: &Letter<'_>) -> String {
    value.render(|placeholder| match placeholder {
        Placeholder::WebhookId => letter.webhook.to_string(),
        Placeholder::EventId => letter.event.to_string(),
        Placeholder::Event => letter.event_type.to_string(),
        Placeholder::DeliveryId => letter.delivery.to_string(),
        Placeholder::AttemptTime => time::whole_seconds(letter.at),
        Placeholder::BodyHmacHex => {
            let secret = single(secrets, letter.reason, letter.attempt);
            secret.map(|secret| body_signature(secret, rules.key, letter.body.as_bytes())).unwrap_or_default()
        }
    })
}

/// The secret for a header with room for one signature: attempt by attempt the secrets in force take turns, newest first, so a
/// receiver that holds any of them accepts within as many attempts. Tests and resends are made once, with the newest.
fn single<'s>(secrets: &[&'s Secret], reason: Reason, attempt: u32) -> Option<&'s Secret> {
    let turn = match reason {
        Reason::Test | Reason::Resend => 0,
        Reason::Event | Reason::Retry | Reason::Replay => usize::try_from(attempt.saturating_sub(1)).unwrap_or(0),
    };
    turn.checked_rem(secrets.len()).and_then(|place| secrets.get(place).copied())
}

#[cfg(test)]
mod tests;
