//! When each attempt to a webhook with a rate limit has its turn.
//!
//! All concurrent executions share one item for each such webhook, a [`Pace`], and change it by compare-and-swap: they read it,
//! [`Pace::reserve`] turns for a batch, and write what it returned if nobody wrote in between. An attempt gets a **slot**, a time of its
//! own at most [`HORIZON`] from now, or a time at which to ask again.
//!
//! Slots are [`RateLimit::spacing`] apart, so a slot that is reserved and not used is lost. That is why they are reserved shortly before
//! they are used. Whatever finds no slot gets a **turn**: an estimate of when a slot will be free, which reserves nothing. If a
//! lane is late, others use the slots in the meantime, and the late ones find the next.
//!
//! For example, a webhook may get 5 requests a second, and 1,000 events arrive together. Sixteen get slots: five at once, for the unused
//! second before, and eleven within the next 2 s. The others get turns, 0.2 s apart, and return one second before them. Each then finds
//! a free slot at about its turn. An event that arrives meanwhile is put behind them. A retry is not: it has waited already, and takes
//! any slot that is free.
//!
//! Replays have lines of their own. Each of their slots is also one of the webhook's slots, and they are twice as far apart on average.

use std::time::Duration;

use jiff::Timestamp;

pub use self::limit::{BadRateLimit, REQUESTS, RateLimit, SECONDS};

mod limit;

/// How far ahead slots are reserved. An execution waits for a slot that it has, so this is also the longest that a batch is held.
pub const HORIZON: Duration = Duration::from_secs(2);

/// How long before its turn an attempt asks again. SQS delays messages by whole seconds: what is rounded up by less than one still
/// comes in time.
const LEAD: Duration = Duration::from_secs(1);

/// The shortest time after which to ask again: SQS knows no shorter delay.
const MIN_WAIT: Duration = Duration::from_secs(1);

/// How long a slot may stay free before those who wait are taken to be gone: their deliveries have ended, or their turns were estimated
/// under a tighter limit. A lane that is merely late comes sooner.
const DESERTED_AFTER: Duration = Duration::from_secs(30);

/// How far behind a webhook must be for an operational event to report it.
pub const REPORTED_BEHIND: Duration = Duration::from_mins(1);

/// What all executions know of a webhook's turns. The default has nothing reserved and nobody waiting.
///
/// Its times are whole microseconds, and must be stored as such: a millisecond may be the whole spacing. They do not depend on the limit,
/// so that a changed limit applies from the next slot on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pace {
    /// All attempts. The slots of replays are among its slots; the turns of replays are not among its turns.
    pub all: Track,
    pub replays: Track,
    pub reported: Reported,
}

/// The last slot and the last turns that were given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Track {
    pub last_slot: Option<Timestamp>,
    /// The end of the line of those that had waited and found no slot.
    pub last_returner: Option<Timestamp>,
    /// The end of the line of those that came for the first time.
    pub last_newcomer: Option<Timestamp>,
}

/// What an operational event has reported of the webhook's backlog.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reported {
    #[default]
    Nothing,
    /// That the webhook is behind by [`REPORTED_BEHIND`]. Forgotten when it has caught up.
    Behind,
}

/// Who asks for a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// A first attempt that has not waited yet: it takes no slot from those who wait.
    Newcomer,
    /// A first attempt that has waited, or a retry, or a resend: it takes any slot.
    Returning,
    /// A replay that has not waited yet.
    Replay,
    /// A replay that has waited, or a retry of one.
    ReturningReplay,
}

/// What an asker gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Attempt then: now, or at most [`HORIZON`] later.
    Slot(Timestamp),
    /// Ask again then, at least a second from now.
    Later(Timestamp),
}

