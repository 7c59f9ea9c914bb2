//! Structured logs: one JSON line each, with readable messages and dotted fields. Never payloads, secrets or keys.

use tracing_subscriber::EnvFilter;

use crate::ambient;

/// Libraries whose own logs hold what nobody may read there (the SDK's, whole requests), each with the level that is safe.
const CAPPED: [&str; 13] = [
    "aws_config=warn",
    "aws_credential_types=warn",
    "aws_runtime=warn",
    "aws_sdk_dynamodb=warn",
    "aws_sdk_sqs=warn",
    "aws_sigv4=warn",
    "aws_smithy_runtime=warn",
    "aws_smithy_runtime_api=warn",
    "hyper=warn",
    "hyper_util=warn",
    "lambda_http=info",
    "lambda_runtime=info",
    "reqwest=warn",
];

/// What is logged: `RUST_LOG`, `default` unless it is set and valid, and never what could hold a payload or a secret.
#[must_use]
pub fn filter(default: &str) -> EnvFilter {
    filter_for(ambient::variable("RUST_LOG").as_deref(), default)
}

/// The same for a level given.
#[must_use]
pub fn filter_for(asked: Option<&str>, default: &str) -> EnvFilter {
    let filter = asked.and_then(|asked| EnvFilter::try_new(asked).ok()).unwrap_or_else(|| EnvFilter::new(default));
    // A directive replaces an earlier one for the same target, and is more specific than any level without a target.
    CAPPED.iter().filter_map(|cap| cap.parse().ok()).fold(filter, EnvFilter::add_directive)
}

/// Starts logging to standard output, as Lambda expects it. `RUST_LOG` sets the level; `info` unless set.
///
/// Starting twice in one process (as tests do) keeps the first.
pub fn start() {
    let filter = filter("info");
    let subscriber = tracing_subscriber::fmt().json().flatten_event(true).with_target(false).with_env_filter(filter);
    let _already_started = subscriber.try_init();
}

/// An error and all its sources in one line, for the operator.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_level_that_is_asked_for_shows_the_sdks_requests() {
        for asked in
            [Some("trace"), Some("aws_smithy_runtime=trace"), Some("debug,hyper=trace"), Some("no=such=thing"), None]
        {
            let filter = filter_for(asked, "warn").to_string();
            for cap in CAPPED {
                assert!(filter.split(',').any(|directive| directive == cap), "{asked:?}: {filter}");
            }
            assert!(!filter.contains("aws_smithy_runtime=trace"), "{asked:?}: {filter}");
        }
    }
}
