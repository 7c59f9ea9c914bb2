//! What a customer sets, and how it may be changed.

use serde::Deserialize;

use super::{
    super::{
        attempt::{
            custom::CustomHeaders,
            timing::{OwnDelays, OwnTimeout, OwnTiming},
        },
        event::{
            filter::Filter,
            pattern::{EventPattern, EventType},
        },
        signing::secret::ClientSecret,
        target::TargetUrl,
    },
    metadata::Metadata,
    pace::RateLimit,
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
    /// Which of the events it gets, by their content.
    pub filter: Option<Filter>,
    pub headers: CustomHeaders,
    pub rate_limit: Option<RateLimit>,
    pub timing: OwnTiming,
    pub metadata: Metadata,
}

impl Settings {
    /// With nothing but what every webhook needs.
    pub fn new(url: TargetUrl, events: Vec<EventPattern>) -> Self {
        Self {
            name: None,
            url,
            events,
            filter: None,
            headers: CustomHeaders::default(),
            rate_limit: None,
            timing: OwnTiming::default(),
            metadata: Metadata::default(),
        }
    }

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
    pub filter: Change<Filter>,
    /// All that the webhook then has.
    pub headers: Option<CustomHeaders>,
    pub rate_limit: Change<RateLimit>,
    pub retry_delays: Change<OwnDelays>,
    pub timeout: Change<OwnTimeout>,
    pub metadata: Option<Metadata>,
    pub activity: Option<Activity>,
}

impl Patch {
    /// Whether what the patch does depends on the webhook as it is.
    pub fn is_relative(&self) -> bool {
        self.url.is_some()
            || self.events.is_some()
            || self.filter != Change::Keep
            || self.activity == Some(Activity::Enabled)
    }

    /// The patch without what the webhook has already: only a new URL starts a new streak, and only what the webhook did not want so
    /// far can be missing. `is_active` is whether the webhook is.
    pub fn against(self, settings: &Settings, is_active: bool) -> Self {
        let activity = match self.activity {
            Some(Activity::Enabled) if is_active => Some(Activity::StartedAgain),
            activity => activity,
        };
        let events = self.events.filter(|events| *events != settings.events);
        let filter = if self.filter.changes(settings.filter.as_ref()) { self.filter } else { Change::Keep };
        Self { url: self.url.filter(|url| *url != settings.url), events, filter, activity, ..self }
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

impl<T> Change<T> {
    /// The value of something new, which has none to keep.
    pub fn into_value(self) -> Option<T> {
        match self {
            Self::Keep | Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }

    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Change<U> {
        match self {
            Self::Keep => Change::Keep,
            Self::Clear => Change::Clear,
            Self::Set(value) => Change::Set(make(value)),
        }
    }

    /// The value afterwards.
    pub fn applied_to<'a>(&'a self, present: Option<&'a T>) -> Option<&'a T> {
        match self {
            Self::Keep => present,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }
}

impl<T: PartialEq> Change<T> {
    /// Whether the value is another one afterwards.
    pub fn changes(&self, present: Option<&T>) -> bool {
        self.applied_to(present) != present
    }
}

/// What `isActive` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Activity {
    /// Enabled now: the streak starts again, and failures of attempts begun earlier do not count.
    Enabled,
    /// It is active already: only the streak starts again.
    StartedAgain,
    Disabled {
        reason: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::TargetPolicy;

    #[test]
    fn only_what_the_webhook_does_not_have_is_a_change() {
        let url = |path: &str| TargetPolicy::default().check(&format!("https://example.com/{path}")).unwrap();
        let events = |pattern: &str| vec![EventPattern::parse(pattern).unwrap()];
        let settings = Settings::new(url("x"), events("click"));
        for (path, pattern, is_active, expected) in [
            ("x", "click", true, (None, None, Some(Activity::StartedAgain))),
            ("y", "*", false, (Some(url("y")), Some(events("*")), Some(Activity::Enabled))),
        ] {
            let activity = Some(Activity::Enabled);
            let patch = Patch { url: Some(url(path)), events: Some(events(pattern)), activity, ..Patch::default() };
            let Patch { url, events, activity, .. } = patch.against(&settings, is_active);
            assert_eq!((url, events, activity), expected, "{path} {pattern} {is_active}");
        }
    }

    #[test]
    fn a_filter_that_the_webhook_has_already_is_no_change() {
        let filter = |text: &str| Filter::parse(text).unwrap();
        let (one, other) = (r#"{"event":["a"]}"#, r#"{"event":["b"]}"#);
        let url = TargetPolicy::default().check("https://example.com/").unwrap();
        for (present, sent, is_change) in [
            (None, Change::Keep, false),
            (None, Change::Clear, false),
            (None, Change::Set(filter(one)), true),
            (Some(one), Change::Set(filter("{ \"event\": [\"a\"] }")), false),
            (Some(one), Change::Set(filter(other)), true),
            (Some(one), Change::Clear, true),
        ] {
            let settings = Settings { filter: present.map(filter), ..Settings::new(url.clone(), Vec::new()) };
            let patch = Patch { filter: sent.clone(), ..Patch::default() };
            let expected = if is_change { sent } else { Change::Keep };
            assert_eq!(patch.against(&settings, true).filter, expected, "{present:?}");
        }
    }
}
