//! What a recovery does next.
//!
//! | state | then |
//! |---|---|
//! | the webhook is deleted · paused for a week · under way for 29 days | cancelled |
//! | the webhook is disabled, or its account suspended | held; what is queued is void |
//! | messages were dropped during that | the search goes back to the oldest slice without all its outcomes |
//! | none of the last slice succeeded, or a 410, and something is left | held: one new delivery a minute until one succeeds, or a retry does |
//! | half of the last slice succeeded · less | the next slice, twice as large · half as large |
//! | two minutes' worth is without an outcome | wait |
//! | all records are searched | wait for all outcomes, then search the newest once more |
//! | nothing is left to be queued | draining, and finished with the last outcome |

use std::time::Duration;

use jiff::Timestamp;

use super::{
    super::super::{account::status::AccountStatus, time, webhook::Webhook},
    Cursor, Hold, KEPT, Recovery, RecoveryStatus, Signals, Slice,
    spacing::{how_many, spacing},
};

/// The most deliveries of one slice: sending it must not take long.
const MAX_SIZE: u32 = 1_000;

/// How much time's worth may be without an outcome.
const MAX_UNSETTLED: Duration = Duration::from_mins(2);

/// How many failures without a success hold a recovery.
const FAILING_AFTER: u32 = 5;

/// How soon a recovery looks again that waits for outcomes.
pub(super) const SOON: Duration = Duration::from_secs(1);

/// The longest that a recovery with a low rate waits for outcomes before it looks again.
const MAX_LOOK: Duration = Duration::from_secs(20);

/// How soon a recovery looks again whose webhook is disabled, or whose account is suspended. Enabling has it look at once.
const WHILE_DISABLED: Duration = Duration::from_mins(20);

/// How soon a recovery looks again that only drains.
const DRAINING: Duration = Duration::from_secs(5);

/// How long after its last message is due the next slice, or probe, no longer waits for a slice's outcomes: they may have been lost.
const JUDGED_AFTER: Duration = Duration::from_secs(30);

/// How long after its last message is due a slice counts as settled: a count may have been lost.
const SETTLED_AFTER: Duration = Duration::from_mins(30);

/// How long a recovery may be paused.
const MAX_PAUSE: Duration = Duration::from_hours(7 * 24);

/// How late a tick may be before the schedule sends another.
const OVERDUE: Duration = Duration::from_secs(30);

/// How long a recovery may take: it must be over before its item expires, or its webhook could never have another.
const MAX_LIFE: Duration = KEPT.saturating_sub(Duration::from_hours(24));

/// What a tick does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Queue at most as many deliveries, each as long after the other.
    Send {
        limit: u32,
        spacing: Duration,
    },
    Wait(Duration),
    /// It is over: nothing more comes.
    End,
}

