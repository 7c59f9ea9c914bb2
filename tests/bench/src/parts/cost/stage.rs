//! The shipped functions between their meter and one receiver, driven batch by batch while every request is counted.

use std::time::Duration;

use anyhow::{Result, ensure};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use super::scenario::{EVENT, Scenario, Setting};
use crate::{
    binaries::Binaries,
    function::Function,
    meter::{Meter, Requests},
    pipeline::Pipeline,
    receiver::Receiver,
    sqs::Queue,
    stack::{self, Account, Profile, Stack},
};

/// Delays become seconds, and each still waits by the same means as unscaled: with a smaller scale the least delay, with its jitter,
/// would be longer than the longest delay of a message.
const RETRY_SCALE: f64 = 0.01;

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
    /// Bytes that Lambda itself logs of each invocation. Results of before 2026-11-27 do not say.
    #[serde(default)]
    pub lambda_log_bytes: Option<u64>,
    /// Bytes of requests to endpoints.
    pub egress_bytes: usize,
}

/// The functions between their meter and one receiver.
pub struct Stage {
    pub stack: Stack,
    pub pipeline: Pipeline,
    pub api: Function,
    /// Who is told of operational events, and the functions that tell.
    pub told: Told,
    /// Intake without the event log.
    unlogged: Function,
    meter: Meter,
    lambda_log_bytes: u64,
    accounts: usize,
}

pub struct Told {
    pub account: Account,
    pub intake: Function,
    pub delivery: Function,
    pub api: Function,
}

/// The functions that a scenario uses.
struct Crew<'s> {
    intake: &'s Function,
    delivery: &'s Function,
}

/// What the functions had used when something began.
#[derive(Clone, Copy)]
pub struct Before {
    cpu_seconds: f64,
    log_bytes: u64,
    egress_bytes: usize,
}

impl Stage {
    pub async fn start(binaries: &Binaries, lambda_log_bytes: u64) -> Result<Self> {
        let stack = Stack::start(binaries).await?;
        let meter = Meter::start(&stack.ready).await?;
        let pipeline = Pipeline::start(binaries, &stack, Some(&meter), RETRY_SCALE).await?;
        let api = pipeline.function(binaries, "api").await?;
        let unlogged = pipeline.function_with(binaries, "intake", &[("EVENT_LOG", "false")]).await?;
        let account = stack.account("operations", Profile::Standard).await?;
        let settings = [("OPERATIONS_ACCOUNT", account.name.as_str())];
        let told = Told {
            intake: pipeline.function_with(binaries, "intake", &settings).await?,
            delivery: pipeline.function_with(binaries, "delivery", &settings).await?,
            api: pipeline.function_with(binaries, "api", &settings).await?,
            account,
        };
        Ok(Self { stack, pipeline, api, told, unlogged, meter, lambda_log_bytes, accounts: 0 })
    }

