//! The same in closed form: what each limit allows, without a simulation.

use anyhow::Result;

use super::{
    population::Responses,
    settings::{BATCH, DELIVERY_CALLS, EXECUTIONS, INTAKE_CALLS, PARTITION, Settings, TABLE_UNITS, Work, parameter},
};

/// The most executions that Lambda gives to one mapping, as AWS documents it.
pub const MAPPING_EXECUTIONS: f64 = 1_250.0;

/// How many partitions an account's event log has, and a webhook's deliveries.
const SHARDS: f64 = 8.0;

/// The timeout of the profile `standard`, and how many attempts it makes of a delivery that always fails.
const TIMEOUT_SECONDS: f64 = 15.0;
const ATTEMPTS: f64 = 8.0;

/// A full batch.
const FULL: f64 = 10.0;

/// The units of an event with one delivery whose batches have ten accounts: event, delivery, entry of the log; the account for
/// intake, the account and the webhook for delivery.
pub const WRITE_UNITS: f64 = 3.0;
pub const READ_UNITS: f64 = 3.0;

/// One limit and the rate at which it is reached.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    pub what: &'static str,
    pub how: String,
    pub events_per_second: f64,
    pub raise: &'static str,
}

/// How long a full batch takes in intake, in ms.
pub fn intake_ms(work: Work) -> f64 {
    INTAKE_CALLS * work.call_ms + FULL * work.intake_ms
}

/// How long a full batch takes in delivery, in ms: as long as its slowest response.
pub fn delivery_ms(work: Work, responses: Responses) -> f64 {
    DELIVERY_CALLS * work.call_ms + FULL * work.delivery_ms + slowest_ms(responses, BATCH)
}

/// The average of the longest of `count` log-normal times: the integral of the chance that it is longer.
pub fn slowest_ms(responses: Responses, count: usize) -> f64 {
    let Responses { median_ms, sigma, .. } = responses;
    if sigma <= 0.0 {
        return median_ms;
    }
    let step = median_ms / 500.0;
    let exponent = i32::try_from(count).unwrap_or(i32::MAX);
    let longer = |ms: f64| 1.0 - normal_share((ms / median_ms).ln() / sigma).powi(exponent);
    let terms = (0..50_000u32).map(|place| longer((f64::from(place) + 0.5) * step) * step);
    terms.sum()
}

/// How many deliveries a second to endpoints that hang so many executions of the retry lane can make all attempts of.
pub fn hanging_per_second(executions: f64) -> f64 {
    executions * FULL / TIMEOUT_SECONDS / ATTEMPTS
}

/// How many events or deliveries a second so many executions work on, in full batches.
pub fn per_second(executions: f64, batch_ms: f64) -> f64 {
    executions * FULL / batch_ms * 1_000.0
}

/// Every limit, by the rate at which it is reached. One delivery for each event, to endpoints that respond as `responses` says.
pub fn bounds(settings: &Settings, responses: Responses) -> Result<Vec<Bound>> {
    let mut bounds = of_executions(settings, responses);
    bounds.extend(of_units(executions(parameter("WarmWriteUnits")?)));
    bounds.sort_by(|one, other| one.events_per_second.total_cmp(&other.events_per_second));
    Ok(bounds)
}

/// What a request to AWS raises.
const QUOTA: &str = "the quota, by a request to AWS";
const ANOTHER: &str = "another installation";

fn bound(what: &'static str, how: String, events_per_second: f64, raise: &'static str) -> Bound {
    Bound { what, how, events_per_second, raise }
}

fn of_executions(settings: &Settings, responses: Responses) -> Vec<Bound> {
    let (intake, delivery) = (intake_ms(settings.work), delivery_ms(settings.work, responses));
    let [of_intake, of_first, _, of_retries] = settings.concurrency.map(executions);
    let all = executions(EXECUTIONS);
    let full = |what, executions: f64, ms: f64, raise| {
        bound(what, format!("{executions:.0} × 10 ÷ {:.3} s", ms / 1_000.0), per_second(executions, ms), raise)
    };
    vec![
        bound(
            "`RetryConcurrency`, where one event in a hundred is for an endpoint that hangs",
            format!("{of_retries:.0} × 10 ÷ {TIMEOUT_SECONDS} s ÷ {ATTEMPTS} attempts × 100"),
            hanging_per_second(of_retries) * 100.0,
            "`RetryConcurrency`",
        ),
        full("`IntakeConcurrency`", of_intake, intake, "`IntakeConcurrency`, `QueueMemory`"),
        full("`DeliveryConcurrency`", of_first, delivery, "`DeliveryConcurrency`"),
        bound(
            "concurrent executions of an AWS account, by default",
            format!("{all:.0} × 10 ÷ ({:.3} s + {:.3} s)", intake / 1_000.0, delivery / 1_000.0),
            per_second(all, intake + delivery),
            QUOTA,
        ),
        full("executions that Lambda gives to one mapping: first attempts", MAPPING_EXECUTIONS, delivery, ANOTHER),
        full("the same: intake", MAPPING_EXECUTIONS, intake, ANOTHER),
    ]
}

