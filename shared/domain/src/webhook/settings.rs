//! What a customer sets, and how it may be changed.

use serde::Deserialize;

use super::super::{
    event::pattern::{EventPattern, EventType},
    signing::secret::ClientSecret,
    target::TargetUrl,
};

/// The most webhooks that an account may have: its routes are read as one item.
pub const MAX_PER_ACCOUNT: usize = 100;

/// The most characters that a name may have.
pub const MAX_NAME: usize = 200;

/// The most patterns that one webhook may subscribe to.
pub const MAX_PATTERNS: usize = 100;

/// The most bytes that a webhook's patterns may have together: a hundred webhooks' patterns share their account's item.
pub const MAX_PATTERN_BYTES: usize = 1_000;

/// What a profile says of webhooks.
#[derive(Debug, Clone, Copy)]
pub struct WebhookRules {
    pub name: NameRule,
    pub client_secret: ClientSecret,
}

/// Whether a webhook needs a `name`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NameRule {
    Required,
    Optional,
}

/// What the customer sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub name: Option<String>,
    pub url: TargetUrl,
    pub events: Vec<EventPattern>,
}

impl Settings {
    pub fn wants(&self, event: &EventType) -> bool {
        self.events.iter().any(|pattern| pattern.matches(event))
    }
}

/// What a customer changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patch {
    pub name: Change<String>,
    pub url: Option<TargetUrl>,
    pub events: Option<Vec<EventPattern>>,
    pub activity: Option<Activity>,
}

impl Patch {
    /// The patch without what only repeats the present values. A customer who sends a webhook back as it was read neither enables it
    /// nor gives it a new URL, so neither starts its streak again.
    pub fn without_repetitions(self, present: &Settings, is_active: bool) -> Self {
        let is_repeated = |activity: &Activity| matches!(activity, Activity::Enabled) == is_active;
        Self {
            url: self.url.filter(|url| *url != present.url),
            activity: self.activity.filter(|activity| !is_repeated(activity)),
            ..self
        }
    }
}

/// What a patch does to a value that may be absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Change<T> {
    #[default]
    Keep,
    Clear,
    Set(T),
}

/// What `isActive` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Activity {
    /// Enabled now: the streak starts again, and failures of attempts begun earlier do not count.
    Enabled,
    Disabled {
        reason: String,
    },
}

#[cfg(test)]
mod tests {
    use super::{super::super::target::TargetPolicy, *};

    #[test]
    fn a_patch_that_repeats_what_is_there_starts_nothing_again() {
        let url = |host: &str| TargetPolicy::default().check(&format!("https://{host}/")).unwrap();
        let present = Settings { name: None, url: url("example.com"), events: vec![EventPattern::Everything] };
        let disabled = || Activity::Disabled { reason: "why".to_owned() };
        for (host, activity, is_active, url_is_kept, activity_is_kept) in [
            ("example.com", Activity::Enabled, true, false, false),
            ("example.org", Activity::Enabled, true, true, false),
            ("example.com", Activity::Enabled, false, false, true),
            ("example.com", disabled(), true, false, true),
            ("example.com", disabled(), false, false, false),
        ] {
            let row = format!("{host} {activity:?} {is_active}");
            let patch = Patch { url: Some(url(host)), activity: Some(activity), ..Patch::default() };
            let left = patch.without_repetitions(&present, is_active);
            assert_eq!((left.url.is_some(), left.activity.is_some()), (url_is_kept, activity_is_kept), "{row}");
        }
    }
}
