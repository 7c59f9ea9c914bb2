//! The table that `accounts` and `keys` work on.

use std::time::Duration;

use shared::{
    ambient,
    domain::{
        account::Account,
        ids::{AccountId, ProfileName},
    },
    store::{Store, StoreError, accounts::AccountCreated},
};

use crate::{
    aws::{self, NoRegion},
    options::TableOptions,
};

/// The table of one installation.
#[derive(Debug)]
pub(crate) struct Table {
    name: String,
    store: Store,
}

/// Why the table gave no usable result.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    #[error("no table is named: use --table or set TABLE_NAME")]
    NotNamed,
    #[error(transparent)]
    NoRegion(#[from] NoRegion),
    #[error("there is no table '{table}' in this region and AWS account: see --table, AWS_REGION and AWS_PROFILE")]
    NotFound { table: String },
    #[error("the table could not be read or written")]
    Store(#[source] StoreError),
    #[error("there is no account '{account}': check --account, or make it with `posthorn accounts create`")]
    NoAccount { account: AccountId },
    #[error(
        "account '{account}' has the profile '{profile}', and an account has only one: use --profile {profile}, or another --account"
    )]
    OtherProfile { account: AccountId, profile: ProfileName },
}

/// Whether an account was made or was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    Now,
    Before,
}

impl Table {
    pub(crate) async fn connect(options: TableOptions) -> Result<Self, TableError> {
        let name = options.table.or_else(|| ambient::variable("TABLE_NAME")).ok_or(TableError::NotNamed)?;
        let client = aws::dynamodb(options.endpoint_url).await?;
        // Keys and accounts do not expire, so the store needs no retention here.
        Ok(Self { store: Store::new(client, name.clone(), Duration::ZERO), name })
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// An account that must exist: a name that is not found is most likely mistyped.
    pub(crate) async fn account(&self, account: &AccountId) -> Result<Account, TableError> {
        let found = self.store.account(account).await.map_err(|error| self.failed(error))?;
        found.ok_or_else(|| TableError::NoAccount { account: account.clone() })
    }

    /// Makes the account unless it exists with the same profile.
    pub(crate) async fn make_account(&self, account: &AccountId, profile: &ProfileName) -> Result<Made, TableError> {
        let created = self.store.create_account(account, profile, ambient::now()).await;
        match created.map_err(|error| self.failed(error))? {
            AccountCreated::Yes => Ok(Made::Now),
            AccountCreated::Exists { profile: found } if found == *profile => Ok(Made::Before),
            AccountCreated::Exists { profile } => Err(TableError::OtherProfile { account: account.clone(), profile }),
        }
    }

    /// What a failed request means to the operator.
    pub(crate) fn failed(&self, error: StoreError) -> TableError {
        match error {
            StoreError::DynamoDb(error) if matches!(*error, aws_sdk_dynamodb::Error::ResourceNotFoundException(_)) => {
                TableError::NotFound { table: self.name.clone() }
            }
            error => TableError::Store(error),
        }
    }
}
