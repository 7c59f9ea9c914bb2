//! The tables of `docs/operations/scale.md`.

use anyhow::Result;

use super::{
    arithmetic::{self, Bound, executions},
    check::{Checked, TOLERANCE},
    population::Mix,
    scenarios::Ran,
    settings::Settings,
};
use crate::{prices::Prices, text::Table};

/// Which limits bind.
pub fn bounds() -> Result<Table> {
    let bounds = arithmetic::bounds(&Settings::defaults()?, Mix::good().good)?;
    let mut table = Table::new(&["limit", "arithmetic", "reached at, events/s", "what raises it"]);
    for Bound { what, how, events_per_second, raise } in bounds {
        table.row(&[what.to_owned(), how, thousands(events_per_second), raise.to_owned()]);
    }
    Ok(table)
}

pub fn hot_keys() -> Table {
    let mut table = Table::new(&["what", "arithmetic", "a second"]);
    for (what, how, per_second) in arithmetic::hot_keys() {
        table.row(&[what.to_owned(), how, thousands(per_second)]);
    }
    table
}

/// One installation at each size.
pub fn sizes(ran: &[Ran]) -> Table {
    let mut table = Table::new(&[
        "events/s",
        "settings",
        "accepted/s",
        "executions at work",
        "first attempt after, p50",
        "p99",
        "retry late, p99",
        "what is used up",
    ]);
    for one in ran {
        table.row(&[
            thousands(one.published_per_second),
            one.name.clone(),
            thousands(one.accepted_per_second),
            one.busy.map(|busy| format!("{busy:.0}")).join(" + "),
            time(one.first_p50_ms),
            time(one.first_p99_ms),
            time(one.late_p99_ms),
            used_up(one),
        ]);
    }
    table
}

