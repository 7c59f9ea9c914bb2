//! Recoveries: deliveries of a webhook that are sent again together, at a pace that its endpoint bears.
//!
//! A recovery advances by slices. At each tick `runner` decides what it does next: send a slice, wait for the last one's outcomes, hold
//! because the endpoint fails, or end. `changes` says how it then is, `pace` when each message is due, `search` where the next ones
//! are found, and `news` what it learns of the messages that it sent.

mod changes;
mod include;
pub mod news;
mod pace;
pub mod runner;
pub mod search;
pub mod spacing;
mod status;

use std::time::Duration;

use jiff::Timestamp;

pub use self::{
    include::Include,
    status::{Hold, RecoveryStatus},
};
use super::super::{
    event::{
        log::LogPlace,
        pattern::{EventPattern, EventType},
    },
    ids::{AccountId, DeliveryId, ProfileName, RecoveryId, WebhookId},
};

/// The most deliveries a second that a recovery may make.
pub const MAX_RATE: u32 = 100;

/// How many deliveries a second a recovery makes if the customer does not say.
pub const DEFAULT_RATE: u32 = 10;

/// The most recoveries of an account that may be under way at once.
pub const MAX_UNDER_WAY: usize = 5;

/// How long a recovery is kept after its creation.
pub const KEPT: Duration = Duration::from_hours(30 * 24);

/// How much earlier than events expire a recovery's window must begin, so that a full schedule still fits before they do.
pub const MARGIN: Duration = Duration::from_hours(12 * 24);

/// How old an event must be to count as missing: until then, its delivery may be on its way.
pub const MISSING_AFTER: Duration = Duration::from_secs(15);

/// What a recovery lets its messages do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permit {
    /// Messages of this slice and later ones may go on, to deliveries of these kinds.
    Open { valid_from: u32, include: Vec<Include> },
    /// It is paused, held, over, or there is none.
    Closed,
}

/// What a customer asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub include: Vec<Include>,
    /// At this time or later.
    pub since: Timestamp,
    /// Before this time.
    pub until: Timestamp,
    /// `None`: whatever the webhook wants.
    pub events: Option<Vec<EventPattern>>,
    /// Deliveries a second.
    pub rate: u32,
    /// Since when the webhook has wanted what it wanted when the recovery was created.
    pub wants_since: Timestamp,
}

impl Plan {
    pub fn covers(&self, event: &EventType) -> bool {
        self.events.as_ref().is_none_or(|patterns| patterns.iter().any(|pattern| pattern.matches(event)))
    }
}

/// How many deliveries a recovery is about, and what came of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub estimated: u64,
    pub queued: u64,
    pub delivered: u64,
    pub failed: u64,
    pub retrying: u64,
    pub passed_over: u64,
}

impl Counts {
    /// The counts with at least as many queued as were sent. A message that was called off no longer counts as queued, and may have
    /// been sent all the same.
    pub fn with_all_sent_queued(self) -> Self {
        let sent = self.delivered.saturating_add(self.failed).saturating_add(self.retrying);
        Self { queued: self.queued.max(sent), ..self }
    }
}

/// Up to where a recovery has looked for deliveries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cursor {
    /// In the records.
    Records {
        after: Option<DeliveryId>,
    },
    /// In the records of the last minutes once more: the index that lists them is a moment behind.
    Again {
        after: Option<DeliveryId>,
    },
    /// In the event log.
    Missing {
        after: Option<LogPlace>,
    },
    End,
}

/// Some deliveries that were queued together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    pub number: u32,
    pub sent: u32,
    /// Where the search for it began.
    pub from: Cursor,
    /// When its last message is due.
    pub due_at: Timestamp,
    pub outcomes: SliceOutcomes,
}

/// What is known of a slice's messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SliceOutcomes {
    pub succeeded: u32,
    pub failed: u32,
    /// Not attempted.
    pub passed: u32,
}

impl SliceOutcomes {
    fn settled(self) -> u32 {
        self.succeeded.saturating_add(self.failed).saturating_add(self.passed)
    }
}

impl Slice {
    /// How many of its messages have no outcome yet.
    pub fn unsettled(&self) -> u32 {
        self.sent.saturating_sub(self.outcomes.settled())
    }
}

/// What the recovery acts on as soon as it happens more often than before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Signals {
    /// How many times the receiver answered 410.
    pub gone: u64,
    /// How many messages came to a disabled webhook, and were dropped.
    pub dropped: u64,
    /// How many deliveries succeeded, at their replay or at a retry.
    pub delivered: u64,
}

/// A recovery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    pub id: RecoveryId,
    pub account: AccountId,
    pub profile: ProfileName,
    pub webhook: WebhookId,
    pub plan: Plan,
    pub status: RecoveryStatus,
    pub status_reason: Option<String>,
    pub hold: Option<Hold>,
    pub counts: Counts,
    pub signals: Signals,
    /// The signals that it has acted on.
    pub heeded: Signals,
    pub cursor: Cursor,
    /// Those that may have messages without an outcome, oldest first.
    pub slices: Vec<Slice>,
    pub last_slice: u32,
    /// Messages of earlier slices are void.
    pub valid_from: u32,
    /// How many deliveries the next slice may have.
    pub size: u32,
    /// The last slice whose outcomes have changed that size.
    pub judged: u32,
    /// Up to when messages are queued already.
    pub paced_until: Timestamp,
    /// The time of the event that it has got to.
    pub reached_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub paused_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    /// Counts the changes of the runner and of the customer: a change is written only onto the version that it was made from.
    pub version: u32,
    /// When the next tick is due. The schedule takes up one that is overdue.
    pub next_tick_at: Timestamp,
    /// Whether a tick is at work.
    pub is_taken: bool,
}

impl Recovery {
    /// What its messages may do.
    pub fn permit(&self) -> Permit {
        let is_probing = matches!(self.hold, Some(Hold::Failing | Hold::Gone));
        match self.status {
            RecoveryStatus::Running | RecoveryStatus::Draining => self.open(),
            RecoveryStatus::Held if is_probing => self.open(),
            RecoveryStatus::Waiting
            | RecoveryStatus::Held
            | RecoveryStatus::Paused
            | RecoveryStatus::Finished
            | RecoveryStatus::Cancelled => Permit::Closed,
        }
    }

    fn open(&self) -> Permit {
        Permit::Open { valid_from: self.valid_from, include: self.plan.include.clone() }
    }

    /// How many queued messages have no outcome yet.
    pub fn unsettled(&self) -> u32 {
        self.slices.iter().map(Slice::unsettled).fold(0, u32::saturating_add)
    }

    /// How far it is, from 0 to 1.
    pub fn progress(&self) -> f64 {
        if self.status == RecoveryStatus::Finished {
            return 1.0;
        }
        let Counts { estimated, queued, .. } = self.counts;
        let settled = queued.saturating_sub(u64::from(self.unsettled()));
        let whole = |count: u64| u32::try_from(count).map_or(f64::from(u32::MAX), f64::from);
        let share = whole(settled) / whole(estimated.max(queued).max(1));
        // Only what is finished is whole.
        (share.min(0.99) * 1_000.0).round() / 1_000.0
    }
}

/// Whose recovery it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    pub id: RecoveryId,
    pub account: AccountId,
    pub profile: ProfileName,
    pub webhook: WebhookId,
}
