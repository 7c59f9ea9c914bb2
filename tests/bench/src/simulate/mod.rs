//! An installation at sizes that no machine here has: a simulation by discrete events.
//!
//! [`agenda`] has what is to happen. [`queue`] stands for SQS, [`pollers`] for Lambda's event source mappings, [`table`] for `DynamoDB`,
//! and [`population`] for the customers and their endpoints. [`world`] holds them all. [`intake`], [`delivery`] with [`attempt`], and
//! [`counting`] do what the functions of that name do, and ask the crate `domain` what happens to each delivery. [`running`] lets the
//! time pass.
//!
//! For example, an event is published. Intake's execution takes it from [`queue::Events`], pays for its units in the table, and shows a
//! message in the first lane. An execution of that lane has the domain admit the message, draws the endpoint's response, and has the
//! domain make the record after it. If the attempt failed, the domain says how the message waits, and the agenda has when it returns.
//!
//! [`scenarios`] says what is simulated, [`arithmetic`] calculates what can be calculated, [`check`] runs the embedded stack beside it, and
//! [`page`] writes `docs/operations/scale.md`.

mod agenda;
mod arithmetic;
mod attempt;
mod check;
mod counting;
mod delivery;
mod event;
mod intake;
mod measured;
mod page;
mod pollers;
mod population;
mod queue;
mod results;
mod running;
mod scenarios;
mod settings;
mod table;
mod tables;
#[cfg(test)]
mod tests;
mod world;

use std::fs;

use anyhow::{Context as _, Result, ensure};

use self::results::Results;
use crate::{
    binaries::Binaries,
    options::{Run, Simulation},
    say::print,
};

/// Simulates what the options ask for, and writes where they say.
pub async fn run(options: &Simulation) -> Result<()> {
    if let Some(per_second) = options.rate {
        return print(&tables::sizes(&[scenarios::one(per_second)?]).to_string()).map_err(Into::into);
    }
    let results = match &options.results {
        Some(file) => {
            let text = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
            serde_json::from_slice(&text).context("the file is not what `bench simulate --json` writes")?
        }
        None => simulate(options).await?,
    };
    if let Some(file) = &options.json {
        fs::write(file, serde_json::to_string_pretty(&results)? + "\n")?;
    }
    let page = page::page(&results)?;
    match &options.docs {
        Some(docs) => fs::write(docs.join("scale.md"), page)?,
        None => print(&page)?,
    }
    let apart = results.checked.iter().find(|checked| !checked.is_within());
    ensure!(apart.is_none(), "the simulation and the embedded stack are too far apart: {apart:?}");
    Ok(())
}

async fn simulate(options: &Simulation) -> Result<Results> {
    let mut results = Results {
        sizes: scenarios::sizes()?,
        neighbours: scenarios::neighbours()?,
        backlogs: scenarios::backlogs()?,
        checked: Vec::new(),
    };
    if options.check {
        let run = Run { json: false, functions: None, stack: options.stack.clone() };
        results.checked = check::run(&Binaries::of_stack(&run).await?).await?;
    }
    Ok(results)
}
