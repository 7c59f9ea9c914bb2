//! Enabling a webhook, and sending it what it missed.

use std::time::Duration;

use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        attempt::custom::HeaderChanges,
        delivery::recovery::{DEFAULT_RATE, Include},
        ids::WebhookId,
        time,
        webhook::{
            Webhook,
            settings::{Activity, Patch},
            standing::Disabled,
        },
    },
};

use super::{
    event_log,
    recoveries::{self, Created, Mode, NewRecovery},
    webhooks::{self, WebhookChange},
};
use crate::{Api, caller::Caller, error::ApiError};

/// How long after disabling skipped deliveries are still recorded. Later events are in the event log only.
const RECORDED: Duration = Duration::from_hours(24);

/// Enables or disables a webhook.
pub(crate) async fn set_activity(
    api: &Api,
    caller: &Caller,
    id: &WebhookId,
    activity: Activity,
) -> Result<Webhook, ApiError> {
    let patch = Patch { activity: Some(activity), ..Patch::default() };
    webhooks::change(api, caller, id, WebhookChange { patch, headers: HeaderChanges::default() }, None).await
}

/// Enables a webhook, and then recovers what it missed. The webhook is enabled whatever becomes of the recovery.
pub(crate) async fn enable_and_recover(
    api: &Api,
    caller: &Caller,
    id: &WebhookId,
) -> Result<(Webhook, Result<Created, ApiError>), ApiError> {
    let before = webhooks::get(api, caller, id).await?;
    let webhook = set_activity(api, caller, id, Activity::Enabled).await?;
    let created = recover(api, caller, &before, &webhook).await;
    Ok((webhook, created))
}

async fn recover(api: &Api, caller: &Caller, before: &Webhook, webhook: &Webhook) -> Result<Created, ApiError> {
    let (now, since) = (ambient::now(), missed_since(before));
    let mut include = vec![Include::Failed, Include::Skipped];
    if was_off_for_long(before.standing.disabled.as_ref(), now) && event_log::check_log(api, Some(since)).await.is_ok()
    {
        include.push(Include::Missing);
    }
    let new = NewRecovery { include, since, until: None, events: None, rate: DEFAULT_RATE, mode: Mode::Send };
    recoveries::create(api, caller, webhook, new, None).await
}

/// Since when a webhook missed something: the delivery whose failure began its streak was created, or it was disabled by hand.
pub(crate) fn missed_since(webhook: &Webhook) -> Timestamp {
    let standing = &webhook.standing;
    let began = standing.streak.first_created_at.or(standing.streak.since);
    began.or(standing.disabled.as_ref().map(|disabled| disabled.at)).unwrap_or(standing.enabled_at)
}

fn was_off_for_long(disabled: Option<&Disabled>, now: Timestamp) -> bool {
    disabled.is_some_and(|disabled| time::between(disabled.at, now) > RECORDED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::webhook_of;

    #[test]
    fn a_recovery_begins_with_the_delivery_that_began_the_streak() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let disabled = Some(Disabled { at: at(300), reason: "why".to_owned() });
        for (first_created_at, since, disabled, expected) in [
            (Some(100), Some(200), disabled.clone(), 100),
            (None, Some(200), disabled.clone(), 200),
            (None, None, disabled, 300),
            (None, None, None, 0),
        ] {
            let mut webhook = webhook_of(&["click"]);
            webhook.standing.streak.first_created_at = first_created_at.map(at);
            webhook.standing.streak.since = since.map(at);
            webhook.standing.disabled = disabled;
            assert_eq!(missed_since(&webhook), at(expected));
        }
    }

    #[test]
    fn what_is_only_in_the_event_log_is_missed_after_a_day() {
        let at = |hours: i64| Timestamp::from_second(hours * 3_600).unwrap();
        let disabled = Disabled { at: at(0), reason: String::new() };
        for (hours, expected) in [(1, false), (24, false), (25, true)] {
            assert_eq!(was_off_for_long(Some(&disabled), at(hours)), expected, "{hours} h");
        }
        assert!(!was_off_for_long(None, at(100)));
    }
}
