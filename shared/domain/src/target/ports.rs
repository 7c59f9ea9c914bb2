//! The ports that webhooks may use.

use std::{fmt, ops::RangeInclusive};

/// Ports that webhooks may use: `443,1024-65535`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ports(Vec<RangeInclusive<u16>>);

impl Default for Ports {
    fn default() -> Self {
        Self(vec![443..=443, 1_024..=65_535])
    }
}

impl Ports {
    /// Reads ports and ranges separated by commas.
    pub fn parse(text: &str) -> Result<Self, String> {
        let range = |part: &str| {
            let (low, high) = part.split_once('-').unwrap_or((part, part));
            let (low, high) = (low.trim().parse().ok()?, high.trim().parse().ok()?);
            (1 <= low && low <= high).then_some(low..=high)
        };
        text.split(',').map(|part| range(part).ok_or_else(|| part.to_owned())).collect::<Result<_, _>>().map(Self)
    }

    pub fn contains(&self, port: u16) -> bool {
        self.0.iter().any(|range| range.contains(&port))
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let write = |range: &RangeInclusive<u16>| match (range.start(), range.end()) {
            (low, high) if low == high => low.to_string(),
            (low, high) => format!("{low} to {high}"),
        };
        f.write_str(&self.0.iter().map(write).collect::<Vec<_>>().join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read_as_numbers_and_ranges() {
        assert_eq!(Ports::parse("443,8000-8999").unwrap().to_string(), "443 and 8000 to 8999");
        for bad in ["", "0", "443;80", "9-1", "70000"] {
            assert!(Ports::parse(bad).is_err(), "{bad}");
        }
    }
}
