//! The AWS clients, built once for the life of a process.
//!
//! Lambda's environment is all that a function has. So the clients are configured from it here, rather than by the SDK's loader, which
//! brings profile files, sign-in services and the instance's metadata into the binary, and takes time at every cold start.

mod unsigned;

use std::time::Duration;

use aws_config::{
    BehaviorVersion, Region, SdkConfig, environment::EnvironmentVariableCredentialsProvider, retry::RetryConfig,
    stalled_stream_protection::StalledStreamProtectionConfig, timeout::TimeoutConfig,
};
use aws_sdk_dynamodb::config::SharedCredentialsProvider;

use self::unsigned::Unsigned;
use crate::{ambient, net::aws_http};

/// What talks to AWS.
#[derive(Debug, Clone)]
pub struct Clients {
    pub dynamodb: aws_sdk_dynamodb::Client,
    pub sqs: aws_sdk_sqs::Client,
}

/// Where a service is found instead of at AWS's own address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Endpoints {
    dynamodb: Option<String>,
    sqs: Option<String>,
}

impl Clients {
    /// Clients configured by the environment that Lambda gives: region, credentials, and AWS's own variables for endpoints.
    pub fn from_lambda_environment() -> Self {
        let lookup = ambient::variable;
        let region = lookup("AWS_REGION").or_else(|| lookup("AWS_DEFAULT_REGION")).map(Region::new);
        let credentials = SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new());
        let config = config(region)
            .into_builder()
            .credentials_provider(credentials)
            .use_fips(is_set(lookup, "AWS_USE_FIPS_ENDPOINT"))
            .use_dual_stack(is_set(lookup, "AWS_USE_DUALSTACK_ENDPOINT"));
        let (config, endpoints) = (config.build(), Endpoints::read(lookup));
        let (mut dynamodb, mut sqs) = builders(&config);
        dynamodb.set_endpoint_url(endpoints.dynamodb);
        sqs.set_endpoint_url(endpoints.sqs);
        Self::built(dynamodb, sqs)
    }

    /// The same clients for endpoints of this machine, which check no signature and get none.
    pub fn local(dynamodb: &str, sqs: &str) -> Self {
        let (at_dynamodb, at_sqs) = builders(&config(Some(Region::from_static("us-east-1"))));
        Self::built(
            at_dynamodb.endpoint_url(dynamodb).allow_no_auth().interceptor(Unsigned),
            at_sqs.endpoint_url(sqs).allow_no_auth().interceptor(Unsigned),
        )
    }

    fn built(dynamodb: aws_sdk_dynamodb::config::Builder, sqs: aws_sdk_sqs::config::Builder) -> Self {
        Self {
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb.build()),
            sqs: aws_sdk_sqs::Client::from_conf(sqs.build()),
        }
    }
}

fn builders(config: &SdkConfig) -> (aws_sdk_dynamodb::config::Builder, aws_sdk_sqs::config::Builder) {
    (config.into(), config.into())
}

impl Endpoints {
    /// As AWS documents the variables: one of a service's own goes before the one for all.
    fn read(lookup: impl Fn(&str) -> Option<String>) -> Self {
        if is_set(&lookup, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") {
            return Self::default();
        }
        let of = |service: &str| lookup(service).or_else(|| lookup("AWS_ENDPOINT_URL"));
        Self { dynamodb: of("AWS_ENDPOINT_URL_DYNAMODB"), sqs: of("AWS_ENDPOINT_URL_SQS") }
    }
}

fn is_set(lookup: impl Fn(&str) -> Option<String>, name: &str) -> bool {
    lookup(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

fn config(region: Option<Region>) -> SdkConfig {
    SdkConfig::builder()
        .region(region)
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_http::client())
        .timeout_config(timeouts())
        .retry_config(retries())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_of_a_service_goes_before_the_one_for_all() {
        const ALL: (&str, &str) = ("AWS_ENDPOINT_URL", "http://all");
        const SQS: (&str, &str) = ("AWS_ENDPOINT_URL_SQS", "http://sqs");
        const IGNORED: (&str, &str) = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
        for (set, dynamodb, sqs) in [
            (&[][..], None, None),
            (&[ALL], Some("http://all"), Some("http://all")),
            (&[ALL, SQS], Some("http://all"), Some("http://sqs")),
            (&[SQS], None, Some("http://sqs")),
            (&[ALL, SQS, IGNORED], None, None),
        ] {
            let lookup = |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
            let expected = Endpoints { dynamodb: dynamodb.map(str::to_owned), sqs: sqs.map(str::to_owned) };
            assert_eq!(Endpoints::read(lookup), expected, "{set:?}");
        }
    }
}
