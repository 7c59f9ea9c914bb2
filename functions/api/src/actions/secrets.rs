//! Rotating a webhook's secret: the old and the new one both sign until the grace period ends.

use std::time::Duration;

use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        signing::{Secrets, TooManySecrets, secret::Secret},
        time,
        webhook::Webhook,
    },
    store::{
        busy::again_if_busy,
        idempotency::{IdempotencyKey, Remembered},
        webhooks::SecretRotated,
    },
};

use super::repeated::{Shown, repeated_with};
use crate::{
    Api,
    actor::Actor,
    audit::{Action, Object, audit},
    error::ApiError,
};

/// How long the old secret signs if the customer does not say, in seconds: a day to change every receiver.
pub(crate) const DEFAULT_GRACE_SECONDS: u64 = 86_400;

/// The most seconds that the old secret may go on signing: a week. A leaked secret must not stay valid for longer.
pub(crate) const MAX_GRACE_SECONDS: u64 = 604_800;

/// How long the old secret goes on signing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grace(Duration);

impl Grace {
    /// From what the customer asked for.
    pub(crate) fn from_seconds(seconds: Option<u64>) -> Result<Self, ApiError> {
        match seconds.unwrap_or(DEFAULT_GRACE_SECONDS) {
            seconds @ 0..=MAX_GRACE_SECONDS => Ok(Self(Duration::from_secs(seconds))),
            _ => Err(ApiError::InvalidField { field: "gracePeriodSeconds".to_owned(), problem: Self::expected() }),
        }
    }

    /// What the field must be, for an error message.
    pub(crate) fn expected() -> String {
        format!("must be a whole number of seconds from 0 to {MAX_GRACE_SECONDS}")
    }
}

/// The webhook with its new secret. Of two rotations at once, one is a conflict. A repetition under the same key rotates nothing.
pub(crate) async fn rotate(
    api: &Api,
    actor: &Actor,
    webhook: Webhook,
    grace: Grace,
    key: Option<&IdempotencyKey>,
) -> Result<Shown, ApiError> {
    let now = ambient::now();
    if let Some(key) = key
        && let Some(shown) = repeated(api, &webhook, api.store.remembered(&webhook.account, key, now).await?).await?
    {
        return Ok(shown);
    }
    let new = rotated(&webhook, Secret::generate(ambient::random()), grace, now)?;
    match again_if_busy(|| api.store.rotate_secret(&webhook, new.clone(), key, now)).await? {
        SecretRotated::Yes(webhook) => {
            audit(actor, &webhook.account, Action::WebhookRotate, Object::webhook(webhook.id.as_str()), &["secret"]);
            Ok(Shown::WithSecret(*webhook))
        }
        SecretRotated::Before(remembered, webhook) => repeated_with(remembered, &webhook)?.ok_or(ApiError::Conflict),
        SecretRotated::Lost => Err(ApiError::Conflict),
        SecretRotated::Gone => Err(ApiError::NotFound { what: "webhook" }),
    }
}

/// What a repetition returns, by the webhook as it is now: the first request may have ended since it was read.
async fn repeated(api: &Api, webhook: &Webhook, remembered: Remembered) -> Result<Option<Shown>, ApiError> {
    if remembered == Remembered::New {
        return Ok(None);
    }
    let now_is = api.store.webhook(&webhook.account, &webhook.id).await?;
    repeated_with(remembered, &now_is.ok_or(ApiError::NotFound { what: "webhook" })?)
}

fn rotated(webhook: &Webhook, new: Secret, Grace(grace): Grace, now: Timestamp) -> Result<Secrets, ApiError> {
    let rotated = webhook.secrets.rotated(new, now, time::after(now, grace));
    rotated.map_err(|TooManySecrets| ApiError::TooManySecrets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grace_period_is_a_day_unless_given_and_a_week_at_most() {
        for (seconds, expected) in
            [(None, Some(86_400)), (Some(0), Some(0)), (Some(604_800), Some(604_800)), (Some(604_801), None)]
        {
            let grace = Grace::from_seconds(seconds).ok();
            assert_eq!(grace, expected.map(|seconds| Grace(Duration::from_secs(seconds))), "{seconds:?}");
        }
    }
}
