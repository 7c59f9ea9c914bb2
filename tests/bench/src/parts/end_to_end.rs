//! The whole local stack: a publisher, `cargo local` in a process of its own, and a receiver, on one machine.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep, sleep_until};

use super::delivery::Speed;
use crate::{
    binaries::Binaries,
    process::Usage,
    receiver::{Manner, Receiver},
    say::say,
    stack::{self, Account, Profile, Stack},
    stats::Spread,
    steady,
    text::Table,
};

const EVENT: &str = "bench.event";
const PATIENCE: Duration = Duration::from_mins(5);
/// Webhooks that all want each event, bytes of data, events.
const THROUGHPUT: [(usize, usize, usize); 4] =
    [(1, 300, 20_000), (100, 300, 300), (1, 30_000, 3_000), (100, 30_000, 60)];
/// Events a second, and for how long.
const LATENCY: [u32; 2] = [50, 500];
const LATENCY_FOR: Duration = Duration::from_secs(10);
const BACKLOGS: [usize; 3] = [1_000, 10_000, 100_000];
/// After the last request, its delivery is still recorded and its message deleted.
const RECORDED: Duration = Duration::from_millis(300);
/// Slower than events are published, so that all are there before the first becomes visible.
const PUBLISHED_PER_SECOND: u64 = 5_000;

pub const LEAST_PER_SECOND: f64 = 3_000.0;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Results {
    pub throughput: Vec<Throughput>,
    pub latency: Vec<Latency>,
    pub backlogs: Vec<Backlog>,
}

/// Events published as fast as the queue accepts them, until the last is received.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Throughput {
    pub webhooks: usize,
    pub data_bytes: usize,
    /// Its processor time is that of the stack's process.
    pub stack: Speed,
    /// The publisher's and the receiver's own.
    pub beside_cpu_ms_per_delivery: f64,
}

/// From the beginning of the publisher's call until the receiver has the request, at a steady rate.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Latency {
    pub per_second: u32,
    pub ms: Spread,
}

/// Events that all become visible within a second.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Backlog {
    pub events: usize,
    pub drained: Speed,
}

/// A stack with one receiver.
struct Scene {
    stack: Stack,
    receiver: Receiver,
    account: Account,
}

impl Scene {
    async fn start(binaries: &Binaries, manner: Manner, webhooks: usize) -> Result<Self> {
        let stack = Stack::start(binaries).await?;
        let receiver = Receiver::start(manner).await?;
        let account = stack.account("bench", Profile::Standard).await?;
        for _ in 0..webhooks {
            stack.webhook(&account, &receiver.url, EVENT).await?;
        }
        Ok(Self { stack, receiver, account })
    }

    async fn publish(&self, numbers: impl IntoIterator<Item = usize>, bytes: usize, delay: u64) -> Result<()> {
        let bodies: Vec<String> =
            numbers.into_iter().map(|number| stack::event(&self.account, EVENT, number, bytes)).collect();
        self.stack.sqs.send(&self.stack.ready.event_queue_url, &bodies, delay).await
    }

    /// Connections are open and code is in memory.
    async fn warm_up(&self, webhooks: usize) -> Result<usize> {
        let events = 500 / webhooks.min(500);
        for number in 0..events {
            self.publish([number], 300, 0).await?;
        }
        self.receiver.reached(events * webhooks, PATIENCE).await?;
        Ok(events * webhooks)
    }
}

pub async fn run(binaries: &Binaries) -> Result<Results> {
    let (mut throughput, mut latency, mut backlogs) = (Vec::new(), Vec::new(), Vec::new());
    for (webhooks, data_bytes, events) in THROUGHPUT {
        say(&format!("end-to-end: {events} events of {data_bytes} bytes to {webhooks} webhooks ..."));
        throughput.push(throughput_of(binaries, webhooks, data_bytes, events).await?);
    }
    for per_second in LATENCY {
        say(&format!("end-to-end: {per_second} events a second ..."));
        latency.push(latency_at(binaries, per_second).await?);
    }
    for events in BACKLOGS {
        say(&format!("end-to-end: a backlog of {events} ..."));
        backlogs.push(backlog_of(binaries, events).await?);
    }
    Ok(Results { throughput, latency, backlogs })
}

