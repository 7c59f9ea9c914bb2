//! How a recovery stands, and why it is held.

/// How a recovery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecoveryStatus {
    Waiting,
    Running,
    /// Everything is queued, and some of it has no outcome yet.
    Draining,
    Finished,
    /// Goes on as soon as the webhook is enabled, or its endpoint well.
    Held,
    Paused,
    Cancelled,
}

impl RecoveryStatus {
    pub const ALL: [Self; 7] =
        [Self::Waiting, Self::Running, Self::Draining, Self::Finished, Self::Held, Self::Paused, Self::Cancelled];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Draining => "draining",
            Self::Finished => "finished",
            Self::Held => "held",
            Self::Paused => "paused",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    pub fn is_over(self) -> bool {
        matches!(self, Self::Finished | Self::Cancelled)
    }
}

/// Why a recovery is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Hold {
    #[error("the account is suspended; the recovery goes on when it is active again")]
    Suspended,
    #[error("the webhook is disabled; the recovery goes on when it is enabled")]
    Disabled,
    #[error("the endpoint fails; one delivery a minute is tried, and the recovery goes on after the first success")]
    Failing,
    #[error(
        "the endpoint answered 410 Gone; one delivery a minute is tried, and the recovery goes on after the first success"
    )]
    Gone,
}
