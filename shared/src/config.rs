//! A function's configuration: its environment, read once at the start.

use std::time::Duration;

use domain::{
    account::status::WRITERS_END_AFTER,
    attempt::schedule::RetryScale,
    delivery::{pressure::MAX_IN_FLIGHT, waiting::Waits},
    ids::AccountId,
    operations::Operations,
    profile::registry::Profiles,
    target::{TargetPolicy, address::Allowance, denied::DeniedTargets, ports::Ports},
};

use crate::{
    net::sender::Outside,
    portal::{Accent, PortalName, PortalSettings, PublicUrl, WebUrl},
    queue::urls::QueueUrls,
};

/// How long events and deliveries are kept by default.
const DEFAULT_RETENTION_DAYS: u64 = 30;

/// The fewest days that items may be kept: SQS keeps messages for 14 days and a delivery may take 10, and its event must outlive both.
const MIN_RETENTION_DAYS: u64 = 21;

/// How long a run of the schedule holds its lease: less than the minute between two runs.
const LEASE: Duration = Duration::from_secs(55);

/// How long the message of an operational event has before the schedule sends another.
const NOTE_PATIENCE: Duration = Duration::from_secs(20);

/// How long before they are due the schedule sends parked retries: several of its runs, so that a backlog is sent in time.
const LOOK_AHEAD: Duration = Duration::from_mins(4);

/// How long a recovery that is held waits between tries.
const PROBE: Duration = Duration::from_mins(1);

/// The configuration of every function.
#[derive(Debug, Clone)]
pub struct Config {
    pub table: String,
    pub queues: QueueUrls,
    pub targets: TargetPolicy,
    /// No variable sets it: see `docs/design/adr/0010-tests-bring-their-own-authority-and-names.md`.
    pub outside: Outside,
    /// Every profile, its delays scaled once, here. It lives as long as the process, so that whatever needs a profile can borrow it.
    pub profiles: &'static Profiles,
    pub waits: Waits,
    /// How long one run of the schedule keeps the next ones away, if it does not end before.
    pub lease: Duration,
    /// How long before they are due the schedule sends parked retries.
    pub look_ahead: Duration,
    /// The most messages of the retry lane that may be in flight.
    pub retry_in_flight: u64,
    /// How long a recovery that is held waits between tries.
    pub probe_every: Duration,
    /// How long after its deletion an account's writers may still be at work.
    pub writers_end_after: Duration,
    /// Who is told of what happens to the others.
    pub operations: Operations,
    /// How long the message of an operational event has before the schedule sends another.
    pub note_patience: Duration,
    /// How long events and deliveries are kept.
    pub retention: Duration,
    pub event_log: EventLog,
    pub portal: PortalSettings,
    /// The installation as its metrics name it; none where no metrics are collected.
    pub stack: Option<String>,
}

/// Everything that is wrong with the environment, in one message.
#[derive(Debug, thiserror::Error)]
#[error("the function's configuration is incomplete: {}", .problems.join("; "))]
pub struct ConfigError {
    problems: Vec<String>,
}

impl Config {
    /// Reads the variables through `lookup`.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader { lookup, problems: Vec::new() };
        let scale =
            reader.parsed("RETRY_SCALE", "a number above 0 and up to 1000", |text| RetryScale::new(text.parse().ok()?));
        let config = Self {
            table: reader.required("TABLE_NAME"),
            queues: QueueUrls {
                event: reader.required("EVENT_QUEUE_URL"),
                delivery: reader.required("DELIVERY_QUEUE_URL"),
                slow: reader.required("SLOW_QUEUE_URL"),
                retry: reader.required("RETRY_QUEUE_URL"),
                rejected: reader.required("REJECTED_QUEUE_URL"),
            },
            targets: TargetPolicy {
                allowance: reader.parsed("ALLOWED_TARGETS", "networks such as 127.0.0.0/8,::1/128", |text| {
                    Allowance::parse(text).ok()
                }),
                denied: reader.denied("DENIED_TARGETS"),
                ports: reader
                    .parsed("ALLOWED_PORTS", "ports and ranges such as 443,1024-65535", |text| Ports::parse(text).ok()),
            },
            outside: Outside::default(),
            profiles: Box::leak(Box::new(Profiles::built_in().scaled(scale))),
            waits: Waits::scaled(scale),
            lease: scale.lower(LEASE),
            look_ahead: scale.lower(LOOK_AHEAD),
            retry_in_flight: reader
                .parsed("RETRY_IN_FLIGHT", "a whole number from 1 to 120000", |text| {
                    text.parse().ok().filter(|most| (1..=MAX_IN_FLIGHT).contains(most)).map(Some)
                })
                .unwrap_or(MAX_IN_FLIGHT),
            probe_every: scale.lower(PROBE),
            writers_end_after: scale.lower(WRITERS_END_AFTER),
            note_patience: scale.lower(NOTE_PATIENCE),
            operations: Operations::new(
                reader.parsed("OPERATIONS_ACCOUNT", "an account's id", |text| AccountId::parse(text).ok().map(Some)),
            ),
            retention: reader.parsed("RETENTION_DAYS", "21 to 3650", Retention::parse).0,
            event_log: reader.parsed("EVENT_LOG", "true or false", EventLog::parse),
            portal: reader.portal(),
            stack: (reader.lookup)("STACK_NAME"),
        };
        if reader.problems.is_empty() { Ok(config) } else { Err(ConfigError { problems: reader.problems }) }
    }
}

