//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

const AFTER_HELP: &str = "Needs Linux (process times) and, unless --functions and --stack say where they are, compiles what is measured: the \
functions as they ship, and the local stack. The first time that takes a while. Leave the machine alone meanwhile.";

/// Posthorn's benchmark: what it does a second, what that costs, how soon it starts.
#[derive(Debug, Parser)]
#[command(name = "bench", version, after_help = AFTER_HELP)]
pub struct Options {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// The delivery function by itself, beside a loop that only signs and posts
    Delivery(Run),
    /// The whole local stack: events a second, latency, processor time, memory, backlogs
    EndToEnd(Run),
    /// One event in each `POST /events`: events a second, latency, processor time
    Publish(Run),
    /// From exec to the first request for work, beside the least a Rust function can be; sizes
    Start(Run),
    /// Every request to `DynamoDB` and SQS, exactly counted and priced. Fails if a budget of requests is exceeded
    Cost(Run),
    /// A healthy endpoint beside a dead and a hostile one
    Isolation(Run),
    /// Everything above
    All(Run),
    /// Installations too large for any machine here, simulated; docs/operations/scale.md
    Simulate(Simulation),
    /// Write docs/operations/benchmarks.md and its pictures from what `all --json` printed
    Report {
        /// The file with that output
        results: PathBuf,
        /// Where to, instead of the repository's docs
        #[arg(long, value_name = "DIRECTORY")]
        docs: Option<PathBuf>,
    },
    /// The loop beside the delivery function, as a process of its own
    #[command(hide = true)]
    Bare {
        #[arg(long)]
        url: String,
        #[arg(long)]
        requests: usize,
        #[arg(long)]
        concurrency: usize,
        #[arg(long)]
        body: String,
    },
}

/// How to run a part.
#[derive(Debug, Clone, Parser)]
pub struct Run {
    /// Print one JSON object instead of tables
    #[arg(long)]
    pub json: bool,

    /// Where `api`, `intake`, `delivery` and `minimal` are, as `cargo build` or `cargo lambda build` leaves them. Default: compile them
    #[arg(long, value_name = "DIRECTORY")]
    pub functions: Option<PathBuf>,

    /// Where `local` and `keys` are. Default: compile them
    #[arg(long, value_name = "DIRECTORY")]
    pub stack: Option<PathBuf>,
}

/// What to simulate, and where the results go.
#[derive(Debug, Clone, Parser)]
pub struct Simulation {
    /// Only the template's defaults, with this many events a second
    #[arg(long, value_name = "EVENTS", conflicts_with_all = ["results", "json", "docs", "check"])]
    pub rate: Option<f64>,

    /// Also run the embedded stack, where both can run, and compare
    #[arg(long)]
    pub check: bool,

    /// Write the results to this file
    #[arg(long, value_name = "PATH")]
    pub json: Option<PathBuf>,

    /// Take the results from this file instead of simulating
    #[arg(long, value_name = "PATH", conflicts_with = "check")]
    pub results: Option<PathBuf>,

    /// Write scale.md into this directory instead of printing it
    #[arg(long, value_name = "DIRECTORY")]
    pub docs: Option<PathBuf>,

    /// Where `local` is. Default: compile it
    #[arg(long, value_name = "DIRECTORY")]
    pub stack: Option<PathBuf>,
}

/// A part of the benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Delivery,
    EndToEnd,
    Publish,
    Start,
    Cost,
    Isolation,
}

impl Part {
    pub const ALL: [Self; 6] =
        [Self::Delivery, Self::EndToEnd, Self::Publish, Self::Start, Self::Cost, Self::Isolation];

    /// Whether it starts the functions' own programs.
    #[must_use]
    pub fn needs_functions(self) -> bool {
        matches!(self, Self::Delivery | Self::Start | Self::Cost)
    }

    /// Whether it starts `cargo local`.
    #[must_use]
    pub fn needs_stack(self) -> bool {
        !matches!(self, Self::Start)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Options::command().debug_assert();
    }
}
