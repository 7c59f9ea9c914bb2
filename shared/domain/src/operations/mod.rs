//! Operational events: what an installation reports to the account that its operator named.
//!
//! A change leaves a [`Note`] in the same write. The note's id is derived from the change, and is the id of the event that is made of it:
//! one change, one event, whatever is sent or killed in between.
//!
//! For example, the tenth failure disables `wh_1`. The transaction that disables it also writes the note `ops_8c…`. A message that holds
//! only this id brings it to intake, which publishes `posthorn.webhook.disabled` to the operations account and forgets the note.

pub mod told;
pub mod webhook;

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use self::webhook::Trigger;
use super::{
    account::Account,
    delivery::recovery::Recovery,
    event::{pattern::EventType, rejection::Rejection},
    ids::{AccountId, EventId},
    time,
    webhook::Webhook,
};

/// The profile that an operations account must have.
const PROFILE: &str = "standard";

/// How long after its minute the count of rejected events may still grow: as long as a batch of intake that began in it.
const COUNT_ENDS_AFTER: Duration = Duration::from_secs(30);

/// Who is told of what happens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Operations {
    account: Option<AccountId>,
}

/// What is to be told, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub id: EventId,
    pub event_type: EventType,
    /// When it happened.
    pub at: Timestamp,
    /// Not before then is it complete.
    pub due: Timestamp,
    /// JSON.
    pub data: String,
    /// How often it happened, where that is still counted.
    pub count: Option<u32>,
}

impl Operations {
    /// `None`: nobody is told anything.
    pub fn new(account: Option<AccountId>) -> Self {
        Self { account }
    }

    /// The account that is told.
    pub fn account(&self) -> Option<&AccountId> {
        self.account.as_ref()
    }

    /// Whether anybody is told about this account. Nothing is told about the operations account itself, which would never end.
    pub fn tell_about(&self, account: &AccountId) -> bool {
        self.account.as_ref().is_some_and(|told| told != account)
    }

    /// Whether the account as it was found can be told.
    pub fn can_tell(account: Option<&Account>) -> bool {
        account.is_some_and(|account| account.profile.as_str() == PROFILE && !account.status.is_deleting())
    }

    /// What to tell of a recovery that is over. `webhook` is the one that it was for, if that is still there.
    pub fn recovery_finished(&self, recovery: &Recovery, webhook: Option<&Webhook>, by: Trigger) -> Option<Note> {
        let at = recovery.finished_at.filter(|_| self.tell_about(&recovery.account))?;
        let Recovery { id, account, webhook: webhook_id, status, status_reason, counts, .. } = recovery;
        let streak = webhook.map(|webhook| webhook.standing.streak);
        let data = json!({
            "account": account,
            "webhookId": webhook_id,
            "name": webhook.and_then(|webhook| webhook.settings.name.as_deref()),
            "url": webhook.and_then(|webhook| webhook.settings.url.host()),
            "trigger": by,
            "failingSince": streak.and_then(|streak| streak.since).map(time::whole_seconds),
            "consecutiveFailures": streak.map(|streak| streak.failures),
            "disablesAt": null,
            "disablesAfter": null,
            "lastAttempt": null,
            "recoveryId": id,
            "status": status.as_str(),
            "statusReason": status_reason,
            "counts": {
                "queued": counts.queued,
                "delivered": counts.delivered,
                "failed": counts.failed,
                "retrying": counts.retrying,
                "passedOver": counts.passed_over,
            },
        });
        Note::new("posthorn.recovery.finished", &[id.as_str()], at, &data)
    }

    /// What to tell of events that were rejected: one note for each account and code in a minute. Events of accounts that do not exist
    /// share one.
    pub fn events_rejected(
        &self,
        account: Option<&AccountId>,
        rejection: &Rejection,
        count: u32,
        now: Timestamp,
    ) -> Option<Note> {
        if account.map_or(self.account.is_none(), |account| !self.tell_about(account)) {
            return None;
        }
        let minute = now.as_second().div_euclid(60).saturating_mul(60);
        let at = Timestamp::from_second(minute).unwrap_or(now);
        let code = rejection.code();
        let data = json!({
            "account": account,
            "webhookId": null,
            "name": null,
            "url": null,
            "trigger": "automatic",
            "failingSince": null,
            "consecutiveFailures": null,
            "disablesAt": null,
            "disablesAfter": null,
            "lastAttempt": null,
            "code": code,
        });
        let parts = [account.map_or("", AccountId::as_str), code, &minute.to_string()];
        let note = Note::new("posthorn.event.rejected", &parts, at, &data)?;
        let due = time::after(at, Duration::from_mins(1).saturating_add(COUNT_ENDS_AFTER));
        Some(Note { due, count: Some(count), ..note })
    }
}

impl Note {
    /// `parts` are what makes this change another one than all others of its type. `None` only for a type that no event can have.
    fn new(event_type: &str, parts: &[&str], at: Timestamp, data: &serde_json::Value) -> Option<Self> {
        let event_type = EventType::parse(event_type).ok().filter(EventType::is_reserved)?;
        let id = EventId::for_operations(event_type.as_str(), parts);
        Some(Self { id, event_type, at, due: at, data: data.to_string(), count: None })
    }

    /// The event's data.
    pub fn event_data(&self) -> String {
        let Some(count) = self.count else { return self.data.clone() };
        let mut data: serde_json::Value = serde_json::from_str(&self.data).unwrap_or_default();
        if let Some(fields) = data.as_object_mut() {
            fields.insert("count".to_owned(), count.into());
        }
        data.to_string()
    }
}

#[cfg(test)]
mod tests;