fn of_units(warm: f64) -> Vec<Bound> {
    let quota = |what, units: f64| bound(what, format!("{TABLE_UNITS:.0} ÷ {units} units"), TABLE_UNITS / units, QUOTA);
    vec![
        bound(
            "`WarmWriteUnits`, while the table is new or was idle",
            format!("{warm:.0} ÷ {WRITE_UNITS} units"),
            warm / WRITE_UNITS,
            "`WarmWriteUnits`, once",
        ),
        quota("write units of a table, AWS's default quota", WRITE_UNITS),
        quota("read units of a table, AWS's default quota", READ_UNITS),
    ]
}

/// What one account and one webhook can get, in full batches: limits of single partitions, which nothing raises.
pub fn hot_keys() -> Vec<(&'static str, String, f64)> {
    let deliveries = SHARDS * PARTITION.writes;
    let log = SHARDS * PARTITION.writes * FULL;
    let item = PARTITION.reads / (2.0 / FULL);
    vec![
        (
            "deliveries to one webhook: their records",
            format!("{SHARDS} partitions × {:.0}", PARTITION.writes),
            deliveries,
        ),
        (
            "events of one account: its own item, read by intake and delivery",
            format!("{:.0} ÷ 2 × 10", PARTITION.reads),
            item,
        ),
        ("the same, if no batch has two events of the account", format!("{:.0} ÷ 2", PARTITION.reads), item / FULL),
        ("events of one account: the event log", format!("{SHARDS} partitions × {:.0} × 10", PARTITION.writes), log),
    ]
}

/// How many seconds a backlog takes that drains at a rate while as much is still published.
pub fn drain_seconds(backlog: f64, drained_per_second: f64, published_per_second: f64) -> Option<f64> {
    let net = drained_per_second - published_per_second;
    (net > 0.0).then(|| backlog / net)
}

#[expect(clippy::cast_precision_loss, reason = "parameters are small")]
pub fn executions(count: usize) -> f64 {
    count as f64
}

/// The share of a normal distribution below `x` (Abramowitz and Stegun 26.2.17, right to seven digits).
fn normal_share(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * x.abs());
    let series =
        t * (0.319_381_53 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let above = (-x * x / 2.0).exp() / std::f64::consts::TAU.sqrt() * series;
    if x < 0.0 { above } else { 1.0 - above }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_distribution_has_its_known_values() {
        for (x, share) in [(0.0, 0.5), (1.0, 0.841_344_7), (-1.0, 0.158_655_3), (1.959_964, 0.975), (6.0, 1.0)] {
            assert!((normal_share(x) - share).abs() < 1e-6, "{x}");
        }
    }

    #[test]
    fn the_slowest_of_one_takes_the_average() {
        let responses = Responses { median_ms: 100.0, sigma: 0.6, failing: 0.0 };
        // A log-normal average is the median times e to half the variance.
        assert!((slowest_ms(responses, 1) - 100.0 * 0.18_f64.exp()).abs() < 0.5);
        assert!((slowest_ms(Responses { sigma: 0.0, ..responses }, 10) - 100.0).abs() < f64::EPSILON);
    }

    #[test]
    fn the_profile_is_the_one_that_is_calculated_with() {
        let profiles = domain::profile::registry::Profiles::built_in();
        let timing = &profiles.by_name("standard").unwrap().attempts.timing;
        let own = domain::attempt::timing::OwnTiming::default();
        let schedule = timing.schedule_for(&own);
        let retries = (1..100).take_while(|failures| schedule.delay_after(*failures).is_some()).count();
        assert!((FULL - executions(BATCH)).abs() < f64::EPSILON);
        assert!((executions(retries) + 1.0 - ATTEMPTS).abs() < f64::EPSILON);
        assert!((timing.timeout_for(&own).as_secs_f64() - TIMEOUT_SECONDS).abs() < f64::EPSILON);
    }

    #[test]
    fn a_backlog_never_drains_at_the_rate_of_publication() {
        assert_eq!(drain_seconds(1_000.0, 300.0, 100.0), Some(5.0));
        assert_eq!(drain_seconds(1_000.0, 100.0, 100.0), None);
    }
}
