//! The simulation beside the embedded stack, where both can run: times that executions decide, and not this machine's processor.

use std::time::Duration;

use anyhow::Result;
use domain::delivery::lane::Lane;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{
    agenda::{SECOND, seconds},
    pollers::Scaling,
    population::{Mix, Responses},
    settings::{Settings, Source, Work},
    table::Capacity,
    world::{Load, World},
};
use crate::{
    binaries::Binaries,
    receiver::{Manner, Receiver},
    say::say,
    stack::{self, Profile, Stack},
};

/// How far the two may be apart.
pub const TOLERANCE: f64 = 0.15;

const EVENT: &str = "check.event";
const PATIENCE: Duration = Duration::from_mins(3);
/// How long a slow endpoint takes, and a hanging one is waited for.
const SLOW_MS: u64 = 4_000;
const TIMEOUT_SECONDS: u64 = 2;
const DELAYS: [u64; 2] = [5, 5];

/// One situation in both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    pub what: String,
    /// From the publication until the last attempt begins, in seconds.
    pub simulated: f64,
    pub measured: f64,
}

impl Checked {
    pub fn is_within(&self) -> bool {
        (self.simulated / self.measured - 1.0).abs() <= TOLERANCE
    }
}

struct Situation {
    what: &'static str,
    manner: Manner,
    events: usize,
    attempts: usize,
    fields: Value,
    /// One event that tells what the endpoint is like comes first, and so long before the others.
    first_for: Duration,
}

/// Runs both in both.
pub async fn run(binaries: &Binaries) -> Result<Vec<Checked>> {
    let slow = Situation {
        what: "1,500 events of an endpoint that is known to respond after 4 s",
        manner: Manner::Answers(Duration::from_millis(SLOW_MS)),
        events: 1_500,
        attempts: 1,
        fields: json!({}),
        first_for: Duration::from_secs(8),
    };
    let hanging = Situation {
        what: "2,000 events of an endpoint that hangs, with two retries 5 s apart and a timeout of 2 s",
        manner: Manner::Dead,
        events: 2_000,
        attempts: 1 + DELAYS.len(),
        fields: json!({ "timeoutSeconds": TIMEOUT_SECONDS, "retryDelaysSeconds": DELAYS }),
        first_for: Duration::ZERO,
    };
    let mut checked = Vec::new();
    for situation in [slow, hanging] {
        say(&format!("simulate: beside the stack: {} ...", situation.what));
        let measured = measure(binaries, &situation).await?;
        checked.push(Checked { what: situation.what.to_owned(), simulated: simulate(&situation)?, measured });
    }
    Ok(checked)
}

async fn measure(binaries: &Binaries, situation: &Situation) -> Result<f64> {
    let stack = Stack::start(binaries).await?;
    let receiver = Receiver::start(situation.manner).await?;
    let account = stack.account("check", Profile::Standard).await?;
    let mut fields = json!({ "url": receiver.url, "events": [EVENT] });
    for (name, value) in situation.fields.as_object().into_iter().flatten() {
        fields[name] = value.clone();
    }
    stack.webhook_with(&account, &fields).await?;
    let publish = async |numbers: std::ops::Range<usize>| {
        let bodies: Vec<String> = numbers.map(|number| stack::event(&account, EVENT, number, 300)).collect();
        for batch in bodies.chunks(10) {
            stack.sqs.send(&stack.ready.event_queue_url, batch, 0).await?;
        }
        anyhow::Ok(())
    };
    let before = usize::from(!situation.first_for.is_zero());
    publish(0..before).await?;
    sleep(situation.first_for).await;
    let begun = Instant::now();
    publish(before..before + situation.events).await?;
    let all = (before + situation.events) * situation.attempts;
    Ok((receiver.reached(all, PATIENCE).await? - begun).as_secs_f64())
}

/// The same without limits of a table, and with the work of this machine left out.
fn simulate(situation: &Situation) -> Result<f64> {
    let much = Capacity { reads: 1e9, writes: 1e9 };
    let work = Work { call_ms: 1.0, intake_ms: 0.2, delivery_ms: 0.2 };
    let settings = Settings { table: much, partition: much, work, ..Settings::defaults()? };
    let settings = Settings { scaling: Scaling::Gradual, executions: usize::MAX, ..settings };
    let is_slow = matches!(situation.manner, Manner::Answers(_));
    let mix = Mix {
        accounts: 1,
        endpoints: 1,
        hanging: if is_slow { 0 } else { 1_000 },
        good: Responses { median_ms: millis_of(SLOW_MS), sigma: 0.0, failing: 0.0 },
        own_timeout: (!is_slow).then_some(TIMEOUT_SECONDS),
        own_delays: (!is_slow).then(|| DELAYS.to_vec()),
        ..Mix::good()
    };
    let mut world = World::new(settings, mix, Load { backlog: 0, per_second: 0.0, for_seconds: 0 }, 1)?;
    // The embedded stack has all executions for events and first attempts at once.
    world.have_all(&[Source::Events, Source::Lane(Lane::First)]);
    world.publish_now(u64::from(is_slow));
    world.run(0, situation.first_for.as_secs());
    world.publish_now(u64::try_from(situation.events)?);
    let begun = situation.first_for.as_secs() * SECOND;
    world.run(0, PATIENCE.as_secs());
    Ok(seconds(world.measured.last_attempt.saturating_sub(begun)))
}

#[expect(clippy::cast_precision_loss, reason = "some seconds")]
fn millis_of(ms: u64) -> f64 {
    ms as f64
}
