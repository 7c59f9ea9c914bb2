//! Who is calling: the one place that turns an API key into an account, and checks what that key may do.

use axum::http::{HeaderMap, header};
use shared::domain::{
    account::key::{ApiKey, KeyHash, Scope},
    ids::AccountId,
    profile::{Profile, registry::Profiles},
};

use crate::{Api, error::ApiError};

/// The client, after its key was checked.
#[derive(Debug, Clone)]
pub struct Caller {
    pub(crate) account: AccountId,
    /// The profile of the account, which is also that of the base path.
    pub(crate) profile: &'static Profile,
}

/// The caller behind the presented key, if that key belongs to `profile` and has one of `scopes`.
pub(crate) async fn authorise(
    api: &Api,
    profile: &'static Profile,
    headers: &HeaderMap,
    scopes: &[Scope],
) -> Result<Caller, ApiError> {
    let presented = bearer(headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()))?;
    let key = api.store.api_key(&KeyHash::of(presented)).await?.ok_or(ApiError::UnknownKey)?;
    admit(key, api.profiles, profile, scopes)
}

fn bearer(header: Option<&str>) -> Result<&str, ApiError> {
    let (scheme, key) = header.and_then(|value| value.split_once(' ')).ok_or(ApiError::Unauthorized)?;
    let key = key.trim();
    if scheme.eq_ignore_ascii_case("bearer") && !key.is_empty() { Ok(key) } else { Err(ApiError::Unauthorized) }
}

/// What a known key may do here. The profile comes first: under another base path its scopes mean nothing.
fn admit(key: ApiKey, profiles: &Profiles, here: &'static Profile, scopes: &[Scope]) -> Result<Caller, ApiError> {
    if key.profile != here.name {
        let right_path = profiles.get(&key.profile).map(|profile| profile.base_path.clone());
        return Err(ApiError::WrongProfile { right_path: right_path.unwrap_or_default() });
    }
    if scopes.iter().any(|scope| key.scopes.allow(*scope)) {
        return Ok(Caller { account: key.account, profile: here });
    }
    Err(ApiError::MissingScope { scope: scopes.first().map_or("", |scope| scope.as_str()) })
}

#[cfg(test)]
mod tests {
    use shared::domain::{account::key::Scopes, ids::ProfileName};

    use super::*;
    use crate::testing::PROFILES;

    #[test]
    fn only_a_bearer_key_is_a_key() {
        for (header, key) in [
            (Some("Bearer abc"), Ok("abc")),
            (Some("bearer abc"), Ok("abc")),
            (Some("Bearer  abc "), Ok("abc")),
            (Some("Basic abc"), Err(ApiError::Unauthorized)),
            (Some("Bearer "), Err(ApiError::Unauthorized)),
            (Some("Bearer"), Err(ApiError::Unauthorized)),
            (Some("abc"), Err(ApiError::Unauthorized)),
            (None, Err(ApiError::Unauthorized)),
        ] {
            assert_eq!(bearer(header), key, "{header:?}");
        }
    }

    #[test]
    fn a_key_opens_its_own_profile_within_its_scopes() {
        let wrong_profile = || Err(ApiError::WrongProfile { right_path: "/api".to_owned() });
        let missing = |scope| Err(ApiError::MissingScope { scope });
        for (profile, granted, needed, expected) in [
            ("go2", "manage", &[Scope::Manage][..], Ok("acme")),
            ("go2", "manage", &[Scope::Read], Ok("acme")),
            ("go2", "read", &[Scope::Manage], missing("manage")),
            ("go2", "manage", &[Scope::Publish], missing("publish")),
            ("go2", "publish", &[Scope::Read, Scope::Publish], Ok("acme")),
            ("go2", "", &[Scope::Read, Scope::Publish], missing("read")),
            ("awsys", "manage", &[Scope::Manage], wrong_profile()),
            ("awsys", "read", &[Scope::Manage], wrong_profile()),
        ] {
            let admitted = admit(key(profile, granted), &PROFILES, PROFILES.by_name("go2").unwrap(), needed);
            let account = admitted.map(|caller| caller.account.to_string());
            assert_eq!(account, expected.map(str::to_owned), "{profile} {granted} {needed:?}");
        }
    }

    fn key(profile: &str, scope: &str) -> ApiKey {
        ApiKey {
            hash: KeyHash::of("phk_1"),
            account: AccountId::parse("acme").unwrap(),
            profile: ProfileName::parse(profile).unwrap(),
            scopes: Scopes::new(Scope::parse(scope)),
            created_at: jiff::Timestamp::UNIX_EPOCH,
        }
    }
}
