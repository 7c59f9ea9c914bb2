//! Who may attempt: the only place that says what a message does next.
//!
//! | received from | record says | then |
//! |---|---|---|
//! | first or slow lane, first receive, no `again` mark | (not read) | attempt 1 |
//! | first or slow lane, else | none · finished · `retrying` with owner · `retrying`, no owner | attempt 1 · acknowledge · acknowledge · hand over |
//! | retry lane | none · finished · another owner · due in over 1 s | attempt 1 · acknowledge · acknowledge · wait |
//! | retry lane | due, mine · due, no owner or a lost one | next attempt · claim, then next attempt |
//!
//! [`rounds::admit`] is the way in. It knows what a round's message may do; once its attempt is recorded, the rows of the retry lane hold
//! for it as well.
//!
//! An owner that is overdue by more than an hour is lost (its message went to the dead-letter queue), and counts as none. Whatever the
//! record lets go on ends if the webhook no longer wants it, or the event is too old. A first attempt to a webhook in trouble
//! leaves the first lane unattempted, and one to a failing webhook leaves the slow lane.

pub mod rounds;

use std::time::Duration;

use jiff::Timestamp;

use super::{
    super::{
        account::status::AccountStatus,
        attempt::{Reason, schedule::MAX_AGE},
        ids::MessageId,
        time,
        webhook::Webhook,
    },
    Delivery, Status,
    job::Job,
    lane::Lane,
    recovery::Permit,
    waiting::{Waiting, Waits},
};

/// How close to its due time a message is attempted now: SQS counts in whole seconds.
const DUE_TOLERANCE: Duration = Duration::from_secs(1);

/// How long an owner's attempt may be overdue before the owner counts as lost: its message was moved to the dead-letter queue, or
/// its queue was emptied. Longer than any visibility timeout with its attempt, so that a living owner is never replaced.
pub const OWNER_LOST: Duration = Duration::from_hours(1);

/// One message and what is known next to its record.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    pub lane: Lane,
    pub me: &'a MessageId,
    pub job: &'a Job,
    pub webhook: &'a Webhook,
    /// Whether its account is in use.
    pub account: AccountStatus,
    /// What its recovery allows, if it belongs to one.
    pub permit: &'a Permit,
}

impl Received<'_> {
    /// Why the webhook gets nothing at present, except what somebody asks for.
    pub fn halted(&self) -> Option<Stopped> {
        match self.account {
            AccountStatus::Suspended { .. } | AccountStatus::Deleting { .. } => Some(Stopped::Suspended),
            AccountStatus::Active if !self.webhook.is_active() => Some(Stopped::Disabled),
            AccountStatus::Active => None,
        }
    }
}

/// What a message does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Send attempt `number`. Where the claim is not held, the record must first be made this message's own.
    Attempt { number: u32, reason: Reason, claim: Claim },
    /// Not here, or not yet.
    Defer(Waiting),
    /// The delivery ends without another attempt.
    End(Stopped),
    /// Another message finished it or goes on with it.
    Acknowledge,
    /// A round's message is not attempted.
    Pass(Passed),
    /// The round's claim is given back unused.
    Release,
}

/// What its recovery learns of a round's message that is not attempted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// Nothing: the recovery itself made it void, or a resend had nothing to do.
    Void,
    /// The delivery is not one of those that are replayed, or no longer.
    Over,
    /// The recovery has replayed the delivery already.
    Repeated,
    /// The webhook is disabled: the recovery must come back to it.
    Dropped,
}

/// Whether only this message may make the attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// There is no record yet, or the record names this message as its owner.
    Held,
    /// Several messages may find this record: the one that makes itself the owner goes on.
    Needed,
    /// The same, for a round: whatever the record's status is, it stays.
    ForRound,
}

/// Why a message is not attempted although the record would let it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    #[error("account suspended")]
    Suspended,
    #[error("the webhook was disabled")]
    Disabled,
    #[error("the webhook no longer subscribes to this event type")]
    Unsubscribed,
    #[error("expired: not delivered within 10 days of the event")]
    Expired,
    #[error("the event is not stored any more")]
    Forgotten,
}

