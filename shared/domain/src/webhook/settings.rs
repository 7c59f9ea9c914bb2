//! What a customer sets, and how it may be changed.

use serde::Deserialize;

use super::{
    super::{
        attempt::{
            custom::CustomHeaders,
            timing::{OwnDelays, OwnTimeout, OwnTiming},
        },
        event::pattern::{EventPattern, EventType},
        signing::secret::ClientSecret,
        target::TargetUrl,
    },
    metadata::Metadata,
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
    pub headers: CustomHeaders,
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
            headers: CustomHeaders::default(),
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
    /// All that the webhook then has.
    pub headers: Option<CustomHeaders>,
    pub retry_delays: Change<OwnDelays>,
    pub timeout: Change<OwnTimeout>,
    pub metadata: Option<Metadata>,
    pub activity: Option<Activity>,
}

impl Patch {
    /// Whether what the patch does depends on the webhook as it is.
    pub fn is_relative(&self) -> bool {
        self.url.is_some() || self.events.is_some() || self.activity == Some(Activity::Enabled)
    }

    /// The patch without what the webhook has already: only a new URL starts a new streak, and only what the webhook did not want so
    /// far can be missing. `is_active` is whether the webhook is.
    pub fn against(self, settings: &Settings, is_active: bool) -> Self {
        let activity = match self.activity {
            Some(Activity::Enabled) if is_active => Some(Activity::StartedAgain),
            activity => activity,
        };
        let events = self.events.filter(|events| *events != settings.events);
        Self { url: self.url.filter(|url| *url != settings.url), events, activity, ..self }
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
