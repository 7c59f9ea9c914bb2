//! A healthy endpoint, next to another healthy one and next to one that is dead or hostile.

use std::time::Duration;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::{
    binaries::Binaries,
    receiver::{Manner, Receiver},
    say::say,
    stack::{self, Profile, Stack},
    stats::Spread,
    steady,
    text::Table,
};

const PER_SECOND: [u32; 2] = [20, 100];
const HEALTHY: Manner = Manner::Answers(Duration::ZERO);
const FOR: Duration = Duration::from_secs(20);
const PATIENCE: Duration = Duration::from_mins(2);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Results {
    pub seconds: u64,
    pub neighbours: Vec<Beside>,
}

/// How soon the healthy endpoint had its events.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Beside {
    pub neighbour: String,
    /// To each of the two endpoints.
    pub per_second: u32,
    pub ms: Spread,
}

pub async fn run(binaries: &Binaries) -> Result<Results> {
    let neighbours =
        [("healthy, too", HEALTHY), ("never answers", Manner::Dead), ("drips a header for ever", Manner::Drips)];
    let mut measured = Vec::new();
    for per_second in PER_SECOND {
        for (name, manner) in neighbours {
            say(&format!("isolation: {per_second} events a second, neighbour: {name} ..."));
            let ms = beside(binaries, per_second, manner).await?;
            measured.push(Beside { neighbour: name.to_owned(), per_second, ms });
        }
    }
    Ok(Results { seconds: FOR.as_secs(), neighbours: measured })
}

async fn beside(binaries: &Binaries, per_second: u32, neighbour: Manner) -> Result<Spread> {
    let stack = Stack::start(binaries).await?;
    let healthy = Receiver::start(Manner::Remembers).await?;
    let account = stack.account("healthy", Profile::Standard).await?;
    stack.webhook(&account, &healthy.url, "to.healthy").await?;
    let troubled = stack.account("troubled", Profile::Standard).await?;
    let endpoint = Receiver::start(neighbour).await?;
    stack.webhook(&troubled, &endpoint.url, "to.neighbour").await?;

    let events = usize::try_from(u64::from(per_second) * FOR.as_secs())?;
    let both = |number| {
        [("to.healthy", &account), ("to.neighbour", &troubled)]
            .map(|(event, account)| stack::event(account, event, number, 300))
            .into()
    };
    let published = steady::publish(&stack, per_second, 0..events, both).await?;
    healthy.reached(events, PATIENCE).await?;
    published.until_received_by(&healthy)
}

impl Results {
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut table = Table::new(&["events/s to each", "neighbour", "p50", "p99", "max"]);
        for Beside { neighbour, per_second, ms } in &self.neighbours {
            let figure = |ms: f64| format!("{ms:.1} ms");
            let cells = [per_second.to_string(), neighbour.clone(), figure(ms.p50), figure(ms.p99), figure(ms.max)];
            table.row(&cells);
        }
        format!(
            "Two accounts, each with one webhook and the same rate of events, published one of each at a time, for {} s from a fresh start of `cargo local`: the first seconds, in which \
             nobody knows yet that the neighbour is in trouble, are included. From the beginning of the publisher's call to the request's arrival at the \
             healthy endpoint.\n\n{table}",
            self.seconds
        )
    }
}
