//! How soon a quiet account's requests are answered, next to one that floods the API.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};
use reqwest::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::{
    task::JoinSet,
    time::{Instant, interval},
};

use super::FOR;
use crate::{
    binaries::Binaries,
    receiver::{Manner, Receiver},
    say::say,
    stack::{Account, Profile, Stack},
    stats::Spread,
    text::Table,
};

/// How many requests a second the quiet account makes.
pub const QUIET_PER_SECOND: u32 = 20;
/// How many requests of the flooding account are under way at once.
pub const FLOOD: usize = 8;

/// How soon a quiet account's requests were answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Asked {
    pub neighbour: String,
    pub ms: Spread,
    /// Of the neighbour's requests, how many were admitted and how many were over its limits.
    pub admitted: usize,
    pub over_limit: usize,
}

pub async fn run(binaries: &Binaries) -> Result<Vec<Asked>> {
    let mut requests = Vec::new();
    for (name, flood) in [("none", 0), ("floods the API", FLOOD)] {
        say(&format!("isolation: {QUIET_PER_SECOND} requests a second, neighbour: {name} ..."));
        requests.push(asked(binaries, name, flood).await?);
    }
    Ok(requests)
}

/// A quiet account's requests, while another sends as many at once as `flood` says, without a pause.
async fn asked(binaries: &Binaries, neighbour: &str, flood: usize) -> Result<Asked> {
    let stack = Arc::new(Stack::start(binaries).await?);
    let endpoint = Receiver::start(Manner::Answers(Duration::ZERO)).await?;
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

pub fn table(measured: &[Asked]) -> Table {
    let mut table = Table::new(&["neighbour", "its requests admitted", "over its limits", "p50", "p99", "max"]);
    for Asked { neighbour, ms, admitted, over_limit } in measured {
        let figure = |ms: f64| format!("{ms:.1} ms");
        let [admitted, over_limit] = [admitted, over_limit].map(ToString::to_string);
        table.row(&[neighbour.clone(), admitted, over_limit, figure(ms.p50), figure(ms.p99), figure(ms.max)]);
    }
    table
}
