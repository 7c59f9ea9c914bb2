//! Structured logs: one JSON line each, with readable messages and dotted fields. Never payloads, secrets or keys.

use tracing_subscriber::EnvFilter;

/// Starts logging to standard output, as Lambda expects it. `RUST_LOG` sets the level; `info` unless set.
///
/// Starting twice in one process (as tests do) keeps the first.
pub fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
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
