//! What **Save** does: the same as `PATCH`, with the same rules.

use shared::domain::webhook::Webhook;

use super::super::entry::Entry;
use crate::{
    Api,
    actions::webhooks,
    caller::Caller,
    error::ApiError,
    request::{body::Fields, webhook::change},
};

/// Saves what was typed. `false`: it cannot be sent, and the entry says why.
pub(super) async fn save(api: &Api, caller: &Caller, webhook: &Webhook, entry: &mut Entry) -> Result<bool, ApiError> {
    let Some(body) = entry.change(&webhook.settings) else { return Ok(false) };
    let (change, _) = change(caller.profile, &api.targets, Fields::parse(&body)?)?;
    webhooks::change(api, caller, &webhook.id, change, None).await?;
    Ok(true)
}
