//! What a round's message may do.
//!
//! | record says | resend | replay |
//! |---|---|---|
//! | open claim: mine · my round's other message · another round's | go on · nothing · nothing | go on, or release if the recovery is not under way · nothing · passed over |
//! | my round's attempt, or my recovery's, is recorded (my slice's: whatever the claim) | as in the retry lane | as in the retry lane |
//! | none | nothing | first attempt, if permitted |
//! | `retrying`: due in over 2 s · else | next attempt now · nothing | passed over |
//! | finished | one more attempt | one more attempt, if permitted |
//!
//! A claim that has been open for an hour is lost, and counts as none. A replay is permitted while its recovery is under way, its
//! slice is valid, the webhook is active, its account is not suspended, and the recovery includes deliveries of this status. A resend is
//! attempted all the same. A claim is used whatever its slice is: it keeps the recovery's other messages away, so that no later slice
//! comes to this delivery.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    super::{
        super::{attempt::Reason, time},
        Delivery, Status,
        recovery::{Include, Permit},
        round::{Round, RoundClaim},
        waiting::Waits,
    },
    Admission, Claim, Passed, Received, admit_ordinary,
};

/// How soon a retry must be due for a resend to leave it alone.
const SOON: Duration = Duration::from_secs(2);

/// Decides about one message. `record` is `None` if there is none, or if it need not be read.
pub fn admit(received: &Received<'_>, record: Option<&Delivery>, waits: Waits, now: Timestamp) -> Admission {
    match &received.job.round {
        Some(round) => admit_round(received, round, record, waits, now),
        None => admit_ordinary(received, record, waits, now),
    }
}

fn admit_round(
    received: &Received<'_>,
    round: &Round,
    record: Option<&Delivery>,
    waits: Waits,
    now: Timestamp,
) -> Admission {
    let Some(record) = record else { return fresh(received, round, None, now) };
    // A resend may have claimed the record since; the recovery must not learn of this message once more.
    if record.rounds.has_counted(round) {
        return admit_ordinary(received, Some(record), waits, now);
    }
    let open = record.rounds.open_claim(record.attempts_made());
    if let Some(claim) = open.filter(|claim| !claim.is_lost(now) || claim.round == *round) {
        return claimed(received, round, record, claim, now);
    }
    if open.is_none() && record.rounds.has_had(round) {
        return match admit_ordinary(received, Some(record), waits, now) {
            Admission::Acknowledge => had(round),
            admission => admission,
        };
    }
    fresh(received, round, Some(record), now)
}

/// The record is claimed for an attempt that is not recorded.
fn claimed(received: &Received<'_>, round: &Round, record: &Delivery, claim: &RoundClaim, now: Timestamp) -> Admission {
    let is_mine = record.owner.as_ref() == Some(received.me);
    match round {
        _ if claim.round != *round => Admission::Pass(other(round, claim)),
        _ if !is_mine && !claim.is_lost(now) => Admission::Pass(Passed::Void),
        Round::Replay { .. } if !is_under_way(received) => Admission::Release,
        _ => {
            let claim_of = if is_mine { Claim::Held } else { Claim::ForRound };
            Admission::Attempt { number: claim.number, reason: reason_of(round), claim: claim_of }
        }
    }
}

/// What a recovery learns if another round has the record. Its own other slice is at work for it.
fn other(round: &Round, claim: &RoundClaim) -> Passed {
    match round.recovery() {
        None => Passed::Void,
        Some(recovery) if claim.round.recovery() == Some(recovery) => Passed::Repeated,
        Some(_) => Passed::Over,
    }
}

/// What a recovery learns of a message whose delivery another slice has replayed: its own slice must not wait for this message.
fn had(round: &Round) -> Admission {
    if round.recovery().is_none() { Admission::Acknowledge } else { Admission::Pass(Passed::Repeated) }
}

/// The round has not had the record yet.
fn fresh(received: &Received<'_>, round: &Round, record: Option<&Delivery>, now: Timestamp) -> Admission {
    let number = record.map_or(1, |record| record.attempts_made().saturating_add(1));
    let attempt = Admission::Attempt { number, reason: reason_of(round), claim: Claim::ForRound };
    match round {
        Round::Resend(_) => match record {
            None => Admission::Pass(Passed::Void),
            Some(record) if record.status == Status::Retrying && !is_due_later(record, now) => {
                Admission::Pass(Passed::Void)
            }
            Some(_) => attempt,
        },
        Round::Replay { slice, .. } => match permission(received, *slice) {
            Err(passed) => Admission::Pass(passed),
            Ok(include) if is_included(include, record) && received.webhook.wants(&received.job.event_type) => attempt,
            Ok(_) => Admission::Pass(Passed::Over),
        },
    }
}

fn is_due_later(record: &Delivery, now: Timestamp) -> bool {
    record.next_attempt_at.is_some_and(|due| time::between(now, due) > SOON)
}

/// Whether a recovery lets messages go on, whichever slice they are of.
fn is_under_way(received: &Received<'_>) -> bool {
    received.halted().is_none() && matches!(received.permit, Permit::Open { .. })
}

/// What a recovery includes, if it lets a slice's message go on.
fn permission<'a>(received: &Received<'a>, slice: u32) -> Result<&'a [Include], Passed> {
    match received.permit {
        Permit::Open { valid_from, include } if slice >= *valid_from => {
            if received.halted().is_none() {
                Ok(include)
            } else {
                Err(Passed::Dropped)
            }
        }
        Permit::Open { .. } | Permit::Closed => Err(Passed::Void),
    }
}

fn is_included(include: &[Include], record: Option<&Delivery>) -> bool {
    Include::of(record).iter().any(|kind| include.contains(kind))
}

fn reason_of(round: &Round) -> Reason {
    match round {
        Round::Resend(_) => Reason::Resend,
        Round::Replay { .. } => Reason::Replay,
    }
}

#[cfg(test)]
mod tests;
