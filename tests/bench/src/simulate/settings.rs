//! What a simulated installation has: the template's parameters, AWS's quotas, and how long the functions work.

use anyhow::{Context as _, Result};
use domain::delivery::lane::Lane;

use super::{pollers::Scaling, table::Capacity};

const TEMPLATE: &str = include_str!("../../../../template.yaml");

/// The queues that Lambda polls, in the order in which figures list them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Events,
    Lane(Lane),
}

impl Source {
    pub const ALL: [Self; 4] = [Self::Events, Self::Lane(Lane::First), Self::Lane(Lane::Slow), Self::Lane(Lane::Retry)];

    /// Its place in lists of all.
    pub fn place(self) -> usize {
        match self {
            Self::Events => 0,
            Self::Lane(lane) => 1 + lane_place(lane),
        }
    }

    /// How long a message stays hidden whose batch failed: six times the function's timeout, in seconds.
    pub fn visibility_seconds(self) -> u64 {
        match self {
            Self::Events => 180,
            Self::Lane(_) => 360,
        }
    }
}

/// A lane's place among the lanes.
pub fn lane_place(lane: Lane) -> usize {
    match lane {
        Lane::First => 0,
        Lane::Slow => 1,
        Lane::Retry => 2,
    }
}

/// An installation.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `IntakeConcurrency`, `DeliveryConcurrency`, `SlowConcurrency`, `RetryConcurrency`.
    pub concurrency: [usize; 4],
    /// Concurrent executions that the AWS account has for these four.
    pub executions: usize,
    pub scaling: Scaling,
    /// The most messages of a queue in flight.
    pub in_flight: usize,
    pub table: Capacity,
    pub partition: Capacity,
    pub work: Work,
}

/// How long the functions work, apart from waiting for receivers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Work {
    /// A call to `DynamoDB` or SQS, in ms.
    pub call_ms: f64,
    /// Computing for each event in intake, and for each delivery, in ms.
    pub intake_ms: f64,
    pub delivery_ms: f64,
}

/// The most messages of a batch: `BatchSize` of every mapping in the template.
pub const BATCH: usize = 10;

/// AWS's default quota of concurrent executions in an account.
pub const EXECUTIONS: usize = 1_000;
/// AWS's default quota of an on-demand table, in units a second.
pub const TABLE_UNITS: f64 = 40_000.0;
/// What one partition serves a second.
pub const PARTITION: Capacity = Capacity { reads: 3_000.0, writes: 1_000.0 };

/// The processor time of an event in intake and of a delivery on a whole core, in ms: what `bench delivery` measures, rounded up.
const CORE_MS: f64 = 0.2;
/// The memory with which a function has a whole core, and the template's default, in MB.
const CORE_MEMORY: f64 = 1_769.0;
const MEMORY: f64 = 128.0;
/// A call to AWS in the same region, in ms. Assumed.
const CALL_MS: f64 = 6.0;

/// How many calls follow one another: intake reads the accounts, stores the events, logs them and sends; delivery reads, and records.
pub const INTAKE_CALLS: f64 = 4.0;
pub const DELIVERY_CALLS: f64 = 2.0;

impl Settings {
    /// The template as it is, in an AWS account with its first quotas, when all has been busy for long.
    pub fn defaults() -> Result<Self> {
        let share = CORE_MEMORY / MEMORY;
        Ok(Self {
            concurrency: [
                parameter("IntakeConcurrency")?,
                parameter("DeliveryConcurrency")?,
                parameter("SlowConcurrency")?,
                parameter("RetryConcurrency")?,
            ],
            executions: EXECUTIONS,
            scaling: Scaling::Warm,
            in_flight: usize::try_from(domain::delivery::pressure::MAX_IN_FLIGHT)?,
            table: Capacity { reads: TABLE_UNITS, writes: TABLE_UNITS },
            partition: PARTITION,
            work: Work { call_ms: CALL_MS, intake_ms: CORE_MS * share, delivery_ms: CORE_MS * share },
        })
    }

    /// The same with other concurrency, in an account that allows it.
    pub fn with_concurrency(self, concurrency: [usize; 4]) -> Self {
        let executions = self.executions.max(concurrency.iter().sum());
        Self { concurrency, executions, ..self }
    }

    /// The same with a table that serves as much.
    pub fn with_units(self, units: f64) -> Self {
        Self { table: Capacity { reads: units, writes: units }, ..self }
    }
}

/// The default of a number among the template's parameters.
pub fn parameter(name: &str) -> Result<usize> {
    let of_this = TEMPLATE.lines().skip_while(|line| *line != format!("  {name}:")).skip(1);
    let mut fields = of_this.take_while(|line| line.starts_with("    "));
    let default = fields.find_map(|line| line.strip_prefix("    Default: "));
    let default = default.with_context(|| format!("template.yaml has no parameter {name} with a default"))?;
    default.parse().with_context(|| format!("the default of {name} is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameters_are_those_of_the_template() {
        let settings = Settings::defaults().unwrap();
        // The documents and the embedded stack have the same.
        assert_eq!(settings.concurrency, [20, 400, 100, 100]);
        assert_eq!(parameter("WarmWriteUnits").unwrap(), 4_000);
        assert!(parameter("NoSuchThing").is_err());
    }

    #[test]
    fn every_mapping_has_the_batch_that_is_simulated() {
        let sizes: Vec<&str> = TEMPLATE.lines().filter_map(|line| line.trim().strip_prefix("BatchSize: ")).collect();
        assert_eq!(sizes, [BATCH.to_string().as_str(); 4]);
    }
}
