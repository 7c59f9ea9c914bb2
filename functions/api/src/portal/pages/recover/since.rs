//! From when on a recovery looks: presets, what is known of the webhook's trouble, or a time of the reader's own.

use std::time::Duration;

use jiff::Timestamp;
use shared::domain::{time, webhook::Webhook};

/// Where a recovery's window begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Since {
    Failure,
    Disabled,
    Hour,
    Day,
    Week,
    /// As the field "Since" says.
    Custom,
}

impl Since {
    const ALL: [Self; 6] = [Self::Failure, Self::Disabled, Self::Hour, Self::Day, Self::Week, Self::Custom];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Disabled => "disabled",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Custom => "custom",
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Failure => "Since the first failure",
            Self::Disabled => "Since it was disabled",
            Self::Hour => "The last hour",
            Self::Day => "The last 24 hours",
            Self::Week => "The last 7 days",
            Self::Custom => "A time of your own",
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|since| since.name() == name)
    }

    /// The time that it stands for. `None`: the webhook has no such time, or the field says it.
    pub(super) fn time(self, webhook: &Webhook, now: Timestamp) -> Option<Timestamp> {
        let standing = &webhook.standing;
        let hours = |hours| Some(time::before(now, Duration::from_hours(hours)));
        match self {
            Self::Failure => standing.streak.first_created_at.or(standing.streak.since).or(standing.last.failing_from),
            Self::Disabled => standing.disabled.as_ref().map(|disabled| disabled.at).or(standing.last.at),
            Self::Hour => hours(1),
            Self::Day => hours(24),
            Self::Week => hours(7 * 24),
            Self::Custom => None,
        }
    }

    /// What can be chosen for this webhook.
    pub(super) fn offered(webhook: &Webhook, now: Timestamp) -> Vec<Self> {
        Self::ALL.into_iter().filter(|since| *since == Self::Custom || since.time(webhook, now).is_some()).collect()
    }

    /// What is chosen at first: whatever misses the least of the trouble. What was over long ago is no trouble.
    pub(super) fn usual(webhook: &Webhook, now: Timestamp) -> Self {
        let standing = &webhook.standing;
        let is_in_trouble = standing.disabled.is_some() || standing.streak.since.is_some();
        let week = Self::Week.time(webhook, now);
        [Self::Failure, Self::Disabled]
            .into_iter()
            .find(|since| since.time(webhook, now).is_some_and(|time| is_in_trouble || Some(time) >= week))
            .unwrap_or(Self::Day)
    }
}

/// Which of the two a form means: the choice, or the field. `shown` is what the field held when the form was made. What was changed
/// last counts, and a form that is sent without the script has no other trace of it.
pub(super) fn meant(chosen: Option<Since>, typed: &str, shown: &str) -> Option<Since> {
    match chosen {
        _ if !typed.is_empty() && typed != shown => Some(Since::Custom),
        None if !typed.is_empty() => Some(Since::Custom),
        chosen => chosen,
    }
}

#[cfg(test)]
mod tests {
    use shared::domain::webhook::standing::{Disabled, LastDisabled, Streak};

    use super::*;
    use crate::testing::webhook_of;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn webhook(disabled: Option<i64>, streak: Streak) -> Webhook {
        let mut webhook = webhook_of(&["click"]);
        webhook.standing.disabled = disabled.map(|second| Disabled { at: at(second), reason: String::new() });
        webhook.standing.streak = streak;
        webhook
    }

    #[test]
    fn a_webhook_in_trouble_is_recovered_from_the_troubles_beginning() {
        let streak = Streak { since: Some(at(50)), first_created_at: Some(at(40)), ..Streak::default() };
        let old = Streak { since: Some(at(50)), ..Streak::default() };
        for (disabled, streak, usual, time) in [
            (None, Streak::default(), Since::Day, at(1_000_000 - 86_400)),
            (None, streak, Since::Failure, at(40)),
            (None, old, Since::Failure, at(50)),
            (Some(70), streak, Since::Failure, at(40)),
            (Some(70), Streak::default(), Since::Disabled, at(70)),
        ] {
            let webhook = webhook(disabled, streak);
            let found = Since::usual(&webhook, at(1_000_000));
            assert_eq!((found, found.time(&webhook, at(1_000_000))), (usual, Some(time)), "{disabled:?} {streak:?}");
        }
    }

    #[test]
    fn a_webhook_that_is_enabled_again_is_recovered_from_its_last_trouble() {
        let now = at(10_000_000);
        for (last_at, failing_from, usual, time) in [
            (9_999_000, Some(9_998_000), Since::Failure, at(9_998_000)),
            (9_999_000, None, Since::Disabled, at(9_999_000)),
            // That was long ago.
            (9_000, Some(8_000), Since::Day, at(10_000_000 - 86_400)),
        ] {
            let mut webhook = webhook(None, Streak::default());
            webhook.standing.last = LastDisabled { at: Some(at(last_at)), failing_from: failing_from.map(at) };
            let found = Since::usual(&webhook, now);
            assert_eq!((found, found.time(&webhook, now)), (usual, Some(time)), "{last_at} {failing_from:?}");
            assert_eq!(Since::Disabled.time(&webhook, now), Some(at(last_at)), "it can be chosen");
        }
    }

    #[test]
    fn only_times_that_there_are_can_be_chosen() {
        let names = |webhook: &Webhook| Since::offered(webhook, at(0)).into_iter().map(Since::name).collect::<Vec<_>>();
        assert_eq!(names(&webhook(None, Streak::default())), ["hour", "day", "week", "custom"]);
        let streak = Streak { since: Some(at(50)), ..Streak::default() };
        assert_eq!(names(&webhook(Some(70), streak)), ["failure", "disabled", "hour", "day", "week", "custom"]);
    }

    #[test]
    fn what_was_changed_last_is_meant() {
        for (chosen, typed, shown, expected) in [
            (Some(Since::Day), "", "", Some(Since::Day)),
            (Some(Since::Day), "2026-05-25", "", Some(Since::Custom)),
            (Some(Since::Day), "2026-05-25", "2026-05-25", Some(Since::Day)),
            (Some(Since::Custom), "2026-05-25", "2026-05-25", Some(Since::Custom)),
            (Some(Since::Custom), "", "", Some(Since::Custom)),
            (None, "2026-05-25", "", Some(Since::Custom)),
            (None, "2026-05-25", "2026-05-25", Some(Since::Custom)),
            (None, "", "", None),
        ] {
            assert_eq!(meant(chosen, typed, shown), expected, "{chosen:?} {typed} {shown}");
        }
    }
}
