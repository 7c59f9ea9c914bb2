//! What is published in each row, to whom, and what becomes of it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{receiver::Manner, stack::Profile};

/// How long a receiver takes to respond.
pub const ANSWERS_AFTER: Duration = Duration::from_millis(500);
/// How long a batching window takes to fill a batch here.
const WINDOW: Duration = Duration::from_secs(5);
const OTHER_EVENT: &str = "link.deleted";
pub const EVENT: &str = "link.created";

pub const FULL: &str = "full batches";
pub const SINGLE: &str = "batches of 1";
pub const SINGLE_UNLOGGED: &str = "batches of 1, no event log";
pub const HUNDRED: &str = "100 webhooks, one wants it";
pub const FILTERED: &str = "100 webhooks with filters, one matches";

pub const PLAIN: Scenario = Scenario {
    name: FULL,
    profile: Profile::Standard,
    accounts: 1,
    matching: 1,
    others: 0,
    data_bytes: 300,
    batch: 10,
    batches: 10,
    fields: Fields::None,
    outcome: Outcome::FirstTry,
    waits: Duration::ZERO,
    setting: Setting::Defaults,
};

pub const SCENARIOS: [Scenario; 19] = [
    PLAIN,
    Scenario { name: "ten accounts in each batch", accounts: 10, ..PLAIN },
    Scenario { name: SINGLE, batch: 1, ..PLAIN },
    Scenario { name: "a window of 5 s gathers ten", batches: 3, waits: WINDOW, ..PLAIN },
    // The first of these two also notes, twice a minute at most, that the log is off.
    Scenario { name: "full batches, no event log", setting: Setting::NoEventLog, ..PLAIN },
    Scenario { name: SINGLE_UNLOGGED, batch: 1, setting: Setting::NoEventLog, ..PLAIN },
    Scenario { name: "operational events are on", setting: Setting::Operations, ..PLAIN },
    Scenario { name: "nobody wants it", matching: 0, others: 1, ..PLAIN },
    Scenario { name: "10 webhooks want it", matching: 10, batches: 2, ..PLAIN },
    Scenario { name: HUNDRED, others: 99, ..PLAIN },
    Scenario { name: FILTERED, others: 99, fields: Fields::Filters, ..PLAIN },
    Scenario { name: "its filter does not match", matching: 0, others: 1, fields: Fields::Filters, ..PLAIN },
    Scenario { name: "a rate limit", fields: Fields::RateLimit, ..PLAIN },
    Scenario { name: "1 KB", data_bytes: 1_000, ..PLAIN },
    Scenario { name: "10 KB", data_bytes: 10_000, ..PLAIN },
    Scenario { name: "100 KB", data_bytes: 100_000, ..PLAIN },
    Scenario { name: "every tenth fails once", outcome: Outcome::TenthFailsOnce, ..PLAIN },
    Scenario {
        name: "all fail, four attempts (`awsys`)",
        profile: Profile::Awsys,
        batches: 1,
        outcome: Outcome::GivenUp { attempts: 4 },
        ..PLAIN
    },
    Scenario {
        name: "all fail, batches of 1",
        profile: Profile::Awsys,
        batch: 1,
        batches: 2,
        outcome: Outcome::GivenUp { attempts: 4 },
        ..PLAIN
    },
];

/// Events of one kind.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    pub name: &'static str,
    pub profile: Profile,
    pub accounts: usize,
    /// Webhooks of each account that want the events, and others that do not.
    pub matching: usize,
    pub others: usize,
    pub data_bytes: usize,
    pub batch: usize,
    pub batches: usize,
    pub fields: Fields,
    pub outcome: Outcome,
    /// How long events wait before intake gets them.
    pub waits: Duration,
    pub setting: Setting,
}

/// How the functions are set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    Defaults,
    NoEventLog,
    /// An operations account is named.
    Operations,
}

/// What the webhooks set in addition to their address and their events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fields {
    None,
    /// All want the same events by name. Each has a filter, which the others' data does not match.
    Filters,
    /// A rate limit that delays nothing here.
    RateLimit,
}

/// What becomes of the deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    FirstTry,
    /// Every tenth needs two attempts.
    TenthFailsOnce,
    /// All use up every attempt their profile allows.
    GivenUp {
        attempts: usize,
    },
}

impl Scenario {
    pub fn manner(&self) -> Manner {
        match self.outcome {
            Outcome::FirstTry => Manner::Answers(ANSWERS_AFTER),
            Outcome::TenthFailsOnce => Manner::FailsTenthOnce(ANSWERS_AFTER),
            Outcome::GivenUp { .. } => Manner::Fails(ANSWERS_AFTER),
        }
    }

    /// The webhook of an account with this number. Those that want the events come first.
    pub fn webhook(&self, index: usize, url: &str) -> Value {
        let is_matching = index < self.matching;
        let wants = json!({ "url": url, "events": [EVENT] });
        match self.fields {
            Fields::None if is_matching => wants,
            Fields::None => json!({ "url": url, "events": [OTHER_EVENT] }),
            Fields::Filters if is_matching => with(wants, "filter", filter("x")),
            Fields::Filters => with(wants, "filter", filter(&format!("customer-{index:03}"))),
            Fields::RateLimit => with(wants, "rateLimit", json!({ "requests": 1_000, "seconds": 1 })),
        }
    }

    pub fn events(&self) -> usize {
        self.batch * self.batches
    }

    fn deliveries(&self) -> usize {
        self.events() * self.matching
    }

    /// How many deliveries are attempted again, each time all of them.
    pub fn retried(&self) -> usize {
        match self.outcome {
            Outcome::FirstTry => 0,
            Outcome::TenthFailsOnce => self.deliveries() / 10,
            Outcome::GivenUp { .. } => self.deliveries(),
        }
    }

    /// How many requests are still to come before all that is attempted again has been, once more.
    pub fn left_of_round(&self, requests: usize) -> usize {
        match (self.requests().saturating_sub(requests), self.retried()) {
            (0, _) | (_, 0) => 0,
            (left, retried) => (left - 1) % retried + 1,
        }
    }

    /// How many requests endpoints get in all.
    pub fn requests(&self) -> usize {
        let rounds = match self.outcome {
            Outcome::FirstTry => 0,
            Outcome::TenthFailsOnce => 1,
            Outcome::GivenUp { attempts } => attempts - 1,
        };
        self.deliveries() + rounds * self.retried()
    }
}

/// A filter for data whose text begins like this. That of the benchmark's events begins with an x.
fn filter(prefix: &str) -> Value {
    json!({ "data": { "text": [{ "prefix": prefix }] } })
}

fn with(mut webhook: Value, field: &str, value: Value) -> Value {
    webhook[field] = value;
    webhook
}
