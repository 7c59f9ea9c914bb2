//! The queues that deliveries travel through.

use super::super::webhook::standing::Health;

/// The queue a message came from, or goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// First attempts to healthy webhooks; nothing waits here.
    First,
    /// First attempts to slow webhooks; nothing waits here either.
    Slow,
    /// Everything else: retries, and first attempts to failing webhooks.
    Retry,
}

impl Lane {
    pub const ALL: [Self; 3] = [Self::First, Self::Slow, Self::Retry];

    /// The lane of a new delivery. Events of a webhook in trouble must not hold up the others.
    pub fn of_first_attempt(health: Health) -> Self {
        match health {
            Health::Ok => Self::First,
            Health::Slow => Self::Slow,
            Health::Failing => Self::Retry,
        }
    }

    /// Where a first attempt belongs that is found in this lane, if it belongs elsewhere. What waits in the slow lane stays there when its
    /// webhook is quick again.
    pub fn instead(self, health: Health) -> Option<Self> {
        match (self, health) {
            (Self::First, Health::Slow | Health::Failing) | (Self::Slow, Health::Failing) => {
                Some(Self::of_first_attempt(health))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_health_has_a_lane_for_first_attempts() {
        assert_eq!(Lane::of_first_attempt(Health::Ok), Lane::First);
        assert_eq!(Lane::of_first_attempt(Health::Slow), Lane::Slow);
        assert_eq!(Lane::of_first_attempt(Health::Failing), Lane::Retry);
    }

    #[test]
    fn a_first_attempt_moves_only_out_of_the_way_of_better_webhooks() {
        for (lane, health, instead) in [
            (Lane::First, Health::Ok, None),
            (Lane::First, Health::Slow, Some(Lane::Slow)),
            (Lane::First, Health::Failing, Some(Lane::Retry)),
            (Lane::Slow, Health::Ok, None),
            (Lane::Slow, Health::Slow, None),
            (Lane::Slow, Health::Failing, Some(Lane::Retry)),
            (Lane::Retry, Health::Ok, None),
            (Lane::Retry, Health::Slow, None),
            (Lane::Retry, Health::Failing, None),
        ] {
            assert_eq!(lane.instead(health), instead, "{lane:?} {health:?}");
        }
    }
}
