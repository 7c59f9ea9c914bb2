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
        idempotency::{IdempotencyKey, Made, Remembered},
        webhooks::SecretRotated,
    },
};

use super::webhooks::Shown;
use crate::{Api, error::ApiError};

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
    webhook: Webhook,
    grace: Grace,
    key: Option<&IdempotencyKey>,
) -> Result<Shown, ApiError> {
    let now = ambient::now();
    if let Some(key) = key
        && let Some(shown) = before(api.store.remembered(&webhook.account, key, now).await?, &webhook)?
    {
        return Ok(shown);
    }
    let new = rotated(&webhook, Secret::generate(ambient::random()), grace, now)?;
    match again_if_busy(|| api.store.rotate_secret(&webhook, new.clone(), key, now)).await? {
        SecretRotated::Yes(webhook) => Ok(Shown::WithSecret(*webhook)),
        SecretRotated::Before(remembered, webhook) => before(remembered, &webhook)?.ok_or(ApiError::Conflict),
        SecretRotated::Lost => Err(ApiError::Conflict),
        SecretRotated::Gone => Err(ApiError::NotFound { what: "webhook" }),
    }
}

fn rotated(webhook: &Webhook, new: Secret, Grace(grace): Grace, now: Timestamp) -> Result<Secrets, ApiError> {
    let rotated = webhook.secrets.rotated(new, now, time::after(now, grace));
    rotated.map_err(|TooManySecrets| ApiError::TooManySecrets)
}

/// What a repetition responds with: the same webhook, with its secret while that is still the one made then. `None` if the key is new.
pub(super) fn before(remembered: Remembered, webhook: &Webhook) -> Result<Option<Shown>, ApiError> {
    let is_same = |made: &Made| made.webhook.as_ref() == Some(&webhook.id);
    match remembered {
        Remembered::New => Ok(None),
        Remembered::Same(made) if is_same(&made) && made.is_secret(&webhook.secrets.current) => {
            Ok(Some(Shown::WithSecret(webhook.clone())))
        }
        Remembered::Same(made) if is_same(&made) => Ok(Some(Shown::WithoutSecret(webhook.clone()))),
        Remembered::Same(_) | Remembered::Reused => Err(ApiError::IdempotencyKeyReused),
    }
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
