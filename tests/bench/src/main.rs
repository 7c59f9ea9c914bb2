//! Posthorn's benchmark: what it does a second, what that costs, how soon it starts. See `--help` and `docs/operations/benchmarks.md`.

mod bare;
mod binaries;
mod function;
mod http;
mod lock;
mod meter;
mod options;
mod parts;
mod pipeline;
mod prices;
mod process;
mod receiver;
mod report;
mod results;
mod say;
mod simulate;
mod sqs;
mod stack;
mod stats;
mod steady;
mod text;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser as _;

use crate::{
    options::{Command, Options, Part},
    results::{Outcome, measure},
    say::{print, say},
};

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse().command).await {
        Ok(Outcome::WithinBudgets) => ExitCode::SUCCESS,
        Ok(Outcome::OverBudget) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::from(2)
        }
    }
}

async fn run(command: Command) -> Result<Outcome> {
    match command {
        Command::Delivery(run) => measure(&[Part::Delivery], &run).await,
        Command::EndToEnd(run) => measure(&[Part::EndToEnd], &run).await,
        Command::Publish(run) => measure(&[Part::Publish], &run).await,
        Command::Start(run) => measure(&[Part::Start], &run).await,
        Command::Cost(run) => measure(&[Part::Cost], &run).await,
        Command::Isolation(run) => measure(&[Part::Isolation], &run).await,
        Command::All(run) => measure(&Part::ALL, &run).await,
        Command::Report { results, docs } => {
            report::write(&results, docs.as_deref())?;
            Ok(Outcome::WithinBudgets)
        }
        Command::Simulate(simulation) => {
            simulate::run(&simulation).await?;
            Ok(Outcome::WithinBudgets)
        }
        Command::Bare { url, requests, concurrency, body } => {
            // On one thread, like the function that it is compared with.
            let speed = tokio::task::spawn_blocking(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                runtime.block_on(parts::delivery::bare(&url, requests, concurrency, body))
            });
            let speed = speed.await??;
            print(&serde_json::to_string(&speed)?)?;
            Ok(Outcome::WithinBudgets)
        }
    }
}
