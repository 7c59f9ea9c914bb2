//! What is simulated, and what comes of it.

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::{
    agenda::{SECOND, seconds},
    measured::Measured,
    pollers::Scaling,
    population::Mix,
    settings::Settings,
    world::{Load, World},
};
use crate::say::say;

/// Every simulation begins with the same.
const SEED: u64 = 1;

/// One simulation.
pub struct Case {
    pub name: String,
    pub settings: Settings,
    pub mix: Mix,
    pub load: Load,
    pub unmeasured: u64,
    pub seconds: u64,
}

/// What came of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ran {
    pub name: String,
    pub concurrency: [usize; 4],
    pub published_per_second: f64,
    pub seconds: u64,
    pub accepted_per_second: f64,
    pub attempts_per_second: [f64; 3],
    pub delivered_per_second: f64,
    /// Executions at work on average: intake, first attempts, slow lane, retries.
    pub busy: [f64; 4],
    /// Events and messages that wait at the end.
    pub waiting: [usize; 4],
    pub most_in_flight: usize,
    /// From publication to the first attempt, of good endpoints.
    pub first_p50_ms: f64,
    pub first_p99_ms: f64,
    /// From the due time to the retry, of good endpoints.
    pub late_p50_ms: f64,
    pub late_p99_ms: f64,
    pub parked: u64,
    pub throttles: u64,
    pub table_throttles: u64,
    pub read_units_per_second: f64,
    pub write_units_per_second: f64,
    pub sqs_per_second: f64,
    pub invocations_per_second: f64,
}

impl Case {
    pub fn run(self) -> Result<Ran> {
        say(&format!("simulate: {} ...", self.name));
        let Self { name, settings, mix, load, unmeasured, seconds } = self;
        let concurrency = settings.concurrency;
        let mut world = World::new(settings, mix, load, SEED)?;
        let measured = world.run(unmeasured, seconds);
        Ok(ran(name, concurrency, load, seconds, &world, &measured))
    }

    /// The same, from an installation that has done nothing before.
    pub fn cold(self) -> Self {
        Self { settings: Settings { scaling: Scaling::Gradual, ..self.settings }, ..self }
    }
}

fn ran(name: String, concurrency: [usize; 4], load: Load, seconds: u64, world: &World, measured: &Measured) -> Ran {
    let until = measured.from + seconds * SECOND;
    let rate = |count: u64| per_second(count, seconds);
    let waiting = |lane: usize| world.lanes[lane].visible();
    Ran {
        name,
        concurrency,
        published_per_second: load.per_second,
        seconds,
        accepted_per_second: rate(measured.accepted),
        attempts_per_second: measured.attempts.map(rate),
        delivered_per_second: rate(measured.delivered),
        busy: measured.busy.map(|level| level.average(until)),
        waiting: [usize::try_from(world.events.waiting()).unwrap_or(usize::MAX), waiting(0), waiting(1), waiting(2)],
        most_in_flight: world.lanes[2].most_in_flight,
        first_p50_ms: measured.first.at(500),
        first_p99_ms: measured.first.at(990),
        late_p50_ms: measured.late.at(500),
        late_p99_ms: measured.late.at(990),
        parked: measured.parked,
        throttles: measured.throttles,
        table_throttles: world.table.throttled,
        read_units_per_second: measured.read_units / seconds_of(seconds),
        write_units_per_second: measured.write_units / seconds_of(seconds),
        sqs_per_second: rate(measured.sqs_requests),
        invocations_per_second: rate(measured.invocations.iter().sum()),
    }
}

fn seconds_of(whole: u64) -> f64 {
    seconds(whole * SECOND)
}

#[expect(clippy::cast_precision_loss, reason = "counts of a simulation")]
fn per_second(count: u64, seconds: u64) -> f64 {
    count as f64 / seconds_of(seconds)
}

/// What one installation is asked for at each size, and what it then needs: `concurrency` as in the template, and units a second.
struct Size {
    name: &'static str,
    per_second: f64,
    concurrency: Option<[usize; 4]>,
    units: Option<f64>,
    unmeasured: u64,
    seconds: u64,
}

/// The concurrency that 10,000 events a second need, within AWS's first quotas.
pub const RAISED: [usize; 4] = [100, 650, 100, 150];
/// The most that the template's parameters allow.
const MOST: [usize; 4] = [1_000; 4];
/// More than the template allows: what 100,000 events a second would need in one installation.
pub const WHAT_IF: [usize; 4] = [1_000, 6_000, 1_000, 1_500];
/// A table for them.
pub const WHAT_IF_UNITS: f64 = 400_000.0;