/// How often SQS handed out a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receive {
    First,
    /// Not the first, or not known: what was done before is in the record.
    Repeated,
}

/// How long after a message's first receive its batch may begin for the receive to count as the first one. SQS's count is approximate,
/// so an old message with a count of one is not trusted.
const FRESH: Duration = Duration::from_secs(30);

impl Receive {
    /// Which receive it is, by SQS's count and by when SQS first handed the message out. Without a count an earlier receive could be
    /// hidden.
    pub fn of(count: Option<u64>, first_received: Option<Timestamp>, now: Timestamp) -> Self {
        let is_fresh = first_received.is_none_or(|first| time::between(first, now) <= FRESH);
        if count == Some(1) && is_fresh { Self::First } else { Self::Repeated }
    }
}

/// Whether the record must be read before deciding: only a first receive in a lane of first attempts may go without.
pub fn needs_record(lane: Lane, receive: Receive, again: bool) -> bool {
    lane == Lane::Retry || receive == Receive::Repeated || again
}

/// Decides about a message that belongs to no round, or whose round's attempt is recorded: the table above. `record` is `None` if there is
/// none, or if it need not be read.
pub(super) fn admit_ordinary(
    received: &Received<'_>,
    record: Option<&Delivery>,
    waits: Waits,
    now: Timestamp,
) -> Admission {
    let says =
        record.map_or(RecordSays::Now { number: 1, claim: Claim::Held }, |record| record_says(received, record, now));
    if says == RecordSays::Over {
        return Admission::Acknowledge;
    }
    let began_at = record.and_then(|record| record.rounds.began_at).unwrap_or(received.job.accepted_at);
    if let Some(stopped) = stopped(received, began_at, now) {
        return Admission::End(stopped);
    }
    let has_owner = record.is_some_and(|record| record.owner.is_some());
    match says {
        RecordSays::Over => Admission::Acknowledge,
        RecordSays::Later { due } => Admission::Defer(waits.before_due(received.lane, has_owner, due, now)),
        RecordSays::Now { number, claim } => match received.lane.instead(received.webhook.standing.pulse.health) {
            Some(lane) => Admission::Defer(Waiting::HandOver { lane, delay_seconds: 0 }),
            None => Admission::Attempt { number, reason: Reason::Event.of_attempt(number), claim },
        },
    }
}

/// What the record alone says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RecordSays {
    Over,
    Later { due: Timestamp },
    Now { number: u32, claim: Claim },
}

fn record_says(received: &Received<'_>, record: &Delivery, now: Timestamp) -> RecordSays {
    if record.status != Status::Retrying {
        return RecordSays::Over;
    }
    let due = record.next_attempt_at.unwrap_or(now);
    let is_mine = record.owner.as_ref() == Some(received.me);
    let number = record.attempts_made().saturating_add(1);
    match (received.lane, &record.owner) {
        (Lane::First | Lane::Slow, Some(_)) => RecordSays::Over,
        (Lane::First | Lane::Slow, None) => RecordSays::Later { due },
        (Lane::Retry, Some(_)) if !is_mine && time::between(due, now) <= OWNER_LOST => RecordSays::Over,
        (Lane::Retry, _) if time::between(now, due) > DUE_TOLERANCE => RecordSays::Later { due },
        (Lane::Retry, _) => RecordSays::Now { number, claim: if is_mine { Claim::Held } else { Claim::Needed } },
    }
}

/// Why no attempt is made any more of a delivery whose schedule began at `began_at`.
fn stopped(received: &Received<'_>, began_at: Timestamp, now: Timestamp) -> Option<Stopped> {
    let Received { job, webhook, .. } = received;
    if let Some(halted) = received.halted() {
        return Some(halted);
    }
    match () {
        () if !webhook.wants(&job.event_type) => Some(Stopped::Unsubscribed),
        () if time::between(began_at, now) > MAX_AGE => Some(Stopped::Expired),
        () => None,
    }
}

#[cfg(test)]
pub(super) mod tests;
