//! Whether a webhook's filter matches an event: what a customer needs to see while writing one.

use shared::{
    ambient,
    domain::{
        event::{Event, content::Content},
        ids::EventId,
        webhook::Webhook,
    },
};

use super::events::{NewEvent, admit_one};
use crate::{Api, caller::Caller, error::ApiError};

/// What a filter is to be checked against.
#[derive(Debug)]
pub enum FilterCheck<'a> {
    Stored(EventId),
    /// It need not have been published.
    Given(NewEvent<'a>),
}

/// Whether the filter matches. Neither the webhook's events nor whether it is active count.
pub(crate) async fn check(
    api: &Api,
    caller: &Caller,
    webhook: &Webhook,
    asked: FilterCheck<'_>,
) -> Result<bool, ApiError> {
    let event: Event = match asked {
        FilterCheck::Given(new) => admit_one(caller, new)?,
        FilterCheck::Stored(id) => {
            let stored = api.store.event(&caller.account, &id, ambient::now()).await?;
            stored.ok_or(ApiError::NotFound { what: "event" })?
        }
    };
    Ok(Content::of(&event).passes(webhook.settings.filter.as_ref()))
}
