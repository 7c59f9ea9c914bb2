//! What a simulation writes down.

use super::agenda::{Micros, seconds};

/// The shortest time that a histogram tells apart, in ms, and how many of its classes there are for each factor e.
const SHORTEST_MS: f64 = 0.1;
const CLASSES: f64 = 100.0;

/// Times, each to the nearest percent.
#[derive(Debug, Clone, Default)]
pub struct Histogram {
    classes: Vec<u64>,
    all: u64,
}

impl Histogram {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "times are positive and end")]
    pub fn add(&mut self, ms: f64) {
        let class = ((ms.max(SHORTEST_MS) / SHORTEST_MS).ln() * CLASSES).round() as usize;
        if self.classes.len() <= class {
            self.classes.resize(class + 1, 0);
        }
        self.classes[class] += 1;
        self.all += 1;
    }

    /// The time that so many of a thousand do not exceed, in ms. Zero without any.
    #[expect(clippy::cast_precision_loss, reason = "there are some thousand classes")]
    pub fn at(&self, per_mille: u64) -> f64 {
        let rank = (self.all * per_mille).div_ceil(1_000);
        let sums = self.classes.iter().scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        });
        let class = sums.take_while(|sum| *sum < rank).count();
        if self.all == 0 { 0.0 } else { SHORTEST_MS * (class as f64 / CLASSES).exp() }
    }
}

/// An amount that changes, such as executions at work, and what it comes to over time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Level {
    now: u64,
    since: Micros,
    from: Micros,
    sum: u64,
}

impl Level {
    pub fn from(from: Micros) -> Self {
        Self { from, ..Self::default() }
    }

    pub fn change(&mut self, at: Micros, by: i64) {
        self.settle(at);
        self.now = self.now.saturating_add_signed(by);
    }

    /// The average since the beginning of what is measured.
    pub fn average(mut self, until: Micros) -> f64 {
        self.settle(until);
        seconds(self.sum) / seconds(until.saturating_sub(self.from).max(1))
    }

    fn settle(&mut self, at: Micros) {
        self.sum += self.now * at.saturating_sub(self.since.max(self.from));
        self.since = at;
    }
}

/// Everything that is counted. Rates and times count from `from` on.
#[derive(Debug, Clone, Default)]
pub struct Measured {
    pub from: Micros,
    /// Executions at work for each queue.
    pub busy: [Level; 4],
    pub invocations: [u64; 4],
    pub sqs_requests: u64,
    pub accepted: u64,
    pub attempts: [u64; 3],
    pub delivered: u64,
    pub failed: u64,
    /// Attempts that were made once more, because what they came to was not recorded.
    pub repeated: u64,
    pub parked: u64,
    /// Batches that found no execution.
    pub throttles: u64,
    /// From an event's publication to its first attempt, for good endpoints.
    pub first: Histogram,
    /// From the time at which a retry was due to its attempt, for good endpoints.
    pub late: Histogram,
    /// When the last attempt begins, ever.
    pub last_attempt: Micros,
    pub read_units: f64,
    pub write_units: f64,
}

impl Measured {
    pub fn from(from: Micros) -> Self {
        Self { from, busy: [Level::from(from); 4], ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::agenda::SECOND, *};

    #[test]
    fn a_percentile_is_right_to_the_percent() {
        let mut histogram = Histogram::default();
        (1..=1_000).for_each(|ms| histogram.add(f64::from(ms)));
        for (per_mille, expected) in [(500, 500.0), (990, 990.0), (1_000, 1_000.0)] {
            let found = histogram.at(per_mille);
            assert!((found / expected - 1.0).abs() < 0.01, "{per_mille}: {found}");
        }
        assert!(Histogram::default().at(500).abs() < f64::EPSILON);
    }

    #[test]
    fn an_average_counts_from_the_beginning_of_what_is_measured() {
        let mut level = Level::from(10 * SECOND);
        level.change(0, 4);
        level.change(15 * SECOND, -4);
        // Four for five of the ten seconds.
        assert!((level.average(20 * SECOND) - 2.0).abs() < 1e-9);
    }
}
