//! What AWS charges for each unit: a dated file next to this program.

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

const FILE: &str = include_str!("../prices/us-east-1.toml");

/// US dollars, as in the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    pub date: String,
    pub region: String,
    pub architecture: String,
    pub sources: Vec<String>,
    pub sqs_million: f64,
    pub write_units_million: f64,
    pub read_units_million: f64,
    pub invocations_million: f64,
    pub gb_second: f64,
    pub log_gb: f64,
    pub alarm_month: f64,
    pub dashboard_month: f64,
    pub storage_gb_month: f64,
    pub backup_gb_month: f64,
    pub egress_gb: f64,
    pub free_tier: FreeTier,
}

/// What costs nothing each month.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FreeTier {
    pub sqs_requests: f64,
    pub log_gb: f64,
    pub alarms: f64,
    pub dashboards: f64,
    pub invocations: f64,
    pub gb_seconds: f64,
}

impl Prices {
    pub fn read() -> Result<Self> {
        toml::from_str(FILE).context("prices/us-east-1.toml is not understood")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_price_file_is_complete() {
        assert!(Prices::read().unwrap().sqs_million > 0.0);
    }
}
