//! What is told of changes that a customer makes.

use jiff::Timestamp;
use shared::domain::{
    operations::{
        Note,
        webhook::{Happening, Trigger},
    },
    profile::Profile,
    webhook::{
        Webhook,
        settings::{Activity, Change, Patch},
    },
};

use crate::Api;

/// The note about something that a customer did to a webhook. `None` if nobody is told.
pub(crate) fn note(
    api: &Api,
    profile: &Profile,
    webhook: &Webhook,
    happening: Happening<'_>,
    now: Timestamp,
) -> Option<Note> {
    api.operations.webhook(webhook, &profile.disable, happening, None, now)
}

/// The notes about a change, whose fields have these names, to a webhook as it was.
pub(crate) fn notes_of(
    api: &Api,
    profile: &Profile,
    before: &Webhook,
    patch: &Patch,
    fields: &[&'static str],
    now: Timestamp,
) -> Vec<Note> {
    let after = named(before.clone(), patch);
    let set: Vec<&'static str> = fields.iter().copied().filter(|field| *field != "isActive").collect();
    let updated = (!set.is_empty()).then_some(Happening::Updated(&set));
    let happenings = activity(before, patch).into_iter().chain(updated);
    happenings.filter_map(|happening| note(api, profile, &after, happening, now)).collect()
}

/// Whether the webhook is then active, if that changes.
fn activity<'a>(before: &Webhook, patch: &'a Patch) -> Option<Happening<'a>> {
    match &patch.activity {
        Some(Activity::Enabled) => Some(Happening::Enabled),
        Some(Activity::Disabled { reason }) if before.is_active() => {
            Some(Happening::Disabled { trigger: Trigger::Manual, reason })
        }
        Some(Activity::Disabled { .. } | Activity::StartedAgain) | None => None,
    }
}

/// The webhook under the name, and at the URL, that it then has.
fn named(mut webhook: Webhook, patch: &Patch) -> Webhook {
    match &patch.name {
        Change::Keep => {}
        Change::Clear => webhook.settings.name = None,
        Change::Set(name) => webhook.settings.name = Some(name.clone()),
    }
    if let Some(url) = &patch.url {
        webhook.settings.url = url.clone();
    }
    webhook
}

#[cfg(test)]
mod tests {
    use shared::domain::{
        event::pattern::EventPattern,
        ids::{AccountId, WebhookId},
        signing::{Secrets, secret::Secret},
        target::TargetPolicy,
        webhook::{
            settings::Settings,
            standing::{Disabled, Standing},
        },
    };

    use super::*;

    #[test]
    fn only_a_change_of_activity_is_one() {
        let url = TargetPolicy::default().check("https://example.com/").unwrap();
        let webhook = |is_active: bool| {
            let disabled = (!is_active).then(|| Disabled { at: Timestamp::UNIX_EPOCH, reason: String::new() });
            Webhook {
                id: WebhookId::parse("wh_1").unwrap(),
                account: AccountId::parse("acme").unwrap(),
                settings: Settings::new(url.clone(), vec![EventPattern::Everything]),
                secrets: Secrets::only(Secret::generate([1; 32])),
                standing: Standing { disabled, ..Standing::new(Timestamp::UNIX_EPOCH) },
            }
        };
        let off = || Activity::Disabled { reason: "off".to_owned() };
        let disabled = Happening::Disabled { trigger: Trigger::Manual, reason: "off" };
        for (is_active, asked, expected) in [
            (true, Some(off()), Some(disabled)),
            (false, Some(off()), None),
            (false, Some(Activity::Enabled), Some(Happening::Enabled)),
            (true, Some(Activity::StartedAgain), None),
            (true, None, None),
        ] {
            let patch = Patch { activity: asked, ..Patch::default() };
            assert_eq!(activity(&webhook(is_active), &patch), expected, "{is_active} {patch:?}");
        }
    }
}
