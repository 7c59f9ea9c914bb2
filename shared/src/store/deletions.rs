//! Deletions of accounts that are under way: each has a mark until everything is erased. [`super::erasure`] erases it.

use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError,
    types::{Delete, TransactWriteItem},
};
use domain::ids::AccountId;
use jiff::Timestamp;
use serde::Deserialize;

use super::{
    Store, StoreError, Written,
    error::failed,
    keys,
    transact::Transacted,
    values::{ms, optional_ms, text, time},
};

/// An account that is being erased.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Erasing {
    #[serde(rename = "sk")]
    pub account: AccountId,
    /// When its deletion began.
    #[serde(with = "ms")]
    pub since: Timestamp,
    /// Not before then is there anything left to do.
    #[serde(default, rename = "nextAt", with = "optional_ms")]
    pub next_at: Option<Timestamp>,
}

impl Store {
    /// The accounts that are being erased.
    pub async fn accounts_to_erase(&self) -> Result<Vec<Erasing>, StoreError> {
        let request = self.client.query().table_name(&self.table).key_condition_expression("pk = :pk");
        let request = request.expression_attribute_values(":pk", text(keys::ERASING)).consistent_read(true);
        let items = request.into_paginator().items().send().try_collect().await.map_err(failed)?;
        Ok(serde_dynamo::from_items(items)?)
    }

    /// Whether the account is still being erased, for the same deletion: another run may have forgotten it, and somebody may have made it
    /// anew.
    pub async fn is_being_erased(&self, erasing: &Erasing) -> Result<bool, StoreError> {
        let found: Option<Erasing> = self.item(keys::erasing(&erasing.account)).await?;
        Ok(found.is_some_and(|found| found.since == erasing.since))
    }

    /// Has the account wait until its last events have expired.
    pub async fn postpone_erasure(&self, erasing: &Erasing, until: Timestamp) -> Result<(), StoreError> {
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::erasing(&erasing.account).into_item()))
            .update_expression("SET nextAt = :until")
            .condition_expression("since = :since")
            .expression_attribute_values(":until", time(until))
            .expression_attribute_values(":since", time(erasing.since));
        let Err(error) = request.send().await else { return Ok(()) };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
            _ => Err(failed(error)),
        }
    }

    /// Forgets the account itself, which has nothing any more. The condition is that it is the same deletion.
    pub async fn forget_account(&self, erasing: &Erasing) -> Result<Written, StoreError> {
        let account = &erasing.account;
        let mark = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(keys::erasing(account).into_item()))
            .condition_expression("since = :since")
            .expression_attribute_values(":since", time(erasing.since))
            .build()?;
        let mut items = vec![TransactWriteItem::builder().delete(mark).build()];
        for place in [keys::account(account), keys::standing(account), keys::listed_account(account)] {
            items.push(self.deletion(place)?);
        }
        Ok(match self.transact(items).await? {
            Transacted::Yes => Written::Yes,
            Transacted::ConditionFailed => Written::Lost,
        })
    }
}
