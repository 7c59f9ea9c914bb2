//! Every request to AWS's services, exactly counted, and what a million events and an idle month cost.

mod bill;
mod idle;
mod notes;
mod replays;
mod scenario;
mod stage;
mod template;

use std::fs;

use anyhow::Result;
use serde::{Deserialize, Serialize};

pub use self::bill::Dollars;
use self::{
    bill::{Bill, bill},
    idle::Idle,
    notes::Change,
    replays::{RECOVERED, Replay},
    scenario::{FILTERED, FULL, HUNDRED, SCENARIOS, SINGLE, SINGLE_UNLOGGED},
    stage::{Stage, Used},
    template::{Made, lambda_log_bytes},
};
use crate::{
    binaries::{Binaries, repository},
    prices::Prices,
    say::say,
    text::Table,
};

const MOST_WRITES: f64 = 2.1;
const MOST_READS: f64 = 0.5;
const MOST_SQS: f64 = 0.5;
const MOST_SQS_SINGLE: f64 = 5.0;
const MOST_WRITES_SINGLE: f64 = 3.0;
const MOST_WRITES_SINGLE_UNLOGGED: f64 = 2.1;
const MOST_READS_SINGLE: f64 = 3.0;
const MOST_DOLLARS: f64 = 1.75;
const MOST_DOLLARS_SINGLE: f64 = 5.60;
const MOST_DOLLARS_SINGLE_UNLOGGED: f64 = 5.00;
/// By what share the price of an event's requests may differ because its account has a hundred webhooks.
const MOST_CHANGE: f64 = 0.10;

/// What the schedule calls the delivery function with, each minute.
const MINUTE: &str = "{}";
const ERASURE: &str = r#"{"task":"erasure"}"#;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Results {
    pub prices: Prices,
    pub scenarios: Vec<Measured>,
    pub idle: Idle,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Measured {
    pub name: String,
    pub used: Used,
}

pub async fn run(binaries: &Binaries) -> Result<Results> {
    let template = fs::read_to_string(repository().join("template.yaml"))?;
    let mut stage = Stage::start(binaries, lambda_log_bytes(&template)).await?;
    // The first opens connections.
    stage.idle(MINUTE).await?;
    let (minute, erasure) = (stage.idle(MINUTE).await?, stage.idle(ERASURE).await?);
    let mut scenarios = Vec::new();
    for scenario in &SCENARIOS {
        say(&format!("cost: {} ...", scenario.name));
        scenarios.push(Measured { name: scenario.name.to_owned(), used: stage.play(scenario).await? });
    }
    for replay in Replay::ALL {
        say(&format!("cost: {} ...", replay.name()));
        scenarios.push(Measured { name: replay.name().to_owned(), used: stage.replay(replay).await? });
    }
    for change in Change::ALL {
        say(&format!("cost: {} ...", change.name()));
        scenarios.push(Measured { name: change.name().to_owned(), used: stage.change(change).await? });
    }
    let idle = Idle::of(minute, erasure, Made::by(&template));
    let results = Results { prices: Prices::read()?, scenarios, idle };
    results.over_budget().iter().for_each(|over| say(&format!("over budget: {over}")));
    Ok(results)
}

/// An exact budget: a count of requests or units that depends on no clock.
struct Budget {
    what: &'static str,
    most: f64,
    is: f64,
}

impl Results {
    /// What exceeds its exact budget.
    #[must_use]
    pub fn over_budget(&self) -> Vec<String> {
        // What is no number is over, too.
        let over = |budget: &Budget| budget.is.is_nan() || budget.is > budget.most + 1e-9;
        let text = |budget: Budget| format!("{} {:.3}, at most {}", budget.what, budget.is, budget.most);
        self.budgets().into_iter().filter(over).map(text).collect()
    }

    fn budgets(&self) -> [Budget; 9] {
        let price = |name: &str| self.of(name, |bill| bill.dollars.requests());
        let change = |name: &str| (price(name) / price(FULL) - 1.0).abs();
        let (writes, reads, sqs) =
            (|bill: &Bill| bill.write_units, |bill: &Bill| bill.read_units, |bill: &Bill| bill.sqs);
        [
            ("write units an event, full batches:", MOST_WRITES, self.of(FULL, writes)),
            ("read units an event, full batches:", MOST_READS, self.of(FULL, reads)),
            ("SQS requests an event, full batches:", MOST_SQS, self.of(FULL, sqs)),
            ("write units an event, batches of 1:", MOST_WRITES_SINGLE, self.of(SINGLE, writes)),
            ("read units an event, batches of 1:", MOST_READS_SINGLE, self.of(SINGLE, reads)),
            ("SQS requests an event, batches of 1:", MOST_SQS_SINGLE, self.of(SINGLE, sqs)),
            (
                "write units an event, batches of 1, no event log:",
                MOST_WRITES_SINGLE_UNLOGGED,
                self.of(SINGLE_UNLOGGED, writes),
            ),
            ("change of the requests' price with 100 webhooks:", MOST_CHANGE, change(HUNDRED)),
            ("change of the requests' price with 100 filters:", MOST_CHANGE, change(FILTERED)),
        ]
        .map(|(what, most, is)| Budget { what, most, is })
    }

