//! What becomes of a message: the words that the files of this folder share.

use std::sync::Arc;

use jiff::Timestamp;
use shared::{
    domain::{
        attempt::{Attempt, outcome::Verdict},
        delivery::{Delivery, recovery::news::News},
        ids::ProfileName,
        profile::Profile,
        webhook::{Webhook, standing::Weight},
    },
    queue::{QueueError, batches::Unsent},
    store::StoreError,
};

/// What became of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Acknowledged,
    /// Not proven done, or put back on purpose.
    ComesBack,
}

/// What a settled message asks of its batch.
#[derive(Debug)]
pub(super) enum Settled {
    /// Everything that the fate needs is recorded and handed on.
    Done { fate: Fate, counted: Option<Counted>, news: Option<News> },
    /// To be recorded with others, then acknowledged.
    FirstSuccess { record: Box<Delivery>, counted: Counted },
}

/// One attempt as its webhook's standing sees it.
#[derive(Debug, Clone)]
pub(crate) struct Counted {
    pub webhook: Arc<Webhook>,
    pub profile: &'static Profile,
    pub weight: Weight,
    pub attempt: Attempt,
    pub verdict: Verdict,
    /// When the delivery was created.
    pub created_at: Timestamp,
    pub gave_up: bool,
}

/// Why a message is not settled. It comes back; the record says how far it got.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unsettled {
    #[error("the webhook could not be read")]
    Webhook(#[source] Arc<StoreError>),
    #[error("the account could not be read")]
    Account(#[source] Arc<StoreError>),
    #[error("the webhook was not read with its batch")]
    Unread,
    #[error("the table could not be read or written")]
    Store(#[from] StoreError),
    #[error("the retry lane did not accept the message")]
    HandOver(#[source] Unsent),
    #[error("the message could not be put back")]
    PutBack(#[from] QueueError),
    #[error("profile '{profile}' is not installed here")]
    Profile { profile: ProfileName },
    #[error("other messages of this delivery were faster each time")]
    Races,
    #[error("the recovery that the message belongs to could not be read")]
    Recovery(#[source] Arc<StoreError>),
    #[error("the message took too long")]
    Deadline,
}
