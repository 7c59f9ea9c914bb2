//! Events of one kind, driven through the shipped functions batch by batch while every request is counted.

use std::time::Duration;

use anyhow::{Result, ensure};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use crate::{
    binaries::Binaries,
    function::Function,
    meter::{Meter, Requests},
    pipeline::Pipeline,
    receiver::{Manner, Receiver},
    sqs::Queue,
    stack::{self, Account, Profile, Stack},
};

/// How long a receiver takes to respond.
pub const ANSWERS_AFTER: Duration = Duration::from_millis(500);
/// Every delay becomes the least there is, a second or two.
const RETRY_SCALE: f64 = 0.001;
const OTHER_EVENT: &str = "link.deleted";
const EVENT: &str = "link.created";

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
    pub outcome: Outcome,
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

/// What was counted and used for all events of a scenario.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Used {
    pub events: usize,
    pub requests: Requests,
    pub invocations: usize,
    /// From handing out work to the response, and how much of that the processor was used.
    pub lambda_seconds: f64,
    pub cpu_seconds: f64,
    /// Bytes the functions wrote to their logs.
    pub log_bytes: u64,
    /// Bytes of requests to endpoints.
    pub egress_bytes: usize,
}

/// The functions between their meter and one receiver.
pub struct Stage {
    stack: Stack,
    meter: Meter,
    pipeline: Pipeline,
    accounts: usize,
}

impl Stage {
    pub async fn start(binaries: &Binaries) -> Result<Self> {
        let stack = Stack::start(binaries).await?;
        let meter = Meter::start(&stack.ready).await?;
        let pipeline = Pipeline::start(binaries, &stack, Some(&meter), RETRY_SCALE).await?;
        Ok(Self { stack, meter, pipeline, accounts: 0 })
    }

    /// One run of the schedule with nothing to do.
    pub async fn idle_minute(&self) -> Result<Used> {
        let before = self.snapshot().await?;
        self.meter.take();
        let answer = self.pipeline.delivery.invoke(Bytes::from_static(b"{}")).await?;
        let mut used = Used { invocations: 1, lambda_seconds: answer.took.as_secs_f64(), ..Used::default() };
        self.finish(&mut used, before).await?;
        Ok(used)
    }

    pub async fn play(&mut self, scenario: &Scenario) -> Result<Used> {
        let receiver = Receiver::start(scenario.manner()).await?;
        let accounts = self.accounts(scenario, &receiver.url).await?;
        let before = self.snapshot().await?;
        self.meter.take();
        let mut used = Used::default();
        for batch in 0..scenario.batches {
            let number = |index: usize| batch * scenario.batch + index;
            let bodies: Vec<String> = (0..scenario.batch)
                .zip(accounts.iter().cycle())
                .map(|(index, account)| stack::event(account, EVENT, number(index), scenario.data_bytes))
                .collect();
            self.pipeline.publish(&bodies).await?;
            let Pipeline { queues, intake, .. } = &self.pipeline;
            self.batch(intake, &queues.event, scenario.batch, &mut used).await?;
            used.events += bodies.len();
            self.deliver(scenario, &mut used).await?;
        }
        self.retry(scenario, &receiver, &mut used).await?;
        self.finish(&mut used, before).await?;
        used.egress_bytes = receiver.bytes();
        ensure!(receiver.requests() == scenario.requests(), "{} requests came", receiver.requests());
        Ok(used)
    }

    /// New accounts with their webhooks, so that no scenario meets another's.
    async fn accounts(&mut self, scenario: &Scenario, url: &str) -> Result<Vec<Account>> {
        let mut accounts = Vec::new();
        for _ in 0..scenario.accounts {
            self.accounts += 1;
            let account = self.stack.account(&format!("cost-{}", self.accounts), scenario.profile).await?;
            for index in 0..scenario.matching + scenario.others {
                let event = if index < scenario.matching { EVENT } else { OTHER_EVENT };
                self.stack.webhook(&account, url, event).await?;
            }
            accounts.push(account);
        }
        Ok(accounts)
    }

