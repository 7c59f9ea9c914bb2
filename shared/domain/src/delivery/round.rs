//! Rounds: additional attempts that a customer asked for, one by one or by a recovery.
//!
//! A round's message claims the record before it sends, so that of several messages one goes on. The claim names the attempt that it
//! is for, and is open until that attempt is recorded.

use std::{fmt, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::{
    ids::{RecoveryId, ResendId},
    time,
};

/// How long an open claim keeps others away. Longer than any visibility timeout with its attempt: the claim's own message has come
/// back by then, or never will.
const CLAIM_LOST: Duration = Duration::from_hours(1);

/// Which request for an additional attempt a message belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Round {
    /// One delivery, sent again now.
    Resend(ResendId),
    /// One of the deliveries that a slice of a recovery sends again.
    Replay { recovery: RecoveryId, slice: u32 },
}

/// A text that names no round.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is neither a resend nor a slice of a recovery")]
pub struct NotARound(String);

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resend(id) => write!(f, "{id}"),
            Self::Replay { recovery, slice } => write!(f, "{recovery}/{slice}"),
        }
    }
}

impl From<Round> for String {
    fn from(round: Round) -> Self {
        round.to_string()
    }
}

impl TryFrom<String> for Round {
    type Error = NotARound;

    fn try_from(text: String) -> Result<Self, NotARound> {
        let round = match text.split_once('/') {
            Some((recovery, slice)) => RecoveryId::parse(recovery)
                .ok()
                .zip(slice.parse().ok())
                .map(|(recovery, slice)| Self::Replay { recovery, slice }),
            None => ResendId::parse(&text).ok().map(Self::Resend),
        };
        round.ok_or(NotARound(text))
    }
}

impl Round {
    pub fn recovery(&self) -> Option<&RecoveryId> {
        match self {
            Self::Resend(_) => None,
            Self::Replay { recovery, .. } => Some(recovery),
        }
    }
}

/// What rounds have left in a delivery's record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rounds {
    /// How many attempts were made before the schedule that is, or was last, under way.
    pub base: u32,
    /// When that schedule began. `None` if it began with the event.
    pub began_at: Option<Timestamp>,
    /// The last round that claimed the record.
    pub claim: Option<RoundClaim>,
    /// The recovery that the last replay belongs to.
    pub recovery: Option<RecoveryId>,
    /// The slice of that recovery that the replay belongs to: the recovery has learned its outcome.
    pub slice: Option<u32>,
}

/// A round's right to make one attempt. The record's owner is the message that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoundClaim {
    pub round: Round,
    /// The attempt that it is for.
    pub number: u32,
    pub at: Timestamp,
}

impl RoundClaim {
    /// Whether the claim's message is lost, if it has not recorded its attempt by now.
    pub fn is_lost(&self, now: Timestamp) -> bool {
        time::between(self.at, now) > CLAIM_LOST
    }
}

impl Rounds {
    /// The claim whose attempt is not among the recorded ones.
    pub fn open_claim(&self, attempts_made: u32) -> Option<&RoundClaim> {
        self.claim.as_ref().filter(|claim| claim.number > attempts_made)
    }

    /// Whether this round is the replay whose outcome is recorded last, whatever has claimed the record since.
    pub fn has_counted(&self, round: &Round) -> bool {
        match round {
            Round::Resend(_) => false,
            Round::Replay { recovery, slice } => self.recovery.as_ref() == Some(recovery) && self.slice == Some(*slice),
        }
    }

    /// Whether this round's attempt is recorded, or another of the same recovery.
    pub fn has_had(&self, round: &Round) -> bool {
        let by_recovery = round.recovery().is_some_and(|recovery| self.recovery.as_ref() == Some(recovery));
        by_recovery || self.claim.as_ref().is_some_and(|claim| claim.round == *round)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replay(slice: u32) -> Round {
        Round::Replay { recovery: RecoveryId::parse("rec_1").unwrap(), slice }
    }

    #[test]
    fn a_round_is_read_as_it_was_written() {
        for round in [replay(12), Round::Resend(ResendId::parse("rsd_1").unwrap())] {
            assert_eq!(Round::try_from(round.to_string()), Ok(round));
        }
        for bad in ["", "rec_1/", "rec_1/x", "/1", "a b", "rec_1/1/2"] {
            assert!(Round::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_claim_is_open_until_its_attempt_is_recorded() {
        let claim = RoundClaim { round: replay(1), number: 3, at: Timestamp::UNIX_EPOCH };
        let rounds = Rounds { claim: Some(claim), ..Rounds::default() };
        assert!(rounds.open_claim(2).is_some());
        assert!(rounds.open_claim(3).is_none());
    }

    #[test]
    fn a_claim_is_lost_after_an_hour() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let claim = RoundClaim { round: replay(1), number: 1, at: at(0) };
        assert!(!claim.is_lost(at(3_600)) && claim.is_lost(at(3_601)));
    }

    #[test]
    fn a_recovery_replays_a_delivery_in_one_of_its_slices_only() {
        let rounds = Rounds { recovery: RecoveryId::parse("rec_1").ok(), ..Rounds::default() };
        assert!(rounds.has_had(&replay(1)) && rounds.has_had(&replay(2)));
        let other = Round::Replay { recovery: RecoveryId::parse("rec_2").unwrap(), slice: 1 };
        assert!(!rounds.has_had(&other));
    }
}
