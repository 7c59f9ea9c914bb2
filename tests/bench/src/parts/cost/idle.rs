//! What a month without events costs.

use serde::{Deserialize, Serialize};

use super::{
    bill::{MEMORY_GB, billed_seconds, log_bytes},
    stage::Used,
    template::Made,
};
use crate::{prices::Prices, text::Table};

/// Lambda starts with five pollers a queue, and keeps them; each asks for up to 20 s.
const POLLERS: f64 = 5.0;
const POLL_SECONDS: f64 = 20.0;
const MONTH_SECONDS: f64 = 30.0 * 24.0 * 3_600.0;
const MONTH_MINUTES: f64 = MONTH_SECONDS / 60.0;
/// How many queues were polled when results did not say so.
const FORMER_QUEUES: usize = 3;

/// A month without events.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Idle {
    /// One run of the schedule.
    pub minute: Used,
    /// The run beside it that looks for deleted accounts. Results of before it existed have none.
    #[serde(default)]
    pub erasure: Option<Used>,
    /// Results of before 2026-11-26 do not say how many queues are polled.
    #[serde(default)]
    pub queues: Option<usize>,
    pub alarms: usize,
    /// Results of before 2026-11-26 count alarms only.
    #[serde(default)]
    pub alarm_metrics: Option<usize>,
    pub dashboards: usize,
}

impl Idle {
    /// From one run of each of the schedule's tasks, and what the template makes.
    pub fn of(minute: Used, erasure: Used, made: Made) -> Self {
        let Made { queues, alarms, alarm_metrics, dashboards } = made;
        Self {
            minute,
            erasure: Some(erasure),
            queues: Some(queues),
            alarms,
            alarm_metrics: Some(alarm_metrics),
            dashboards,
        }
    }

    pub fn table(&self, prices: &Prices) -> Table {
        let mut table = Table::new(&["", "a month", "list price", "with AWS's free tier"]);
        let mut sums = (0.0, 0.0);
        for Line { what, amount, price, free } in self.lines(prices) {
            let (listed, left) = (amount * price, (amount - free).max(0.0) * price);
            sums = (sums.0 + listed, sums.1 + left);
            table.row(&[what, grouped(amount), format!("${listed:.2}"), format!("${left:.2}")]);
        }
        let (listed, left) = sums;
        table.row(&["**sum**".into(), String::new(), format!("**${listed:.2}**"), format!("**${left:.2}**")]);
        table
    }

    #[expect(clippy::cast_precision_loss, reason = "a few alarms")]
    fn lines(&self, prices: &Prices) -> [Line; 9] {
        let free = &prices.free_tier;
        let million = |price: f64| price / 1e6;
        let line = |what: &str, amount, price, free| Line { what: what.to_owned(), amount, price, free };
        let monthly = |figure: fn(&Used) -> f64| MONTH_MINUTES * self.runs().map(figure).sum::<f64>();
        let queues = self.queues.unwrap_or(FORMER_QUEUES);
        let polls = queues as f64 * POLLERS * MONTH_SECONDS / POLL_SECONDS;
        let (reads, writes) = (prices.read_units_million, prices.write_units_million);
        let sqs = million(prices.sqs_million);
        let (alarms, metrics) = (self.alarms, self.alarm_metrics.unwrap_or(self.alarms));
        [
            line(&format!("SQS: empty polls of {queues} queues"), polls, sqs, free.sqs_requests),
            // The polls have used up the free ones.
            line("SQS: requests of the schedule's runs", monthly(|run| run.requests.sqs), sqs, 0.0),
            line(
                "Lambda: the schedule's runs",
                monthly(|run| run.invocations as f64),
                million(prices.invocations_million),
                free.invocations,
            ),
            line(
                "Lambda: their GB-seconds",
                monthly(|run| billed_seconds(run) * MEMORY_GB),
                prices.gb_second,
                free.gb_seconds,
            ),
            line("DynamoDB: their read units", monthly(|run| run.requests.read_units), million(reads), 0.0),
            line("DynamoDB: their write units", monthly(|run| run.requests.write_units), million(writes), 0.0),
            line("CloudWatch: GB of their logs", monthly(|run| log_bytes(run) / 1e9), prices.log_gb, free.log_gb),
            line(&format!("CloudWatch: metrics of {alarms} alarms"), metrics as f64, prices.alarm_month, free.alarms),
            line("CloudWatch: dashboards", self.dashboards as f64, prices.dashboard_month, free.dashboards),
        ]
    }

    /// What runs each minute.
    fn runs(&self) -> impl Iterator<Item = &Used> {
        [&self.minute].into_iter().chain(&self.erasure)
    }
}

/// One item of the month's bill.
struct Line {
    what: String,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::Requests;

    const MADE: Made = Made { queues: 4, alarms: 2, alarm_metrics: 3, dashboards: 1 };

    fn run(read_units: f64, write_units: f64) -> Used {
        Used {
            invocations: 1,
            requests: Requests { write_units, read_units, ..Requests::default() },
            ..Used::default()
        }
    }

    #[test]
    fn both_runs_of_a_minute_count() {
        let lines = Idle::of(run(9.0, 2.0), run(1.0, 0.0), MADE).lines(&Prices::read().unwrap());
        let amount = |what: &str| lines.iter().find(|line| line.what == what).unwrap().amount;
        assert!((amount("DynamoDB: their read units") - 432_000.0).abs() < 1e-6);
        assert!((amount("DynamoDB: their write units") - 86_400.0).abs() < 1e-6);
        assert!((amount("Lambda: the schedule's runs") - 86_400.0).abs() < 1e-6);
        assert!((amount("SQS: empty polls of 4 queues") - 2_592_000.0).abs() < 1e-6);
        assert!((amount("CloudWatch: metrics of 2 alarms") - 3.0).abs() < 1e-6);
    }

    #[test]
    fn thousands_are_apart() {
        assert_eq!(["0", "999", "1,944,000"], [0.0, 999.0, 1_944_000.0].map(grouped).each_ref().map(String::as_str));
    }
}