const SIZES: [Size; 6] = [
    Size { name: "100, defaults", per_second: 100.0, concurrency: None, units: None, unmeasured: 300, seconds: 600 },
    Size { name: "1,000, defaults", per_second: 1_000.0, concurrency: None, units: None, unmeasured: 300, seconds: 300 },
    Size { name: "10,000, defaults", per_second: 10_000.0, concurrency: None, units: None, unmeasured: 60, seconds: 60 },
    Size { name: "10,000, raised", per_second: 10_000.0, concurrency: Some(RAISED), units: None, unmeasured: 60, seconds: 120 },
    Size {
        name: "100,000, the template's most",
        per_second: 100_000.0,
        concurrency: Some(MOST),
        units: Some(WHAT_IF_UNITS),
        unmeasured: 20,
        seconds: 20,
    },
    Size {
        name: "100,000, what if",
        per_second: 100_000.0,
        concurrency: Some(WHAT_IF),
        units: Some(WHAT_IF_UNITS),
        unmeasured: 20,
        seconds: 20,
    },
];

/// One installation at each size.
pub fn sizes() -> Result<Vec<Ran>> {
    let case = |size: &Size| {
        let settings = Settings::defaults()?;
        let settings = size.concurrency.map_or(settings.clone(), |concurrency| settings.with_concurrency(concurrency));
        let settings = size.units.map_or(settings.clone(), |units| settings.with_units(units));
        let load = Load { backlog: 0, per_second: size.per_second, for_seconds: size.unmeasured + size.seconds };
        let (name, mix) = (size.name.to_owned(), Mix::usual());
        Case { name, settings, mix, load, unmeasured: size.unmeasured, seconds: size.seconds }.run()
    };
    SIZES.iter().map(case).collect()
}

/// The rate at which neighbours are looked at, and for how long.
pub const NEIGHBOURS_PER_SECOND: f64 = 500.0;
pub const NEIGHBOURS_SECONDS: u64 = 3_600;

/// A thousand endpoints of ten thousand in trouble, and what the others notice.
pub fn neighbours() -> Result<Vec<Ran>> {
    let settings = Settings::defaults()?;
    let [intake, first, slow, _] = settings.concurrency;
    let more = settings.clone().with_concurrency([intake, first, slow, 400]);
    let good = Mix::good();
    let hanging = Mix { hanging: 100, ..good.clone() };
    let together = Mix { bad_accounts: Some(10), ..hanging.clone() };
    let cases = [
        ("none", settings.clone(), good.clone()),
        ("1,000 refuse the connection", settings.clone(), Mix { refusing: 100, ..good.clone() }),
        ("1,000 respond after 4 s", settings.clone(), Mix { slow: 100, ..good }),
        ("1,000 hang, of ten accounts", settings.clone(), together),
        ("1,000 hang, of 1,000 accounts", settings, hanging.clone()),
        ("1,000 hang, `RetryConcurrency` 400", more, hanging),
    ];
    let run = |(name, settings, mix): (&str, Settings, Mix)| {
        let load = Load { backlog: 0, per_second: NEIGHBOURS_PER_SECOND, for_seconds: 2 * NEIGHBOURS_SECONDS };
        let (name, seconds) = (name.to_owned(), NEIGHBOURS_SECONDS);
        Case { name, settings, mix, load, unmeasured: NEIGHBOURS_SECONDS, seconds }.run()
    };
    cases.into_iter().map(run).collect()
}

/// Events that wait, to be worked off by an installation that had nothing to do.
const BACKLOG: u64 = 1_500_000;

/// A backlog with several settings: the rate at which it is worked off once all executions are there.
pub fn backlogs() -> Result<Vec<Ran>> {
    let cases = [[20, 400, 100, 100], [100, 400, 100, 100], RAISED];
    let run = |concurrency: [usize; 4]| {
        let settings = Settings::defaults()?.with_concurrency(concurrency);
        let [intake, first, ..] = concurrency;
        let name = format!("{intake} and {first}");
        let load = Load { backlog: BACKLOG, per_second: 0.0, for_seconds: 0 };
        Case { name, settings, mix: Mix::good(), load, unmeasured: 150, seconds: 30 }.cold().run()
    };
    cases.into_iter().map(run).collect()
}
