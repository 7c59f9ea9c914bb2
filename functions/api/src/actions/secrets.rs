//! Rotating a webhook's secret: the old and the new one both sign until the grace period ends.

use std::time::Duration;

use shared::{
    ambient,
    domain::{signing::secret::Secret, time, webhook::Webhook},
    store::webhooks::Changed,
};

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

/// The webhook with its new secret. Of two rotations at once, one is a conflict.
pub(crate) async fn rotate(api: &Api, webhook: &Webhook, Grace(grace): Grace) -> Result<Webhook, ApiError> {
    let now = ambient::now();
    let new = Secret::generate(ambient::random());
    match api.store.rotate_secret(webhook, &new, time::after(now, grace), now).await? {
        WebhookChanged::Yes(webhook) => Ok(*webhook),
        WebhookChanged::NotFound => Err(ApiError::NotFound { what: "webhook" }),
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
