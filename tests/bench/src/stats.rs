//! Figures of many measurements.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Durations as milliseconds.
#[must_use]
pub fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// Where a set of durations lies, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    pub min: f64,
    pub p50: f64,
    pub p99: f64,
    pub max: f64,
}

impl Spread {
    /// `None` without any.
    #[must_use]
    pub fn of(mut durations: Vec<Duration>) -> Option<Self> {
        durations.sort_unstable();
        let at = |per_mille: usize| {
            let rank = (durations.len() * per_mille).div_ceil(1_000).saturating_sub(1);
            durations.get(rank).copied().map(ms)
        };
        Some(Self { min: at(0)?, p50: at(500)?, p99: at(990)?, max: at(1_000)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_smallest_value_that_so_many_do_not_exceed() {
        let spread = Spread::of((1..=200).rev().map(Duration::from_millis).collect()).unwrap();
        assert_eq!(spread, Spread { min: 1.0, p50: 100.0, p99: 198.0, max: 200.0 });
    }

    #[test]
    fn nothing_measured_has_no_spread() {
        assert_eq!(Spread::of(Vec::new()), None);
    }
}
