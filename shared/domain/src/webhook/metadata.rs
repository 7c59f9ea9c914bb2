//! What a customer notes about a webhook. Posthorn keeps it as it is given and never reads it.

use std::collections::BTreeSet;

/// The most entries that a webhook may have.
pub const MAX_ENTRIES: usize = 20;

/// The most characters that a key may have.
pub const MAX_KEY: usize = 64;

/// The most characters that a value may have.
pub const MAX_VALUE: usize = 500;

/// Texts by key, in the order in which they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata(Vec<(String, String)>);

/// Why metadata is rejected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    #[error("has {count} entries: send at most {MAX_ENTRIES}")]
    TooMany { count: usize },
    #[error("has a key of {characters} characters: use 1 to {MAX_KEY}")]
    Key { characters: usize },
    #[error("has the key '{key}' twice: send it once")]
    Repeated { key: String },
    #[error("has {characters} characters under '{key}': use at most {MAX_VALUE}")]
    Value { key: String, characters: usize },
}

impl Metadata {
    pub fn new(entries: Vec<(String, String)>) -> Result<Self, MetadataError> {
        if entries.len() > MAX_ENTRIES {
            return Err(MetadataError::TooMany { count: entries.len() });
        }
        let mut keys = BTreeSet::new();
        for (key, value) in &entries {
            check_entry(key, value)?;
            if !keys.insert(key) {
                return Err(MetadataError::Repeated { key: key.clone() });
            }
        }
        Ok(Self(entries))
    }

    pub fn entries(&self) -> &[(String, String)] {
        &self.0
    }
}

fn check_entry(key: &str, value: &str) -> Result<(), MetadataError> {
    let (of_key, of_value) = (key.chars().count(), value.chars().count());
    match () {
        () if !(1..=MAX_KEY).contains(&of_key) => Err(MetadataError::Key { characters: of_key }),
        () if of_value > MAX_VALUE => Err(MetadataError::Value { key: key.to_owned(), characters: of_value }),
        () => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(entries: &[(&str, &str)]) -> Option<MetadataError> {
        let owned = entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Metadata::new(owned.collect()).err()
    }

    #[test]
    fn keys_and_values_have_limits_in_characters() {
        let (key, long_key) = ("é".repeat(64), "é".repeat(65));
        let (value, long_value) = ("é".repeat(500), "é".repeat(501));
        for (entry, expected) in [
            ((key.as_str(), value.as_str()), None),
            (("a", ""), None),
            (("", "x"), Some(MetadataError::Key { characters: 0 })),
            ((&long_key, "x"), Some(MetadataError::Key { characters: 65 })),
            (("a", &long_value), Some(MetadataError::Value { key: "a".to_owned(), characters: 501 })),
        ] {
            assert_eq!(problem(&[entry]), expected, "{entry:?}");
        }
    }

    #[test]
    fn twenty_entries_of_different_keys_are_accepted() {
        let keys: Vec<String> = (0..21).map(|n| n.to_string()).collect();
        let entries: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "x")).collect();
        assert_eq!(problem(&entries[..20]), None);
        assert_eq!(problem(&entries), Some(MetadataError::TooMany { count: 21 }));
        assert_eq!(problem(&[("a", "1"), ("a", "1")]), Some(MetadataError::Repeated { key: "a".to_owned() }));
    }
}
