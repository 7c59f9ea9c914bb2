//! The delivery function by itself: its shipped program, batch by batch, compared with a loop that only signs and posts.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};
use tokio::{process::Command, time::Instant};

use crate::{
    bare,
    binaries::Binaries,
    pipeline::Pipeline,
    process::Usage,
    receiver::{Manner, Receiver},
    say::say,
    sqs::Message,
    stack::{self, Profile, Stack},
    stats::ms,
    text::Table,
};

/// Batch sizes, and how many deliveries of each.
const RUNS: [(usize, usize); 3] = [(1, 3_000), (10, 10_000), (100, 10_000)];
/// Deliveries before the measurement: connections are open, pages touched.
const WARM_UP: usize = 500;
const DATA_BYTES: usize = 300;
const EVENT: &str = "bench.event";

const MOST_CPU_MS: f64 = 0.12;
const MOST_TIMES_BARE: f64 = 2.5;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Results {
    pub data_bytes: usize,
    pub batches: Vec<Batches>,
    /// What the intake function used for each event meanwhile, in batches of ten.
    pub intake_cpu_ms_per_event: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Batches {
    pub batch: usize,
    pub delivery: Speed,
    pub bare: Speed,
}

/// Of one process, one batch after the other.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Speed {
    pub deliveries: usize,
    pub per_second: f64,
    /// The process's own, in the kernel and outside.
    pub cpu_ms_per_delivery: f64,
    pub peak_bytes: u64,
}

impl Speed {
    #[expect(clippy::cast_precision_loss, reason = "thousands of deliveries")]
    pub fn of(deliveries: usize, took: Duration, cpu: Duration, peak_bytes: u64) -> Self {
        let count = deliveries as f64;
        Self { deliveries, per_second: count / took.as_secs_f64(), cpu_ms_per_delivery: ms(cpu) / count, peak_bytes }
    }
}

pub async fn run(binaries: &Binaries) -> Result<Results> {
    let stack = Stack::start(binaries).await?;
    let receiver = Receiver::start(Manner::Answers(Duration::ZERO)).await?;
    let account = stack.account("bench", Profile::Standard).await?;
    stack.webhook(&account, &receiver.url, EVENT).await?;
    let pipeline = Pipeline::start(binaries, &stack, None, 1.0).await?;
    let (mut batches, mut number) = (Vec::new(), 0);
    let (mut events, mut intake_cpu) = (0, Duration::ZERO);
    for (batch, deliveries) in RUNS {
        say(&format!("delivery: {deliveries} deliveries in batches of {batch} ..."));
        let bodies: Vec<String> = (number..number + WARM_UP + deliveries)
            .map(|number| stack::event(&account, EVENT, number, DATA_BYTES))
            .collect();
        number += bodies.len();
        let before = pipeline.intake.usage()?.cpu;
        let messages = messages(&pipeline, &bodies).await?;
        (events, intake_cpu) =
            (events + bodies.len(), intake_cpu + pipeline.intake.usage()?.cpu.saturating_sub(before));
        let delivery = delivered(&pipeline, &receiver, &messages, batch).await?;
        let body = messages.first().map(|message| message.body.clone()).unwrap_or_default();
        let bare = posted(&receiver.url, deliveries, batch, body).await?;
        batches.push(Batches { batch, delivery, bare });
    }
    let intake_cpu_ms_per_event = Speed::of(events, intake_cpu, intake_cpu, 0).cpu_ms_per_delivery;
    Ok(Results { data_bytes: DATA_BYTES, batches, intake_cpu_ms_per_event })
}

/// Has intake turn events into deliveries, and receives them.
async fn messages(pipeline: &Pipeline, bodies: &[String]) -> Result<Vec<Message>> {
    let mut messages = Vec::with_capacity(bodies.len());
    for some in bodies.chunks(10) {
        pipeline.publish(some).await?;
        let batch = pipeline.take(&pipeline.queues.event, some.len()).await?;
        let done = pipeline.run(&pipeline.intake, &pipeline.queues.event, &batch).await?;
        ensure!(done.failed.is_empty(), "intake did not take {} events", done.failed.len());
        messages.extend(pipeline.take(&pipeline.queues.delivery, some.len()).await?);
    }
    Ok(messages)
}

