//! What a repetition under an idempotency key returns.

use shared::{
    domain::webhook::Webhook,
    store::idempotency::{Made, Remembered},
};

use crate::error::ApiError;

/// A webhook that was made or rotated, and whether its secret may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    WithSecret(Webhook),
    /// A repetition whose secret was replaced in the meantime.
    WithoutSecret(Webhook),
}

impl Shown {
    pub fn webhook(&self) -> &Webhook {
        let (Self::WithSecret(webhook) | Self::WithoutSecret(webhook)) = self;
        webhook
    }
}

/// What a repetition returns: the same webhook, with its secret while that is still the one made then. `None` if the key is new.
pub(super) fn repeated_with(remembered: Remembered, webhook: &Webhook) -> Result<Option<Shown>, ApiError> {
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
