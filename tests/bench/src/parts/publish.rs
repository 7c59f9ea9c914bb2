//! Events published over HTTP, one in each request: the local stack with its API, and a publisher that waits for each response.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use super::delivery::Speed;
use crate::{
    binaries::Binaries,
    receiver::{Manner, Receiver},
    say::say,
    stack::{self, Account, Profile, Stack},
    stats::Spread,
    steady,
    text::Table,
};

const EVENT: &str = "bench.event";
const DATA_BYTES: usize = 300;
/// How many requests are under way at once, and how many there are in all.
const AT_ONCE: usize = 16;
const REQUESTS: usize = 6_000;
const WARM_UP: usize = 500;
/// How long to wait for what follows the last response or the last request to the receiver.
const RECORDED: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_mins(5);
/// Events a second, and for how long.
const STEADY: [u32; 2] = [50, 300];
const STEADY_FOR: Duration = Duration::from_secs(10);

pub const LEAST_PER_SECOND: f64 = 1_100.0;
pub const MOST_CPU_MS: f64 = 1.6;
pub const MOST_P50_MS: f64 = 5.0;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Results {
    pub loads: Vec<Loaded>,
    pub latency: Vec<Latency>,
}

/// Requests without a pause, until everything that follows from them has been done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Loaded {
    pub load: String,
    /// Its processor time is that of the stack's process.
    pub stack: Speed,
}

/// From the beginning of the publisher's request until the receiver has the event.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Latency {
    pub per_second: u32,
    pub ms: Spread,
}

/// What the requests do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Load {
    ReadEventTypes,
    PublishUnwanted,
    PublishWanted,
}

impl Load {
    const ALL: [Self; 3] = [Self::ReadEventTypes, Self::PublishUnwanted, Self::PublishWanted];

    fn name(self) -> &'static str {
        match self {
            Self::ReadEventTypes => "`GET /event-types`",
            Self::PublishUnwanted => "`POST /events`, nobody wants it",
            Self::PublishWanted => "`POST /events`, delivered",
        }
    }

    fn request(self, number: usize) -> (Method, &'static str, Option<Value>) {
        match self {
            Self::ReadEventTypes => (Method::GET, "/event-types", None),
            Self::PublishUnwanted => (Method::POST, "/events", Some(event("bench.unwanted", number))),
            Self::PublishWanted => (Method::POST, "/events", Some(event(EVENT, number))),
        }
    }
}

fn event(name: &str, number: usize) -> Value {
    json!({ "event": name, "data": stack::data(number, DATA_BYTES) })
}

pub async fn run(binaries: &Binaries) -> Result<Results> {
    let (mut loads, mut latency) = (Vec::new(), Vec::new());
    for load in Load::ALL {
        say(&format!("publish: {REQUESTS} × {} ...", load.name()));
        loads.push(Loaded { load: load.name().to_owned(), stack: loaded(binaries, load).await? });
    }
    for per_second in STEADY {
        say(&format!("publish: {per_second} requests a second ..."));
        latency.push(Latency { per_second, ms: steadily(binaries, per_second).await? });
    }
    Ok(Results { loads, latency })
}

/// A stack with one webhook.
async fn scene(binaries: &Binaries, manner: Manner) -> Result<(Arc<Stack>, Receiver, Account)> {
    let stack = Arc::new(Stack::start(binaries).await?);
    let receiver = Receiver::start(manner).await?;
    let account = stack.account("bench", Profile::Standard).await?;
    stack.webhook(&account, &receiver.url, EVENT).await?;
    Ok((stack, receiver, account))
}

async fn loaded(binaries: &Binaries, load: Load) -> Result<Speed> {
    let (stack, receiver, account) = scene(binaries, Manner::Answers(Duration::ZERO)).await?;
    send(&stack, &account, load, WARM_UP).await?;
    sleep(RECORDED).await;
    let (before, begun) = (stack.usage()?.cpu, Instant::now());
    send(&stack, &account, load, REQUESTS).await?;
    let end = match load {
        Load::PublishWanted => receiver.reached(WARM_UP + REQUESTS, PATIENCE).await?,
        Load::ReadEventTypes | Load::PublishUnwanted => Instant::now(),
    };
    sleep(RECORDED).await;
    let used = stack.usage()?;
    Ok(Speed::of(REQUESTS, end - begun, used.cpu.saturating_sub(before), used.peak_bytes))
}

/// Sends as many requests, some of them at once, each after the response to one before.
async fn send(stack: &Arc<Stack>, account: &Account, load: Load, requests: usize) -> Result<()> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut sending = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (stack, account, next) = (Arc::clone(stack), account.clone(), Arc::clone(&next));
        sending.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= requests {
                    return anyhow::Ok(());
                }
                let (method, path, body) = load.request(number);
                let answer = stack.call(&account, method, path, body.as_ref()).await?;
                ensure!(answer.status.is_success(), "{path} answered {}: {}", answer.status, answer.body);
            }
        });
    }
    while let Some(sent) = sending.join_next().await {
        sent??;
    }
    Ok(())
}

async fn steadily(binaries: &Binaries, per_second: u32) -> Result<Spread> {
    let (stack, receiver, account) = scene(binaries, Manner::Remembers).await?;
    send(&stack, &account, Load::PublishWanted, WARM_UP).await?;
    receiver.reached(WARM_UP, PATIENCE).await?;
    let requests = usize::try_from(u64::from(per_second) * STEADY_FOR.as_secs())?;
    let published = steady::at_a_rate(per_second, WARM_UP..WARM_UP + requests, |number| {
        let (stack, account) = (Arc::clone(&stack), account.clone());
        async move {
            let (method, path, body) = Load::PublishWanted.request(number);
            let answer = stack.call(&account, method, path, body.as_ref()).await?;
            ensure!(answer.status.is_success(), "{path} answered {}: {}", answer.status, answer.body);
            Ok(())
        }
    });
    let published = published.await?;
    receiver.reached(WARM_UP + requests, PATIENCE).await?;
    published.until_received_by(&receiver).context("no event was followed")
}

impl Results {
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut loads = Table::new(&["requests", "a second", "CPU of the stack, each"]);
        for Loaded { load, stack } in &self.loads {
            loads.row(&[
                load.clone(),
                format!("{:.0}", stack.per_second),
                format!("{:.2} ms", stack.cpu_ms_per_delivery),
            ]);
        }
        let mut latency = Table::new(&["events/s", "p50", "p99", "max"]);
        for Latency { per_second, ms } in &self.latency {
            let figure = |ms: f64| format!("{ms:.1} ms");
            latency.row(&[per_second.to_string(), figure(ms.p50), figure(ms.p99), figure(ms.max)]);
        }
        format!(
            "`cargo local` as above, with one event of {DATA_BYTES} bytes of data in each request and {AT_ONCE} requests at once. The publisher and the receiver \
             run on the same machine. Budgets: {LEAST_PER_SECOND} events/s delivered, {MOST_CPU_MS} ms of the stack's CPU for each.\n\n{loads}\n\
             At a steady rate, from the beginning of the publisher's request to the event's arrival at the receiver. Budget: p50 {MOST_P50_MS} ms at 50/s.\n\n{latency}"
        )
    }
}
