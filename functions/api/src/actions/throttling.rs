//! Until when webhooks are behind their rate limits.

use jiff::Timestamp;
use shared::{ambient, domain::webhook::Webhook};

use crate::{Api, error::ApiError};

/// Until when one webhook is behind.
pub(crate) async fn throttled_until(api: &Api, webhook: &Webhook) -> Result<Option<Timestamp>, ApiError> {
    Ok(all_throttled_until(api, std::slice::from_ref(webhook)).await?.pop().flatten())
}

/// The same of several webhooks of one account, in their order. Only those that may be behind cost a read.
pub(crate) async fn all_throttled_until(api: &Api, webhooks: &[Webhook]) -> Result<Vec<Option<Timestamp>>, ApiError> {
    let limited: Vec<&Webhook> = webhooks.iter().filter(|webhook| may_be_behind(webhook)).collect();
    let Some(first) = limited.first() else { return Ok(vec![None; webhooks.len()]) };
    let ids: Vec<_> = limited.iter().map(|webhook| &webhook.id).collect();
    let mut paces = api.store.paces(&first.account, &ids).await?.into_iter();
    let now = ambient::now();
    let until = |webhook: &Webhook| if may_be_behind(webhook) { paces.next()?.behind_until(now) } else { None };
    Ok(webhooks.iter().map(until).collect())
}

/// Nothing waits for its turn at a webhook without a limit, or one that is disabled.
fn may_be_behind(webhook: &Webhook) -> bool {
    webhook.settings.rate_limit.is_some() && webhook.is_active()
}
