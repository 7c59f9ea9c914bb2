//! A webhook: what its customer sets, the secrets that sign, and what is observed of its endpoint.

pub mod metadata;
pub mod pace;
pub mod route;
pub mod settings;
pub mod standing;

use self::{route::Route, settings::Settings, standing::Standing};
use super::{
    attempt::request::Recipient,
    event::{content::Content, pattern::EventType},
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

    /// Whether it subscribes to the event's type. A delivery that has a record is not judged by its content again.
    pub fn wants(&self, event: &EventType) -> bool {
        self.settings.wants(event)
    }

    /// Whether it gets the event, by its type and its content.
    pub fn wants_content(&self, content: &Content<'_>) -> bool {
        self.wants(content.event_type()) && content.passes(self.settings.filter.as_ref())
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
            filter: self.settings.filter.clone(),
            is_active: self.is_active(),
            health: self.standing.pulse.health,
            disabled_at: self.standing.disabled.as_ref().map(|disabled| disabled.at),
        }
    }
}

#[cfg(test)]
mod tests;
