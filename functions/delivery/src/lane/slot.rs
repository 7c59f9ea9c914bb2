//! A delivery and its slot under a rate limit: waiting for it, and missing it.

use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        attempt::Reason,
        delivery::{
            Delivery,
            turn::{asker_of, wait_for_turn},
            waiting::Waiting,
        },
        time,
        webhook::pace::{RateLimit, Turn},
    },
};
use tokio::time::sleep;

use super::{
    attempt::One,
    turns::{AGAIN_AFTER, Ticket},
};

impl One<'_> {
    /// Waits for the attempt's slot. If it has none, this is how the delivery waits until it asks again.
    pub(super) async fn wait_for_slot(
        &self,
        ticket: &Ticket,
        reason: Reason,
        record: Option<&Delivery>,
    ) -> Option<Waiting> {
        let at = match ticket.turn(asker_of(&self.message.job, reason, record)).await {
            Turn::Slot(slot) => {
                sleep(time::between(ambient::now(), slot)).await;
                return None;
            }
            Turn::Later(at) => at,
        };
        Some(wait_for_turn(self.handler.waits, &self.received(), reason, record, at, ambient::now()))
    }

    /// How the delivery waits if its slot passed while its record and its body were read and written.
    pub(super) fn wait_after_missed_slot(&self, reason: Reason, record: Option<&Delivery>) -> Option<Waiting> {
        let ticket = self.ticket.as_ref()?;
        let Some(Turn::Slot(slot)) = ticket.given.get() else { return None };
        let now = ambient::now();
        let at = missed(ticket.limit, *slot, now)?;
        Some(wait_for_turn(self.handler.waits, &self.received(), reason, record, at, now))
    }
}

/// When to ask again, if it is too late for a slot: used now, the request would come too near to the next. Half of what may pass until it
/// reaches the receiver is left for its way.
fn missed(limit: RateLimit, slot: Timestamp, now: Timestamp) -> Option<Timestamp> {
    (time::between(slot, now) > limit.tolerance() / 2).then(|| time::after(now, AGAIN_AFTER))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_slot_is_missed_when_the_next_would_be_too_near() {
        let limit = RateLimit::new(1, 3).unwrap();
        let slot = Timestamp::from_second(1_764_000_000).unwrap();
        let late = |wait| time::after(slot, wait);
        assert_eq!(missed(limit, slot, late(limit.tolerance() / 2)), None);
        let now = late(limit.tolerance() / 2 + Duration::from_millis(1));
        assert_eq!(missed(limit, slot, now), Some(time::after(now, AGAIN_AFTER)));
    }
}
