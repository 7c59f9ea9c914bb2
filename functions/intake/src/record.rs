//! A record of a batch, and why it must be received again.

use std::{
    collections::BTreeMap,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use aws_lambda_events::event::sqs::SqsMessage;
use jiff::Timestamp;
use shared::{
    domain::{
        account::Account,
        event::{message::Message, rejection::Rejection},
        ids::{AccountId, EventId, ProfileName},
    },
    queue::{JOB_ATTRIBUTE, QueueError, SOURCE_ID_ATTRIBUTE, decode_note},
    store::StoreError,
};

/// A message of the event queue, and whether everything that it asks for is stored and queued.
#[derive(Debug)]
pub(crate) struct Record {
    pub message_id: String,
    /// Whose message this is: SQS's id, or the one that an operator's redrive kept.
    pub source_id: String,
    pub body: String,
    /// When SQS first had it.
    pub sent_at: Timestamp,
    /// How many times SQS handed it out.
    pub receives: Option<u64>,
    /// The note of an operational event, which the message stands for.
    pub note: Option<EventId>,
    /// Why it was rejected, if it was.
    pub rejected: OnceLock<Rejected>,
    /// Outlives the batch's deadline.
    done: AtomicBool,
}

impl Record {
    /// What Lambda sent, with the attributes that matter here.
    pub(crate) fn of(message: SqsMessage, now: Timestamp) -> Self {
        let attribute = |name: &str| message.message_attributes.get(name).and_then(|value| value.string_value.clone());
        let sent = message.attributes.get("SentTimestamp").and_then(|text| text.parse().ok());
        let note = attribute(JOB_ATTRIBUTE).as_deref().and_then(decode_note);
        // Whatever message brings a note, it is the same event.
        let source_id = note.as_ref().map(ToString::to_string).or_else(|| attribute(SOURCE_ID_ATTRIBUTE));
        Self {
            source_id: source_id.or_else(|| message.message_id.clone()).unwrap_or_default(),
            note,
            rejected: OnceLock::new(),
            message_id: message.message_id.unwrap_or_default(),
            body: message.body.unwrap_or_default(),
            receives: message.attributes.get("ApproximateReceiveCount").and_then(|text| text.parse().ok()),
            sent_at: sent.and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or(now),
            done: AtomicBool::default(),
        }
    }

    /// Whether an earlier receive, or the message before a redrive, may have stored its event.
    pub(crate) fn may_have_been_stored(&self) -> bool {
        self.receives != Some(1) || self.source_id != self.message_id
    }

    pub(crate) fn set_done(&self) {
        self.done.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_done(&self) -> bool {
        self.done.load(Ordering::Relaxed)
    }
}

/// What a rejection says to those who are told of it.
#[derive(Debug)]
pub(crate) struct Rejected {
    /// `None` if the message names no account that exists.
    pub account: Option<AccountId>,
    pub rejection: Rejection,
}

/// A record, read.
pub(crate) struct Read<'r> {
    pub record: &'r Record,
    pub message: Result<Message<'r>, Rejection>,
    /// The account that the message names, even if it is rejected.
    pub named: Option<AccountId>,
}

/// The accounts of a batch, each read once.
pub(crate) type Accounts = BTreeMap<AccountId, Result<Option<Account>, StoreError>>;

/// Why a record must be received again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IntakeError {
    #[error("the table could not be read or written")]
    Store(#[from] StoreError),
    #[error("the account '{account}' could not be read with its batch")]
    Account { account: AccountId },
    #[error("the account's profile '{profile}' is not installed here")]
    Profile { profile: ProfileName },
    #[error("checking and storing the event took too long")]
    Deadline,
    #[error("checking the event panicked")]
    Panic,
    #[error("the event could not be moved to the rejected queue")]
    Reject(#[from] QueueError),
}
