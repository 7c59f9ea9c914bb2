//! A healthy endpoint, next to another healthy one and next to one that is dead or hostile.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};
use reqwest::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::{
    task::JoinSet,
    time::{Instant, interval, timeout},
};

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
const FOR: Duration = Duration::from_secs(20);
const PATIENCE: Duration = Duration::from_mins(2);

/// How many deliveries of the neighbour wait to be recovered: more than can be in the time.
const MISSED: usize = 3_000;
/// How many requests a second the quiet account makes.
const QUIET_PER_SECOND: u32 = 20;
/// How many requests of the flooding account are under way at once.
const FLOOD: usize = 8;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Results {
    pub seconds: u64,
    pub neighbours: Vec<Beside>,
    #[serde(default)]
    pub requests: Vec<Asked>,
}

/// How soon the healthy endpoint had its events.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Beside {
    pub neighbour: String,
    /// To each of the two endpoints.
    pub per_second: u32,
    pub ms: Spread,
}

/// How soon a quiet account's requests were answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Asked {
    pub neighbour: String,
    pub ms: Spread,
    /// Of the neighbour's requests, how many were admitted and how many were over its limits.
    pub admitted: usize,
    pub over_limit: usize,
}

/// What is next to the healthy endpoint.
#[derive(Debug, Clone, Copy)]
enum Neighbour {
    /// An endpoint that gets as many events.
    Endpoint(Manner),
    /// An endpoint that gets what it missed.
    Recovered,
}

pub async fn run(binaries: &Binaries) -> Result<Results> {
    let neighbours = [
        ("healthy, too", Neighbour::Endpoint(HEALTHY)),
        ("never answers", Neighbour::Endpoint(Manner::Dead)),
        ("drips a header for ever", Neighbour::Endpoint(Manner::Drips)),
        ("is recovered at 100/s", Neighbour::Recovered),
    ];
    let mut measured = Vec::new();
    for per_second in PER_SECOND {
        for (name, neighbour) in neighbours {
            say(&format!("isolation: {per_second} events a second, neighbour: {name} ..."));
            let ms = beside(binaries, per_second, neighbour).await?;
            measured.push(Beside { neighbour: name.to_owned(), per_second, ms });
        }
    }
    let mut requests = Vec::new();
    for (name, flood) in [("none", 0), ("floods the API", FLOOD)] {
        say(&format!("isolation: {QUIET_PER_SECOND} requests a second, neighbour: {name} ..."));
        requests.push(asked(binaries, name, flood).await?);
    }
    Ok(Results { seconds: FOR.as_secs(), neighbours: measured, requests })
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

/// A quiet account's requests, while another sends as many at once as `flood` says, without a pause.
async fn asked(binaries: &Binaries, neighbour: &str, flood: usize) -> Result<Asked> {
    let stack = Arc::new(Stack::start(binaries).await?);
    let endpoint = Receiver::start(HEALTHY).await?;
    let quiet = stack.account_with_default_limits("quiet", Profile::Standard).await?;
    let flooding = stack.account_with_default_limits("flooding", Profile::Standard).await?;
    let webhook = stack.webhook(&flooding, &endpoint.url, "*").await?;
    let mut floods = JoinSet::new();
    for _ in 0..flood {
        floods.spawn(flood_for(Arc::clone(&stack), flooding.clone(), webhook.clone()));
    }
    let mut ticks = interval(Duration::from_secs(1) / QUIET_PER_SECOND);
    let mut durations = Vec::new();
    for _ in 0..u64::from(QUIET_PER_SECOND) * FOR.as_secs() {
        ticks.tick().await;
        let begun = Instant::now();
        let answer = stack.call(&quiet, Method::GET, "/webhooks", None).await?;
        ensure!(answer.status.is_success(), "the quiet account got {}: {}", answer.status, answer.body);
        durations.push(begun.elapsed());
    }
    let (mut admitted, mut over_limit) = (0, 0);
    while let Some(flooded) = floods.join_next().await {
        let (more, over) = flooded??;
        (admitted, over_limit) = (admitted + more, over_limit + over);
    }
    let ms = Spread::of(durations).context("nothing was asked")?;
    Ok(Asked { neighbour: neighbour.to_owned(), ms, admitted, over_limit })
}

/// Publishes, lists and tests in turn. Returns how many requests were admitted, and how many were over a limit.
async fn flood_for(stack: Arc<Stack>, account: Account, webhook: String) -> Result<(usize, usize)> {
    let until = Instant::now() + FOR;
    let event = json!({ "event": "a", "data": 1 });
    let (test, nothing) = (format!("/webhooks/{webhook}/test"), json!({}));
    let requests = [
        (Method::POST, "/events", Some(&event)),
        (Method::GET, "/webhooks", None),
        (Method::POST, &test, Some(&nothing)),
    ];
    let (mut admitted, mut over_limit) = (0, 0);
    for (method, path, body) in requests.into_iter().cycle() {
        if Instant::now() >= until {
            break;
        }
        match stack.call(&account, method, path, body).await?.status {
            StatusCode::TOO_MANY_REQUESTS => over_limit += 1,
            _ => admitted += 1,
        }
    }
    Ok((admitted, over_limit))
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
        let mut requests = Table::new(&["neighbour", "its requests admitted", "over its limits", "p50", "p99", "max"]);
        for Asked { neighbour, ms, admitted, over_limit } in &self.requests {
            let figure = |ms: f64| format!("{ms:.1} ms");
            let counts = [admitted.to_string(), over_limit.to_string()];
            let [admitted, over_limit] = counts;
            requests.row(&[neighbour.clone(), admitted, over_limit, figure(ms.p50), figure(ms.p99), figure(ms.max)]);
        }
        let requests = if self.requests.is_empty() {
            String::new()
        } else {
            format!(
                "\n\nA quiet account lists its webhooks {QUIET_PER_SECOND} times a second. Its neighbour publishes, lists and tests without \
                 a pause, {FLOOD} requests at a time, on the same two cores. Both have the default limits.\n\n{requests}"
            )
        };
        format!(
            "Two accounts, each with one webhook and the same rate of events, published one of each at a time, for {} s from a fresh start of `cargo local`: the first seconds, in which \
             nobody knows yet that the neighbour is in trouble, are included. From the beginning of the publisher's call to the request's arrival at the \
             healthy endpoint.\n\n{table}{requests}",
            self.seconds
        )
    }
}
