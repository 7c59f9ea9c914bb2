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