/// Has the delivery function deliver them.
async fn delivered(pipeline: &Pipeline, receiver: &Receiver, messages: &[Message], batch: usize) -> Result<Speed> {
    let (warm_up, measured) = messages.split_at(WARM_UP.min(messages.len()));
    for some in warm_up.chunks(batch) {
        invoke(pipeline, some).await?;
    }
    let earlier = receiver.requests();
    let before = pipeline.delivery.usage()?.cpu;
    let mut took = Duration::ZERO;
    for some in measured.chunks(batch) {
        took += invoke(pipeline, some).await?;
    }
    let used = pipeline.delivery.usage()?;
    ensure!(receiver.requests() - earlier == measured.len(), "not every delivery was made exactly once");
    Ok(Speed::of(measured.len(), took, used.cpu.saturating_sub(before), used.peak_bytes))
}

/// Deleting is the poller's work, and left out here.
async fn invoke(pipeline: &Pipeline, batch: &[Message]) -> Result<Duration> {
    let done = pipeline.invoke(&pipeline.delivery, &pipeline.queues.delivery, batch).await?;
    ensure!(done.failed.is_empty(), "{} deliveries were not made", done.failed.len());
    Ok(done.took)
}

/// The loop that it is compared with, in a separate process.
async fn posted(url: &str, requests: usize, concurrency: usize, body: String) -> Result<Speed> {
    let output = Command::new(std::env::current_exe()?)
        .args(["bare", "--url", url, "--body", &body])
        .args(["--requests", &requests.to_string(), "--concurrency", &concurrency.to_string()])
        .output()
        .await?;
    let error = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).with_context(|| format!("the bare loop failed: {error}"))
}

/// The bare loop itself, in its own process: sign, post, wait for the batch, again.
pub async fn bare(url: &str, requests: usize, concurrency: usize, body: String) -> Result<Speed> {
    bare::post_all(url, WARM_UP, concurrency, &body).await?;
    let (before, begun) = (Usage::of(std::process::id())?.cpu, Instant::now());
    bare::post_all(url, requests, concurrency, &body).await?;
    let used = Usage::of(std::process::id())?;
    Ok(Speed::of(requests, begun.elapsed(), used.cpu.saturating_sub(before), used.peak_bytes))
}

impl Results {
    #[must_use]
    pub fn markdown(&self) -> String {
        let head = ["batch", "deliveries/s", "CPU each", "bare loop: requests/s", "CPU each", "peak memory"];
        let mut table = Table::new(&head);
        for Batches { batch, delivery, bare } in &self.batches {
            table.row(&[
                batch.to_string(),
                format!("{:.0}", delivery.per_second),
                format!("{:.3} ms", delivery.cpu_ms_per_delivery),
                format!("{:.0}", bare.per_second),
                format!("{:.3} ms", bare.cpu_ms_per_delivery),
                format!("{} MB", delivery.peak_bytes >> 20),
            ]);
        }
        format!(
            "One copy of the function as it ships, called with one batch after the other by a local Lambda Runtime API (the time between calls is not counted); {} bytes of data, first attempts, \
             receiver and DynamoDB on the same machine. CPU is that of the function's process alone, and includes the request, reading the webhook, \
             recording the delivery and Lambda's protocol. The bare loop signs and posts the same body with the same HTTP client on one thread, as many requests at once. Budgets: {MOST_CPU_MS} ms \
             of CPU a delivery in batches of 10, and {MOST_TIMES_BARE} times the bare loop's.\n\n{table}\nThe intake function used {:.3} ms of CPU for each event, in batches of 10.\n",
            self.data_bytes, self.intake_cpu_ms_per_event,
        )
    }
}
