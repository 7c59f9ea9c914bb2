//! The AWS clients, built once for the life of a process.

use std::time::Duration;

use aws_config::{
    BehaviorVersion, ConfigLoader, Region, SdkConfig,
    environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider},
    retry::RetryConfig,
    stalled_stream_protection::StalledStreamProtectionConfig,
    timeout::TimeoutConfig,
};

use aws_sdk_dynamodb::config::Credentials;

use crate::net::aws_http;

/// What talks to AWS.
#[derive(Debug, Clone)]
pub struct Clients {
    pub dynamodb: aws_sdk_dynamodb::Client,
    pub sqs: aws_sdk_sqs::Client,
}

impl Clients {
    /// Clients configured by the environment that Lambda gives: region, credentials, `AWS_ENDPOINT_URL` and its like.
    ///
    /// The environment is all a function has, so the rest of the SDK's credential chain (files, instance metadata) is left out:
    /// it costs time at every cold start.
    pub async fn from_lambda_environment() -> Self {
        let loader = loader()
            .credentials_provider(EnvironmentVariableCredentialsProvider::new())
            .region(EnvironmentVariableRegionProvider::new());
        Self::new(&loader.load().await)
    }

    /// The same clients for endpoints of this machine, with any credentials.
    pub async fn local(dynamodb: &str, sqs: &str) -> Self {
        let credentials = Credentials::new("local", "local", None, None, "local");
        let loader = loader().credentials_provider(credentials).region(Region::from_static("us-east-1"));
        let config = loader.load().await;
        let dynamodb = aws_sdk_dynamodb::config::Builder::from(&config).endpoint_url(dynamodb).build();
        let sqs = aws_sdk_sqs::config::Builder::from(&config).endpoint_url(sqs).build();
        Self { dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb), sqs: aws_sdk_sqs::Client::from_conf(sqs) }
    }

    /// Clients from an SDK configuration.
    pub fn new(config: &SdkConfig) -> Self {
        Self { dynamodb: aws_sdk_dynamodb::Client::new(config), sqs: aws_sdk_sqs::Client::new(config) }
    }
}

fn loader() -> ConfigLoader {
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(aws_http::client())
        .timeout_config(timeouts())
        .retry_config(retries())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
}

/// Short enough to leave room for retries within a record's deadline.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .operation_attempt_timeout(Duration::from_secs(5))
        .operation_timeout(Duration::from_secs(12))
        .build()
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(4).with_initial_backoff(Duration::from_millis(100))
}
