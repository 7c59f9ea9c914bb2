//! The AWS clients, with the region and the credentials that the AWS CLI would use.

use aws_config::{BehaviorVersion, SdkConfig};
use shared::net::aws_http;

/// No region is set anywhere.
#[derive(Debug, thiserror::Error)]
#[error("no AWS region is set: set AWS_REGION, or choose a profile that has one with AWS_PROFILE")]
pub struct NoRegion;

/// Region and credentials by the SDK's whole chain, over the same HTTP client as the functions.
async fn settings() -> Result<SdkConfig, NoRegion> {
    let settings = aws_config::defaults(BehaviorVersion::latest()).http_client(aws_http::client()).load().await;
    if settings.region().is_none() { Err(NoRegion) } else { Ok(settings) }
}

pub(crate) async fn dynamodb(endpoint_url: Option<String>) -> Result<aws_sdk_dynamodb::Client, NoRegion> {
    let mut builder = aws_sdk_dynamodb::config::Builder::from(&settings().await?);
    if let Some(url) = endpoint_url {
        builder = builder.endpoint_url(url);
    }
    Ok(aws_sdk_dynamodb::Client::from_conf(builder.build()))
}

pub(crate) async fn sqs(endpoint_url: Option<String>) -> Result<aws_sdk_sqs::Client, NoRegion> {
    let mut builder = aws_sdk_sqs::config::Builder::from(&settings().await?);
    if let Some(url) = endpoint_url {
        builder = builder.endpoint_url(url);
    }
    Ok(aws_sdk_sqs::Client::from_conf(builder.build()))
}
