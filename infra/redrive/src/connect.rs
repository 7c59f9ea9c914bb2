//! From the command line and the environment to SQS.

use aws_config::BehaviorVersion;
use aws_sdk_sqs::Client;
use shared::net::aws_http;

use crate::error::RedriveError;

/// Region and credentials by the SDK's whole chain, over the same HTTP client as the functions.
///
/// # Errors
/// The region is not named.
pub async fn connect(endpoint_url: Option<String>) -> Result<Client, RedriveError> {
    let config = aws_config::defaults(BehaviorVersion::latest()).http_client(aws_http::client()).load().await;
    if config.region().is_none() {
        return Err(RedriveError::NoRegion);
    }
    let mut sqs = aws_sdk_sqs::config::Builder::from(&config);
    if let Some(url) = endpoint_url {
        sqs = sqs.endpoint_url(url);
    }
    Ok(Client::from_conf(sqs.build()))
}