/// Whether intake writes the event log. Without it, events cannot be listed, and what was never sent cannot be recovered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EventLog {
    #[default]
    On,
    Off,
}

impl EventLog {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "true" => Some(Self::On),
            "false" => Some(Self::Off),
            _ => None,
        }
    }
}

struct Retention(Duration);

impl Default for Retention {
    fn default() -> Self {
        Self(days(DEFAULT_RETENTION_DAYS))
    }
}

impl Retention {
    fn parse(text: &str) -> Option<Self> {
        let number = text.parse().ok().filter(|number| (MIN_RETENTION_DAYS..=3_650).contains(number))?;
        Some(Self(days(number)))
    }
}

fn days(number: u64) -> Duration {
    Duration::from_hours(number.saturating_mul(24))
}

struct Reader<F> {
    lookup: F,
    problems: Vec<String>,
}

impl<F: Fn(&str) -> Option<String>> Reader<F> {
    fn required(&mut self, name: &str) -> String {
        (self.lookup)(name).unwrap_or_else(|| {
            self.problems.push(format!("{name} is not set"));
            String::new()
        })
    }

    /// Without a valid list nothing starts: to go on without it would open what the operator closed.
    fn denied(&mut self, name: &str) -> DeniedTargets {
        let read = DeniedTargets::parse(&(self.lookup)(name).unwrap_or_default());
        read.unwrap_or_else(|error| {
            self.problems.push(format!("{name}: {error}"));
            DeniedTargets::default()
        })
    }

    fn portal(&mut self) -> PortalSettings {
        let url = "an address that begins with https://";
        PortalSettings {
            name: self.parsed("PORTAL_NAME", "one line of at most 64 characters", PortalName::parse),
            logo: self.parsed("PORTAL_LOGO_URL", url, |text| WebUrl::parse(text).map(Some)),
            accent: self.parsed("PORTAL_ACCENT", "a colour such as #2a49b8", |text| Accent::parse(text).map(Some)),
            return_url: self.parsed("PORTAL_RETURN_URL", url, |text| WebUrl::parse(text).map(Some)),
            public_url: self.parsed(
                "PUBLIC_URL",
                "an origin such as https://hooks.example.com, without a path",
                |text| PublicUrl::parse(text).map(Some),
            ),
        }
    }

    fn parsed<T: Default>(&mut self, name: &str, expected: &str, parse: impl Fn(&str) -> Option<T>) -> T {
        let Some(text) = (self.lookup)(name) else { return T::default() };
        parse(&text).unwrap_or_else(|| {
            self.problems.push(format!("{name} must be {expected}"));
            T::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(name: &str) -> Option<String> {
        name.ends_with("_QUEUE_URL").then(|| format!("http://127.0.0.1/{name}"))
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let error = Config::read(|name| match name {
            "TABLE_NAME" => None,
            "ALLOWED_TARGETS" => Some("localhost".to_owned()),
            "DENIED_TARGETS" => Some("203.0.113.0/24,203.0.113.0/33".to_owned()),
            "RETRY_SCALE" => Some("-1".to_owned()),
            "RETENTION_DAYS" => Some("20".to_owned()),
            "EVENT_LOG" => Some("yes".to_owned()),
            "RETRY_IN_FLIGHT" => Some("120001".to_owned()),
            "OPERATIONS_ACCOUNT" => Some("no account".to_owned()),
            "PORTAL_LOGO_URL" | "PORTAL_ACCENT" | "PUBLIC_URL" => Some("red".to_owned()),
            other => lookup(other),
        });
        let text = error.unwrap_err().to_string();
        for name in [
            "TABLE_NAME",
            "ALLOWED_TARGETS",
            "DENIED_TARGETS: '203.0.113.0/33'",
            "RETRY_SCALE",
            "RETENTION_DAYS",
            "EVENT_LOG",
            "RETRY_IN_FLIGHT",
            "OPERATIONS_ACCOUNT",
            "PORTAL_LOGO_URL",
            "PORTAL_ACCENT",
            "PUBLIC_URL",
        ] {
            assert!(text.contains(name), "{text}");
        }
    }

    #[test]
    fn production_defaults_allow_no_local_target_and_scale_nothing() {
        let config =
            Config::read(|name| if name == "TABLE_NAME" { Some("t".to_owned()) } else { lookup(name) }).unwrap();
        assert_eq!(config.targets.allowance, Allowance::none());
        assert_eq!(config.targets.denied, DeniedTargets::default());
        assert_eq!(config.waits, Waits::scaled(RetryScale::default()));
        assert_eq!(config.retention, days(30));
        assert_eq!(config.event_log, EventLog::On);
        assert_eq!(config.stack, None);
    }
}
