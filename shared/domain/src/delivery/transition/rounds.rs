//! What a round does to a record: it claims it, and records its one attempt.
//!
//! | status before | resend succeeded | resend failed | replay succeeded | replay failed |
//! |---|---|---|---|---|
//! | `delivered` | `delivered` | stays | `delivered` | stays |
//! | `failed` | `delivered` | stays | `delivered` | the profile's schedule begins again |
//! | `skipped`, or no record | `delivered` | `failed` | `delivered` | the profile's schedule begins |
//! | `retrying` | `delivered` | the schedule goes on; `failed` if the webhook is disabled | | |
//!
//! A replay that the receiver answers with 410 Gone is given up at once, whatever the profile says: the recovery then holds.

use jiff::Timestamp;

use super::{
    super::{
        super::{
            attempt::{
                Attempt, Reason,
                outcome::{Cause, Failure, Verdict},
                schedule::Due,
            },
            ids::MessageId,
        },
        Delivery, Status,
        admission::Received,
        job::Job,
        round::{Round, RoundClaim},
    },
    GONE, ReadAs, Rules, Then, Transition, Write, after_own_attempt, failed, new_record, next_attempt, over, succeeded,
};

/// Why a delivery without an attempt has a record: a replay is about to make the first.
const NEVER_SENT: &str = "not sent at its time: the webhook did not want the event yet";

/// The record as a round's own: of several messages that find it, one goes on. The status stays.
///
/// A delivery that never had a record gets one as `skipped`, so that no two messages of a recovery make its first attempt.
pub fn claimed_for_round(
    record: Option<Delivery>,
    job: &Job,
    round: &Round,
    me: &MessageId,
    now: Timestamp,
) -> Transition {
    let write = record.as_ref().map_or(Write::IfAbsent, |record| Write::IfAsRead(ReadAs::of(record)));
    let mut record = record.unwrap_or_else(|| {
        let never_sent = Some(NEVER_SENT.to_owned());
        Delivery { reason: Reason::Replay, ..over(new_record(job), Status::Skipped, never_sent) }
    });
    let number = record.attempts_made().saturating_add(1);
    record.rounds.claim = Some(RoundClaim { round: round.clone(), number, at: now });
    record.owner = Some(me.clone());
    if record.status == Status::Retrying {
        record.next_attempt_at = Some(now);
    }
    Transition { record, write, then: Then::Acknowledge }
}

/// The record without the claim that its round may no longer use.
pub fn released(mut record: Delivery) -> Transition {
    let write = Write::IfAsRead(ReadAs::of(&record));
    record.rounds.claim = None;
    record.owner = None;
    Transition { record, write, then: Then::Acknowledge }
}

/// The record with an attempt that was made, but whose claim was lost to another message in the meantime.
pub fn late(mut record: Delivery, attempt: Attempt, verdict: &Verdict) -> Transition {
    let write = Write::IfAsRead(ReadAs::of(&record));
    let number = record.attempts_made().saturating_add(1);
    record.push(Attempt { number, ..attempt });
    let record = if *verdict == Verdict::Success { over(record, Status::Delivered, None) } else { record };
    Transition { record, write, then: Then::Acknowledge }
}

/// The record after one attempt, which ended at `ended`. `record` is what was read before it, its claim included.
pub fn after_attempt(
    rules: Rules<'_>,
    received: &Received<'_>,
    record: Option<Delivery>,
    attempt: Attempt,
    verdict: &Verdict,
    ended: Timestamp,
) -> Transition {
    match record {
        Some(record) if record.rounds.open_claim(record.attempts_made()).is_some() => {
            after_claimed_attempt(rules, received, record, attempt, verdict, ended)
        }
        record => after_own_attempt(rules, received, record, attempt, verdict, ended),
    }
}

/// The record after the attempt that its open claim is for.
fn after_claimed_attempt(
    rules: Rules<'_>,
    received: &Received<'_>,
    mut record: Delivery,
    attempt: Attempt,
    verdict: &Verdict,
    ended: Timestamp,
) -> Transition {
    let write = Write::IfAsRead(ReadAs::of(&record));
    let replay = record.rounds.claim.as_ref().and_then(|claim| match &claim.round {
        Round::Replay { recovery, slice } => Some((recovery.clone(), *slice)),
        Round::Resend(_) => None,
    });
    let (number, began) = (attempt.number, attempt.at);
    record.push(attempt);
    let is_replay = replay.is_some();
    if let Some((recovery, slice)) = replay {
        record.rounds.recovery = Some(recovery);
        record.rounds.slice = Some(slice);
    }
    let failure = match verdict {
        Verdict::Success => return succeeded(record, &write),
        Verdict::Failure(failure) => *failure,
    };
    match record.status {
        Status::Delivered => stays(record, write),
        Status::Failed if !is_replay => stays(record, write),
        Status::Skipped if !is_replay => ends(record, write, "the event was sent again, and the attempt failed"),
        Status::Retrying if let Some(halted) = received.halted() => ends(record, write, &halted.to_string()),
        Status::Failed | Status::Skipped => {
            record.rounds.base = number.saturating_sub(1);
            record.rounds.began_at = Some(began);
            let next = after_replay(rules, failure, ended);
            failed(rules, received, record, write, next, ended)
        }
        Status::Retrying => {
            let failures = number.saturating_sub(record.rounds.base);
            let next = next_attempt(rules, failures, failure, ended);
            failed(rules, received, record, write, next, ended)
        }
    }
}

/// When to try again after a replay failed, or why not.
fn after_replay(rules: Rules<'_>, failure: Failure, ended: Timestamp) -> Result<Due, String> {
    if failure.cause == Cause::Gone { Err(GONE.to_owned()) } else { next_attempt(rules, 1, failure, ended) }
}

fn stays(mut record: Delivery, write: Write) -> Transition {
    record.owner = None;
    Transition { record, write, then: Then::Acknowledge }
}

fn ends(record: Delivery, write: Write, reason: &str) -> Transition {
    Transition { record: over(record, Status::Failed, Some(reason.to_owned())), write, then: Then::Acknowledge }
}

#[cfg(test)]
mod tests;
