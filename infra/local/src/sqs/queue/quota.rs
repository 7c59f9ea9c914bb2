//! How many messages of a queue may be in flight.

/// The most messages of one queue that SQS lets be in flight.
pub const MAX_IN_FLIGHT: usize = 120_000;

/// How a consumer waits for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polling {
    /// It wants a response at once.
    Short,
    /// It waits for the first message.
    Long,
}

/// What one look at a queue may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Hand out as many messages as this.
    UpTo(usize),
    /// Respond with the error `OverLimit`.
    OverLimit,
}

/// Decides whether a consumer gets messages. At the quota, SQS rejects a short poll and lets a long poll find nothing.
pub fn admission(wanted: usize, in_flight: usize, quota: usize, polling: Polling) -> Admission {
    match (quota.saturating_sub(in_flight), polling) {
        (0, Polling::Short) => Admission::OverLimit,
        (room, _) => Admission::UpTo(wanted.min(room)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receive_gets_what_the_quota_has_room_for() {
        use Admission::{OverLimit, UpTo};
        use Polling::{Long, Short};
        let cases = [
            (10, 0, 100, Short, UpTo(10)),
            (10, 95, 100, Short, UpTo(5)),
            (10, 95, 100, Long, UpTo(5)),
            (10, 99, 100, Short, UpTo(1)),
            (10, 100, 100, Short, OverLimit),
            (10, 100, 100, Long, UpTo(0)),
            // The quota was lowered while more were in flight.
            (10, 120, 100, Short, OverLimit),
            (10, 120, 100, Long, UpTo(0)),
        ];
        for (wanted, in_flight, quota, polling, expected) in cases {
            assert_eq!(
                admission(wanted, in_flight, quota, polling),
                expected,
                "{wanted} wanted, {in_flight} of {quota} in flight, {polling:?}"
            );
        }
    }
}
