//! What a month without events costs.

use serde::{Deserialize, Serialize};

use super::{
    bill::{MEMORY_GB, billed_seconds, log_bytes},
    scenario::Used,
};
use crate::{prices::Prices, text::Table};

/// Lambda starts with five pollers a queue, and keeps them; each asks for up to 20 s.
const POLLERS: f64 = 5.0;
const POLL_SECONDS: f64 = 20.0;
const QUEUES: f64 = 3.0;
const MONTH_SECONDS: f64 = 30.0 * 24.0 * 3_600.0;

/// A month without events.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Idle {
    /// One run of the schedule.
    pub minute: Used,
    pub alarms: usize,
    pub dashboards: usize,
}

impl Idle {
    /// From one run of the schedule and the template.
    pub fn of(minute: Used, template: &str) -> Self {
        Self {
            minute,
            alarms: resources(template, "AWS::CloudWatch::Alarm", |resource| !resource.contains("Condition: ")),
            dashboards: resources(template, "AWS::CloudWatch::Dashboard", |_| true),
        }
    }

    pub fn table(&self, prices: &Prices) -> Table {
        let mut table = Table::new(&["", "a month", "list price", "with AWS's free tier"]);
        let mut sums = (0.0, 0.0);
        for Line { what, amount, price, free } in self.lines(prices) {
            let (listed, left) = (amount * price, (amount - free).max(0.0) * price);
            sums = (sums.0 + listed, sums.1 + left);
            table.row(&[what.to_owned(), grouped(amount), format!("${listed:.2}"), format!("${left:.2}")]);
        }
        let (listed, left) = sums;
        table.row(&["**sum**".into(), String::new(), format!("**${listed:.2}**"), format!("**${left:.2}**")]);
        table
    }

    #[expect(clippy::cast_precision_loss, reason = "a few alarms")]
    fn lines(&self, prices: &Prices) -> [Line; 8] {
        let Self { minute, alarms, dashboards } = self;
        let runs = MONTH_SECONDS / 60.0;
        let free = &prices.free_tier;
        let requests = &minute.requests;
        let million = |price: f64| price / 1e6;
        let line = |what, amount, price, free| Line { what, amount, price, free };
        let polls = QUEUES * POLLERS * MONTH_SECONDS / POLL_SECONDS;
        [
            line("SQS: empty polls of three queues", polls, million(prices.sqs_million), free.sqs_requests),
            line("Lambda: runs of the schedule", runs, million(prices.invocations_million), free.invocations),
            line(
                "Lambda: their GB-seconds",
                runs * billed_seconds(minute) * MEMORY_GB,
                prices.gb_second,
                free.gb_seconds,
            ),
            line("DynamoDB: their read units", runs * requests.read_units, million(prices.read_units_million), 0.0),
            line("DynamoDB: their write units", runs * requests.write_units, million(prices.write_units_million), 0.0),
            line("CloudWatch: GB of the schedule's logs", runs * log_bytes(minute) / 1e9, prices.log_gb, free.log_gb),
            line("CloudWatch: alarms", *alarms as f64, prices.alarm_month, free.alarms),
            line("CloudWatch: dashboards", *dashboards as f64, prices.dashboard_month, free.dashboards),
        ]
    }
}

/// One item of the month's bill.
struct Line {
    what: &'static str,
    amount: f64,
    price: f64,
    free: f64,
}

/// Thousands apart, as in 1,944,000.
fn grouped(amount: f64) -> String {
    let digits = format!("{amount:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How many resources of a type the template has by default. A resource begins with its name, two spaces in.
fn resources(template: &str, of_type: &str, by_default: impl Fn(&str) -> bool) -> usize {
    let starts = |line: &&str| line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':');
    let mut resources: Vec<String> = Vec::new();
    for line in template.lines() {
        if starts(&line) {
            resources.push(String::new());
        }
        if let Some(resource) = resources.last_mut() {
            resource.push_str(line);
            resource.push('\n');
        }
    }
    let of_type = format!("    Type: {of_type}\n");
    resources.iter().filter(|resource| resource.contains(&of_type) && by_default(resource)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_made_only_on_condition_is_not_counted() {
        let template = "Resources:\n  A:\n    Type: X\n  B:\n    Type: X\n    Condition: C\n  C:\n    Type: Y\n";
        assert_eq!(resources(template, "X", |resource| !resource.contains("Condition: ")), 1);
    }

    #[test]
    fn thousands_are_apart() {
        assert_eq!(["0", "999", "1,944,000"], [0.0, 999.0, 1_944_000.0].map(grouped).each_ref().map(String::as_str));
    }
}
