//! `docs/operations/benchmarks.md` and its pictures, from a run's results.

mod bars;

use std::{fs, path::Path};

use anyhow::{Context as _, Result};

use self::bars::{Bar, Chart};
use crate::{
    binaries::repository,
    parts::{cost, end_to_end, isolation},
    results::{Machine, Results},
};

/// What the picture of the cost shows; large events and hopeless endpoints would dwarf it.
const PICTURED: [&str; 9] = [
    "full batches",
    "ten accounts in each batch",
    "batches of 1",
    "nobody wants it",
    "100 webhooks, one wants it",
    "100 webhooks with filters, one matches",
    "every tenth fails once",
    "resent through the API",
    "replayed by a recovery",
];

/// Writes the document for the results in `file`, and keeps the results next to it.
pub fn write(file: &Path, docs: Option<&Path>) -> Result<()> {
    let text = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let results: Results = serde_json::from_slice(&text).context("not what `bench all --json` prints")?;
    let docs = docs.map_or_else(|| repository().join("docs/operations"), Path::to_owned);
    let pictures = docs.join("benchmarks");
    fs::create_dir_all(&pictures)?;
    for chart in charts(&results) {
        chart.draw(&pictures)?;
    }
    fs::write(pictures.join("results.json"), &text)?;
    fs::write(docs.join("benchmarks.md"), document(&results))?;
    Ok(())
}

fn charts(results: &Results) -> Vec<Chart> {
    let Results { cost, end_to_end, isolation, .. } = results;
    let charts = [
        cost.as_ref().map(cost_chart),
        end_to_end.as_ref().map(backlog_chart),
        isolation.as_ref().map(isolation_chart),
    ];
    charts.into_iter().flatten().collect()
}

fn document(results: &Results) -> String {
    let Machine { processor, cores, memory_bytes, system, rust } = &results.machine;
    let pictures: Vec<String> =
        charts(results).iter().map(|chart| format!("![{}](benchmarks/{}.svg)", chart.title, chart.name)).collect();
    format!(
        "# Benchmarks\n\n\
         Made by `cargo run --release -p bench -- all --json >results.json` and `cargo run --release -p bench -- report results.json`; do not edit. Each part \
         runs by itself too: `delivery`, `end-to-end`, `publish`, `start`, `cost`, `isolation`. What is measured and how is in `tests/bench`.\n\n\
         {}, version {}, on {processor}, {cores} cores, {} GB, {system}, {rust}. Everything, also what stands for AWS, ran on this one machine: counts of requests \
         are exact anywhere, times are this machine's.\n\n{}\n\n## Pictures\n\n{}\n",
        results.date,
        results.version,
        memory_bytes >> 30,
        results.markdown(),
        pictures.join("\n\n"),
    )
}

fn cost_chart(cost: &cost::Results) -> Chart {
    let bars = cost.bills().into_iter().filter(|(name, _)| PICTURED.contains(name)).map(|(name, bill)| {
        let cost::Dollars { dynamodb, sqs, lambda, logs, .. } = bill.dollars;
        Bar { label: name.to_owned(), parts: vec![dynamodb, sqs, lambda, logs] }
    });
    Chart {
        name: "cost",
        title: "Dollars for a million events, some of the rows above",
        series: &["DynamoDB", "SQS", "Lambda", "logs"],
        decimals: 2,
        bars: bars.collect(),
    }
}

fn backlog_chart(end_to_end: &end_to_end::Results) -> Chart {
    let bars = end_to_end.backlogs.iter().map(|backlog| Bar {
        label: format!("backlog of {}", backlog.events),
        parts: vec![backlog.drained.cpu_ms_per_delivery],
    });
    Chart {
        name: "backlog",
        title: "CPU of the whole local stack for each event of a backlog, in ms",
        series: &["ms"],
        decimals: 3,
        bars: bars.collect(),
    }
}

fn isolation_chart(isolation: &isolation::Results) -> Chart {
    let bars = isolation.neighbours.iter().map(|beside| Bar {
        label: format!("{}/s, neighbour: {}", beside.per_second, beside.neighbour),
        parts: vec![beside.ms.p50, beside.ms.p99 - beside.ms.p50],
    });
    Chart {
        name: "isolation",
        title: "How soon a healthy endpoint has its event, in ms",
        series: &["p50", "p99"],
        decimals: 1,
        bars: bars.collect(),
    }
}
