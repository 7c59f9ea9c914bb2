//! How a message waits for its next attempt.
//!
//! | lane | wait | then |
//! |---|---|---|
//! | first | up to an hour | a new message in the retry lane, with its delay |
//! | retry | up to an hour | back into the retry lane, by visibility timeout |
//! | either | longer | parked in the table |

use std::time::Duration;

use jiff::Timestamp;

use super::{
    super::{
        attempt::schedule::{RetryScale, whole_seconds},
        time,
    },
    lane::Lane,
};

/// The most that SQS accepts as `DelaySeconds`.
const MAX_DELAY: Duration = Duration::from_mins(15);

/// How long a message may wait by visibility timeout: one that waits is in flight, and SQS limits how many are.
const MAX_VISIBILITY_WAIT: Duration = Duration::from_hours(1);

/// The limits of waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    longest_visibility: Duration,
}

impl Waits {
    /// Limits scaled down with the delays of the schedules, so that what is parked in production is parked in a test.
    pub fn scaled(scale: RetryScale) -> Self {
        Self { longest_visibility: scale.lower(MAX_VISIBILITY_WAIT) }
    }
}

/// How a message waits for its next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// A new message in the retry lane, then acknowledge this one.
    HandOver { delay_seconds: u64 },
    /// Back into the retry lane by visibility timeout.
    PutBack { visibility_seconds: u64 },
    /// An item in the table; the schedule sends a message when it is due.
    Park { due: Timestamp },
}

impl Waits {
    /// How a message waits after a failed attempt. Nothing waits in the first lane.
    pub fn after_failure(self, lane: Lane, due: Timestamp, now: Timestamp) -> Waiting {
        let wait = time::between(now, due);
        match lane {
            _ if wait > self.longest_visibility => Waiting::Park { due },
            Lane::First => Waiting::HandOver { delay_seconds: whole_seconds(wait.min(MAX_DELAY)) },
            Lane::Retry => Waiting::PutBack { visibility_seconds: whole_seconds(wait) },
        }
    }

    /// How a message waits that was received before its delivery is due.
    ///
    /// An owner never parks: the record lets only its own message go on, and parking would replace that message by another. Its wait
    /// was at most an hour when it was recorded, so only a clock that stepped back makes it seem longer.
    pub fn before_due(self, lane: Lane, has_owner: bool, due: Timestamp, now: Timestamp) -> Waiting {
        match self.after_failure(lane, due, now) {
            Waiting::Park { .. } if has_owner => {
                Waiting::PutBack { visibility_seconds: whole_seconds(self.longest_visibility) }
            }
            waiting => waiting,
        }
    }
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

    #[test]
    fn nothing_waits_in_the_first_lane_and_long_waits_are_parked() {
        let waits = Waits::scaled(RetryScale::default());
        for (lane, wait, expected) in [
            (Lane::First, 5, Waiting::HandOver { delay_seconds: 5 }),
            (Lane::First, 901, Waiting::HandOver { delay_seconds: 900 }),
            (Lane::First, 3_601, Waiting::Park { due: later(3_601) }),
            (Lane::Retry, 30, Waiting::PutBack { visibility_seconds: 30 }),
            (Lane::Retry, 3_600, Waiting::PutBack { visibility_seconds: 3_600 }),
            (Lane::Retry, 3_601, Waiting::Park { due: later(3_601) }),
            (Lane::Retry, 0, Waiting::PutBack { visibility_seconds: 0 }),
        ] {
            assert_eq!(waits.after_failure(lane, later(wait), now()), expected, "{lane:?} {wait}");
        }
    }

    #[test]
    fn an_owner_is_never_replaced_by_parking() {
        let waits = Waits::scaled(RetryScale::default());
        let due = later(3_601);
        let put_back = Waiting::PutBack { visibility_seconds: 3_600 };
        assert_eq!(waits.before_due(Lane::Retry, true, due, now()), put_back);
        assert_eq!(waits.before_due(Lane::Retry, false, due, now()), Waiting::Park { due });
    }
}
