//! Messages that SQS hands out again and again.

use crate::metrics::{Count, Metrics};

/// How many receives of a message are worth a warning. Waits and throttles are receives too, but few messages have as many.
const MANY: u64 = 20;

/// Counts and logs a message that comes too often: it is poison, or its queue is throttled, and an operator should look.
pub fn notice_receives(metrics: &Metrics, message_id: Option<&str>, receives: Option<u64>) {
    let Some(receives) = receives.filter(|receives| are_many(*receives)) else { return };
    metrics.count(Count::ManyReceives);
    let id = message_id.unwrap_or_default();
    tracing::warn!(message.id = id, message.receives = receives, "a message was received {receives} times");
}

fn are_many(receives: u64) -> bool {
    receives > MANY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_noticed_from_its_21st_receive_on() {
        assert_eq!([1, 20, 21, 1_000].map(are_many), [false, false, true, true]);
    }
}
