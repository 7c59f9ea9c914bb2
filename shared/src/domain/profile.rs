//! Profiles: one engine, several wire contracts.
//!
//! A profile is one TOML file in `shared/profiles/`, parsed and validated once. Another platform needs another file and no Rust.

use std::{collections::HashMap, time::Duration};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    json::{CanonicalJson, UnsafeIntegers},
    secret::{ClientSecret, KeyForm},
    subscription::{EventPattern, EventType},
};

/// Every file of `shared/profiles/`, listed by the build script.
const FILES: &[&str] = include!(concat!(env!("OUT_DIR"), "/profiles.rs"));

/// A platform's webhook contract.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    name: String,
    base_path: String,
    max_body_bytes: usize,
    unsafe_integers: UnsafeIntegers,
    webhook: WebhookRules,
    body: BodyRules,
    signature: SignatureRules,
    #[serde(default)]
    headers: Vec<Header>,
    attempts: AttemptRules,
    #[serde(default)]
    disable: DisableRule,
    answers: AnswerRules,
    events: EventRules,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WebhookRules {
    name: NameRule,
    client_secret: ClientSecret,
}

/// Whether a webhook needs a `name`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NameRule {
    Required,
    Optional,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BodyRules {
    event_key: EventKey,
}

/// Under which key the body names its event type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventKey {
    Event,
    Type,
}

impl EventKey {
    /// The key itself.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Type => "type",
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureRules {
    key: KeyForm,
}

/// One header of the profile's own, its value a template.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    name: String,
    value: HeaderValue,
}

impl Header {
    /// The name in lower case.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What to fill in.
    #[must_use]
    pub fn value(&self) -> &HeaderValue {
        &self.value
    }
}

/// A header's value: literal text with placeholders in braces.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct HeaderValue(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Placeholder(Placeholder),
}

/// What a header can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placeholder {
    WebhookId,
    EventId,
    Event,
    DeliveryId,
    /// RFC 3339, of the attempt.
    AttemptTime,
    /// HMAC-SHA256 of the raw body with the profile's key.
    BodyHmacHex,
}

impl HeaderValue {
    /// The value with each placeholder filled in.
    pub fn render(&self, mut fill: impl FnMut(Placeholder) -> String) -> String {
        self.0.iter().fold(String::new(), |mut text, part| {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Placeholder(placeholder) => text.push_str(&fill(*placeholder)),
            }
            text
        })
    }
}

impl TryFrom<String> for HeaderValue {
    type Error = ProfileError;

