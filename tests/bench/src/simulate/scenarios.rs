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

const MINUTE: u64 = 60;

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
    /// Requests that waited long for an account's item, or did not get it.
    pub hot_reads: u64,
    /// The 99th percentile of the first minute, in which nothing is known of any endpoint unless the population says so.
    pub first_minute_p99_ms: Option<f64>,
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
        let (first_minute, unmeasured) = match unmeasured.checked_sub(MINUTE) {
            Some(rest) => (Some(world.run(0, MINUTE).first.at(990)), rest),
            None => (None, unmeasured),
        };
        let measured = world.run(unmeasured, seconds);
        let ran = ran(name, concurrency, load, seconds, &world, &measured);
        Ok(Ran { first_minute_p99_ms: first_minute, ..ran })
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
        hot_reads: world.table.hot,
        first_minute_p99_ms: None,
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
    skew: f64,
    unmeasured: u64,
    seconds: u64,
}

/// The concurrency that first attempts of 10,000 events a second need, within AWS's first quota of 1,000 executions.
pub const WITHIN_QUOTA: [usize; 4] = [100, 650, 100, 150];
/// The same with as many executions for retries as the template allows.
pub const RAISED: [usize; 4] = [100, 700, 200, 1_000];
/// The most that the template's parameters allow.
const MOST: [usize; 4] = [1_000; 4];
/// More than the template and Lambda's mappings allow: what 100,000 events a second would need in one installation.
const WHAT_IF: [usize; 4] = [1_000, 6_000, 1_500, 3_000];
/// A table for them.
const WHAT_IF_UNITS: f64 = 400_000.0;

/// The exponent of Zipf with which the accounts of a platform differ. The largest of 10,000 has 3.7 % of all events.
const SKEW: f64 = 0.8;

const SIZES: [Size; 8] = [
    Size {
        name: "defaults",
        per_second: 100.0,
        concurrency: None,
        units: None,
        skew: SKEW,
        unmeasured: 600,
        seconds: 600,
    },
    Size {
        name: "defaults",
        per_second: 1_000.0,
        concurrency: None,
        units: None,
        skew: SKEW,
        unmeasured: 120,
        seconds: 120,
    },
    Size {
        name: "defaults",
        per_second: 10_000.0,
        concurrency: None,
        units: None,
        skew: SKEW,
        unmeasured: 20,
        seconds: 20,
    },
    Size {
        name: "within 1,000 executions",
        per_second: 10_000.0,
        concurrency: Some(WITHIN_QUOTA),
        units: None,
        skew: SKEW,
        unmeasured: 30,
        seconds: 30,
    },
    Size {
        name: "raised",
        per_second: 10_000.0,
        concurrency: Some(RAISED),
        units: None,
        skew: SKEW,
        unmeasured: 30,
        seconds: 30,
    },
    Size {
        name: "the template's most",
        per_second: 100_000.0,
        concurrency: Some(MOST),
        units: Some(WHAT_IF_UNITS),
        skew: SKEW,
        unmeasured: 8,
        seconds: 8,
    },
    Size {
        name: "what if",
        per_second: 100_000.0,
        concurrency: Some(WHAT_IF),
        units: Some(WHAT_IF_UNITS),
        skew: SKEW,
        unmeasured: 8,
        seconds: 8,
    },
    Size {
        name: "what if, and equal accounts",
        per_second: 100_000.0,
        concurrency: Some(WHAT_IF),
        units: Some(WHAT_IF_UNITS),
        skew: 0.0,
        unmeasured: 8,
        seconds: 8,
    },
];

/// One installation at each size.
pub fn sizes() -> Result<Vec<Ran>> {
    let case = |size: &Size| {
        let settings = Settings::defaults()?;
        let settings = size.concurrency.map_or(settings.clone(), |concurrency| settings.with_concurrency(concurrency));
        let settings = size.units.map_or(settings.clone(), |units| settings.with_units(units));
        let load = Load { backlog: 0, per_second: size.per_second, for_seconds: size.unmeasured + size.seconds };
        let (name, mix) = (size.name.to_owned(), Mix { skew: size.skew, ..Mix::usual() });
        Case { name, settings, mix, load, unmeasured: size.unmeasured, seconds: size.seconds }.run()
    };
    SIZES.iter().map(case).collect()
}

