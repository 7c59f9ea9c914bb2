//! A healthy account, next to another healthy one and next to those that are slow, dead or hostile.

mod first_attempts;
mod requests;
mod retries;

use std::time::Duration;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use self::{
    first_attempts::Beside,
    requests::{Asked, FLOOD, QUIET_PER_SECOND},
    retries::{EVENTS, MOST_PARKED_SECONDS, MOST_SHORT_SECONDS, Punctual, WEBHOOKS},
};
use crate::binaries::Binaries;

const FOR: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Results {
    pub seconds: u64,
    pub neighbours: Vec<Beside>,
    /// Results of before 2026-11-26 have none.
    #[serde(default)]
    pub retries: Vec<Punctual>,
    #[serde(default)]
    pub requests: Vec<Asked>,
}

pub async fn run(binaries: &Binaries) -> Result<Results> {
    Ok(Results {
        seconds: FOR.as_secs(),
        neighbours: first_attempts::run(binaries).await?,
        retries: retries::run(binaries).await?,
        requests: requests::run(binaries).await?,
    })
}

impl Results {
    #[must_use]
    pub fn markdown(&self) -> String {
        let sections = [
            Some(self.first_attempts()),
            (!self.retries.is_empty()).then(|| self.punctuality()),
            (!self.requests.is_empty()).then(|| self.requests()),
        ];
        sections.into_iter().flatten().collect::<Vec<_>>().join("\n")
    }

    fn first_attempts(&self) -> String {
        format!(
            "Two accounts, each with one webhook and the same rate of events, published one of each at a time, for {} s from a fresh start of `cargo local`: the first seconds, in which \
             nobody knows yet that the neighbour is in trouble, are included. From the beginning of the publisher's call to the request's arrival at the \
             healthy endpoint. The budget is for p99: that next to a healthy neighbour times 1.5, and 10 ms.\n\n{}",
            self.seconds,
            first_attempts::table(&self.neighbours)
        )
    }

    fn punctuality(&self) -> String {
        format!(
            "A watched account's first attempts fail, and its retries succeed. Its neighbour has {WEBHOOKS} webhooks and publishes {EVENTS} events to them; \
             they never answer, or answer 503 with `Retry-After: 3599`. Half of these events have been attempted when the first watched one is published. \
             Delays are scaled by 0.05, so that a retry is parked whose wait is longer than 45 s; the neighbour's are 5, 300 and 1,800 s all the same. \
             The quota is how many messages of the retry lane may be in flight: 120,000 in SQS. A smaller one than concurrent executions times a batch \
             would be filled by attempts alone. Budgets: {MOST_SHORT_SECONDS} s for a retry due in 5 s, {MOST_PARKED_SECONDS} s after its time for a parked one.\n\n{}",
            retries::table(&self.retries)
        )
    }

    fn requests(&self) -> String {
        format!(
            "A quiet account lists its webhooks {QUIET_PER_SECOND} times a second. Its neighbour publishes, lists and tests without \
             a pause, {FLOOD} requests at a time, on the same two cores. Both have the default limits.\n\n{}",
            requests::table(&self.requests)
        )
    }
}
