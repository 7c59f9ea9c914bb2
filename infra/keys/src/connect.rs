//! From the command line and the environment to the table.

use std::time::Duration;

use aws_config::BehaviorVersion;
use shared::{ambient, net::aws_http, store::Store};

use crate::{error::KeysError, options::Place};

/// The table to ask.
#[derive(Debug)]
pub struct Table {
    pub(crate) name: String,
    pub(crate) store: Store,
}

/// Region and credentials by the SDK's whole chain, over the same HTTP client as the functions.
///
/// # Errors
/// The table or the region is not named.
pub async fn connect(place: Place) -> Result<Table, KeysError> {
    let name = place.table.or_else(|| ambient::variable("TABLE_NAME")).ok_or(KeysError::NoTable)?;
    let config = aws_config::defaults(BehaviorVersion::latest()).http_client(aws_http::client()).load().await;
    if config.region().is_none() {
        return Err(KeysError::NoRegion);
    }
    let mut dynamodb = aws_sdk_dynamodb::config::Builder::from(&config);
    if let Some(url) = place.endpoint_url {
        dynamodb = dynamodb.endpoint_url(url);
    }
    let client = aws_sdk_dynamodb::Client::from_conf(dynamodb.build());
    // Keys and accounts have no end, so how long other items are kept plays no part.
    Ok(Table { store: Store::new(client, name.clone(), Duration::ZERO), name })
}