impl Pace {
    /// Gives each asker its turn, in their order, and the pace that must be written for the turns to hold.
    ///
    /// If the write loses its race, the turns are void: reserve again from what was written, with a new `now`.
    pub fn reserve(&self, limit: RateLimit, askers: &[Asker], now: Timestamp) -> (Self, Vec<Turn>) {
        let now = Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now);
        let mut pace = *self;
        let turns: Vec<Turn> = askers.iter().map(|asker| pace.give(*asker, limit, now)).collect();
        if !turns.is_empty() {
            pace.reported = pace.reported_at(now);
        }
        (pace, turns)
    }

    /// Until when the last one that waits will probably have to: what the API shows as `throttledUntil`. `None` when nobody waits.
    ///
    /// Waiting replays do not count. They are held to half of the rate even when nothing else is due.
    pub fn behind_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.all.last_waiting().filter(|turn| *turn > now)
    }

    /// Whether this reservation, made from `before`, is the first that must be reported.
    pub fn fell_behind(&self, before: &Self) -> bool {
        (before.reported, self.reported) == (Reported::Nothing, Reported::Behind)
    }

    fn reported_at(&self, now: Timestamp) -> Reported {
        match self.behind_until(now) {
            None => Reported::Nothing,
            Some(until) if until >= after(now, REPORTED_BEHIND) => Reported::Behind,
            Some(_) => self.reported,
        }
    }

    fn give(&mut self, asker: Asker, limit: RateLimit, now: Timestamp) -> Turn {
        let slot = self.all.next_slot(limit.spacing(), limit, now);
        let (track, spacing) = match asker {
            Asker::Newcomer | Asker::Returning => (&mut self.all, limit.spacing()),
            Asker::Replay | Asker::ReturningReplay => (&mut self.replays, limit.spacing().saturating_mul(2)),
        };
        let earliest = track.next_slot(spacing, limit, now).max(slot);
        if earliest > after(now, HORIZON) || !track.admits(asker, spacing, limit, now) {
            let turn = track.put_off(asker, earliest, spacing);
            return Turn::Later(before(turn, LEAD).max(after(now, MIN_WAIT)));
        }
        track.take(earliest, spacing, now);
        // A replay's slot is one of all slots, too. It may be a little early for the replays' share: slots are never left out.
        self.all.take(slot, limit.spacing(), now);
        Turn::Slot(slot.max(now))
    }
}

impl Asker {
    fn is_new(self) -> bool {
        matches!(self, Self::Newcomer | Self::Replay)
    }
}

impl Track {
    /// The next free slot. Slots that nobody reserved are lost, except for the last of them, which are caught up.
    fn next_slot(&self, spacing: Duration, limit: RateLimit, now: Timestamp) -> Timestamp {
        self.untaken(spacing).unwrap_or(Timestamp::MIN).max(before(now, limit.credit()))
    }

    /// The slot after the last one, however long ago.
    fn untaken(&self, spacing: Duration) -> Option<Timestamp> {
        self.last_slot.map(|slot| after(slot, spacing))
    }

    /// The end of both lines, unless slots beyond it have been given: then everyone who waited has had a turn.
    fn last_waiting(&self) -> Option<Timestamp> {
        self.last_returner.max(self.last_newcomer).filter(|turn| Some(*turn) > self.last_slot)
    }

    /// Whether the asker may take the next free slot: a newcomer may not while others wait for it, unless it would be lost.
    fn admits(&self, asker: Asker, spacing: Duration, limit: RateLimit, now: Timestamp) -> bool {
        !asker.is_new() || self.last_waiting().is_none() || self.is_losing(spacing, limit, now)
    }

    /// Whether a slot is lost if nobody takes it now, or those who wait for it are gone.
    ///
    /// If at least one slot is caught up, a newcomer that takes the one that would be lost delays nobody. Otherwise it would.
    fn is_losing(&self, spacing: Duration, limit: RateLimit, now: Timestamp) -> bool {
        let is_lost = |slot| spacing <= limit.credit() && slot <= before(now, limit.credit());
        self.untaken(spacing).is_some_and(is_lost) || self.is_deserted(spacing, now)
    }

    fn is_deserted(&self, spacing: Duration, now: Timestamp) -> bool {
        self.untaken(spacing).is_some_and(|slot| slot <= before(now, DESERTED_AFTER))
    }

    fn take(&mut self, slot: Timestamp, spacing: Duration, now: Timestamp) {
        if self.is_deserted(spacing, now) {
            (self.last_returner, self.last_newcomer) = (None, None);
        }
        self.last_slot = Some(slot);
    }

    /// Puts the asker at the end of its line, and returns its turn.
    fn put_off(&mut self, asker: Asker, earliest: Timestamp, spacing: Duration) -> Timestamp {
        let ahead = if asker.is_new() { self.last_returner.max(self.last_newcomer) } else { self.last_returner };
        let turn = ahead.map_or(earliest, |ahead| after(ahead, spacing).max(earliest));
        let line = if asker.is_new() { &mut self.last_newcomer } else { &mut self.last_returner };
        *line = Some(turn);
        turn
    }
}

/// `time` plus `wait`, to the microsecond: [`crate::time::after`] counts milliseconds.
fn after(time: Timestamp, wait: Duration) -> Timestamp {
    time.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// `time` minus `wait`, to the microsecond.
fn before(time: Timestamp, wait: Duration) -> Timestamp {
    time.checked_sub(wait).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests;
