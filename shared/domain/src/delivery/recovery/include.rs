//! Which deliveries a recovery sends again.

use super::super::{super::attempt::Reason, Delivery, Status};

/// A kind of deliveries that a recovery may send again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Include {
    Failed,
    Skipped,
    /// Events that were stored before the webhook came to want them, without a record.
    Missing,
    Delivered,
}

impl Include {
    pub const ALL: [Self; 4] = [Self::Failed, Self::Skipped, Self::Missing, Self::Delivered];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Missing => "missing",
            Self::Delivered => "delivered",
        }
    }

    /// What a delivery counts as. One that is retrying is on its way, and is none of them.
    pub fn of(record: Option<&Delivery>) -> &'static [Self] {
        match record {
            None => &[Self::Missing],
            // A replay that was to make the first attempt, and was called off.
            Some(record) if record.reason == Reason::Replay && record.attempts.is_empty() => {
                &[Self::Missing, Self::Skipped]
            }
            Some(record) => match record.status {
                Status::Failed => &[Self::Failed],
                Status::Skipped => &[Self::Skipped],
                Status::Delivered => &[Self::Delivered],
                Status::Retrying => &[],
            },
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|include| include.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::testing::{attempt, delivery};

    #[test]
    fn a_kind_has_one_name_in_requests_and_in_the_table() {
        for (include, name) in [
            (Include::Failed, "failed"),
            (Include::Skipped, "skipped"),
            (Include::Missing, "missing"),
            (Include::Delivered, "delivered"),
        ] {
            assert_eq!((include.as_str(), Include::parse(name)), (name, Some(include)));
        }
        assert_eq!(Include::parse("retrying"), None);
    }

    #[test]
    fn a_delivery_counts_by_its_status_and_a_replay_without_an_attempt_as_missing_too() {
        use Include::{Delivered, Failed, Missing, Skipped};
        assert_eq!(Include::of(None), [Missing]);
        for (reason, status, attempts, kinds) in [
            (Reason::Event, Status::Failed, 1, &[Failed][..]),
            (Reason::Event, Status::Delivered, 1, &[Delivered]),
            (Reason::Event, Status::Retrying, 1, &[]),
            (Reason::Event, Status::Skipped, 0, &[Skipped]),
            (Reason::Replay, Status::Skipped, 0, &[Missing, Skipped]),
            (Reason::Replay, Status::Failed, 1, &[Failed]),
        ] {
            let attempts = (1..=attempts).map(|number| attempt(number, Timestamp::UNIX_EPOCH, 500)).collect();
            let record = Delivery { reason, ..delivery(status, attempts, Timestamp::UNIX_EPOCH) };
            assert_eq!(Include::of(Some(&record)), kinds, "{reason:?} {status:?}");
        }
    }
}
