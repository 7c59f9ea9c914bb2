//! **Event types**: what the platform documents, with a sample, and which webhooks subscribe.

use std::sync::Arc;

use askama::Template;
use shared::domain::{
    profile::{Profile, catalogue::CatalogueEntry},
    webhook::{Webhook, settings::MAX_PER_ACCOUNT},
};

use super::head::WebhookHead;
use crate::{
    Api,
    actions::webhooks,
    error::ApiError,
    portal::{frame::Frame, reply::Reply, visit::Visit, words::indented::indented},
};

#[derive(Template)]
#[template(path = "event_types.html")]
struct EventTypesPage {
    frame: Frame,
    types: Vec<EventTypeCard>,
    /// Whether the platform may have event types that are not listed.
    has_open_names: bool,
    /// Whether the account has more webhooks than were read.
    is_partial: bool,
}

struct EventTypeCard {
    name: String,
    description: String,
    /// Example `data`.
    sample: String,
    subscribers: Vec<WebhookHead>,
}

/// `GET /portal/event-types`
pub(in super::super) async fn show(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let page = webhooks::newest(&api, &visit.caller, None, MAX_PER_ACCOUNT).await?;
    Reply::page(&EventTypesPage::of(visit.frame, visit.caller.profile, &page.webhooks, page.has_more))
}

impl EventTypesPage {
    fn of(frame: Frame, profile: &Profile, webhooks: &[Webhook], is_partial: bool) -> Self {
        Self {
            frame,
            types: profile.catalogue.iter().map(|entry| EventTypeCard::of(entry, webhooks)).collect(),
            has_open_names: profile.events.has_open_names(),
            is_partial,
        }
    }
}

impl EventTypeCard {
    fn of(entry: &CatalogueEntry, webhooks: &[Webhook]) -> Self {
        Self {
            name: entry.name.to_string(),
            description: entry.description.clone(),
            sample: indented(&entry.sample).text,
            subscribers: webhooks.iter().filter(|webhook| webhook.wants(&entry.name)).map(WebhookHead::of).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{PROFILES, frame, webhook_of};

    #[test]
    fn each_type_has_its_sample_and_the_webhooks_that_want_it() {
        let webhooks = [webhook_of(&["click"]), webhook_of(&["*"])];
        for (profile, types) in [("awsys", 7), ("go2", 6), ("standard", 1)] {
            let page = EventTypesPage::of(frame(false), PROFILES.by_name(profile).unwrap(), &webhooks, false);
            let subscribed: usize = page.types.iter().map(|card| card.subscribers.len()).sum();
            let by_name = usize::from(profile == "go2");
            assert_eq!((page.types.len(), subscribed), (types, types + by_name), "{profile}");
            let html = page.render().unwrap();
            assert_eq!(html.matches(">Copy</button>").count(), types, "{profile}");
            assert!(html.len() <= 30 * 1_024, "{profile}: {} bytes", html.len());
        }
    }
}
