//! A webhook: what its customer sets, the secrets that sign, and what is observed of its endpoint.

pub mod metadata;
pub mod pace;
pub mod route;
pub mod settings;
pub mod standing;

use self::{route::Route, settings::Settings, standing::Standing};
use super::{
    attempt::request::Recipient,
    event::pattern::EventType,
    ids::{AccountId, WebhookId},
    signing::Secrets,
};

/// One subscription of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    pub id: WebhookId,
    pub account: AccountId,
    pub settings: Settings,
    pub secrets: Secrets,
    pub standing: Standing,
}

impl Webhook {
    pub fn is_active(&self) -> bool {
        self.standing.disabled.is_none()
    }

    pub fn wants(&self, event: &EventType) -> bool {
        self.settings.wants(event)
    }

    /// What it brings to each of its requests.
    pub fn recipient(&self) -> Recipient<'_> {
        let Settings { url, headers, timing, .. } = &self.settings;
        Recipient { url, secrets: &self.secrets, headers, timing }
    }

    /// What intake needs to know of it.
    pub fn route(&self) -> Route {
        Route {
            webhook: self.id.clone(),
            events: self.settings.events.clone(),
            is_active: self.is_active(),
            health: self.standing.health,
            disabled_at: self.standing.disabled.as_ref().map(|disabled| disabled.at),
        }
    }
}