async fn throughput_of(binaries: &Binaries, webhooks: usize, data_bytes: usize, events: usize) -> Result<Throughput> {
    let scene = Scene::start(binaries, Manner::Answers(Duration::ZERO), webhooks).await?;
    let warm_up = scene.warm_up(webhooks).await?;
    let (before, beside, begun) = (scene.stack.usage()?.cpu, Usage::of(std::process::id())?.cpu, Instant::now());
    // SQS takes 1 MiB a request.
    let at_once = (900_000 / data_bytes.max(1)).clamp(1, 10);
    for first in (0..events).step_by(at_once) {
        scene.publish(first..events.min(first + at_once), data_bytes, 0).await?;
    }
    let deliveries = events * webhooks;
    let last = scene.receiver.reached(warm_up + deliveries, PATIENCE).await?;
    sleep(RECORDED).await;
    let used = scene.stack.usage()?;
    let beside = Usage::of(std::process::id())?.cpu.saturating_sub(beside);
    Ok(Throughput {
        webhooks,
        data_bytes,
        stack: Speed::of(deliveries, last - begun, used.cpu.saturating_sub(before), used.peak_bytes),
        beside_cpu_ms_per_delivery: Speed::of(deliveries, beside, beside, 0).cpu_ms_per_delivery,
    })
}

async fn latency_at(binaries: &Binaries, per_second: u32) -> Result<Latency> {
    let scene = Scene::start(binaries, Manner::Remembers, 1).await?;
    let warm_up = scene.warm_up(1).await?;
    let events = usize::try_from(u64::from(per_second) * LATENCY_FOR.as_secs())?;
    let event = |number| vec![stack::event(&scene.account, EVENT, number, 300)];
    let published = steady::publish(&scene.stack, per_second, warm_up..warm_up + events, event).await?;
    scene.receiver.reached(warm_up + events, PATIENCE).await?;
    Ok(Latency { per_second, ms: published.until_received_by(&scene.receiver)? })
}

async fn backlog_of(binaries: &Binaries, events: usize) -> Result<Backlog> {
    let scene = Scene::start(binaries, Manner::Answers(Duration::ZERO), 1).await?;
    let warm_up = scene.warm_up(1).await?;
    let until_visible = Duration::from_secs(2 + u64::try_from(events)? / PUBLISHED_PER_SECOND);
    let visible_at = Instant::now() + until_visible;
    for first in (0..events).step_by(10) {
        let left = visible_at.saturating_duration_since(Instant::now());
        scene.publish(first..events.min(first + 10), 300, left.as_secs() + 1).await?;
    }
    ensure!(Instant::now() < visible_at, "publishing took longer than expected: the backlog was never whole");
    sleep_until(visible_at).await;
    let before = scene.stack.usage()?.cpu;
    let last = scene.receiver.reached(warm_up + events, PATIENCE).await?;
    sleep(RECORDED).await;
    let used = scene.stack.usage()?;
    Ok(Backlog {
        events,
        drained: Speed::of(events, last - visible_at, used.cpu.saturating_sub(before), used.peak_bytes),
    })
}

impl Results {
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut throughput = Table::new(&[
            "webhooks, all matching",
            "data",
            "deliveries/s",
            "CPU of the stack, each",
            "of publisher and receiver",
            "peak memory",
        ]);
        for Throughput { webhooks, data_bytes, stack, beside_cpu_ms_per_delivery } in &self.throughput {
            throughput.row(&[
                webhooks.to_string(),
                format!("{data_bytes} bytes"),
                format!("{:.0}", stack.per_second),
                format!("{:.3} ms", stack.cpu_ms_per_delivery),
                format!("{beside_cpu_ms_per_delivery:.3} ms"),
                format!("{} MB", stack.peak_bytes >> 20),
            ]);
        }
        let mut latency = Table::new(&["events/s", "p50", "p99", "max"]);
        for Latency { per_second, ms } in &self.latency {
            let figure = |ms: f64| format!("{ms:.1} ms");
            latency.row(&[per_second.to_string(), figure(ms.p50), figure(ms.p99), figure(ms.max)]);
        }
        let mut backlogs = Table::new(&["backlog", "drained, events/s", "CPU of the stack, each", "peak memory"]);
        for Backlog { events, drained } in &self.backlogs {
            backlogs.row(&[
                events.to_string(),
                format!("{:.0}", drained.per_second),
                format!("{:.3} ms", drained.cpu_ms_per_delivery),
                format!("{} MB", drained.peak_bytes >> 20),
            ]);
        }
        format!(
            "`cargo local`: SQS, DynamoDB, all functions and what stands for Lambda, in one process; a publisher and a receiver in another, on the same machine. \
             Everything is in memory, so memory grows with what is stored. Budget: {LEAST_PER_SECOND} deliveries/s to one webhook with 300 bytes of data.\n\n\
             {throughput}\nAt a steady rate, from the beginning of the publisher's call to the request's arrival at the receiver:\n\n{latency}\n\
             Backlogs, published before and visible within one second:\n\n{backlogs}"
        )
    }
}
