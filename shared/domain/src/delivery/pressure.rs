//! How near the retry lane is to SQS's limit on messages in flight.
//!
//! A message that waits by visibility timeout is in flight. When the limit is reached, SQS hands out nothing more, whoever a message is
//! for. So the lane is under pressure from half of the limit until it is under a quarter again, and retries then wait in other ways.

use std::time::Duration;

use jiff::Timestamp;

use super::super::time;

/// The most messages of one queue that SQS lets be in flight.
pub const MAX_IN_FLIGHT: u64 = 120_000;

/// How long what was read of the queue holds.
const FRESH: Duration = Duration::from_secs(10);

/// How messages of the retry lane may wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pressure {
    /// As the schedule says.
    #[default]
    Low,
    /// Without being in flight.
    High,
}

/// What one execution knows of the pressure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gauge {
    pressure: Pressure,
    asked_at: Option<Timestamp>,
    /// What was in flight when SQS was asked, with what this execution put back since.
    in_flight: u64,
    quota: u64,
}

impl Gauge {
    pub fn pressure(self) -> Pressure {
        self.pressure
    }

    /// Whether the queue must be asked now. If so, it counts as asked: others go on with what is known.
    pub fn must_ask(&mut self, now: Timestamp) -> bool {
        let is_fresh = self.asked_at.is_some_and(|asked| asked <= now && time::between(asked, now) < FRESH);
        if !is_fresh {
            self.asked_at = Some(now);
        }
        !is_fresh
    }

    /// Takes note of how many messages are in flight, of as many as may be.
    pub fn read(&mut self, in_flight: u64, quota: u64) {
        (self.in_flight, self.quota) = (in_flight, quota);
        if in_flight.saturating_mul(4) < quota {
            self.pressure = Pressure::Low;
        }
        self.rise();
    }

    /// Takes note of a message that waits in flight. Thousands may until SQS is asked again.
    pub fn put_back(&mut self) {
        self.in_flight = self.in_flight.saturating_add(1);
        self.rise();
    }

    fn rise(&mut self) {
        if self.quota > 0 && self.in_flight.saturating_mul(2) >= self.quota {
            self.pressure = Pressure::High;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pressure_begins_at_half_and_ends_under_a_quarter() {
        let mut gauge = Gauge::default();
        for (in_flight, expected) in [
            (0, Pressure::Low),
            (499, Pressure::Low),
            (500, Pressure::High),
            (250, Pressure::High),
            (249, Pressure::Low),
            (499, Pressure::Low),
            (2_000, Pressure::High),
        ] {
            gauge.read(in_flight, 1_000);
            assert_eq!(gauge.pressure(), expected, "{in_flight} of 1000");
        }
    }

    #[test]
    fn what_is_put_back_between_two_readings_counts() {
        let mut gauge = Gauge::default();
        gauge.put_back();
        assert_eq!(gauge.pressure(), Pressure::Low, "nothing was read yet");
        gauge.read(498, 1_000);
        gauge.put_back();
        assert_eq!(gauge.pressure(), Pressure::Low);
        gauge.put_back();
        assert_eq!(gauge.pressure(), Pressure::High);
    }

    #[test]
    fn the_queue_is_asked_every_ten_seconds_at_most() {
        let at = |ms: i64| Timestamp::from_millisecond(ms).unwrap();
        let mut gauge = Gauge::default();
        // The last is a clock that stepped back.
        for (ms, asks) in [(5_000, true), (5_001, false), (14_999, false), (15_000, true), (3_000, true)] {
            assert_eq!(gauge.must_ask(at(ms)), asks, "{ms} ms");
        }
    }
}
