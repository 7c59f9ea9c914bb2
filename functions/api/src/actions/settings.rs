//! What a customer may set on a webhook, one rule for each setting.

use shared::domain::webhook::settings::Activity;
use shared::domain::{
    event::pattern::EventPattern,
    profile::Profile,
    signing::secret::{ClientSecret, Secret, SecretError},
    target::{TargetPolicy, TargetUrl},
    webhook::settings::{MAX_NAME, NameRule},
};

use super::patterns;
use crate::error::ApiError;

/// A name for people, or why it is rejected.
pub(crate) fn name(text: String) -> Result<String, ApiError> {
    let fits = (1..=MAX_NAME).contains(&text.chars().count());
    if fits && !text.chars().any(char::is_control) && !text.trim().is_empty() {
        return Ok(text);
    }
    Err(ApiError::InvalidField {
        field: "name".to_owned(),
        problem: format!("must have 1 to {MAX_NAME} characters, not only spaces and no control characters"),
    })
}

/// The name of a new webhook, which some profiles require.
pub(crate) fn new_name(profile: &Profile, text: Option<String>) -> Result<Option<String>, ApiError> {
    match text {
        None if profile.webhooks.name == NameRule::Required => Err(ApiError::MissingField { field: "name" }),
        text => text.map(name).transpose(),
    }
}

pub(crate) fn url(targets: &TargetPolicy, text: &str) -> Result<TargetUrl, ApiError> {
    targets.check(text).map_err(ApiError::InvalidUrl)
}

pub(crate) fn events(profile: &Profile, names: &[String]) -> Result<Vec<EventPattern>, ApiError> {
    patterns::read(profile, names).map_err(ApiError::InvalidEvents)
}

/// A secret that the customer chose, if the profile lets customers choose.
pub(crate) fn secret(profile: &Profile, text: &str) -> Result<Secret, ApiError> {
    Secret::from_client(text, profile.webhooks.client_secret).map_err(ApiError::InvalidSecret)
}

/// Rejects a secret of whatever form where the profile has the server make it.
pub(crate) fn may_choose_secret(profile: &Profile) -> Result<(), ApiError> {
    match profile.webhooks.client_secret {
        ClientSecret::Refused => Err(ApiError::InvalidSecret(SecretError::Refused)),
        ClientSecret::Text | ClientSecret::Standard => Ok(()),
    }
}

/// What `isActive` asks for.
pub(crate) fn activity(is_active: bool) -> Activity {
    if is_active { Activity::Enabled } else { Activity::Disabled { reason: "turned off through the API".to_owned() } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::PROFILES;

    fn profile(name: &str) -> &'static Profile {
        PROFILES.by_name(name).unwrap()
    }

    #[test]
    fn a_name_has_1_to_200_visible_characters() {
        for (text, good) in [
            ("Click Tracker".to_owned(), true),
            ("é".repeat(200), true),
            ("é".repeat(201), false),
            (String::new(), false),
            ("   ".to_owned(), false),
            ("a\nb".to_owned(), false),
            ("a\u{85}b".to_owned(), false),
        ] {
            let expected = good.then(|| text.clone());
            assert_eq!(name(text.clone()).ok(), expected, "{text:?}");
        }
    }

    #[test]
    fn only_go2_requires_a_name() {
        let missing = Err(ApiError::MissingField { field: "name" });
        for (name, expected) in [("awsys", Ok(None)), ("go2", missing), ("standard", Ok(None))] {
            assert_eq!(new_name(profile(name), None), expected, "{name}");
        }
    }

    #[test]
    fn each_profile_has_its_own_rule_for_secrets() {
        let standard = format!("whsec_{}", "A".repeat(32));
        for (name, text, error) in [
            ("awsys", "your-signing-secret", None),
            ("awsys", "short", Some(SecretError::Length { characters: 5 })),
            ("go2", &standard, Some(SecretError::Refused)),
            ("standard", &standard, None),
            ("standard", "your-signing-secret", Some(SecretError::NotStandard)),
        ] {
            let result = secret(profile(name), text).map(|secret| secret.reveal().to_owned());
            assert_eq!(
                result,
                error.map_or(Ok(text.to_owned()), |error| Err(ApiError::InvalidSecret(error))),
                "{name}"
            );
        }
        for (name, may) in [("awsys", true), ("go2", false), ("standard", true)] {
            assert_eq!(may_choose_secret(profile(name)).is_ok(), may, "{name}");
        }
    }

    #[test]
    fn a_url_that_may_not_be_dialled_is_rejected_with_its_rule() {
        let targets = TargetPolicy::default();
        assert_eq!(url(&targets, "https://example.com/hook").unwrap().as_str(), "https://example.com/hook");
        let error = url(&targets, "http://example.com/").unwrap_err();
        assert_eq!((error.code(), error.to_string().as_str()), ("INVALID_URL", "'url' must begin with https://"));
    }
}
