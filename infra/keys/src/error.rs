//! What can go wrong, each with what to do about it.

use shared::{domain::id::AccountId, store::StoreError};

/// Why the command did nothing.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("no table is named: use --table or set TABLE_NAME")]
    NoTable,
    #[error("no AWS region is set: set AWS_REGION, or choose a profile that has one with AWS_PROFILE")]
    NoRegion,
    #[error("there is no table '{table}' in this region and AWS account: see --table, AWS_REGION and AWS_PROFILE")]
    TableNotFound { table: String },
    #[error(
        "account '{account}' has the profile '{profile}', and an account has only one: use --profile {profile}, or another --account"
    )]
    OtherProfile { account: AccountId, profile: String },
    #[error("there is no account '{account}'")]
    NoAccount { account: AccountId },
    #[error("account '{account}' has no key '{id}': `keys list --account {account}` shows those it has")]
    NoKey { account: AccountId, id: String },
    #[error("the table could not be asked")]
    Store(#[source] StoreError),
    #[error("the answer could not be written")]
    NotWritten(#[source] std::io::Error),
    #[error("the new key '{id}' could not be shown and nobody knows it: revoke it and create another")]
    NotShown { id: String, source: std::io::Error },
}

impl KeysError {
    /// What the table's answer means to the operator.
    pub(crate) fn asked(error: StoreError, table: &str) -> Self {
        match error {
            StoreError::DynamoDb(error) if matches!(*error, aws_sdk_dynamodb::Error::ResourceNotFoundException(_)) => {
                Self::TableNotFound { table: table.to_owned() }
            }
            error => Self::Store(error),
        }
    }
}
