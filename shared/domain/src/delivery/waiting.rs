//! How a message waits for its next attempt.
//!
//! | lane | wait | then | under pressure |
//! |---|---|---|---|
//! | first, slow | up to 15 minutes | a new message in the retry lane, with its delay | the same |
//! | retry | up to 15 minutes | back into the retry lane, by visibility timeout | a new message, with its delay |
//! | retry | up to an hour, by the schedule | back into the retry lane, by visibility timeout | parked in the table |
//! | any | longer, or over 15 minutes by a receiver's `Retry-After` | parked in the table | the same |

use std::time::Duration;

use jiff::Timestamp;

use super::{
    super::{
        attempt::schedule::{Due, RetryScale, SetBy, whole_seconds},
        time,
    },
    lane::Lane,
    pressure::Pressure,
};

/// The most that SQS accepts as `DelaySeconds`.
const MAX_DELAY: Duration = Duration::from_mins(15);

/// How long a message may wait by visibility timeout: one that waits is in flight, and SQS limits how many are.
const MAX_VISIBILITY_WAIT: Duration = Duration::from_hours(1);

/// The limits of waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    longest_delay: Duration,
    longest_visibility: Duration,
}

impl Waits {
    /// Limits scaled down with the delays of the schedules, so that what is parked in production is parked in a test.
    pub fn scaled(scale: RetryScale) -> Self {
        Self { longest_delay: scale.lower(MAX_DELAY), longest_visibility: scale.lower(MAX_VISIBILITY_WAIT) }
    }
}

/// How a message waits for its next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// A new message, then acknowledge this one.
    HandOver { lane: Lane, delay_seconds: u64 },
    /// Back into the retry lane by visibility timeout.
    PutBack { visibility_seconds: u64 },
    /// An item in the table; the schedule sends a message when it is due.
    Park { due: Timestamp },
}

impl Waits {
    /// How a message waits after a failed attempt. Nothing waits in the lanes of first attempts, and nothing short is parked.
    pub fn after_failure(self, lane: Lane, due: Due, pressure: Pressure, now: Timestamp) -> Waiting {
        let wait = time::between(now, due.at);
        let hand_over = Waiting::HandOver { lane: Lane::Retry, delay_seconds: whole_seconds(wait) };
        match (lane, due.set_by, pressure) {
            (Lane::Retry, _, Pressure::Low) if wait <= self.longest_delay => put_back(wait),
            _ if wait <= self.longest_delay => hand_over,
            (Lane::Retry, SetBy::Schedule, Pressure::Low) if wait <= self.longest_visibility => put_back(wait),
            _ => Waiting::Park { due: due.at },
        }
    }

    /// How a message waits that was received before its delivery is due.
    ///
    /// An owner never parks: the record lets only its own message go on, and parking would replace that message by another. Its wait
    /// was at most an hour when it was recorded, so only a clock that stepped back makes it seem longer.
    pub fn before_due(self, lane: Lane, has_owner: bool, due: Timestamp, now: Timestamp) -> Waiting {
        let due = Due { at: due, set_by: SetBy::Schedule };
        match self.after_failure(lane, due, Pressure::Low, now) {
            Waiting::Park { .. } if has_owner => put_back(self.longest_visibility),
            waiting => waiting,
        }
    }

    /// How a message waits for its turn under a rate limit. What the record lets only this message attempt comes back itself, and
    /// asks again. For anything else a new message comes, in a lane.
    pub fn for_turn(self, lane: Lane, has_owner: bool, at: Timestamp, now: Timestamp) -> Waiting {
        match time::between(now, at) {
            wait if has_owner => put_back(wait.min(self.longest_visibility)),
            wait if wait > self.longest_delay => Waiting::Park { due: at },
            wait => Waiting::HandOver { lane, delay_seconds: whole_seconds(wait) },
        }
    }
}

fn put_back(wait: Duration) -> Waiting {
    Waiting::PutBack { visibility_seconds: whole_seconds(wait) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-22T08:00:00Z".parse().unwrap()
    }

    fn later(seconds: u64) -> Timestamp {
        time::after(now(), Duration::from_secs(seconds))
    }

    fn hand_over(delay_seconds: u64) -> Waiting {
        Waiting::HandOver { lane: Lane::Retry, delay_seconds }
    }

    fn put_back(visibility_seconds: u64) -> Waiting {
        Waiting::PutBack { visibility_seconds }
    }

    fn park(seconds: u64) -> Waiting {
        Waiting::Park { due: later(seconds) }
    }

    #[test]
    fn each_wait_has_its_means_with_and_without_pressure() {
        use Lane::{First, Retry, Slow};
        use SetBy::{Receiver, Schedule};
        let waits = Waits::scaled(RetryScale::default());
        for (lane, set_by, wait, low, high) in [
            (First, Schedule, 5, hand_over(5), hand_over(5)),
            (Slow, Schedule, 5, hand_over(5), hand_over(5)),
            (First, Receiver, 900, hand_over(900), hand_over(900)),
            (First, Schedule, 901, park(901), park(901)),
            (Slow, Schedule, 901, park(901), park(901)),
            (Retry, Schedule, 0, put_back(0), hand_over(0)),
            (Retry, Schedule, 30, put_back(30), hand_over(30)),
            (Retry, Receiver, 900, put_back(900), hand_over(900)),
            (Retry, Schedule, 901, put_back(901), park(901)),
            (Retry, Schedule, 3_600, put_back(3_600), park(3_600)),
            (Retry, Receiver, 901, park(901), park(901)),
            (Retry, Schedule, 3_601, park(3_601), park(3_601)),
        ] {
            let due = Due { at: later(wait), set_by };
            let found = [Pressure::Low, Pressure::High].map(|pressure| waits.after_failure(lane, due, pressure, now()));
            assert_eq!(found, [low, high], "{lane:?} {set_by:?} {wait}");
        }
    }

    #[test]
    fn an_owner_is_never_replaced_by_parking() {
        let waits = Waits::scaled(RetryScale::default());
        let due = later(3_601);
        assert_eq!(waits.before_due(Lane::Retry, true, due, now()), put_back(3_600));
        assert_eq!(waits.before_due(Lane::Retry, false, due, now()), park(3_601));
    }

    #[test]
    fn a_turn_is_waited_for_by_a_new_message_or_parked() {
        let waits = Waits::scaled(RetryScale::default());
        let slow = Waiting::HandOver { lane: Lane::Slow, delay_seconds: 900 };
        for (has_owner, wait, expected) in [
            (false, 900, slow),
            (false, 901, park(901)),
            (true, 3_600, put_back(3_600)),
            (true, 3_601, put_back(3_600)),
        ] {
            assert_eq!(waits.for_turn(Lane::Slow, has_owner, later(wait), now()), expected, "{has_owner} {wait}");
        }
    }
}
