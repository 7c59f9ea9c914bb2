//! The secrets of a webhook, and the signatures they make over the exact bytes of a body.

pub mod hmac;
pub mod secret;
#[cfg(test)]
mod tests;

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;

use self::{
    hmac::hmac_sha256,
    secret::{KeyForm, Secret},
};
use super::time;

/// How long after a rotation a rejected request may be due to a receiver that does not hold the new secret yet.
const EXPLAINED_BY_ROTATION: Duration = Duration::from_hours(24);

/// The most previous secrets that sign at once: each costs a signature in every request, and receivers cap a header's length.
pub const MAX_PREVIOUS_SECRETS: usize = 5;

/// A secret that was rotated away and signs until `until`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviousSecret {
    pub secret: Secret,
    pub until: Timestamp,
}

/// The secrets of a webhook: the current one, and those whose grace after a rotation has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secrets {
    pub current: Secret,
    /// Newest first.
    pub previous: Vec<PreviousSecret>,
    /// When the current secret replaced another.
    pub rotated_at: Option<Timestamp>,
}

/// A rotation that would leave more than [`MAX_PREVIOUS_SECRETS`] previous secrets in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManySecrets;

impl Secrets {
    /// The secrets of a new webhook.
    pub fn only(current: Secret) -> Self {
        Self { current, previous: Vec::new(), rotated_at: None }
    }

    /// Those that sign at `now`, newest first: the current one, then those whose grace has not ended.
    pub fn in_force(&self, now: Timestamp) -> Vec<&Secret> {
        let previous = self.previous.iter().filter(|previous| previous.until > now).map(|previous| &previous.secret);
        std::iter::once(&self.current).chain(previous).collect()
    }

    /// Whether the grace of a previous secret has ended.
    pub fn have_ended(&self, now: Timestamp) -> bool {
        self.previous.iter().any(|previous| previous.until <= now)
    }

    /// Those that are left of the secrets at `now`.
    pub fn without_ended(&self, now: Timestamp) -> Self {
        let unexpired = self.previous.iter().filter(|previous| previous.until > now).cloned();
        Self { current: self.current.clone(), previous: unexpired.collect(), rotated_at: self.rotated_at }
    }

    /// Whether a receiver may reject a request of this time because it does not hold the new secret yet: a grace is running, and the
    /// rotation is less than a day old.
    pub fn explain_rejections(&self, at: Timestamp) -> bool {
        let is_recent = self.rotated_at.is_some_and(|rotated| time::between(rotated, at) < EXPLAINED_BY_ROTATION);
        is_recent && self.previous.iter().any(|previous| previous.until > at)
    }

    /// The secrets after a rotation at `now`. The one in force until then signs until `until`; without a grace, every previous
    /// secret ends at once, which is what a leak calls for.
    pub fn rotated(&self, new: Secret, now: Timestamp, until: Timestamp) -> Result<Self, TooManySecrets> {
        if until <= now {
            return Ok(Self::only(new));
        }
        let replaced = PreviousSecret { secret: self.current.clone(), until };
        let unexpired = self.without_ended(now).previous;
        let previous: Vec<PreviousSecret> = std::iter::once(replaced).chain(unexpired).collect();
        if previous.len() > MAX_PREVIOUS_SECRETS {
            Err(TooManySecrets)
        } else {
            Ok(Self { current: new, previous, rotated_at: Some(now) })
        }
    }
}

/// `v1,<base64>` over `id.timestamp.body` as Standard Webhooks asks for: one for each secret, separated by a space.
pub fn standard_signatures(secrets: &[&Secret], id: &str, at: Timestamp, body: &[u8]) -> String {
    let prefix = format!("{id}.{}.", at.as_second());
    let sign = |secret: &&Secret| {
        let mac = hmac_sha256(&secret.standard_key(), &[prefix.as_bytes(), body]);
        format!("v1,{}", STANDARD.encode(mac))
    };
    secrets.iter().map(sign).collect::<Vec<_>>().join(" ")
}

/// The signature of the body alone, in hexadecimal, with the key that the profile uses.
pub fn body_signature(secret: &Secret, form: KeyForm, body: &[u8]) -> String {
    hex::encode(hmac_sha256(&secret.key(form), &[body]))
}
