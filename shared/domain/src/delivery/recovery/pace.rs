//! When each message of a slice is due: the pace goes on from slice to slice.

use std::time::Duration;

use jiff::Timestamp;

use super::{super::super::time, Cursor, Recovery, Slice, SliceOutcomes, runner::SOON};

/// How long before the queued messages run out the next slice is made.
const LEAD: Duration = Duration::from_secs(3);

impl Recovery {
    /// Takes note of a slice that is queued. `next` is where the search goes on, `reached_at` the time of the slice's last event.
    pub fn queued(
        &mut self,
        sent: u32,
        spacing: Duration,
        next: Cursor,
        reached_at: Option<Timestamp>,
        now: Timestamp,
    ) {
        let from = std::mem::replace(&mut self.cursor, next);
        self.reached_at = reached_at.or(self.reached_at);
        if sent == 0 {
            return;
        }
        self.paced_until = time::after(self.pace_from(now), spacing.saturating_mul(sent));
        self.counts.queued = self.counts.queued.saturating_add(u64::from(sent));
        let (number, due_at) = (self.last_slice, self.paced_until);
        self.slices.push(Slice { number, sent, from, due_at, outcomes: SliceOutcomes::default() });
    }

    /// When the message at `place` of the next slice is due.
    pub fn due(&self, place: u32, spacing: Duration, now: Timestamp) -> Timestamp {
        time::after(self.pace_from(now), spacing.saturating_mul(place))
    }

    fn pace_from(&self, now: Timestamp) -> Timestamp {
        self.paced_until.max(now)
    }

    /// How soon to look again after a slice was queued.
    pub fn wait_after_slice(&self, now: Timestamp) -> Duration {
        time::between(now, self.paced_until).saturating_sub(LEAD).max(SOON)
    }
}
