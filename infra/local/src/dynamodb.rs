//! DynamoDB in this process: `dynoxide-rs`, an implementation on `SQLite`, behind its own HTTP endpoint.

use std::path::{Path, PathBuf};
use std::thread;

use dynoxide::{Database, DynoxideError};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

/// The file in `--data-dir`.
const FILE: &str = "dynamodb.sqlite";

/// Why the database is not usable.
#[derive(Debug, thiserror::Error)]
pub enum DynamoDbError {
    #[error("the data directory {} cannot be created", path.display())]
    DataDir { path: PathBuf, source: std::io::Error },
    #[error("the database {} cannot be opened", path.display())]
    Open { path: PathBuf, source: DynoxideError },
    #[error("the DynamoDB endpoint cannot be served")]
    Serve(#[source] std::io::Error),
    #[error("the database cannot be set up")]
    SetUp(#[from] DynoxideError),
    #[error("the table's definition is not understood")]
    Definition(#[from] serde_json::Error),
}

/// Opens the database in memory, or in a file that lasts.
///
/// # Errors
/// When the directory or the file cannot be used.
pub fn open(data_dir: Option<&Path>) -> Result<Database, DynamoDbError> {
    let Some(dir) = data_dir else { return Ok(Database::memory()?) };
    std::fs::create_dir_all(dir).map_err(|source| DynamoDbError::DataDir { path: dir.to_owned(), source })?;
    let path = dir.join(FILE);
    Database::new(&path.to_string_lossy()).map_err(|source| DynamoDbError::Open { path, source })
}

/// Creates the one table, with its index and its time to live, unless it exists. `template.yaml` says the same.
///
/// # Errors
/// When the database rejects the request.
pub fn create_table(database: &Database, table: &str) -> Result<(), DynamoDbError> {
    let describe = serde_json::from_value(json!({ "TableName": table }))?;
    if database.describe_table(describe).is_ok() {
        return Ok(());
    }
    let string = |name: &str| json!({ "AttributeName": name, "AttributeType": "S" });
    let key = |hash: &str, range: &str| json!([{ "AttributeName": hash, "KeyType": "HASH" }, { "AttributeName": range, "KeyType": "RANGE" }]);
    database.create_table(serde_json::from_value(json!({
        "TableName": table,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [string("pk"), string("sk"), string("gsi1pk"), string("gsi1sk")],
        "KeySchema": key("pk", "sk"),
        "GlobalSecondaryIndexes": [{
            "IndexName": "troubled",
            "KeySchema": key("gsi1pk", "gsi1sk"),
            "Projection": { "ProjectionType": "ALL" },
        }],
    }))?)?;
    database.update_time_to_live(serde_json::from_value(json!({
        "TableName": table,
        "TimeToLiveSpecification": { "AttributeName": "expiresAt", "Enabled": true },
    }))?)?;
    Ok(())
}

/// Serves HTTP until `shutdown` resolves, on a thread of its own; the future given back ends when that has ended.
///
/// `dynoxide-rs` handles each request without ever yielding, one at a time behind a lock. On the runtime of everything
/// else, requests that wait for that lock would hold the threads that deliver.
///
/// # Errors
/// When the thread cannot be started.
pub fn serve(
    listener: TcpListener,
    database: Database,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<impl Future<Output = ()> + Send + 'static, DynamoDbError> {
    let listener = listener.into_std().map_err(DynamoDbError::Serve)?;
    let runtime = Builder::new_current_thread().enable_all().build().map_err(DynamoDbError::Serve)?;
    let (running, ended) = oneshot::channel::<()>();
    let thread = thread::Builder::new().name("dynamodb".to_owned());
    thread
        .spawn(move || {
            runtime.block_on(serve_here(listener, database, shutdown));
            drop(running);
        })
        .map_err(DynamoDbError::Serve)?;
    Ok(async {
        // Its only news is that the sender is gone.
        let _ = ended.await;
    })
}

async fn serve_here(
    listener: std::net::TcpListener,
    database: Database,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let served = match TcpListener::from_std(listener) {
        Ok(listener) => dynoxide::server::serve_with_shutdown(listener, database, shutdown).await,
        Err(error) => Err(error.to_string()),
    };
    if let Err(message) = served {
        tracing::error!(message, "the DynamoDB endpoint ended");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_its_keys_its_index_and_its_time_to_live() {
        let database = open(None).unwrap();
        create_table(&database, "posthorn").unwrap();
        let describe = serde_json::from_value(json!({ "TableName": "posthorn" })).unwrap();
        let found = serde_json::to_value(database.describe_table(describe).unwrap()).unwrap();
        let index = &found["Table"]["GlobalSecondaryIndexes"][0];
        assert_eq!(found["Table"]["KeySchema"][1]["AttributeName"], "sk");
        assert_eq!(index["IndexName"], "troubled");
        assert_eq!(index["Projection"]["ProjectionType"], "ALL");
        let describe = serde_json::from_value(json!({ "TableName": "posthorn" })).unwrap();
        let found = serde_json::to_value(database.describe_time_to_live(describe).unwrap()).unwrap();
        assert_eq!(found["TimeToLiveDescription"]["AttributeName"], "expiresAt");
    }

    #[test]
    fn a_database_in_a_directory_is_found_again() {
        let dir = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let database = open(Some(&dir.path().join("new"))).unwrap();
            create_table(&database, "posthorn").unwrap();
        }
    }
}
