//! What a recovery learns of the messages that it sent.

use std::collections::BTreeMap;

use super::{
    super::{
        super::ids::{RecoveryId, WebhookId},
        Delivery, Status,
        admission::Passed,
        job::Job,
        round::{Round, RoundClaim},
    },
    SliceOutcomes,
};

/// What became of one of a recovery's deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CameTo {
    Delivered,
    Failed,
    Retrying,
}

/// One thing that a recovery learns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    pub webhook: WebhookId,
    pub recovery: RecoveryId,
    pub what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A replay's first outcome is recorded.
    Settled { slice: u32, came_to: CameTo, gone: bool },
    /// A replay that was retrying is over.
    Ended { came_to: CameTo },
    /// A message was not attempted.
    Passed { slice: u32, passed: Passed },
}

/// The state of a record, as far as news follow from its change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    pub status: Status,
    pub attempts: u32,
}

impl Before {
    pub fn of(record: &Delivery) -> Self {
        Self { status: record.status, attempts: record.attempts_made() }
    }

    /// The state of a record that was retrying until it ended without another attempt.
    pub fn of_retrying(record: &Delivery) -> Self {
        Self { status: Status::Retrying, attempts: record.attempts_made() }
    }
}

/// What a recovery learns from a change of a record. `before` is `None` if there was none.
pub fn news_of(before: Option<Before>, record: &Delivery) -> Option<News> {
    let before = before.unwrap_or(Before { status: Status::Skipped, attempts: 0 });
    if let Some(RoundClaim { round: Round::Replay { recovery, slice }, number, .. }) = &record.rounds.claim
        && before.attempts < *number
        && record.attempts_made() >= *number
    {
        let last = record.attempts.last();
        let is_success = last.is_some_and(|last| last.error.is_none());
        let came_to = match record.status {
            _ if is_success => CameTo::Delivered,
            Status::Retrying => CameTo::Retrying,
            Status::Delivered | Status::Failed | Status::Skipped => CameTo::Failed,
        };
        let gone = last.is_some_and(|last| last.status_code == Some(410));
        let what = What::Settled { slice: *slice, came_to, gone };
        return Some(News { webhook: record.webhook.clone(), recovery: recovery.clone(), what });
    }
    let came_to = match record.status {
        Status::Delivered => CameTo::Delivered,
        Status::Failed | Status::Skipped => CameTo::Failed,
        Status::Retrying => return None,
    };
    let recovery = record.rounds.recovery.clone().filter(|_| before.status == Status::Retrying)?;
    Some(News { webhook: record.webhook.clone(), recovery, what: What::Ended { came_to } })
}

/// What a recovery learns of a message that was not attempted; `None` if it makes no difference.
pub fn news_of_passed(job: &Job, passed: Passed) -> Option<News> {
    match &job.round {
        Some(Round::Replay { recovery, slice }) if passed != Passed::Void => {
            let what = What::Passed { slice: *slice, passed };
            Some(News { webhook: job.webhook.clone(), recovery: recovery.clone(), what })
        }
        Some(Round::Replay { .. } | Round::Resend(_)) | None => None,
    }
}

/// The news of a batch, summed up for one recovery.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Digest {
    pub delivered: i64,
    pub failed: i64,
    pub retrying: i64,
    pub passed_over: i64,
    pub gone: i64,
    pub dropped: i64,
    pub slices: BTreeMap<u32, SliceOutcomes>,
}

impl Digest {
    pub fn add(&mut self, what: What) {
        match what {
            What::Settled { slice, came_to, gone } => {
                *self.count(came_to) += 1;
                self.gone += i64::from(gone);
                let outcomes = self.slices.entry(slice).or_default();
                let kind = if came_to == CameTo::Delivered { &mut outcomes.succeeded } else { &mut outcomes.failed };
                *kind = kind.saturating_add(1);
            }
            What::Ended { came_to } => {
                *self.count(came_to) += 1;
                self.retrying -= 1;
            }
            What::Passed { passed: Passed::Dropped, .. } => self.dropped += 1,
            What::Passed { slice, passed } => {
                self.passed_over += i64::from(passed == Passed::Over);
                let outcomes = self.slices.entry(slice).or_default();
                outcomes.passed = outcomes.passed.saturating_add(1);
            }
        }
    }

    fn count(&mut self, came_to: CameTo) -> &mut i64 {
        match came_to {
            CameTo::Delivered => &mut self.delivered,
            CameTo::Failed => &mut self.failed,
            CameTo::Retrying => &mut self.retrying,
        }
    }

    /// Whether the recovery should act at once: a success may end its hold, a 410 or a disabled webhook may begin one.
    pub fn is_urgent(&self, is_held: bool) -> bool {
        self.gone > 0 || self.dropped > 0 || (is_held && self.delivered > 0)
    }
}

#[cfg(test)]
mod tests;
