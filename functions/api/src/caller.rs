//! Who is calling: the one place that turns a key into an account or an operator, and checks what that key may do.
//!
//! | key | header `posthorn-account` | under a profile's base path | under `/operator/v1` |
//! |---|---|---|---|
//! | none, unknown, expired, or of an account that is deleted | – | 401 | 401 |
//! | an account's | absent | that account, within the key's scopes | 401 |
//! | an account's | present | 400 | 401 |
//! | an operator's | absent | 400 | the operator |
//! | an operator's | present | that account, with all scopes | the operator |
//!
//! A suspended account's own keys get 403. Operators act for it all the same.

mod known_keys;

use axum::http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        account::{
            bucket::Bucket,
            key::{ApiKey, KeyHash, OperatorKey, Scope, claims_to_be_operators},
            standing::AccountStanding,
            status::AccountStatus,
        },
        ids::{AccountId, ProfileName},
        profile::{Profile, registry::Profiles},
    },
    store::api_keys::FoundKey,
};

pub(crate) use self::known_keys::KnownKeys;
use crate::{
    Api,
    actor::{Actor, Who},
    denials::denied,
    error::ApiError,
};

/// With it an operator names the account to act for.
pub(crate) const ACCOUNT_HEADER: &str = "posthorn-account";

/// The client, after its key was checked.
#[derive(Debug, Clone)]
pub struct Caller {
    pub(crate) account: AccountId,
    /// The profile of the account, which is also that of the base path.
    pub(crate) profile: &'static Profile,
    pub(crate) standing: AccountStanding,
    pub(crate) actor: Actor,
}

impl Caller {
    /// Takes what a request needs from one of the account's buckets.
    pub(crate) async fn draw(&self, api: &Api, bucket: Bucket, units: u32) -> Result<(), ApiError> {
        let limits = &self.standing.limits;
        api.limiter.draw(&api.store, &self.account, limits, bucket, units, ambient::now()).await
    }
}

/// What a request says of who sends it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Presented<'a> {
    pub(crate) headers: &'a HeaderMap,
    pub(crate) request_id: &'a str,
}

/// Whose key was presented.
enum Holder {
    Account(FoundKey),
    Operator(OperatorKey),
}

impl Holder {
    fn actor(&self, presented: Presented<'_>) -> Actor {
        let who = match self {
            Self::Account(found) => Who::Key(found.key.hash.clone()),
            Self::Operator(key) => Who::Operator(key.hash.clone()),
        };
        Actor { who, request_id: presented.request_id.to_owned() }
    }
}

/// The caller behind the presented key, if that key may act for an account of `profile` and has one of `scopes`.
pub(crate) async fn authorise(
    api: &Api,
    profile: &'static Profile,
    presented: Presented<'_>,
    scopes: &[Scope],
) -> Result<Caller, ApiError> {
    let holder = known(api, presented).await?;
    let actor = holder.actor(presented);
    let named = presented.headers.get(ACCOUNT_HEADER);
    let admitted = match holder {
        Holder::Account(_) if named.is_some() => Err(ApiError::UnexpectedAccount),
        Holder::Account(FoundKey { key, standing }) => {
            let standing = match standing {
                Some(standing) => Some(standing),
                None => api.store.standing(&key.account).await?,
            };
            let (account, limits) = (key.account.clone(), standing.as_ref().map(|standing| standing.limits.clone()));
            let admitted = admit(key, standing, api.profiles, profile, scopes);
            // A request that is denied uses up the limit as another does.
            if let (Err(error), Some(limits)) = (&admitted, limits)
                && error.status() == StatusCode::FORBIDDEN
            {
                api.limiter.draw(&api.store, &account, &limits, Bucket::Requests, 1, ambient::now()).await?;
            }
            admitted
        }
        Holder::Operator(_) => {
            let account = named.ok_or(ApiError::MissingAccount)?.to_str().ok().and_then(|id| AccountId::parse(id).ok());
            let account = account.ok_or(ApiError::NotFound { what: "account" })?;
            let record = api.store.account_record(&account).await?;
            let found = record.map(|record| (record.account.profile, record.standing));
            admit_for(account, found, api.profiles, profile)
        }
    };
    match admitted {
        Ok((account, standing)) => Ok(Caller { account, profile, standing, actor }),
        Err(error) => {
            denied(&actor, &error);
            Err(error)
        }
    }
}

