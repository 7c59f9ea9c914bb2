//! The table that `operator-keys` works on.

use std::time::Duration;

use shared::{
    ambient,
    store::{Store, StoreError},
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
}

impl Table {
    pub(crate) async fn connect(options: TableOptions) -> Result<Self, TableError> {
        let name = options.table.or_else(|| ambient::variable("TABLE_NAME")).ok_or(TableError::NotNamed)?;
        let client = aws::dynamodb(options.endpoint_url).await?;
        // Operators' keys have their own end, so the store needs no retention here.
        Ok(Self { store: Store::new(client, name.clone(), Duration::ZERO), name })
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
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
