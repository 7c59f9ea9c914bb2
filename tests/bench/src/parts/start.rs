//! From exec to the first request for work, compared with the smallest possible Rust function.

use std::{fs, time::Duration};

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::{binaries::Binaries, function::Function, say::say, stats::Spread, text::Table};

/// Each program is started so often, by turns.
const ROUNDS: usize = 50;
const REFERENCE: &str = "minimal";
const PROGRAMS: [&str; 4] = [REFERENCE, "api", "intake", "delivery"];

const MOST_TIMES_MINIMAL: f64 = 1.7;
const MOST_MEGABYTES: [(&str, f64); 3] = [("api", 8.0), ("intake", 5.5), ("delivery", 6.0)];

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Results {
    pub rounds: usize,
    pub programs: Vec<Program>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Program {
    pub name: String,
    pub bytes: u64,
    /// Of each program's starts, in milliseconds.
    pub start_ms: Spread,
    /// The median, by the reference's.
    pub times_minimal: f64,
}

pub async fn run(binaries: &Binaries) -> Result<Results> {
    say("start: each function's program by turns ...");
    let mut taken: [Vec<Duration>; 4] = Default::default();
    for round in 0..=ROUNDS {
        for (program, taken) in PROGRAMS.iter().zip(&mut taken) {
            let function = Function::start(&binaries.function(program)?, &variables()).await?;
            // The first round reads the programs from disk.
            if round > 0 {
                taken.push(function.started_in);
            }
        }
    }
    let spreads: Vec<Spread> = taken.into_iter().filter_map(Spread::of).collect();
    let reference = spreads.first().map_or(f64::NAN, |spread| spread.p50);
    let programs = PROGRAMS.iter().zip(spreads).map(|(name, start_ms)| {
        let bytes = fs::metadata(binaries.function(name)?)?.len();
        Ok(Program { name: (*name).to_owned(), bytes, start_ms, times_minimal: start_ms.p50 / reference })
    });
    Ok(Results { rounds: ROUNDS, programs: programs.collect::<Result<_>>()? })
}

/// Enough for a function to start; it is never called.
fn variables() -> Vec<(String, String)> {
    let queue = |name: &str| format!("http://127.0.0.1:9/000000000000/{name}");
    [
        ("TABLE_NAME", "posthorn".to_owned()),
        ("EVENT_QUEUE_URL", queue("event")),
        ("DELIVERY_QUEUE_URL", queue("delivery")),
        ("SLOW_QUEUE_URL", queue("slow")),
        ("RETRY_QUEUE_URL", queue("retry")),
        ("REJECTED_QUEUE_URL", queue("rejected")),
        ("STACK_NAME", "bench".to_owned()),
        ("RUST_LOG", "info".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

impl Results {
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut table = Table::new(&["program", "size", "start, median", "p99", "times `minimal`"]);
        for program in &self.programs {
            table.row(&[
                format!("`{}`", program.name),
                format!("{:.2} MB", megabytes(program.bytes)),
                format!("{:.2} ms", program.start_ms.p50),
                format!("{:.2} ms", program.start_ms.p99),
                format!("{:.2}", program.times_minimal),
            ]);
        }
        let sizes = MOST_MEGABYTES.map(|(name, most)| format!("{most} MB for `{name}`")).join(", ");
        format!(
            "From just before exec to the first request for work at a local Lambda Runtime API, {} starts of each, by turns. `minimal` is the least a \
             function on `lambda_runtime` can be (`tests/bench/minimal`), built by the same profile. Budgets: at most {MOST_TIMES_MINIMAL} times `minimal`, \
             and {sizes}.\n\n{table}",
            self.rounds,
        )
    }
}

#[expect(clippy::cast_precision_loss, reason = "a program has megabytes")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