/// The operator behind the presented key.
pub(crate) async fn operator(api: &Api, presented: Presented<'_>) -> Result<Actor, ApiError> {
    let holder = known(api, presented).await?;
    let actor = holder.actor(presented);
    match holder {
        Holder::Operator(_) => Ok(actor),
        Holder::Account(_) => {
            denied(&actor, &ApiError::NotAnOperator);
            Err(ApiError::NotAnOperator)
        }
    }
}

/// Whose key was presented, if it is known and counts.
async fn known(api: &Api, presented: Presented<'_>) -> Result<Holder, ApiError> {
    let (holder, has_expired) = find(api, presented.headers, ambient::now()).await.inspect_err(|error| {
        if matches!(error, ApiError::Unauthorized | ApiError::UnknownKey) {
            api.denials.count_unknown(ambient::now());
        }
    })?;
    if has_expired {
        denied(&holder.actor(presented), &ApiError::UnknownKey);
        return Err(ApiError::UnknownKey);
    }
    Ok(holder)
}

/// Whose key was presented, and whether it has expired.
async fn find(api: &Api, headers: &HeaderMap, now: Timestamp) -> Result<(Holder, bool), ApiError> {
    let presented = bearer(headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()))?;
    let hash = KeyHash::of(presented);
    let (holder, has_expired) = if claims_to_be_operators(presented) {
        let key = api.store.operator_key(&hash).await?.ok_or(ApiError::UnknownKey)?;
        let has_expired = key.has_expired(now);
        (Holder::Operator(key), has_expired)
    } else {
        let account = api.known_keys.account_of(&hash);
        let Some(found) = api.store.api_key(&hash, account.as_ref()).await? else {
            api.known_keys.forget(&hash);
            return Err(ApiError::UnknownKey);
        };
        api.known_keys.remember(&found.key);
        let has_expired = found.key.has_expired(now);
        (Holder::Account(found), has_expired)
    };
    Ok((holder, has_expired))
}

fn bearer(header: Option<&str>) -> Result<&str, ApiError> {
    let (scheme, key) = header.and_then(|value| value.split_once(' ')).ok_or(ApiError::Unauthorized)?;
    let key = key.trim();
    if scheme.eq_ignore_ascii_case("bearer") && !key.is_empty() { Ok(key) } else { Err(ApiError::Unauthorized) }
}

/// What a known key of an account may do here. The profile comes before the scopes, which mean nothing under another base path.
fn admit(
    key: ApiKey,
    standing: Option<AccountStanding>,
    profiles: &Profiles,
    here: &'static Profile,
    scopes: &[Scope],
) -> Result<(AccountId, AccountStanding), ApiError> {
    let is_there = |standing: &AccountStanding| !standing.status.is_deleting();
    let standing = standing.filter(is_there).ok_or(ApiError::UnknownKey)?;
    check_profile(&key.profile, profiles, here)?;
    if !scopes.iter().any(|scope| key.scopes.allow(*scope)) {
        return Err(ApiError::MissingScope { scope: scopes.first().map_or("", |scope| scope.as_str()) });
    }
    match standing.status {
        AccountStatus::Suspended { .. } => Err(ApiError::AccountSuspended),
        AccountStatus::Active | AccountStatus::Deleting { .. } => Ok((key.account, standing)),
    }
}

/// What an operator may do here for an account.
fn admit_for(
    account: AccountId,
    found: Option<(ProfileName, AccountStanding)>,
    profiles: &Profiles,
    here: &'static Profile,
) -> Result<(AccountId, AccountStanding), ApiError> {
    let (profile, standing) = found.ok_or(ApiError::NotFound { what: "account" })?;
    if standing.status.is_deleting() {
        return Err(ApiError::AccountDeleting);
    }
    check_profile(&profile, profiles, here)?;
    Ok((account, standing))
}

fn check_profile(profile: &ProfileName, profiles: &Profiles, here: &Profile) -> Result<(), ApiError> {
    if *profile == here.name {
        return Ok(());
    }
    let right_path = profiles.get(profile).map(|profile| profile.base_path.clone());
    Err(ApiError::WrongProfile { right_path: right_path.unwrap_or_default() })
}

#[cfg(test)]
mod tests;
