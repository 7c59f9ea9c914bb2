//! Everything that was measured, with when and where.

use std::{fs, process::Command};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::{
    binaries::{Binaries, repository},
    options::{Part, Run},
    parts::{cost, delivery, end_to_end, isolation, publish, start},
    say::print,
};

/// What a run measured; a part that was not run is absent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Results {
    pub date: String,
    pub version: String,
    pub machine: Machine,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<delivery::Results>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_to_end: Option<end_to_end::Results>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publish: Option<publish::Results>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<start::Results>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<cost::Results>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub isolation: Option<isolation::Results>,
}

/// Where it ran.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Machine {
    pub processor: String,
    pub cores: usize,
    pub memory_bytes: u64,
    pub system: String,
    pub rust: String,
}

/// Whether every exact budget was kept. Times have no part in it: they depend on the machine as much as on the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    WithinBudgets,
    OverBudget,
}

/// Measures these parts and prints what came of it.
pub async fn measure(parts: &[Part], run: &Run) -> Result<Outcome> {
    let binaries = Binaries::ready(parts, run).await?;
    let mut results = Results::here();
    let mut failed = Ok(());
    for part in parts {
        failed = results.measure(*part, &binaries).await.with_context(|| format!("{part:?} failed"));
        if failed.is_err() {
            break;
        }
    }
    // What was measured before a failure is worth having.
    print(&if run.json { serde_json::to_string_pretty(&results)? } else { results.markdown() })?;
    failed?;
    let is_over = results.cost.is_some_and(|cost| !cost.over_budget().is_empty());
    Ok(if is_over { Outcome::OverBudget } else { Outcome::WithinBudgets })
}

impl Results {
    fn here() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one place that asks for the date")]
        let now = jiff::Timestamp::now();
        Self {
            date: now.strftime("%Y-%m-%d").to_string(),
            version: output("git", &["describe", "--always", "--dirty"]),
            machine: Machine::this(),
            delivery: None,
            end_to_end: None,
            publish: None,
            start: None,
            cost: None,
            isolation: None,
        }
    }

    async fn measure(&mut self, part: Part, binaries: &Binaries) -> Result<()> {
        match part {
            Part::Delivery => self.delivery = Some(delivery::run(binaries).await?),
            Part::EndToEnd => self.end_to_end = Some(end_to_end::run(binaries).await?),
            Part::Publish => self.publish = Some(publish::run(binaries).await?),
            Part::Start => self.start = Some(start::run(binaries).await?),
            Part::Cost => self.cost = Some(cost::run(binaries).await?),
            Part::Isolation => self.isolation = Some(isolation::run(binaries).await?),
        }
        Ok(())
    }

    /// Each part under a heading of its own.
    #[must_use]
    pub fn markdown(&self) -> String {
        let Self { date: _, version: _, machine: _, delivery, end_to_end, publish, start, cost, isolation } = self;
        let sections = [
            ("The delivery function", delivery.as_ref().map(delivery::Results::markdown)),
            ("End to end", end_to_end.as_ref().map(end_to_end::Results::markdown)),
            ("One event in each request", publish.as_ref().map(publish::Results::markdown)),
            ("Start and size", start.as_ref().map(start::Results::markdown)),
            ("What a million events cost", cost.as_ref().map(cost::Results::markdown)),
            ("A healthy endpoint beside others", isolation.as_ref().map(isolation::Results::markdown)),
        ];
        let section = |(heading, text): (&str, Option<String>)| Some(format!("## {heading}\n\n{}", text?.trim_end()));
        sections.into_iter().filter_map(section).collect::<Vec<_>>().join("\n\n")
    }
}

impl Machine {
    fn this() -> Self {
        let field = |file: &str, name: &str| {
            let text = fs::read_to_string(file).unwrap_or_default();
            let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
            line.split_once(':').map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
        };
        let kilobytes = field("/proc/meminfo", "MemTotal").trim_end_matches(" kB").parse::<u64>();
        Self {
            processor: field("/proc/cpuinfo", "model name"),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_bytes: kilobytes.unwrap_or_default() * 1_024,
            system: output("uname", &["-srm"]),
            rust: output("rustc", &["--version"]),
        }
    }
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(repository()).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}
