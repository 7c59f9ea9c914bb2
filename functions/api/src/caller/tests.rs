use shared::domain::account::key::Scopes;

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

fn go2() -> &'static Profile {
    PROFILES.by_name("go2").unwrap()
}

fn wrong_profile() -> Result<&'static str, ApiError> {
    Err(ApiError::WrongProfile { right_path: "/api".to_owned() })
}

#[test]
fn a_key_opens_its_own_profile_within_its_scopes() {
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
        let admitted = admit(key(profile, granted), Some(standing(AccountStatus::Active)), &PROFILES, go2(), needed);
        let account = admitted.map(|(account, _)| account.to_string());
        assert_eq!(account, expected.map(str::to_owned), "{profile} {granted} {needed:?}");
    }
}

#[test]
fn a_key_counts_only_while_its_account_is_in_use() {
    let since = Timestamp::UNIX_EPOCH;
    for (row, standing, expected) in [
        ("active", Some(standing(AccountStatus::Active)), None),
        ("suspended", Some(standing(AccountStatus::Suspended { since })), Some(ApiError::AccountSuspended)),
        ("deleting", Some(standing(AccountStatus::Deleting { since })), Some(ApiError::UnknownKey)),
        ("gone", None, Some(ApiError::UnknownKey)),
    ] {
        let admitted = admit(key("go2", "manage"), standing, &PROFILES, go2(), &[Scope::Read]);
        assert_eq!(admitted.err(), expected, "{row}");
    }
}

#[test]
fn an_operator_acts_for_an_account_that_is_there() {
    let since = Timestamp::UNIX_EPOCH;
    let found = |profile: &str, status| Some((ProfileName::parse(profile).unwrap(), standing(status)));
    for (row, found, expected) in [
        ("active", found("go2", AccountStatus::Active), Ok("acme")),
        ("suspended", found("go2", AccountStatus::Suspended { since }), Ok("acme")),
        ("deleting", found("go2", AccountStatus::Deleting { since }), Err(ApiError::AccountDeleting)),
        ("another profile", found("awsys", AccountStatus::Active), wrong_profile()),
        ("unknown", None, Err(ApiError::NotFound { what: "account" })),
    ] {
        let admitted = admit_for(AccountId::parse("acme").unwrap(), found, &PROFILES, go2());
        let account = admitted.map(|(account, _)| account.to_string());
        assert_eq!(account, expected.map(str::to_owned), "{row}");
    }
}

fn standing(status: AccountStatus) -> AccountStanding {
    AccountStanding { status, ..AccountStanding::default() }
}

fn key(profile: &str, scope: &str) -> ApiKey {
    ApiKey {
        hash: KeyHash::of("phk_1"),
        account: AccountId::parse("acme").unwrap(),
        profile: ProfileName::parse(profile).unwrap(),
        scopes: Scopes::new(Scope::parse(scope)),
        name: None,
        created_at: Timestamp::UNIX_EPOCH,
        expires_at: None,
    }
}
