//! Structured logs: one JSON line each, with readable messages and dotted fields. Never payloads, secrets or keys.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{Layer, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use crate::ambient;

/// Libraries whose own logs hold what must not be read there (the SDK's hold whole requests), each with the level that is safe.
const CAPPED: [(&str, LevelFilter); 13] = [
    ("aws_config", LevelFilter::WARN),
    ("aws_credential_types", LevelFilter::WARN),
    ("aws_runtime", LevelFilter::WARN),
    ("aws_sdk_dynamodb", LevelFilter::WARN),
    ("aws_sdk_sqs", LevelFilter::WARN),
    ("aws_sigv4", LevelFilter::WARN),
    ("aws_smithy_runtime", LevelFilter::WARN),
    ("aws_smithy_runtime_api", LevelFilter::WARN),
    ("hyper", LevelFilter::WARN),
    ("hyper_util", LevelFilter::WARN),
    ("lambda_http", LevelFilter::INFO),
    ("lambda_runtime", LevelFilter::INFO),
    ("reqwest", LevelFilter::WARN),
];

/// The target of the audit trail's lines, which are written at every level: who turns other lines off still has to know who changed what.
pub const AUDIT: &str = "audit";

/// What is logged: `RUST_LOG` (levels, and levels of targets), `default` unless it is set and valid, and never what could hold
/// a payload or a secret.
pub fn filter(default: &str) -> Targets {
    filter_for(ambient::variable("RUST_LOG").as_deref(), default)
}

/// The same for a level given.
pub fn filter_for(asked: Option<&str>, default: &str) -> Targets {
    let asked: Option<Targets> = asked.and_then(|asked| asked.parse().ok());
    let filter = asked.or_else(|| default.parse().ok()).unwrap_or_default();
    let is_capped = |target: &str| CAPPED.iter().any(|(capped, _)| target.starts_with(capped));
    let kept: Vec<_> = filter
        .iter()
        .filter(|(target, _)| !is_capped(target))
        .map(|(target, level)| (target.to_owned(), level))
        .collect();
    // A target's own level is more specific than the default.
    Targets::new()
        .with_default(filter.default_level().unwrap_or(LevelFilter::ERROR))
        .with_targets(kept)
        .with_targets(CAPPED)
        .with_target(AUDIT, LevelFilter::INFO)
}

/// Starts logging to standard output, as Lambda expects it. `RUST_LOG` sets the level; `info` unless set.
///
/// A panic is logged by its place only: its text may quote what was at hand, a payload for one.
///
/// Starting twice in one process (as tests do) keeps the first.
pub fn start() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(panic.location = place, "a panic, which is a defect: please report it with its place");
    }));
    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_target(false);
    let _already_started = tracing_subscriber::registry().with(lines.with_filter(filter("info"))).try_init();
}

/// An error and all its sources in one line, for the operator.
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
    use tracing::Level;

    use super::*;

    #[test]
    fn no_level_that_is_asked_for_shows_the_sdks_requests() {
        let asked = [
            Some("trace"),
            Some("aws_smithy_runtime=trace"),
            Some("debug,aws_smithy_runtime::client=trace"),
            Some("aws_smithy_runtime:=trace"),
            None,
        ];
        for asked in asked {
            let filter = filter_for(asked, "trace");
            for (target, _) in CAPPED {
                assert!(!filter.would_enable(target, &Level::DEBUG), "{asked:?}: {target}");
                assert!(!filter.would_enable(&format!("{target}::client"), &Level::DEBUG), "{asked:?}: {target}");
            }
        }
    }

    #[test]
    fn levels_and_targets_are_kept_as_asked_and_a_bad_setting_is_the_default() {
        assert!(filter_for(Some("debug"), "info").would_enable("delivery", &Level::DEBUG));
        assert!(filter_for(Some("warn,delivery=trace"), "info").would_enable("delivery::batch", &Level::TRACE));
        assert!(!filter_for(Some("warn,delivery=trace"), "info").would_enable("intake", &Level::INFO));
        assert!(filter_for(Some("no=such=thing"), "info").would_enable("intake", &Level::INFO));
        assert!(filter_for(None, "info").would_enable("intake", &Level::INFO));
        for asked in ["warn", "error", "off", "audit=off"] {
            assert!(filter_for(Some(asked), "info").would_enable(AUDIT, &Level::INFO), "{asked}");
        }
    }
}
