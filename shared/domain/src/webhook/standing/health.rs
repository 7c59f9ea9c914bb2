//! How a webhook's endpoint has been doing, which decides the lane of its events.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long a success may take before the webhook is `slow`.
pub const SLOW_AFTER: Duration = Duration::from_secs(3);

/// How long a success of a slow webhook may take to count as quick. Less than [`SLOW_AFTER`], so that an endpoint at the limit does not
/// change its lane all the time.
const QUICK_WITHIN: Duration = Duration::from_secs(2);

/// How many quick successes in a row make a slow webhook `ok` again.
const QUICK_ENOUGH: u32 = 3;

/// How many failed attempts in a row make a webhook `failing`.
pub const FAILING_AFTER: u32 = 3;

/// How a webhook's endpoint has been doing. Written only when it changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// Answers, and in time.
    #[default]
    Ok,
    /// A success took longer than [`SLOW_AFTER`], and it has not been quick often enough since.
    Slow,
    /// Its last attempts failed, three or more in a row.
    Failing,
}

/// The health, and how near a slow webhook is to a better one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pulse {
    pub health: Health,
    /// The quick successes in a row of a slow webhook. Zero for others.
    pub quick: u32,
}

impl Pulse {
    pub fn of(health: Health) -> Self {
        Self { health, quick: 0 }
    }
}

/// What a batch's attempts say of the health.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Beat {
    pub successes: u32,
    /// What the slowest of them took, if there was any.
    pub slowest_success: Option<Duration>,
    pub failed_attempts: u32,
    /// How many failures in a row there are with these.
    pub failures_in_a_row: u32,
}

/// The pulse after a batch.
pub fn pulse_after(before: Pulse, beat: Beat) -> Pulse {
    match beat.slowest_success {
        Some(took) if took > SLOW_AFTER => Pulse::of(Health::Slow),
        Some(took) if before.health == Health::Slow => slow_after(before, took, beat),
        Some(_) => Pulse::of(Health::Ok),
        None if beat.failed_attempts > 0 && beat.failures_in_a_row >= FAILING_AFTER => Pulse::of(Health::Failing),
        None if beat.failed_attempts > 0 => Pulse::of(before.health),
        None => before,
    }
}

/// A slow webhook after successes that were not slow.
fn slow_after(before: Pulse, slowest: Duration, beat: Beat) -> Pulse {
    let is_quick = slowest < QUICK_WITHIN && beat.failed_attempts == 0;
    let quick = if is_quick { before.quick.saturating_add(beat.successes) } else { 0 };
    if quick >= QUICK_ENOUGH { Pulse::of(Health::Ok) } else { Pulse { quick, ..before } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slow(quick: u32) -> Pulse {
        Pulse { health: Health::Slow, quick }
    }

    fn successes(successes: u32, slowest_ms: u64) -> Beat {
        Beat { successes, slowest_success: Some(Duration::from_millis(slowest_ms)), ..Beat::default() }
    }

    fn failures(failed_attempts: u32, failures_in_a_row: u32) -> Beat {
        Beat { failed_attempts, failures_in_a_row, ..Beat::default() }
    }

    #[test]
    fn each_batch_leaves_the_pulse_that_it_should() {
        let (ok, failing) = (Pulse::of(Health::Ok), Pulse::of(Health::Failing));
        for (before, beat, after) in [
            (ok, successes(10, 3_000), ok),
            (ok, successes(10, 3_001), slow(0)),
            (failing, successes(1, 3_001), slow(0)),
            (failing, successes(1, 2_500), ok),
            (slow(0), successes(1, 1_999), slow(1)),
            (slow(1), successes(1, 1_999), slow(2)),
            (slow(2), successes(1, 1_999), ok),
            (slow(0), successes(3, 10), ok),
            (slow(2), successes(1, 2_000), slow(0)),
            (slow(2), successes(9, 3_001), slow(0)),
            (ok, failures(1, 2), ok),
            (ok, failures(1, 3), failing),
            (slow(2), failures(3, 3), failing),
            (slow(2), failures(1, 1), slow(0)),
            (slow(2), Beat { failed_attempts: 1, ..successes(1, 10) }, slow(0)),
            (failing, failures(0, 9), failing),
        ] {
            assert_eq!(pulse_after(before, beat), after, "{before:?} {beat:?}");
        }
    }
}
