//! Which events a webhook subscribes to: the names that a customer sent, read by the profile's rules.

use std::{collections::HashSet, fmt};

use shared::domain::{
    event::pattern::EventPattern,
    profile::Profile,
    webhook::settings::{MAX_PATTERN_BYTES, MAX_PATTERNS},
};

use crate::quote::shortened;

/// The most wrong names that one error lists.
const MAX_LISTED: usize = 10;

/// Why a list of event names is rejected. All names are accepted or none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternsError {
    #[error("'events' is empty; name at least one of: {valid}")]
    Empty { valid: String },
    #[error(
        "'events' has more than {MAX_PATTERNS} names, or more than {MAX_PATTERN_BYTES} bytes in all; name fewer events"
    )]
    TooMany,
    #[error("'events' has names that are not event types: {}; valid are: {valid}", Listed(.names))]
    Unknown { names: Vec<UnknownName>, valid: String },
    #[error("'events' contains '{pattern}' more than once; name each event once")]
    Repeated { pattern: EventPattern },
}

/// A name that the profile does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName {
    name: String,
    /// What the customer probably meant.
    suggestion: Option<String>,
}

/// Reads the names in their order.
pub(crate) fn read(profile: &Profile, names: &[String]) -> Result<Vec<EventPattern>, PatternsError> {
    if names.is_empty() {
        return Err(PatternsError::Empty { valid: profile.events.patterns_in_words() });
    }
    if names.len() > MAX_PATTERNS || names.iter().map(String::len).fold(0, usize::saturating_add) > MAX_PATTERN_BYTES {
        return Err(PatternsError::TooMany);
    }
    let known = |name: &String| EventPattern::parse(name).ok().filter(|pattern| profile.events.allows(pattern));
    let unknown: Vec<UnknownName> =
        names.iter().filter(|name| known(name).is_none()).map(|name| unknown_name(profile, name)).collect();
    if !unknown.is_empty() {
        return Err(PatternsError::Unknown { names: unknown, valid: profile.events.patterns_in_words() });
    }
    let patterns: Vec<EventPattern> = names.iter().filter_map(known).collect();
    match first_repeated(&patterns) {
        Some(pattern) => Err(PatternsError::Repeated { pattern }),
        None => Ok(patterns),
    }
}

fn unknown_name(profile: &Profile, name: &str) -> UnknownName {
    UnknownName { name: shortened(name), suggestion: profile.events.suggestion_for(name).map(str::to_owned) }
}

fn first_repeated(patterns: &[EventPattern]) -> Option<EventPattern> {
    let mut seen = HashSet::new();
    patterns.iter().find(|pattern| !seen.insert(pattern.to_string())).cloned()
}

struct Listed<'a>(&'a [UnknownName]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, UnknownName { name, suggestion }) in self.0.iter().take(MAX_LISTED).enumerate() {
            write!(f, "{}'{name}'", if index == 0 { "" } else { ", " })?;
            if let Some(meant) = suggestion {
                write!(f, " (did you mean '{meant}'?)")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::PROFILES;

    fn read_from(profile: &str, names: &[&str]) -> Result<Vec<String>, String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let patterns = read(PROFILES.by_name(profile).unwrap(), &names).map_err(|error| error.to_string())?;
        Ok(patterns.iter().map(EventPattern::to_string).collect())
    }

    #[test]
    fn each_profile_accepts_its_own_names() {
        for (profile, names, good) in [
            ("awsys", &["link.click", "link.created"][..], true),
            ("awsys", &["*"], false),
            ("awsys", &["link.*"], false),
            ("go2", &["click", "*"], true),
            ("go2", &["link.*"], false),
            ("go2", &["link.click"], false),
            ("standard", &["any.name", "any.*", "*"], true),
            ("standard", &["a b"], false),
            ("standard", &["a..*"], true),
            ("standard", &[""], false),
        ] {
            let expected = names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
            assert_eq!(read_from(profile, names).ok(), good.then_some(expected), "{profile} {names:?}");
        }
    }

    #[test]
    fn an_unknown_name_comes_with_what_was_meant() {
        let error = read_from("awsys", &["link.created", "click", "LINK.DELETED", "nonsense"]).unwrap_err();
        let expected = "'events' has names that are not event types: 'click' (did you mean 'link.click'?), \
                        'LINK.DELETED' (did you mean 'link.deleted'?), 'nonsense'; valid are: link.click, ";
        assert!(error.starts_with(expected), "{error}");
    }

    #[test]
    fn an_error_lists_ten_names_at_most() {
        let names: Vec<String> = (0..20).map(|n| format!("no such event {n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let error = read_from("standard", &names).unwrap_err();
        assert_eq!(error.matches("no such event").count(), MAX_LISTED, "{error}");
    }

    #[test]
    fn no_name_and_a_repeated_name_are_rejected() {
        assert!(read_from("go2", &[]).unwrap_err().starts_with("'events' is empty; name at least one of: click, "));
        let repeated = "'events' contains 'click' more than once; name each event once";
        assert_eq!(read_from("go2", &["*", "click", "click"]).unwrap_err(), repeated);
    }

    #[test]
    fn the_names_of_a_webhook_fit_their_share_of_the_accounts_item() {
        let names = |count: usize, bytes: usize| (0..count).map(|n| format!("{n:0>bytes$}")).collect::<Vec<_>>();
        for (count, bytes, good) in [(100, 10, true), (101, 3, false), (100, 11, false), (10, 100, true)] {
            let result = read(PROFILES.by_name("standard").unwrap(), &names(count, bytes));
            assert_eq!(result.is_err(), !good, "{count} names of {bytes} bytes");
            assert!(good || result == Err(PatternsError::TooMany), "{result:?}");
        }
    }
}
