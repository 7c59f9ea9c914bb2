//! Fair queues: which message group a consumer gets a message of.
//!
//! SQS documents two signs of a noisy neighbour. One is its share of the messages in flight, which is decided here. The
//! other is its recent share of the consumers' time, which is left out: SQS finds a neighbour noisy at least as often.

/// The least messages in flight of a group that SQS calls noisy.
const MIN_NOISY_IN_FLIGHT: usize = 30;
/// A noisy group has more than one in this number of all messages in flight. So at most nine groups are noisy at a time.
const NOISY_SHARE_DIVISOR: usize = 10;

/// The message of a group that has been visible longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head<T> {
    pub message: T,
    /// How many messages of its group are in flight. Zero without a group: such a message is a group of its own.
    pub group_in_flight: usize,
}

/// Whether a group with `group_in_flight` of the queue's `in_flight` messages is a noisy neighbour.
pub fn is_noisy(group_in_flight: usize, in_flight: usize) -> bool {
    group_in_flight >= MIN_NOISY_IN_FLIGHT && group_in_flight.saturating_mul(NOISY_SHARE_DIVISOR) > in_flight
}

/// Chooses among the groups' heads, which come in the order in which they became visible: the first of a quiet group,
/// or else the one whose noisy group has the fewest messages in flight. It looks at no head after the first quiet one.
pub fn choose<T: Copy>(heads: impl Iterator<Item = Head<T>>, in_flight: usize) -> Option<T> {
    let mut quietest: Option<Head<T>> = None;
    for head in heads {
        if !is_noisy(head.group_in_flight, in_flight) {
            return Some(head.message);
        }
        if quietest.is_none_or(|other| head.group_in_flight < other.group_in_flight) {
            quietest = Some(head);
        }
    }
    quietest.map(|head| head.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_noisy_from_thirty_messages_and_over_a_tenth() {
        let cases = [
            (0, 0, false),
            (29, 29, false),
            (30, 30, true),
            (30, 299, true),
            (30, 300, false),
            (31, 300, true),
            (1_000, 10_000, false),
            (1_001, 10_000, true),
        ];
        for (of_group, of_queue, expected) in cases {
            assert_eq!(is_noisy(of_group, of_queue), expected, "{of_group} of {of_queue}");
        }
    }

    #[test]
    fn quiet_groups_come_first_then_the_least_noisy_one() {
        let head = |(message, group_in_flight)| Head { message, group_in_flight };
        // The heads as (message, in flight of its group), in the order in which they became visible.
        let cases: [(_, &[_], _, _); 7] = [
            ("nothing is visible", &[], 1_000, None),
            ("all are quiet", &[('a', 3), ('b', 0)], 3, Some('a')),
            ("the first is noisy", &[('a', 900), ('b', 5), ('c', 0)], 1_000, Some('b')),
            ("a message without a group waits behind a noisy one", &[('a', 900), ('b', 0)], 900, Some('b')),
            ("only the noisy group has messages", &[('a', 900)], 1_000, Some('a')),
            ("all are noisy", &[('a', 600), ('b', 150), ('c', 250)], 1_000, Some('b')),
            ("all are equally noisy", &[('a', 500), ('b', 500)], 1_000, Some('a')),
        ];
        for (case, heads, in_flight, expected) in cases {
            assert_eq!(choose(heads.iter().copied().map(head), in_flight), expected, "{case}");
        }
    }
}
