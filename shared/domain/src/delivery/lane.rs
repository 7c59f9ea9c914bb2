//! The queues that deliveries travel through.

use super::super::webhook::standing::Health;

/// The queue a message came from, or goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// First attempts to healthy webhooks; nothing waits here.
    First,
    /// Everything else: retries, and first attempts to webhooks in trouble.
    Retry,
}

impl Lane {
    pub const ALL: [Self; 2] = [Self::First, Self::Retry];

    /// The lane of a new delivery. Events of a webhook in trouble must not hold up the others.
    pub fn of_first_attempt(health: Health) -> Self {
        match health {
            Health::Ok => Self::First,
            Health::Slow | Health::Failing => Self::Retry,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_healthy_webhooks_get_the_first_lane() {
        assert_eq!(Lane::of_first_attempt(Health::Ok), Lane::First);
        assert_eq!(Lane::of_first_attempt(Health::Slow), Lane::Retry);
        assert_eq!(Lane::of_first_attempt(Health::Failing), Lane::Retry);
    }
}
