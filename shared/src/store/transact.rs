//! Several items changed together, all or none.

use aws_sdk_dynamodb::{
    error::SdkError, operation::transact_write_items::TransactWriteItemsError, types::TransactWriteItem,
};

use super::{
    Store, StoreError,
    error::{failed, may_be_repeated},
};

/// What a transaction found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Transacted {
    Yes,
    ConditionFailed,
}

impl Store {
    /// Writes all of these items, or none.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another change to one of them was under way.
    pub(super) async fn transact(
        &self,
        items: impl IntoIterator<Item = TransactWriteItem>,
    ) -> Result<Transacted, StoreError> {
        let items = items.into_iter().collect();
        let request = self.client.transact_write_items().set_transact_items(Some(items));
        let Err(error) = Box::pin(request.send()).await else { return Ok(Transacted::Yes) };
        let reasons = cancellation_reasons(&error);
        match () {
            () if reasons.contains(&"ConditionalCheckFailed") => Ok(Transacted::ConditionFailed),
            () if reasons.iter().any(|reason| may_be_repeated(reason)) => Err(StoreError::Busy),
            () => Err(failed(error)),
        }
    }
}

fn cancellation_reasons(error: &SdkError<TransactWriteItemsError>) -> Vec<&str> {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            cancelled.cancellation_reasons().iter().filter_map(|reason| reason.code()).collect()
        }
        _ => Vec::new(),
    }
}
