//! Several items inserted with one request, each only if there is no item of its key.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{BatchStatementErrorCodeEnum as Code, BatchStatementRequest, BatchStatementResponse};

use super::{Store, StoreError, error::failed, values::Item};

/// The most statements that `BatchExecuteStatement` accepts.
pub const MAX_INSERTS: usize = 25;

/// What became of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    Yes,
    /// There is an item of this key.
    Taken,
    /// A throttled write, or no response: perhaps it is there.
    Failed,
}

impl Store {
    /// Inserts items, at most [`MAX_INSERTS`] and each key once. The results are in the same order.
    ///
    /// # Errors
    /// Perhaps some are stored.
    pub(super) async fn insert_together(&self, items: Vec<Item>) -> Result<Vec<Inserted>, StoreError> {
        let count = items.len();
        let statements = items.into_iter().map(|item| self.insert_statement(item)).collect::<Result<Vec<_>, _>>()?;
        let request = self.client.batch_execute_statement().set_statements(Some(statements));
        let answer = Box::pin(request.send()).await.map_err(failed)?;
        let mut found: Vec<Inserted> = answer.responses.unwrap_or_default().iter().map(inserted).collect();
        found.resize(count, Inserted::Failed);
        Ok(found)
    }

    fn insert_statement(&self, item: Item) -> Result<BatchStatementRequest, StoreError> {
        let item: BTreeMap<_, _> = item.into_iter().collect();
        let values: Vec<String> = item.keys().map(|name| format!("'{name}':?")).collect();
        let statement = format!("INSERT INTO \"{}\" VALUE {{{}}}", self.table, values.join(","));
        let parameters = item.into_values().collect();
        Ok(BatchStatementRequest::builder().statement(statement).set_parameters(Some(parameters)).build()?)
    }
}

fn inserted(response: &BatchStatementResponse) -> Inserted {
    match response.error.as_ref().map(|error| error.code.as_ref()) {
        None => Inserted::Yes,
        Some(Some(Code::DuplicateItem)) => Inserted::Taken,
        Some(code) => {
            // The error's message could quote the item.
            let code = code.map_or("unknown", Code::as_str);
            tracing::warn!("an item could not be stored with others, and is stored by itself: {code}");
            Inserted::Failed
        }
    }
}