/// The template's defaults at any rate.
pub fn one(per_second: f64) -> Result<Ran> {
    let load = Load { backlog: 0, per_second, for_seconds: 120 };
    let (name, settings, mix) = ("defaults".to_owned(), Settings::defaults()?, Mix::usual());
    Case { name, settings, mix, load, unmeasured: 60, seconds: 60 }.run()
}

/// At which rates neighbours are looked at: so many events a second, for so many seconds before and while it is measured.
const NEIGHBOURS_AT: [(f64, u64); 2] = [(100.0, 1_200), (1_000.0, 300)];

/// A thousand endpoints of ten thousand in trouble, and what the others notice.
pub fn neighbours() -> Result<Vec<Ran>> {
    let settings = Settings::defaults()?;
    let [intake, first, slow, _] = settings.concurrency;
    let more = settings.clone().with_concurrency([intake, first, slow, 400]);
    let good = Mix::good();
    let hanging = Mix { hanging: 100, ..good.clone() };
    let together = Mix { bad_accounts: Some(5), ..hanging.clone() };
    let cases = [
        ("none", settings.clone(), good.clone()),
        ("1,000 refuse the connection", settings.clone(), Mix { refusing: 100, ..good.clone() }),
        ("1,000 respond after 4 s", settings.clone(), Mix { slow: 100, ..good }),
        ("1,000 hang, of five accounts", settings.clone(), together),
        ("1,000 hang, of 1,000 accounts", settings, hanging.clone()),
        ("the same, `RetryConcurrency` 400", more, hanging),
    ];
    let mut ran = Vec::new();
    for (per_second, seconds) in NEIGHBOURS_AT {
        for (name, settings, mix) in cases.clone() {
            let load = Load { backlog: 0, per_second, for_seconds: 2 * seconds };
            ran.push(Case { name: name.to_owned(), settings, mix, load, unmeasured: seconds, seconds }.run()?);
        }
    }
    Ok(ran)
}

/// A backlog with several settings, worked off by an installation that had nothing to do: how fast, once all executions are there.
pub fn backlogs() -> Result<Vec<Ran>> {
    let cases = [([20, 400, 100, 100], 1_000_000), ([100, 400, 100, 100], 2_000_000), (RAISED, 3_000_000)];
    cases.into_iter().map(|(concurrency, events)| backlog(concurrency, events)).collect()
}

fn backlog(concurrency: [usize; 4], events: u64) -> Result<Ran> {
    let [intake, first, ..] = concurrency;
    let name = format!("{intake} and {first}");
    say(&format!("simulate: a backlog, {name} ..."));
    let settings = Settings { scaling: Scaling::Gradual, ..Settings::defaults()?.with_concurrency(concurrency) };
    let load = Load { backlog: events, per_second: 0.0, for_seconds: 0 };
    let mut world = World::new(settings, Mix::good(), load, SEED)?;
    let growing = world.run(0, ALL_AFTER_SECONDS).delivered;
    let mut rest = Measured::default();
    let mut seconds = 0;
    // The last hundredth is left out: executions without messages say nothing of the rate.
    while growing + rest.delivered < events - events / 100 {
        let more = world.run(0, STEP_SECONDS);
        (rest.delivered, rest.accepted) = (rest.delivered + more.delivered, rest.accepted + more.accepted);
        seconds += STEP_SECONDS;
    }
    Ok(ran(name, concurrency, load, seconds, &world, &rest))
}

/// After how many seconds even 700 executions are there, and how often it is looked whether a backlog is over.
const ALL_AFTER_SECONDS: u64 = 140;
const STEP_SECONDS: u64 = 2;
