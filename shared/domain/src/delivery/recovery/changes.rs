//! How a recovery begins, pauses, holds, goes on and ends.

use std::time::Duration;

use jiff::Timestamp;

use super::{super::super::time, Counts, Hold, Names, Plan, Recovery, RecoveryStatus, Signals, search::first_cursor};

/// How many deliveries the first slice has, however the webhook is doing.
const FIRST_SIZE: u32 = 10;

impl Recovery {
    /// A recovery that is about to begin.
    pub fn new(names: Names, plan: Plan, estimated: u64, now: Timestamp) -> Self {
        let Names { id, account, profile, webhook } = names;
        Self {
            id,
            account,
            profile,
            webhook,
            cursor: first_cursor(&plan),
            plan,
            status: RecoveryStatus::Waiting,
            status_reason: None,
            hold: None,
            counts: Counts { estimated, ..Counts::default() },
            signals: Signals::default(),
            heeded: Signals::default(),
            slices: Vec::new(),
            last_slice: 0,
            valid_from: 1,
            size: FIRST_SIZE,
            judged: 0,
            paced_until: now,
            reached_at: None,
            created_at: now,
            started_at: None,
            paused_at: None,
            finished_at: None,
            version: 1,
            next_tick_at: now,
            is_taken: false,
        }
    }

    /// Nothing more is sent until the customer says so. What is queued is void.
    pub fn pause(&mut self, now: Timestamp) {
        self.rewind(now);
        self.hold = None;
        self.status = RecoveryStatus::Paused;
        self.status_reason = Some("it was paused".to_owned());
        self.paused_at = Some(now);
    }

    /// Goes on after a pause.
    pub fn resume(&mut self) {
        self.status = RecoveryStatus::Waiting;
        self.status_reason = None;
        self.paused_at = None;
        self.size = FIRST_SIZE;
    }

    /// Ends it. What was attempted and is retrying goes on.
    pub fn cancel(&mut self, reason: &str, now: Timestamp) {
        self.rewind(now);
        self.hold = None;
        self.status = RecoveryStatus::Cancelled;
        self.status_reason = Some(reason.to_owned());
        self.finished_at = Some(now);
    }

    pub(super) fn hold(&mut self, hold: Hold, probe_every: Duration, now: Timestamp) {
        if self.hold != Some(hold) {
            self.rewind(now);
            // Until the first try.
            self.paced_until = time::after(now, probe_every);
        }
        self.hold = Some(hold);
        self.status = RecoveryStatus::Held;
        self.status_reason = Some(hold.to_string());
    }

    pub(super) fn go_on(&mut self, now: Timestamp) {
        self.hold = None;
        self.status = RecoveryStatus::Running;
        self.status_reason = None;
        self.size = FIRST_SIZE;
        self.judged = self.last_slice;
        self.paced_until = now;
    }

    /// Makes everything void that is queued and has no outcome, and goes back to where the search for it began.
    pub(super) fn rewind(&mut self, now: Timestamp) {
        // What was queued up to a later time is void: what is queued next need not wait for it.
        self.paced_until = now;
        self.counts.queued = self.counts.queued.saturating_sub(u64::from(self.unsettled()));
        if let Some(oldest) = self.slices.iter().find(|slice| slice.unsettled() > 0) {
            self.cursor = oldest.from.clone();
        }
        self.valid_from = self.last_slice.saturating_add(1);
        self.judged = self.last_slice;
        self.slices.clear();
    }
}

#[cfg(test)]
mod tests;