impl Recovery {
    /// Whether its tick is so late that it must be lost.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        let patience = if self.is_taken { Duration::ZERO } else { OVERDUE };
        !self.status.is_over() && time::between(self.next_tick_at, now) > patience
    }

    /// Decides what a tick does, and changes the recovery accordingly. `probe_every` is how long a held recovery waits between tries.
    pub fn assess(
        &mut self,
        webhook: Option<&Webhook>,
        account: AccountStatus,
        probe_every: Duration,
        now: Timestamp,
    ) -> Step {
        if self.status.is_over() {
            return Step::End;
        }
        let Some(webhook) = webhook.filter(|_| !account.is_deleting()) else {
            self.cancel("the webhook was deleted", now);
            return Step::End;
        };
        if time::between(self.created_at, now) > MAX_LIFE {
            self.cancel("it was not finished within 29 days", now);
            return Step::End;
        }
        if self.status == RecoveryStatus::Paused {
            return self.assess_pause(now);
        }
        if let Some(hold) = hold_of(webhook, account) {
            self.hold(hold, WHILE_DISABLED, now);
            return Step::Wait(WHILE_DISABLED);
        }
        let Signals { gone, dropped, delivered } = self.signals;
        let heeded = std::mem::replace(&mut self.heeded, self.signals);
        if dropped > heeded.dropped {
            self.rewind(now);
        }
        match self.hold {
            Some(Hold::Disabled | Hold::Suspended) => self.go_on(now),
            // Also if a retry succeeded.
            Some(Hold::Failing | Hold::Gone) if delivered > heeded.delivered => self.go_on(now),
            None if gone > heeded.gone && self.has_more() => {
                self.hold(Hold::Gone, probe_every, now);
                return Step::Wait(probe_every);
            }
            Some(Hold::Failing | Hold::Gone) | None => {}
        }
        let spacing = spacing(self.plan.rate, webhook);
        match self.hold {
            Some(Hold::Failing | Hold::Gone) => self.assess_hold(spacing, probe_every, now),
            Some(Hold::Disabled | Hold::Suspended) | None => self.assess_run(spacing, probe_every, now),
        }
    }

    fn assess_pause(&mut self, now: Timestamp) -> Step {
        let since = self.paused_at.unwrap_or(self.created_at);
        let left = MAX_PAUSE.saturating_sub(time::between(since, now));
        if left.is_zero() {
            self.cancel("it was paused for a week", now);
            return Step::End;
        }
        Step::Wait(left)
    }

    /// One delivery is tried, and then another, until one succeeds.
    fn assess_hold(&mut self, spacing: Duration, probe_every: Duration, now: Timestamp) -> Step {
        let next = match self.slices.last() {
            None => self.paced_until,
            Some(probe) if probe.outcomes.succeeded > 0 => {
                self.go_on(now);
                return self.assess_run(spacing, probe_every, now);
            }
            Some(probe) if probe.unsettled() > 0 && !is_late(probe, now) => return Step::Wait(SOON),
            // With nothing left to try, there is nothing left to hold.
            _ if self.cursor == Cursor::End => {
                self.hold = None;
                self.status_reason = None;
                self.slices.retain(|slice| !is_settled(slice, spacing, now));
                return self.assess_drain(now);
            }
            Some(probe) => time::after(probe.due_at, probe_every),
        };
        if now < next {
            return Step::Wait(time::between(now, next));
        }
        self.slices.clear();
        Step::Send { limit: 1, spacing }
    }

    fn assess_run(&mut self, spacing: Duration, probe_every: Duration, now: Timestamp) -> Step {
        match self.judge(now) {
            Judgement::Unclear if self.cursor != Cursor::End => return Step::Wait(for_outcomes(spacing)),
            Judgement::Failing if self.has_more() => {
                self.hold(Hold::Failing, probe_every, now);
                return Step::Wait(probe_every);
            }
            Judgement::Unclear | Judgement::Failing | Judgement::Clear => {}
        }
        self.slices.retain(|slice| !is_settled(slice, spacing, now));
        if self.cursor == Cursor::End {
            return self.assess_drain(now);
        }
        self.status = RecoveryStatus::Running;
        self.started_at.get_or_insert(now);
        // What is on its way still looks as it did: it must have its outcome before it is searched for once more.
        if self.cursor == (Cursor::Again { after: None }) && !self.slices.is_empty() {
            return Step::Wait(SOON);
        }
        let room = how_many(MAX_UNSETTLED, spacing).saturating_sub(self.unsettled());
        let limit = self.size.min(MAX_SIZE).min(room);
        if limit == 0 { Step::Wait(for_outcomes(spacing)) } else { Step::Send { limit, spacing } }
    }

    fn assess_drain(&mut self, now: Timestamp) -> Step {
        self.status = RecoveryStatus::Draining;
        self.started_at.get_or_insert(now);
        if self.slices.is_empty() {
            self.status = RecoveryStatus::Finished;
            self.status_reason = None;
            self.finished_at = Some(now);
            return Step::End;
        }
        Step::Wait(DRAINING)
    }

    /// What the last slice says of the endpoint. It changes the next slice's size once.
    fn judge(&mut self, now: Timestamp) -> Judgement {
        let Some(last) = self.slices.last().filter(|last| last.number > self.judged) else { return Judgement::Clear };
        let (succeeded, failed) = (last.outcomes.succeeded, last.outcomes.failed);
        let is_late = is_late(last, now);
        let is_whole = last.unsettled() == 0 || is_late;
        // What has no outcome for so long did not succeed, as far as anybody knows.
        let tried = if is_late { last.sent } else { succeeded.saturating_add(failed) };
        if is_whole && succeeded == 0 && failed >= FAILING_AFTER {
            return Judgement::Failing;
        }
        let is_half = succeeded.saturating_mul(2) >= if is_whole { tried } else { last.sent };
        if !is_whole && !is_half {
            return Judgement::Unclear;
        }
        self.judged = last.number;
        self.size = if is_half { self.size.saturating_mul(2).min(MAX_SIZE) } else { (self.size / 2).max(1) };
        Judgement::Clear
    }

    /// Whether anything is left that a hold would spare the endpoint.
    fn has_more(&self) -> bool {
        self.cursor != Cursor::End || self.unsettled() > 0
    }

    /// The number of the next slice, which is then taken whatever becomes of it.
    pub fn take_slice(&mut self) -> u32 {
        self.last_slice = self.last_slice.saturating_add(1);
        self.last_slice
    }
}

/// How soon to look again for outcomes that come at this distance.
fn for_outcomes(spacing: Duration) -> Duration {
    spacing.clamp(SOON, MAX_LOOK)
}

enum Judgement {
    /// Its outcomes are yet to come.
    Unclear,
    Failing,
    Clear,
}

/// Whether outcomes that are not known by now may have been lost.
fn is_late(slice: &Slice, now: Timestamp) -> bool {
    time::between(slice.due_at, now) > JUDGED_AFTER
}

/// Under a rate limit, what has no outcome may still wait for its turn, among the webhook's other deliveries.
fn is_settled(slice: &Slice, spacing: Duration, now: Timestamp) -> bool {
    let turns = spacing.saturating_mul(slice.unsettled()).saturating_mul(2);
    slice.unsettled() == 0 || time::between(slice.due_at, now) > SETTLED_AFTER.saturating_add(turns)
}

/// Why nothing of a webhook's may be sent at present.
fn hold_of(webhook: &Webhook, account: AccountStatus) -> Option<Hold> {
    match account {
        AccountStatus::Suspended { .. } | AccountStatus::Deleting { .. } => Some(Hold::Suspended),
        AccountStatus::Active if !webhook.is_active() => Some(Hold::Disabled),
        AccountStatus::Active => None,
    }
}

#[cfg(test)]
mod tests;