    fn try_from(text: String) -> Result<Self, ProfileError> {
        let mut parts = Vec::new();
        let mut rest = text.as_str();
        while let Some((literal, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or(ProfileError::Placeholder { header: text.clone() })?;
            parts.push(Part::Literal(literal.to_owned()));
            parts.push(Part::Placeholder(
                Placeholder::by_name(name).ok_or(ProfileError::Placeholder { header: text.clone() })?,
            ));
            rest = after;
        }
        parts.push(Part::Literal(rest.to_owned()));
        Ok(Self(parts))
    }
}

impl Placeholder {
    fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "webhook_id" => Self::WebhookId,
            "event_id" => Self::EventId,
            "event" => Self::Event,
            "delivery_id" => Self::DeliveryId,
            "attempt_time" => Self::AttemptTime,
            "body_hmac_hex" => Self::BodyHmacHex,
            _ => return None,
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AttemptRules {
    timeout_seconds: u64,
    retry_delays_seconds: Vec<u64>,
}

/// When a webhook is disabled. No rule set: never.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisableRule {
    /// 410 Gone disables at once.
    #[serde(default)]
    pub gone: bool,
    /// At least so many consecutive failed attempts …
    pub failed_attempts: Option<u32>,
    /// … or at least so many deliveries given up in the streak …
    pub failed_deliveries: Option<u32>,
    /// … and the streak lasted at least so long.
    #[serde(default)]
    pub streak_seconds: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerRules {
    style: AnswerStyle,
}

/// The envelope of the management API's answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnswerStyle {
    /// Bare objects; `{"error":{"code","message"}}`.
    Bare,
    /// `{"success":true,"data":…}`; `{"success":false,"error":{"code","message"}}`.
    Success,
    /// Bare objects; RFC 9457 problem details with a `code`.
    Problem,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EventRules {
    names: Names,
    #[serde(default)]
    wildcard: bool,
    #[serde(default)]
    prefixes: bool,
    catalogue: Vec<CatalogueEntry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Names {
    /// Only what the catalogue lists.
    Catalogue,
    /// Any well-formed name.
    Open,
}

/// An event type as the platform documents it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueEntry {
    pub name: EventType,
    pub description: String,
    /// Example `data`, canonical JSON.
    pub sample: String,
}

/// Why a profile's file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    #[error("the profile is not valid TOML of the expected shape")]
    Toml(#[from] toml::de::Error),
    #[error("the header value '{header}' names an unknown placeholder or lacks a closing brace")]
    Placeholder { header: String },
    #[error("profile '{profile}': {problem}")]
    Invalid { profile: String, problem: &'static str },
    #[error("profile '{profile}': the sample of '{event}' is not valid JSON for this profile")]
    Sample { profile: String, event: String, source: super::json::JsonError },
}

impl Profile {
    /// Parses and validates one file.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        let mut profile: Self = toml::from_str(text)?;
        profile.validate()?;
        for entry in &mut profile.events.catalogue {
            let sample = CanonicalJson::parse(&entry.sample, profile.unsafe_integers).map_err(|source| {
                ProfileError::Sample { profile: profile.name.clone(), event: entry.name.to_string(), source }
            })?;
            entry.sample = sample.into_string();
        }
        Ok(profile)
    }

    fn validate(&self) -> Result<(), ProfileError> {
        let invalid = |problem| Err(ProfileError::Invalid { profile: self.name.clone(), problem });
        if !self.base_path.starts_with('/') || self.base_path.ends_with('/') {
            return invalid("base_path must begin with '/' and not end with it");
        }
        if !(1..=20).contains(&self.attempts.timeout_seconds) {
            return invalid(
                "attempts.timeout_seconds must be 1 to 20: an attempt must fit the functions' own deadlines",
            );
        }
        if self.attempts.retry_delays_seconds.iter().any(|delay| !(1..=86_400).contains(delay)) {
            return invalid("attempts.retry_delays_seconds must be 1 to 86400 each");
        }
        if !(1..=262_144).contains(&self.max_body_bytes) {
            return invalid("max_body_bytes must be 1 to 262144: a stored event must fit a DynamoDB item");
        }
        if self.events.catalogue.is_empty() {
            return invalid("events.catalogue must list at least one event type");
        }
        if self.headers.iter().any(|header| !is_header_name(&header.name)) {
            return invalid(
                "header names must be lower-case letters, digits and '-', none of those sent in every profile",
            );
        }
        Ok(())
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Under which path the management API answers, such as `/api/v1`.
    #[must_use]
    pub fn base_path(&self) -> &str {
        &self.base_path
    }

    /// The largest request body, in bytes.
    #[must_use]
    pub fn max_body_bytes(&self) -> usize {
        self.max_body_bytes
    }

    #[must_use]
    pub fn unsafe_integers(&self) -> UnsafeIntegers {
        self.unsafe_integers
    }

    #[must_use]
    pub fn name_rule(&self) -> NameRule {
        self.webhook.name
    }

    #[must_use]
    pub fn client_secret(&self) -> ClientSecret {
        self.webhook.client_secret
    }

    #[must_use]
    pub fn event_key(&self) -> EventKey {
        self.body.event_key
    }

    #[must_use]
    pub fn key_form(&self) -> KeyForm {
        self.signature.key
    }

    /// The profile's own headers, beside those that every request carries.
    #[must_use]
    pub fn headers(&self) -> &[Header] {
        &self.headers
    }

    /// From connecting to the last response header.
    #[must_use]
    pub fn attempt_timeout(&self) -> Duration {
        Duration::from_secs(self.attempts.timeout_seconds)
    }

    /// How long to wait after each failure; one more failure and the delivery is given up.
    #[must_use]
    pub fn retry_delay(&self, failures: u32) -> Option<Duration> {
        let index = usize::try_from(failures).ok()?.checked_sub(1)?;
        self.attempts.retry_delays_seconds.get(index).copied().map(Duration::from_secs)
    }

    #[must_use]
    pub fn disable_rule(&self) -> &DisableRule {
        &self.disable
    }

    #[must_use]
    pub fn answer_style(&self) -> AnswerStyle {
        self.answers.style
    }

    #[must_use]
    pub fn catalogue(&self) -> &[CatalogueEntry] {
        &self.events.catalogue
    }

    /// Whether events of this type can be published.
    #[must_use]
    pub fn knows(&self, event: &EventType) -> bool {
        self.events.names == Names::Open || self.events.catalogue.iter().any(|entry| entry.name == *event)
    }

    /// Whether webhooks can subscribe to this pattern.
    #[must_use]
    pub fn allows(&self, pattern: &EventPattern) -> bool {
        match pattern {
            EventPattern::Everything => self.events.wildcard,
            EventPattern::Prefix(_) => self.events.prefixes,
            EventPattern::Exactly(event) => self.knows(event),
        }
    }

    /// Whether event types may be named freely, beside those of the catalogue.
    #[must_use]
    pub fn has_open_names(&self) -> bool {
        self.events.names == Names::Open
    }

    /// What subscriptions may name, in words for an error message.
    #[must_use]
    pub fn allowed_patterns(&self) -> String {
        let prefix = self.events.prefixes.then_some("'prefix.*'");
        let all = self.events.wildcard.then_some("*");
        [Some(self.event_names().as_str()), prefix, all].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// What events may be called, in words for an error message.
    #[must_use]
    pub fn event_names(&self) -> String {
        match self.events.names {
            Names::Open => "names of letters, digits, '_', '.' and '-'".to_owned(),
            Names::Catalogue => {
                self.events.catalogue.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>().join(", ")
            }
        }
    }

    /// The catalogue's name that a short or misspelt one probably meant: `link.click` for `click`.
    #[must_use]
    pub fn suggestion_for(&self, name: &str) -> Option<&str> {
        let wanted = name.to_ascii_lowercase();
        let last = |full: &str| full.rsplit('.').next().unwrap_or_default().to_owned();
        let names = || self.events.catalogue.iter().map(|entry| entry.name.as_str());
        names().find(|full| **full == wanted).or_else(|| names().find(|full| last(full) == last(&wanted)))
    }
}

/// Names an HTTP client takes as they are, and that do not collide with the headers of every request.
fn is_header_name(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let reserved = name.starts_with("webhook-")
        || name.starts_with("x-posthorn-")
        || matches!(
            name,
            "content-type" | "content-length" | "transfer-encoding" | "user-agent" | "host" | "connection"
        );
    !name.is_empty() && name.bytes().all(legal) && !reserved
}

/// All profiles of this installation.
#[derive(Debug)]
pub struct Profiles(HashMap<String, Profile>);

impl Profiles {
    /// Those of `shared/profiles/`.
    ///
    /// # Panics
    /// If one of them is invalid; a test reads each of them, so such a build is never shipped.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the files are part of the program, and a test reads each of them")]
    pub fn built_in() -> Self {
        Self::parse_all(FILES).expect("the built-in profiles are valid")
    }

    /// Reads some files; names and base paths must differ.
    ///
    /// # Errors
    /// Says what is wrong with which.
    pub fn parse_all(files: &[&str]) -> Result<Self, ProfileError> {
        let mut profiles: HashMap<String, Profile> = HashMap::new();
        for file in files {
            let profile = Profile::parse(file)?;
            let taken =
                profiles.values().any(|other| other.base_path == profile.base_path || other.name == profile.name);
            if taken {
                let problem = "another profile has the same name or base_path";
                return Err(ProfileError::Invalid { profile: profile.name, problem });
            }
            profiles.insert(profile.name.clone(), profile);
        }
        Ok(Self(profiles))
    }

    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&Profile> {
        self.0.get(name)
    }

    /// The profile whose base path is the longest that begins `path`, and what of the path is left.
    #[must_use]
    pub fn by_path<'p>(&self, path: &'p str) -> Option<(&Profile, &'p str)> {
        let below = |profile: &Profile| {
            path.strip_prefix(profile.base_path.as_str()).filter(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let candidates = self.0.values().filter_map(|profile| below(profile).map(|rest| (profile, rest)));
        candidates.max_by_key(|(profile, _)| profile.base_path.len())
    }

    /// All of them, by base path.
    #[must_use]
    pub fn all(&self) -> Vec<&Profile> {
        let mut all: Vec<_> = self.0.values().collect();
        all.sort_by(|a, b| a.base_path.cmp(&b.base_path));
        all
    }
}

/// `data` of a sample as it is served: JSON inside JSON.
impl CatalogueEntry {
    /// The sample as a JSON value.
    #[must_use]
    pub fn sample_json(&self) -> Option<&RawValue> {
        serde_json::from_str(&self.sample).ok()
    }
}

#[cfg(test)]
#[path = "profile_tests.rs"]
mod tests;
