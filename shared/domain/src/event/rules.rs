//! What a profile says of events: how they may be called, how large they may be, and how their body looks.

use serde::{Deserialize, Serialize};

use super::{
    super::{ids::ProfileName, json::UnsafeNumbers},
    pattern::{EventPattern, EventType},
};

/// A profile's rules for events.
#[derive(Debug, Clone)]
pub struct EventRules {
    /// Whose rules these are, for error messages.
    pub profile: ProfileName,
    pub names: EventNames,
    /// Whether `*` may be subscribed to.
    pub wildcard: bool,
    /// Whether `prefix.*` may be subscribed to.
    pub prefixes: bool,
    pub type_key: TypeKey,
    pub unsafe_numbers: UnsafeNumbers,
    /// The most bytes that a webhook body may have.
    pub max_body_bytes: usize,
}

/// How events may be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventNames {
    /// Any well-formed name. The platform documents some of them.
    Open { documented: Vec<EventType> },
    /// Only these.
    Catalogue(Vec<EventType>),
}

/// Under which key the body names its event type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TypeKey {
    Event,
    Type,
}

impl TypeKey {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Type => "type",
        }
    }
}

impl EventRules {
    /// Whether an event may have this name.
    pub fn knows(&self, event: &EventType) -> bool {
        match &self.names {
            EventNames::Open { .. } => true,
            EventNames::Catalogue(names) => names.contains(event),
        }
    }

    /// Whether event types may be named freely, not only as documented.
    pub fn has_open_names(&self) -> bool {
        matches!(self.names, EventNames::Open { .. })
    }

    /// Whether a webhook may subscribe to this.
    pub fn allows(&self, pattern: &EventPattern) -> bool {
        match pattern {
            EventPattern::Everything => self.wildcard,
            EventPattern::Prefix(_) => self.prefixes,
            EventPattern::Exactly(event) => self.knows(event),
        }
    }

    /// What events may be called, in words for an error message.
    pub fn names_in_words(&self) -> String {
        match &self.names {
            EventNames::Open { .. } => "names of letters, digits, '_', '.' and '-'".to_owned(),
            EventNames::Catalogue(names) => names.iter().map(EventType::as_str).collect::<Vec<_>>().join(", "),
        }
    }

    /// What a webhook may subscribe to, in words for an error message.
    pub fn patterns_in_words(&self) -> String {
        let mut words = self.names_in_words();
        for (is_allowed, extra) in [(self.prefixes, ", 'prefix.*'"), (self.wildcard, ", *")] {
            if is_allowed {
                words.push_str(extra);
            }
        }
        words
    }

    /// The name that a short or misspelt one probably meant: `link.click` for `click`.
    pub fn suggestion_for(&self, name: &str) -> Option<&str> {
        let wanted = name.to_ascii_lowercase();
        let last = |full: &str| full.rsplit('.').next().unwrap_or_default().to_owned();
        let (EventNames::Open { documented: names } | EventNames::Catalogue(names)) = &self.names;
        let names = || names.iter().map(EventType::as_str);
        names().find(|full| **full == wanted).or_else(|| names().find(|full| last(full) == last(&wanted)))
    }
}

#[cfg(test)]
mod tests {
    use crate::profile::registry::Profiles;

    #[test]
    fn a_profile_says_in_words_what_a_webhook_may_subscribe_to() {
        let profiles = Profiles::built_in();
        for (profile, has_open_names, begin, end) in [
            ("standard", true, "names of letters, digits, '_', '.' and '-'", ", 'prefix.*', *"),
            ("go2", false, "click, link.created, ", ", *"),
            ("awsys", false, "", ""),
        ] {
            let rules = &profiles.by_name(profile).unwrap().events;
            assert_eq!(rules.has_open_names(), has_open_names, "{profile}");
            let words = rules.patterns_in_words();
            assert_eq!(words.strip_prefix(&rules.names_in_words()), Some(end), "{profile}");
            assert!(words.starts_with(begin), "{words}");
        }
    }
}