    /// First attempts of everything that intake queued.
    async fn deliver(&self, scenario: &Scenario, used: &mut Used) -> Result<()> {
        let Pipeline { queues, delivery, .. } = &self.pipeline;
        loop {
            let visible = self.pipeline.visible(&queues.delivery).await?;
            if visible == 0 {
                return Ok(());
            }
            self.batch(delivery, &queues.delivery, visible.min(scenario.batch), used).await?;
        }
    }

    /// Further attempts, all that wait for the same one together.
    async fn retry(&self, scenario: &Scenario, receiver: &Receiver, used: &mut Used) -> Result<()> {
        let Pipeline { queues, delivery, .. } = &self.pipeline;
        while receiver.requests() < scenario.requests() {
            let mut left = scenario.retried();
            while left > 0 {
                let some = left.min(scenario.batch);
                self.batch(delivery, &queues.retry, some, used).await?;
                left -= some;
            }
        }
        Ok(())
    }

    async fn batch(&self, function: &Function, queue: &Queue, size: usize, used: &mut Used) -> Result<()> {
        let messages = self.pipeline.take(queue, size).await?;
        messages.chunks(10).for_each(|some| self.meter.polled(some));
        let done = self.pipeline.run(function, queue, &messages).await?;
        self.meter.deleted(messages.len() - done.failed.len());
        used.invocations += 1;
        used.lambda_seconds += done.took.as_secs_f64();
        Ok(())
    }

    /// Processor seconds and log bytes of both functions until now.
    async fn snapshot(&self) -> Result<(f64, u64)> {
        // The last lines are on their way.
        sleep(Duration::from_millis(50)).await;
        let functions = [&self.pipeline.intake, &self.pipeline.delivery];
        let cpu = functions.map(|function| function.usage().map(|usage| usage.cpu.as_secs_f64()));
        let cpu: f64 = cpu.into_iter().sum::<Result<f64>>()?;
        Ok((cpu, functions.map(Function::written).iter().sum()))
    }

    async fn finish(&self, used: &mut Used, (cpu_before, written_before): (f64, u64)) -> Result<()> {
        let (cpu, written) = self.snapshot().await?;
        used.cpu_seconds = cpu - cpu_before;
        used.log_bytes = written - written_before;
        used.requests = self.meter.take();
        let Requests { unmetered, write_units, .. } = &used.requests;
        ensure!(*unmetered == 0, "{unmetered} answers of DynamoDB did not say what they consumed");
        ensure!(
            *write_units >= least_writes(used.events),
            "{} events took only {write_units} write units",
            used.events
        );
        Ok(())
    }
}

/// Every event is stored.
#[expect(clippy::cast_precision_loss, reason = "hundreds of events")]
fn least_writes(events: usize) -> f64 {
    events as f64
}

impl Scenario {
    fn manner(&self) -> Manner {
        match self.outcome {
            Outcome::FirstTry => Manner::Answers(ANSWERS_AFTER),
            Outcome::TenthFailsOnce => Manner::FailsTenthOnce(ANSWERS_AFTER),
            Outcome::GivenUp { .. } => Manner::Fails(ANSWERS_AFTER),
        }
    }

    fn deliveries(&self) -> usize {
        self.batch * self.batches * self.matching
    }

    /// How many deliveries are attempted again, each time all of them.
    fn retried(&self) -> usize {
        match self.outcome {
            Outcome::FirstTry => 0,
            Outcome::TenthFailsOnce => self.deliveries() / 10,
            Outcome::GivenUp { .. } => self.deliveries(),
        }
    }

    /// How many requests endpoints get in all.
    fn requests(&self) -> usize {
        let rounds = match self.outcome {
            Outcome::FirstTry => 0,
            Outcome::TenthFailsOnce => 1,
            Outcome::GivenUp { attempts } => attempts - 1,
        };
        self.deliveries() + rounds * self.retried()
    }
}