    /// A figure of a scenario. One that was not run is over every budget.
    fn of(&self, name: &str, figure: impl Fn(&Bill) -> f64) -> f64 {
        let found = self.scenarios.iter().find(|measured| measured.name == name);
        found.map_or(f64::INFINITY, |measured| figure(&bill(&measured.used, &self.prices)))
    }

    #[must_use]
    pub fn bills(&self) -> Vec<(&str, Bill)> {
        self.scenarios.iter().map(|measured| (measured.name.as_str(), bill(&measured.used, &self.prices))).collect()
    }
}

impl Results {
    #[must_use]
    pub fn markdown(&self) -> String {
        let Prices { date, region, architecture, .. } = &self.prices;
        format!(
            "Counted by a proxy between the shipped functions and DynamoDB and SQS, batch by batch: every request, the capacity DynamoDB says it consumed, and the \
             receives and deletes of Lambda's pollers (one each for up to ten messages); SQS bills each begun 64 KiB as a request. The publisher's own send is \
             not counted. Unless said otherwise: one account, one webhook that wants every event, 300 bytes of data, batches of 10, first try. For each event:\n\n\
             {}\n\
             Budgets, which `tests/run` asserts as they depend on no clock: {MOST_WRITES} write units, {MOST_READS} read units and {MOST_SQS} SQS requests \
             with full batches; {MOST_WRITES_SINGLE} write units ({MOST_WRITES_SINGLE_UNLOGGED} without the event log), {MOST_READS_SINGLE} read units and \
             {MOST_SQS_SINGLE} SQS requests with batches of 1; the requests' price changes by at most 10 % when an account has 100 webhooks, \
             with or without filters.\n\n\
             Filters look at the text of the data. The rate limit is 1,000 a second, so it delays nothing, and each batch asks for its turns with one write. \
             A resend counts its request to the API; a recovery counts one for all, its own ticks, and {RECOVERED} replays of what was skipped, 100 a second. \
             What was published before is not counted in either. \
             The rows of changes are for each request that changes a webhook; the second also counts the note, its event and its delivery in batches of 1.\n\n\
             Prices are those of {date} in {region} on {architecture}, without the free tier (`tests/bench/prices`). Receivers respond in 0.5 s, and \
             functions have 128 MB. Lambda's time is the waiting measured here and the computing times 1,769/128, because that size gets that share of \
             a processor. Logs are the functions' metric lines; Lambda's own lines are off by default (`SystemLogLevel`). Storage and backup last 30 days, and count 1 KiB for each write unit, \
             which is the most there can be. Egress is heads and bodies without TLS. The tenth that fails once comes due together here and shares batches, \
             which is a best case. The table shows dollars for a million events; the budget with full batches is ${MOST_DOLLARS:.2}, and \
             with batches of 1 ${MOST_DOLLARS_SINGLE:.2}, or ${MOST_DOLLARS_SINGLE_UNLOGGED:.2} without the event log:\n\n\
             {}\n\
             A month without events:\n\n{}",
            self.units(),
            self.dollars(),
            self.idle.table(&self.prices),
        )
    }

    fn units(&self) -> Table {
        let mut table = Table::new(&["", "write units", "read units", "SQS requests", "invocations", "DynamoDB calls"]);
        for (measured, (name, bill)) in self.scenarios.iter().zip(self.bills()) {
            let calls: f64 = measured.dynamodb_calls();
            table.row(&[
                name.to_owned(),
                format!("{:.2}", bill.write_units),
                format!("{:.2}", bill.read_units),
                format!("{:.2}", bill.sqs),
                format!("{:.2}", bill.invocations),
                format!("{calls:.2}"),
            ]);
        }
        table
    }

    fn dollars(&self) -> Table {
        let mut table =
            Table::new(&["", "DynamoDB", "SQS", "Lambda", "logs", "**sum**", "beside it: storage", "backup", "egress"]);
        for (name, Bill { dollars, .. }) in self.bills() {
            table.row(&[
                name.to_owned(),
                format!("{:.2}", dollars.dynamodb),
                format!("{:.2}", dollars.sqs),
                format!("{:.2}", dollars.lambda),
                format!("{:.2}", dollars.logs),
                format!("**{:.2}**", dollars.sum()),
                format!("{:.2}", dollars.storage),
                format!("{:.2}", dollars.backup),
                format!("{:.2}", dollars.egress),
            ]);
        }
        table
    }
}

impl Measured {
    #[expect(clippy::cast_precision_loss, reason = "hundreds of calls")]
    fn dynamodb_calls(&self) -> f64 {
        let calls: u64 = self.used.requests.dynamodb_calls.values().sum();
        calls as f64 / self.used.events as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_that_was_not_run_is_over_budget() {
        let idle = Idle::of(Used::default(), Used::default(), Made::by(""));
        let results = Results { prices: Prices::read().unwrap(), scenarios: Vec::new(), idle };
        assert_eq!(results.over_budget().len(), 9, "{:?}", results.over_budget());
    }
}