/// What a simulated installation had too little of.
fn used_up(ran: &Ran) -> String {
    const NAMES: [&str; 4] = ["intake", "first attempts", "slow lane", "retries"];
    let queues = NAMES.iter().zip(ran.busy).zip(ran.concurrency).zip(ran.waiting);
    // Executions that are busy while hardly anything waits have small batches, and keep up.
    let full = queues.filter(|(((_, busy), most), waiting)| {
        *busy > 0.98 * executions(*most) && executions(*waiting) > 10.0 * executions(*most)
    });
    let mut names: Vec<&str> = full.map(|(((name, _), _), _)| *name).collect();
    if ran.table_throttles > 0 {
        names.push("the table's units");
    }
    if ran.hot_reads > 0 {
        names.push("reads of a large account's item");
    }
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

/// A thousand endpoints in trouble.
pub fn neighbours(ran: &[Ran]) -> Table {
    let mut table = Table::new(&[
        "events/s",
        "of 10,000 endpoints",
        "others' first attempt after, p50",
        "p99",
        "p99 of the first minute",
        "others' retry late, p50",
        "p99",
        "executions of the retry lane",
        "most in flight",
        "dollars a day",
    ]);
    let prices = Prices::read().ok();
    for one in ran {
        let dollars = prices.as_ref().map(|prices| per_second_dollars(one, prices) * 86_400.0);
        table.row(&[
            thousands(one.published_per_second),
            one.name.clone(),
            time(one.first_p50_ms),
            time(one.first_p99_ms),
            one.first_minute_p99_ms.map_or_else(String::new, time),
            time(one.late_p50_ms),
            time(one.late_p99_ms),
            format!("{:.0} of {}", one.busy[3], one.concurrency[3]),
            thousands(executions(one.most_in_flight)),
            dollars.map_or_else(String::new, |dollars| format!("{dollars:.2}")),
        ]);
    }
    table
}

/// How long the backlog of a day takes, while as many events come as on that day.
pub fn backlogs(ran: &[Ran]) -> Table {
    let mut table = Table::new(&[
        "`IntakeConcurrency` and `DeliveryConcurrency`",
        "worked off, events/s",
        "by arithmetic",
        "a day of 100/s",
        "of 1,000/s",
        "of 3,000/s",
        "of 10,000/s",
    ]);
    for one in ran {
        let [intake, first, ..] = one.concurrency.map(executions);
        let by_arithmetic = drained_by_arithmetic(intake, first);
        let day = |per_second: f64| {
            let drained = one.delivered_per_second.min(by_arithmetic);
            let taken = arithmetic::drain_seconds(per_second * 86_400.0, drained, per_second);
            taken.map_or_else(|| "for ever".to_owned(), |seconds| time(seconds * 1_000.0))
        };
        let cells = [one.name.clone(), thousands(one.delivered_per_second), thousands(by_arithmetic)];
        table.row(&[cells.as_slice(), &[100.0, 1_000.0, 3_000.0, 10_000.0].map(day)].concat());
    }
    table
}

/// The lesser of what intake, delivery and the table can do.
fn drained_by_arithmetic(intake: f64, first: f64) -> f64 {
    let Ok(settings) = Settings::defaults() else { return 0.0 };
    let of_intake = arithmetic::per_second(intake, arithmetic::intake_ms(settings.work));
    let of_first = arithmetic::per_second(first, arithmetic::delivery_ms(settings.work, Mix::good().good));
    of_intake.min(of_first).min(settings.table.writes / arithmetic::WRITE_UNITS)
}

/// What events cost at each size.
pub fn costs(ran: &[Ran]) -> Result<Table> {
    let prices = Prices::read()?;
    let mut table = Table::new(&[
        "events/s",
        "settings",
        "write units",
        "read units",
        "SQS requests",
        "invocations",
        "dollars a million",
        "a month",
    ]);
    for one in ran.iter().filter(|one| one.accepted_per_second > 0.95 * one.published_per_second) {
        let each = |per_second: f64| format!("{:.2}", per_second / one.accepted_per_second);
        let million = per_second_dollars(one, &prices) / one.accepted_per_second * 1e6;
        table.row(&[
            thousands(one.published_per_second),
            one.name.clone(),
            each(one.write_units_per_second),
            each(one.read_units_per_second),
            each(one.sqs_per_second),
            each(one.invocations_per_second),
            format!("{million:.2}"),
            format!("${}", thousands(million * one.published_per_second * 2.592)),
        ]);
    }
    Ok(table)
}

/// The memory of intake and delivery, in GB.
const MEMORY_GB: f64 = 0.125;

fn per_second_dollars(ran: &Ran, prices: &Prices) -> f64 {
    let millions = ran.write_units_per_second * prices.write_units_million
        + ran.read_units_per_second * prices.read_units_million
        + ran.sqs_per_second * prices.sqs_million
        + ran.invocations_per_second * prices.invocations_million;
    millions / 1e6 + ran.busy.iter().sum::<f64>() * MEMORY_GB * prices.gb_second
}

/// The simulation and the embedded stack.
pub fn checked(checked: &[Checked]) -> Table {
    let mut table = Table::new(&["until the last attempt begins", "simulated", "embedded stack", "apart"]);
    for Checked { what, simulated, measured } in checked {
        let apart = (simulated / measured - 1.0) * 100.0;
        table.row(&[what.clone(), format!("{simulated:.1} s"), format!("{measured:.1} s"), format!("{apart:+.0} %")]);
    }
    table
}

/// How far the two may be apart, in percent.
pub fn tolerance() -> String {
    format!("{:.0} %", TOLERANCE * 100.0)
}

/// A time as people read it.
fn time(ms: f64) -> String {
    match ms {
        ..999.5 => format!("{ms:.0} ms"),
        ..119_950.0 => format!("{:.1} s", ms / 1_000.0),
        ..7_200_000.0 => format!("{:.0} min", ms / 60_000.0),
        _ => format!("{:.1} h", ms / 3_600_000.0),
    }
}

/// A number with commas.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rates and counts")]
pub fn thousands(number: f64) -> String {
    let digits = (number.max(0.0).round() as u64).to_string();
    let places = digits.len();
    let with_comma = |(place, digit): (usize, char)| {
        let comma = (place > 0 && (places - place).is_multiple_of(3)).then_some(',');
        comma.into_iter().chain([digit])
    };
    digits.chars().enumerate().flat_map(with_comma).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_as_people_write_them() {
        let numbers = [0.4, 999.0, 1_000.0, 12_345.6, 1_000_000.0].map(thousands);
        assert_eq!(numbers, ["0", "999", "1,000", "12,346", "1,000,000"]);
        let times = [35.2, 1_500.0, 600_000.0, 36_000_000.0].map(time);
        assert_eq!(times, ["35 ms", "1.5 s", "10 min", "10.0 h"]);
    }
}
