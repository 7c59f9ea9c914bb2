//! When and why a webhook is disabled.

use std::time::Duration;

use jiff::Timestamp;

use super::super::super::attempt::schedule::RetryScale;

/// Since when and why a webhook gets nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disabled {
    pub at: Timestamp,
    pub reason: String,
}

/// When a webhook was last disabled, which is remembered while it is active again: what it missed is recovered from there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LastDisabled {
    pub at: Option<Timestamp>,
    /// When the delivery was created whose failure began the streak that disabled it. None: a customer disabled it.
    pub failing_from: Option<Timestamp>,
}

/// When a profile disables a webhook. No rule set: never.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DisableRule {
    /// 410 Gone disables at once.
    pub gone: bool,
    /// At least as many consecutive failed attempts …
    pub failed_attempts: Option<u32>,
    /// … or at least as many deliveries given up in the streak …
    pub failed_deliveries: Option<u32>,
    /// … and the streak lasted at least this long.
    pub streak: Duration,
}

impl DisableRule {
    /// The same rule with the span of its streak multiplied. A span of zero stays zero.
    pub fn scaled(&self, scale: RetryScale) -> Self {
        let streak = if self.streak.is_zero() { self.streak } else { scale.apply(self.streak) };
        Self { streak, ..self.clone() }
    }
}
