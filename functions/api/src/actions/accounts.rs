//! What operators do with accounts.

use shared::{
    ambient,
    domain::{
        account::{
            limits::Limit,
            standing::{AccountStanding, IsDeleting, StandingPatch},
            status::AccountStatus,
        },
        ids::{AccountId, ProfileName},
    },
    store::{
        Written,
        accounts::{AccountCreated, AccountPage, AccountRecord},
        busy::again_if_busy,
    },
};

use super::notices;
use crate::{
    Api,
    actor::Actor,
    audit::{Action, Object, audit},
    error::ApiError,
};

const NOT_FOUND: ApiError = ApiError::NotFound { what: "account" };

/// How many times to decide again when another change was faster.
const ROUNDS: usize = 4;

/// An account that was made now, or that was there.
#[derive(Debug)]
pub(crate) enum Put {
    Made(AccountRecord),
    There(AccountRecord),
}

/// At most `limit` accounts after `after`, by id.
pub(crate) async fn list(api: &Api, after: Option<&AccountId>, limit: usize) -> Result<AccountPage, ApiError> {
    Ok(api.store.accounts(after, limit).await?)
}

pub(crate) async fn get(api: &Api, account: &AccountId) -> Result<AccountRecord, ApiError> {
    api.store.account_record(account).await?.ok_or(NOT_FOUND)
}

/// An account that may be used: what is said of one that is being deleted changes nothing any more.
pub(crate) async fn in_use(api: &Api, account: &AccountId) -> Result<AccountRecord, ApiError> {
    let record = get(api, account).await?;
    match record.standing.status {
        AccountStatus::Deleting { .. } => Err(ApiError::AccountDeleting),
        AccountStatus::Active | AccountStatus::Suspended { .. } => Ok(record),
    }
}

/// Makes the account, or changes what is said of the one that is there.
pub(crate) async fn put(
    api: &Api,
    actor: &Actor,
    account: &AccountId,
    profile: &ProfileName,
    patch: StandingPatch,
) -> Result<Put, ApiError> {
    let now = ambient::now();
    let first =
        AccountStanding::default().changed(patch.clone(), now).map_err(|IsDeleting| ApiError::AccountDeleting)?;
    match again_if_busy(|| api.store.create_account(account, profile, first.clone(), now)).await? {
        AccountCreated::Yes => {
            let fields = changed(&AccountStanding::default(), &first);
            audit(actor, account, Action::AccountCreate, Object::account(), &fields);
            Ok(Put::Made(get(api, account).await?))
        }
        AccountCreated::Exists { profile: found } if found != *profile => {
            in_use(api, account).await?;
            Err(ApiError::ProfileFixed { profile: found.to_string() })
        }
        AccountCreated::Exists { .. } => Ok(Put::There(change(api, actor, account, patch).await?)),
    }
}

/// Changes what is said of an account. From the end of a suspension on, its recoveries go on.
pub(crate) async fn change(
    api: &Api,
    actor: &Actor,
    account: &AccountId,
    patch: StandingPatch,
) -> Result<AccountRecord, ApiError> {
    for _ in 0..ROUNDS {
        let mut record = get(api, account).await?;
        let before = record.standing.clone();
        let after = before.clone().changed(patch.clone(), ambient::now());
        let after = after.map_err(|IsDeleting| ApiError::AccountDeleting)?;
        if (AccountStanding { version: before.version, ..after.clone() }) == before {
            return Ok(record);
        }
        if again_if_busy(|| api.store.save_standing(account, before.version, &after)).await? == Written::Yes {
            audit(actor, account, action(&before, &after), Object::account(), &changed(&before, &after));
            if before.status != after.status {
                notices::notice_all(api, &record.account).await;
            }
            record.account.status = after.status;
            record.standing = after;
            return Ok(record);
        }
    }
    Err(ApiError::Conflict)
}

/// Ends an account for everybody at once. What it had is erased in the background.
pub(crate) async fn delete(api: &Api, actor: &Actor, account: &AccountId) -> Result<(), ApiError> {
    if api.operations.account() == Some(account) {
        return Err(ApiError::OperationsAccount);
    }
    for _ in 0..ROUNDS {
        let before = get(api, account).await?.standing;
        let read = before.version;
        let Some(after) = before.deleted(ambient::now()) else { return Ok(()) };
        if again_if_busy(|| api.store.save_standing(account, read, &after)).await? == Written::Yes {
            audit(actor, account, Action::AccountDelete, Object::account(), &[]);
            return Ok(());
        }
    }
    Err(ApiError::Conflict)
}

fn action(before: &AccountStanding, after: &AccountStanding) -> Action {
    match (before.status, after.status) {
        (AccountStatus::Active, AccountStatus::Suspended { .. }) => Action::AccountSuspend,
        (AccountStatus::Suspended { .. }, AccountStatus::Active) => Action::AccountActivate,
        _ => Action::AccountUpdate,
    }
}

/// The names of the fields that differ.
fn changed(before: &AccountStanding, after: &AccountStanding) -> Vec<&'static str> {
    let name = (before.name != after.name).then_some("name");
    let status = (before.status != after.status).then_some("status");
    let limits = Limit::ALL.into_iter().filter(|limit| before.limits.get(*limit) != after.limits.get(*limit));
    name.into_iter().chain(status).chain(limits.map(field_of)).collect()
}

fn field_of(limit: Limit) -> &'static str {
    match limit {
        Limit::Webhooks => "limits.webhooks",
        Limit::EventsPerSecond => "limits.eventsPerSecond",
        Limit::RequestsPerSecond => "limits.requestsPerSecond",
        Limit::TestsPerMinute => "limits.testsPerMinute",
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_line_names_what_became_of_the_account() {
        let since = Timestamp::UNIX_EPOCH;
        let standing = |status| AccountStanding { status, ..AccountStanding::default() };
        let (active, suspended) = (standing(AccountStatus::Active), standing(AccountStatus::Suspended { since }));
        for (before, after, expected) in [
            (&active, &suspended, Action::AccountSuspend),
            (&suspended, &active, Action::AccountActivate),
            (&active, &active, Action::AccountUpdate),
            (&suspended, &suspended, Action::AccountUpdate),
        ] {
            assert_eq!(action(before, after), expected, "{before:?} {after:?}");
        }
    }

    #[test]
    fn a_line_names_the_fields_that_changed_and_no_values() {
        let before = AccountStanding { name: Some("Acme".to_owned()), ..AccountStanding::default() };
        let limits = before.limits.clone().with(Limit::Webhooks, Some(5)).with(Limit::TestsPerMinute, Some(30));
        let status = AccountStatus::Suspended { since: Timestamp::UNIX_EPOCH };
        let after = AccountStanding { limits, status, ..before.clone() };
        assert_eq!(changed(&before, &after), ["status", "limits.webhooks"]);
        assert_eq!(changed(&AccountStanding::default(), &before), ["name"]);
    }
}