    fn crew(&self, setting: Setting) -> Crew<'_> {
        let Pipeline { intake, delivery, .. } = &self.pipeline;
        match setting {
            Setting::Defaults => Crew { intake, delivery },
            Setting::NoEventLog => Crew { intake: &self.unlogged, delivery },
            Setting::Operations => Crew { intake: &self.told.intake, delivery: &self.told.delivery },
        }
    }

    /// One run of a task of the schedule with nothing to do.
    pub async fn idle(&self, task: &'static str) -> Result<Used> {
        let before = self.begin(None).await?;
        let mut used = Used::default();
        used.invoked(self.pipeline.delivery.invoke(Bytes::from_static(task.as_bytes())).await?.took);
        self.finish(&mut used, before, None).await?;
        Ok(used)
    }

    pub async fn play(&mut self, scenario: &Scenario) -> Result<Used> {
        let receiver = Receiver::start(scenario.manner()).await?;
        let accounts = self.accounts(scenario, &receiver.url).await?;
        let before = self.begin(None).await?;
        let mut used = Used::default();
        for batch in 0..scenario.batches {
            self.publish(scenario, &accounts, batch, &mut used).await?;
            let delivery = self.crew(scenario.setting).delivery;
            self.drain(delivery, &self.pipeline.queues.delivery, scenario.batch, &mut used).await?;
        }
        self.retry(scenario, &receiver, &mut used).await?;
        self.finish(&mut used, before, Some(&receiver)).await?;
        ensure!(receiver.requests() == scenario.requests(), "{} requests came", receiver.requests());
        Ok(used)
    }

    /// Publishes a batch of events and has intake handle it.
    pub async fn publish(
        &self,
        scenario: &Scenario,
        accounts: &[Account],
        batch: usize,
        used: &mut Used,
    ) -> Result<()> {
        let number = |index: usize| batch * scenario.batch + index;
        let bodies: Vec<String> = (0..scenario.batch)
            .zip(accounts.iter().cycle())
            .map(|(index, account)| stack::event(account, EVENT, number(index), scenario.data_bytes))
            .collect();
        self.pipeline.publish(&bodies).await?;
        sleep(scenario.waits).await;
        let intake = self.crew(scenario.setting).intake;
        self.batch(intake, &self.pipeline.queues.event, scenario.batch, used).await?;
        used.events += bodies.len();
        Ok(())
    }

    /// New accounts with their webhooks, so that no scenario meets another's.
    async fn accounts(&mut self, scenario: &Scenario, url: &str) -> Result<Vec<Account>> {
        let mut accounts = Vec::new();
        for _ in 0..scenario.accounts {
            let account = self.account(scenario).await?;
            for index in 0..scenario.matching + scenario.others {
                self.stack.webhook_with(&account, &scenario.webhook(index, url)).await?;
            }
            accounts.push(account);
        }
        Ok(accounts)
    }

    pub async fn account(&mut self, scenario: &Scenario) -> Result<Account> {
        self.accounts += 1;
        self.stack.account(&format!("cost-{}", self.accounts), scenario.profile).await
    }

    /// Calls the function until nothing is visible in its queue.
    pub async fn drain(&self, function: &Function, queue: &Queue, batch: usize, used: &mut Used) -> Result<()> {
        loop {
            let visible = self.pipeline.visible(queue).await?;
            if visible == 0 {
                return Ok(());
            }
            self.batch(function, queue, visible.min(batch), used).await?;
        }
    }

    /// Further attempts, all that wait for the same one together.
    async fn retry(&self, scenario: &Scenario, receiver: &Receiver, used: &mut Used) -> Result<()> {
        let (queues, delivery) = (&self.pipeline.queues, self.crew(scenario.setting).delivery);
        loop {
            let left = scenario.left_of_round(receiver.requests());
            if left == 0 {
                return Ok(());
            }
            self.batch(delivery, &queues.retry, left.min(scenario.batch), used).await?;
        }
    }

    pub async fn batch(&self, function: &Function, queue: &Queue, size: usize, used: &mut Used) -> Result<()> {
        let messages = self.pipeline.take(queue, size).await?;
        messages.chunks(10).for_each(|some| self.meter.polled(some));
        let done = self.pipeline.run(function, queue, &messages).await?;
        self.meter.deleted(messages.len() - done.failed.len());
        used.invoked(done.took);
        Ok(())
    }

    /// From here on everything counts.
    pub async fn begin(&self, receiver: Option<&Receiver>) -> Result<Before> {
        // The last lines are on their way.
        sleep(Duration::from_millis(50)).await;
        self.meter.take();
        self.snapshot(receiver)
    }

    /// Adds what was counted since it began.
    pub async fn finish(&self, used: &mut Used, before: Before, receiver: Option<&Receiver>) -> Result<()> {
        sleep(Duration::from_millis(50)).await;
        let now = self.snapshot(receiver)?;
        used.cpu_seconds = now.cpu_seconds - before.cpu_seconds;
        used.log_bytes = now.log_bytes - before.log_bytes;
        used.lambda_log_bytes = Some(self.lambda_log_bytes);
        used.egress_bytes = now.egress_bytes - before.egress_bytes;
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

    fn snapshot(&self, receiver: Option<&Receiver>) -> Result<Before> {
        let Self { pipeline, api, unlogged, told, .. } = self;
        let Pipeline { intake, delivery, .. } = pipeline;
        let functions = [intake, delivery, api, unlogged, &told.intake, &told.delivery, &told.api];
        let cpu = functions.map(|function| function.usage().map(|usage| usage.cpu.as_secs_f64()));
        Ok(Before {
            cpu_seconds: cpu.into_iter().sum::<Result<f64>>()?,
            log_bytes: functions.map(Function::written).iter().sum(),
            egress_bytes: receiver.map_or(0, Receiver::bytes),
        })
    }
}

impl Used {
    pub fn invoked(&mut self, took: Duration) {
        self.invocations += 1;
        self.lambda_seconds += took.as_secs_f64();
    }
}

/// Every event is stored.
#[expect(clippy::cast_precision_loss, reason = "hundreds of events")]
fn least_writes(events: usize) -> f64 {
    events as f64
}
