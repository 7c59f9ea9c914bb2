//! How soon a healthy endpoint has its first attempts, next to another endpoint.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::timeout;

use super::FOR;
use crate::{
    binaries::Binaries,
    receiver::{Manner, Receiver},
    say::say,
    stack::{self, Account, Profile, Stack},
    stats::Spread,
    steady,
    text::Table,
};

const PER_SECOND: [u32; 2] = [20, 100];
const HEALTHY: Manner = Manner::Answers(Duration::ZERO);
const SLOW: Manner = Manner::Answers(Duration::from_millis(3_200));
const PATIENCE: Duration = Duration::from_mins(2);
/// How many deliveries of the neighbour wait to be recovered: more than can be in the time.
const MISSED: usize = 3_000;

/// The neighbours. The budget of all others is that next to the first one times 1.5, and 10 ms.
const NEIGHBOURS: [(&str, Neighbour); 5] = [
    ("healthy, too", Neighbour::Endpoint(HEALTHY)),
    ("never answers", Neighbour::Endpoint(Manner::Dead)),
    ("drips a header for ever", Neighbour::Endpoint(Manner::Drips)),
    ("answers in 3.2 s", Neighbour::Endpoint(SLOW)),
    ("is recovered at 100/s", Neighbour::Recovered),
];

/// How soon the healthy endpoint had its events.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Beside {
    pub neighbour: String,
    /// To each of the two endpoints.
    pub per_second: u32,
    pub ms: Spread,
}

/// What is next to the healthy endpoint.
#[derive(Debug, Clone, Copy)]
enum Neighbour {
    /// An endpoint that gets as many events.
    Endpoint(Manner),
    /// An endpoint that gets what it missed.
    Recovered,
}

pub async fn run(binaries: &Binaries) -> Result<Vec<Beside>> {
    let mut measured = Vec::new();
    for per_second in PER_SECOND {
        for (name, neighbour) in NEIGHBOURS {
            say(&format!("isolation: {per_second} events a second, neighbour: {name} ..."));
            let ms = beside(binaries, per_second, neighbour).await?;
            measured.push(Beside { neighbour: name.to_owned(), per_second, ms });
        }
    }
    Ok(measured)
}

async fn beside(binaries: &Binaries, per_second: u32, neighbour: Neighbour) -> Result<Spread> {
    let stack = Stack::start(binaries).await?;
    let healthy = Receiver::start(Manner::Remembers).await?;
    let account = stack.account("healthy", Profile::Standard).await?;
    stack.webhook(&account, &healthy.url, "to.healthy").await?;
    let troubled = stack.account("troubled", Profile::Standard).await?;
    let manner = if let Neighbour::Endpoint(manner) = neighbour { manner } else { HEALTHY };
    let endpoint = Receiver::start(manner).await?;
    let webhook = stack.webhook(&troubled, &endpoint.url, "to.neighbour").await?;
    if let Neighbour::Recovered = neighbour {
        begin_recovery(&stack, &troubled, &webhook).await?;
    }

    let events = usize::try_from(u64::from(per_second) * FOR.as_secs())?;
    let messages = |number| {
        let of = |event, account| stack::event(account, event, number, 300);
        match neighbour {
            Neighbour::Endpoint(_) => vec![of("to.healthy", &account), of("to.neighbour", &troubled)],
            Neighbour::Recovered => vec![of("to.healthy", &account)],
        }
    };
    let published = steady::publish(&stack, per_second, 0..events, messages).await?;
    healthy.reached(events, PATIENCE).await?;
    published.until_received_by(&healthy)
}

/// Has the webhook miss events, and then begins to recover them.
async fn begin_recovery(stack: &Stack, account: &Account, webhook: &str) -> Result<()> {
    let path = format!("/webhooks/{webhook}");
    let set_active = |is_active: bool| json!({ "isActive": is_active });
    let disabled = stack.call(account, Method::PATCH, &path, Some(&set_active(false))).await?;
    let begun = disabled.body["createdAt"].clone();
    let missed: Vec<String> = (0..MISSED).map(|number| stack::event(account, "to.neighbour", number, 300)).collect();
    for batch in missed.chunks(10) {
        stack.sqs.send(&stack.ready.event_queue_url, batch, 0).await?;
    }
    let recoveries = format!("{path}/recoveries");
    let estimate = json!({ "since": begun, "include": ["skipped"], "dryRun": true });
    let all = async {
        loop {
            let found = stack.call(account, Method::POST, &recoveries, Some(&estimate)).await?;
            if found.body["counts"]["skipped"] == MISSED {
                return Ok::<_, anyhow::Error>(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(PATIENCE, all).await.context("the events were not recorded as skipped")??;
    stack.call(account, Method::PATCH, &path, Some(&set_active(true))).await?;
    let recovery = json!({ "since": begun, "include": ["skipped"], "rate": 100 });
    let made = stack.call(account, Method::POST, &recoveries, Some(&recovery)).await?;
    ensure!(made.status.is_success(), "the recovery was not created: {}", made.body);
    Ok(())
}

pub fn table(measured: &[Beside]) -> Table {
    let mut table = Table::new(&["events/s to each", "neighbour", "p50", "p99", "budget", "max"]);
    for Beside { neighbour, per_second, ms } in measured {
        let figure = |ms: f64| format!("{ms:.1} ms");
        let budget = budget(measured, *per_second, neighbour).map_or_else(String::new, figure);
        table.row(&[per_second.to_string(), neighbour.clone(), figure(ms.p50), figure(ms.p99), budget, figure(ms.max)]);
    }
    table
}

/// The most that the 99th percentile may be. None for the neighbour that all others are compared with.
fn budget(measured: &[Beside], per_second: u32, neighbour: &str) -> Option<f64> {
    let healthy = measured.iter().find(|beside| beside.per_second == per_second)?;
    (healthy.neighbour != neighbour).then_some(healthy.ms.p99 * 1.5 + 10.0)
}
