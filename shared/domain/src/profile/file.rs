//! A profile's file: its settings, and how it becomes a [`Profile`].

use std::time::Duration;

use serde::Deserialize;

use super::{
    super::{
        attempt::{
            AttemptRules,
            headers::{Header, HeaderValue, is_free_name},
            jitter::Jitter,
            schedule::Schedule,
            timing::{MAX_TIMEOUT_SECONDS, TimingChoice, TimingRules},
        },
        event::{
            pattern::EventType,
            rules::{EventNames, EventRules, TypeKey},
        },
        ids::ProfileName,
        json::{CanonicalJson, JsonError, UnsafeNumbers},
        signing::secret::{ClientSecret, KeyForm},
        webhook::{
            settings::{NameRule, WebhookRules},
            standing::DisableRule,
        },
    },
    AnswerStyle, Profile,
    catalogue::CatalogueEntry,
};

/// The most bytes that a profile may let a body have: a stored event must fit a `DynamoDB` item.
const MAX_BODY_BYTES: usize = 262_144;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileFile {
    name: String,
    base_path: String,
    max_body_bytes: usize,
    unsafe_numbers: UnsafeNumbers,
    webhook: WebhookPart,
    body: BodyPart,
    signature: SignaturePart,
    #[serde(default)]
    headers: Vec<HeaderPart>,
    attempts: AttemptPart,
    #[serde(default)]
    disable: DisablePart,
    answers: AnswerPart,
    events: EventPart,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WebhookPart {
    name: NameRule,
    client_secret: ClientSecret,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BodyPart {
    event_key: TypeKey,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignaturePart {
    key: KeyForm,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderPart {
    name: String,
    value: HeaderValue,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AttemptPart {
    timeout_seconds: u64,
    retry_delays_seconds: Vec<u64>,
    /// By how much of it a delay may be shorter or longer.
    #[serde(default)]
    jitter_percent: u8,
    /// Whether customers may choose a webhook's delays and timeout.
    #[serde(default)]
    own_schedule: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DisablePart {
    #[serde(default)]
    gone: bool,
    failed_attempts: Option<u32>,
    failed_deliveries: Option<u32>,
    #[serde(default)]
    streak_seconds: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerPart {
    style: AnswerStyle,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventPart {
    names: NamesPart,
    #[serde(default)]
    wildcard: bool,
    #[serde(default)]
    prefixes: bool,
    catalogue: Vec<EntryPart>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum NamesPart {
    Catalogue,
    Open,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryPart {
    name: EventType,
    description: String,
    sample: String,
}

/// Why a profile's file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    #[error("the profile does not have the expected shape")]
    Shape(#[from] serde_json::Error),
    #[error("profile '{profile}': {problem}")]
    Invalid { profile: String, problem: &'static str },
    #[error("profile '{profile}': the sample of '{event}' is not valid JSON for this profile")]
    Sample { profile: String, event: String, source: JsonError },
}

/// Parses and validates one file, which the build script has turned into JSON.
pub fn parse(json: &str) -> Result<Profile, ProfileError> {
    let file: ProfileFile = serde_json::from_str(json)?;
    let invalid = |problem| ProfileError::Invalid { profile: file.name.clone(), problem };
    problem_of(&file).map_or(Ok(()), |problem| Err(invalid(problem)))?;
    let name = ProfileName::parse(&file.name);
    let name = name.map_err(|_| invalid("name must have 1 to 64 letters, digits, '_' and '-'"))?;
    let timing = timing_of(&file.attempts).ok_or_else(|| invalid("attempts.jitter_percent must be 0 to 50"))?;
    let catalogue = catalogue_of(&file)?;
    let seconds = Duration::from_secs;
    Ok(Profile {
        base_path: file.base_path,
        answers: file.answers.style,
        webhooks: WebhookRules { name: file.webhook.name, client_secret: file.webhook.client_secret },
        events: EventRules {
            profile: name.clone(),
            names: names_of(&file.events.names, &catalogue),
            wildcard: file.events.wildcard,
            prefixes: file.events.prefixes,
            type_key: file.body.event_key,
            unsafe_numbers: file.unsafe_numbers,
            max_body_bytes: file.max_body_bytes,
        },
        attempts: AttemptRules {
            timing,
            key: file.signature.key,
            headers: file.headers.into_iter().map(|part| Header { name: part.name, value: part.value }).collect(),
        },
        disable: DisableRule {
            gone: file.disable.gone,
            failed_attempts: file.disable.failed_attempts,
            failed_deliveries: file.disable.failed_deliveries,
            streak: seconds(file.disable.streak_seconds),
        },
        name,
        catalogue,
    })
}

/// What is wrong with the values of a file.
fn problem_of(file: &ProfileFile) -> Option<&'static str> {
    let attempts = &file.attempts;
    let has_bad_delay = attempts.retry_delays_seconds.iter().any(|delay| !(1..=86_400).contains(delay));
    let has_bad_header = file.headers.iter().any(|header| !is_free_name(&header.name));
    let path = &file.base_path;
    match () {
        () if !path.starts_with('/') || path.ends_with('/') => {
            Some("base_path must begin with '/' and not end with it")
        }
        () if ["/portal", "/operator"].iter().any(|taken| path.starts_with(taken)) => {
            Some("base_path must not begin with /portal or /operator: these paths belong to Posthorn itself")
        }
        () if !(1..=MAX_TIMEOUT_SECONDS).contains(&attempts.timeout_seconds) => {
            Some("attempts.timeout_seconds must be 1 to 20: an attempt must fit the functions' own deadlines")
        }
        () if has_bad_delay => Some("attempts.retry_delays_seconds must be 1 to 86400 each"),
        () if !(1..=MAX_BODY_BYTES).contains(&file.max_body_bytes) => {
            Some("max_body_bytes must be 1 to 262144: a stored event must fit a DynamoDB item")
        }
        () if file.events.catalogue.is_empty() => Some("events.catalogue must list at least one event type"),
        () if has_bad_header => {
            Some("header names must be lower-case letters, digits and '-', none of those sent in every profile")
        }
        () => None,
    }
}

/// `None` if a delay may differ by more than it may.
fn timing_of(part: &AttemptPart) -> Option<TimingRules> {
    let delays = part.retry_delays_seconds.iter().copied().map(Duration::from_secs).collect();
    let schedule = Schedule::new(delays).with_jitter(Jitter::new(part.jitter_percent)?);
    let choice = if part.own_schedule { TimingChoice::Customer } else { TimingChoice::Profile };
    Some(TimingRules::new(Duration::from_secs(part.timeout_seconds), schedule, choice))
}

fn catalogue_of(file: &ProfileFile) -> Result<Vec<CatalogueEntry>, ProfileError> {
    let entry = |part: &EntryPart| {
        let sample = CanonicalJson::parse(&part.sample, file.unsafe_numbers);
        let sample = sample.map_err(|source| ProfileError::Sample {
            profile: file.name.clone(),
            event: part.name.to_string(),
            source,
        })?;
        let description = part.description.clone();
        Ok(CatalogueEntry { name: part.name.clone(), description, sample: sample.into_string() })
    };
    file.events.catalogue.iter().map(entry).collect()
}

fn names_of(part: &NamesPart, catalogue: &[CatalogueEntry]) -> EventNames {
    let names = catalogue.iter().map(|entry| entry.name.clone()).collect();
    match part {
        NamesPart::Catalogue => EventNames::Catalogue(names),
        NamesPart::Open => EventNames::Open { documented: names },
    }
}
