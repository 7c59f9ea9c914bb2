//! Profiles: one engine, several wire contracts.
//!
//! A profile is one TOML file in `profiles/`, parsed and validated once. It composes the rules that live with the code that obeys
//! them. Another platform needs another file and no Rust.

pub mod catalogue;
pub mod file;
pub mod registry;
#[cfg(test)]
mod tests;

use serde::Deserialize;

use self::catalogue::CatalogueEntry;
use super::{
    attempt::{AttemptRules, schedule::RetryScale},
    event::rules::EventRules,
    ids::ProfileName,
    webhook::{settings::WebhookRules, standing::DisableRule},
};

/// A platform's webhook contract.
#[derive(Debug, Clone)]
pub struct Profile {
    pub name: ProfileName,
    /// Under which path the management API answers, such as `/api/v1`.
    pub base_path: String,
    pub answers: AnswerStyle,
    pub webhooks: WebhookRules,
    pub events: EventRules,
    pub attempts: AttemptRules,
    pub disable: DisableRule,
    pub catalogue: Vec<CatalogueEntry>,
}

/// The envelope of the management API's responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnswerStyle {
    /// Bare objects; `{"error":{"code","message"}}`.
    Bare,
    /// `{"success":true,"data":…}`; `{"success":false,"error":{"code","message"}}`.
    Success,
    /// Bare objects; RFC 9457 problem details with a `code`.
    Problem,
}

impl Profile {
    /// The same contract with its delays and spans multiplied, for tests and demonstrations.
    fn scaled(mut self, scale: RetryScale) -> Self {
        self.attempts.timing = self.attempts.timing.scaled(scale);
        self.disable = self.disable.scaled(scale);
        self
    }
}
