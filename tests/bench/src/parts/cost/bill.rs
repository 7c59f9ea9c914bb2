//! Used units turned into dollars a million events.

use crate::prices::Prices;

use super::{stage::Used, template::LAMBDA_LOG_BYTES};

/// The functions' memory, as `template.yaml` has it by default.
pub const MEMORY_GB: f64 = 0.125;
/// What share of a processor Lambda gives a function of that size: a whole one comes with 1,769 MB.
const PROCESSOR_SHARE: f64 = 128.0 / 1_769.0;

const WRITE_UNIT_BYTES: f64 = 1_024.0;
const MILLION: f64 = 1e6;
const GB: f64 = 1e9;

/// What one event uses, and what a million cost.
#[derive(Debug, Clone, Copy)]
pub struct Bill {
    pub write_units: f64,
    pub read_units: f64,
    pub sqs: f64,
    pub invocations: f64,
    pub dollars: Dollars,
}

/// For a million events.
#[derive(Debug, Clone, Copy)]
pub struct Dollars {
    pub dynamodb: f64,
    pub sqs: f64,
    pub lambda: f64,
    pub logs: f64,
    /// Not in the sum: a month of storage and of its backup at most, and what leaves for the internet.
    pub storage: f64,
    pub backup: f64,
    pub egress: f64,
}

impl Dollars {
    pub fn sum(&self) -> f64 {
        self.dynamodb + self.sqs + self.lambda + self.logs
    }

    /// The part that is exact: it depends on no clock.
    pub fn requests(&self) -> f64 {
        self.dynamodb + self.sqs
    }
}

/// What an invocation bills: waiting takes as long on any machine, computing longer on a share of a processor.
pub fn billed_seconds(used: &Used) -> f64 {
    (used.lambda_seconds - used.cpu_seconds).max(0.0) + used.cpu_seconds / PROCESSOR_SHARE
}

/// The functions' own lines and Lambda's.
#[expect(clippy::cast_precision_loss, reason = "hundreds of lines")]
pub fn log_bytes(used: &Used) -> f64 {
    let lambda_log_bytes = used.lambda_log_bytes.unwrap_or(LAMBDA_LOG_BYTES);
    used.log_bytes as f64 + used.invocations as f64 * lambda_log_bytes as f64
}

#[expect(clippy::cast_precision_loss, reason = "hundreds of events")]
pub fn bill(used: &Used, prices: &Prices) -> Bill {
    let each = |amount: f64| amount / (used.events.max(1) as f64);
    let invocations = each(used.invocations as f64);
    let gb_seconds = each(billed_seconds(used)) * MEMORY_GB;
    let stored_gb = each(used.requests.write_units) * WRITE_UNIT_BYTES * MILLION / GB;
    let requests = &used.requests;
    let (write_units, read_units, sqs) = (each(requests.write_units), each(requests.read_units), each(requests.sqs));
    let dollars = Dollars {
        dynamodb: write_units * prices.write_units_million + read_units * prices.read_units_million,
        sqs: sqs * prices.sqs_million,
        lambda: invocations * prices.invocations_million + gb_seconds * MILLION * prices.gb_second,
        logs: each(log_bytes(used)) * MILLION / GB * prices.log_gb,
        storage: stored_gb * prices.storage_gb_month,
        backup: stored_gb * prices.backup_gb_month,
        egress: each(used.egress_bytes as f64) * MILLION / GB * prices.egress_gb,
    };
    Bill { write_units, read_units, sqs, invocations, dollars }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::Requests;

    #[test]
    fn a_million_times_one_event_is_priced_by_the_file() {
        let prices = Prices::read().unwrap();
        let requests = Requests { write_units: 20.0, read_units: 2.0, sqs: 5.0, ..Requests::default() };
        let used = Used { events: 10, requests, invocations: 2, ..Used::default() };
        let dollars = bill(&used, &prices).dollars;
        assert!((dollars.dynamodb - (2.0 * 0.625 + 0.2 * 0.125)).abs() < 1e-9);
        assert!((dollars.sqs - 0.20).abs() < 1e-9);
        assert!((dollars.lambda - 0.04).abs() < 1e-9);
    }

    #[test]
    fn results_that_do_not_say_what_lambda_logged_have_its_lines() {
        let used = Used { log_bytes: 100, invocations: 2, ..Used::default() };
        for (lambda_log_bytes, bytes) in [(None, 800.0), (Some(0), 100.0), (Some(350), 800.0)] {
            let used = Used { lambda_log_bytes, ..used.clone() };
            assert!((log_bytes(&used) - bytes).abs() < 1e-9, "{lambda_log_bytes:?}");
        }
    }

    #[test]
    fn computing_takes_longer_on_a_share_of_a_processor_and_waiting_does_not() {
        let used = Used { lambda_seconds: 0.51, cpu_seconds: 0.01, ..Used::default() };
        assert!((billed_seconds(&used) - (0.5 + 0.01 * 1_769.0 / 128.0)).abs() < 1e-9);
    }
}
