//! Where items are.
//!
//! | item | `pk` | `sk` |
//! |---|---|---|
//! | account | `ACCOUNT#<account>` | `ACCOUNT` |
//! | what an operator says of an account | `ACCOUNT#<account>` | `STANDING` |
//! | API key of an account | `ACCOUNT#<account>` | `KEY#<key id>` |
//! | API key by hash | `KEY#<sha256>` | `KEY` |
//! | session of the portal | `ACCOUNT#<account>` | `SESSION#<session>` |
//! | session's code, by hash | `SESSION#<sha256>` | `CODE` |
//! | session's token, by hash | `SESSION#<sha256>` | `TOKEN` |
//! | account in the list of all | `ACCOUNTS` | `<account>` |
//! | account that is being erased | `ERASING` | `<account>` |
//! | bucket of an account's rate limit | `LIMIT#<account>` | `<bucket>` |
//! | pace of a webhook with a rate limit | `LIMIT#<account>` | `<webhook>` |
//! | note of an operational event | `NOTES` | `<event>` |
//! | operator's key in the list of all | `OPERATORS` | `<key id>` |
//! | operator's key by hash | `OPERATOR#<sha256>` | `KEY` |
//! | webhook | `WEBHOOK#<account>` | `<webhook>` |
//! | webhook that was deleted | `WEBHOOK#<account>` | `GONE#<webhook>` |
//! | event | `EVENT#<account>#<event>` | `EVENT` |
//! | entry of the event log | `EVENTS#<account>#<shard>` | `<written, ms in hex>#<hash>` |
//! | until when the event log was off | `EVENTS` | `OFF` |
//! | delivery | `DELIVERY#<webhook>#<shard>` | `<delivery>` |
//! | parked retry | `DUE#<shard>` | `<due, ms>#<delivery>` |
//! | parked retry that cannot be read | `ASIDE` | as it was |
//! | idempotency key | `IDEMPOTENCY#<account>` | `<route>#<sha256>` |
//! | recovery | `RECOVERY#<webhook>` | `<recovery>` |
//! | recovery that is under way | `RECOVERING` | `<recovery>` |
//! | lease | `LEASE` | `<name>` |
//!
//! The sparse index `troubled` holds deliveries that are not `delivered`: `gsi1pk` = `<webhook>#<shard>`, `gsi1sk` =
//! `<delivery>`. An account id has no `#`, so an event id may have any.

use domain::{
    account::key::KeyHash,
    event::log::EntryId,
    ids::{AccountId, DeliveryId, EventId, RecoveryId, SessionId, WebhookId},
};
use jiff::Timestamp;

use super::values::{Item, text};

/// How many partitions a webhook's deliveries share: it may get 5,000 a second, and one key takes 1,000 writes a second.
pub const SHARDS: u8 = 8;

/// The sparse index of deliveries that are retrying, failed or skipped.
pub const TROUBLED: &str = "troubled";

/// A primary key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    pub pk: String,
    pub sk: String,
}

impl Key {
    fn new(pk: String, sk: impl Into<String>) -> Self {
        Self { pk, sk: sk.into() }
    }

    pub(crate) fn into_item(self) -> Item {
        [("pk".to_owned(), text(self.pk)), ("sk".to_owned(), text(self.sk))].into()
    }
}

pub fn account(account: &AccountId) -> Key {
    Key::new(format!("ACCOUNT#{account}"), "ACCOUNT")
}

pub fn standing(account: &AccountId) -> Key {
    Key::new(format!("ACCOUNT#{account}"), "STANDING")
}

/// The partition of the list of accounts.
pub const ACCOUNTS: &str = "ACCOUNTS";

pub fn listed_account(account: &AccountId) -> Key {
    Key::new(ACCOUNTS.to_owned(), account.as_str())
}

/// The partition of the accounts that are being erased.
pub const ERASING: &str = "ERASING";

pub fn erasing(account: &AccountId) -> Key {
    Key::new(ERASING.to_owned(), account.as_str())
}

pub fn limit(account: &AccountId, bucket: &str) -> Key {
    Key::new(limits_of(account), bucket)
}

pub fn limits_of(account: &AccountId) -> String {
    format!("LIMIT#{account}")
}

/// The partition of the list of operators' keys.
pub const OPERATORS: &str = "OPERATORS";

pub fn listed_operator_key(key_id: &str) -> Key {
    Key::new(OPERATORS.to_owned(), key_id)
}

pub fn operator_key(hash: &KeyHash) -> Key {
    Key::new(format!("OPERATOR#{}", hash.as_str()), "KEY")
}

/// The prefix of an account's key entries.
pub const ACCOUNT_KEY: &str = "KEY#";

pub fn account_key(account: &AccountId, key_id: &str) -> Key {
    Key::new(format!("ACCOUNT#{account}"), format!("{ACCOUNT_KEY}{key_id}"))
}

pub fn api_key(hash: &KeyHash) -> Key {
    Key::new(format!("KEY#{}", hash.as_str()), "KEY")
}

/// The prefix of an account's sessions.
pub const ACCOUNT_SESSION: &str = "SESSION#";

pub fn session(account: &AccountId, session: &SessionId) -> Key {
    Key::new(format!("ACCOUNT#{account}"), format!("{ACCOUNT_SESSION}{session}"))
}

pub fn session_code(hash: &KeyHash) -> Key {
    Key::new(format!("SESSION#{}", hash.as_str()), "CODE")
}

pub fn session_token(hash: &KeyHash) -> Key {
    Key::new(format!("SESSION#{}", hash.as_str()), "TOKEN")
}

pub fn webhook(account: &AccountId, webhook: &WebhookId) -> Key {
    Key::new(webhooks_of(account), webhook.as_str())
}

/// The prefix of the entries of deleted webhooks. It sorts before every webhook's id.
pub const GONE: &str = "GONE#";

pub fn gone_webhook(account: &AccountId, webhook: &WebhookId) -> Key {
    Key::new(webhooks_of(account), format!("{GONE}{webhook}"))
}

pub fn webhooks_of(account: &AccountId) -> String {
    format!("WEBHOOK#{account}")
}

pub fn event(account: &AccountId, event: &EventId) -> Key {
    Key::new(format!("EVENT#{account}#{event}"), "EVENT")
}

pub fn log_entry(account: &AccountId, entry: &EntryId) -> Key {
    Key::new(log_shard(account, entry.shard(SHARDS)), entry.as_str())
}

pub fn log_shard(account: &AccountId, shard: u8) -> String {
    format!("EVENTS#{account}#{shard}")
}

pub fn log_off() -> Key {
    Key::new("EVENTS".to_owned(), "OFF")
}

pub fn delivery(webhook: &WebhookId, delivery: &DeliveryId) -> Key {
    Key::new(deliveries_of(webhook, delivery.shard(SHARDS)), delivery.as_str())
}

pub fn deliveries_of(webhook: &WebhookId, shard: u8) -> String {
    format!("DELIVERY#{webhook}#{shard}")
}

/// The status is no part of the key: a record that changes from one status to another stays where it is, so a list shows it once.
pub fn troubled(webhook: &WebhookId, shard: u8) -> String {
    format!("{webhook}#{shard}")
}

pub fn parked(due: Timestamp, delivery: &DeliveryId) -> Key {
    Key::new(due_shard(delivery.shard(SHARDS)), format!("{}#{delivery}", due_time(due)))
}

pub fn due_shard(shard: u8) -> String {
    format!("DUE#{shard}")
}

/// Where items are put that were in the way.
pub const ASIDE: &str = "ASIDE";

pub fn recovery(webhook: &WebhookId, recovery: &RecoveryId) -> Key {
    Key::new(recoveries_of(webhook), recovery.as_str())
}

pub fn recoveries_of(webhook: &WebhookId) -> String {
    format!("RECOVERY#{webhook}")
}

/// The partition of the recoveries that are under way: five of an account at most, each written twice.
pub const RECOVERING: &str = "RECOVERING";

pub fn recovering(recovery: &RecoveryId) -> Key {
    Key::new(RECOVERING.to_owned(), recovery.as_str())
}

pub fn lease(name: &str) -> Key {
    Key::new("LEASE".to_owned(), name)
}

pub fn idempotency(account: &AccountId, route: &str, key_hash: &str) -> Key {
    Key::new(idempotency_of(account), format!("{route}#{key_hash}"))
}

pub fn idempotency_of(account: &AccountId) -> String {
    format!("IDEMPOTENCY#{account}")
}

/// The partition of the notes of operational events.
pub const NOTES: &str = "NOTES";

pub fn note(event: &EventId) -> Key {
    Key::new(NOTES.to_owned(), event.as_str())
}

/// The pace of a webhook with a rate limit, next to the buckets of its account.
pub fn pace(account: &AccountId, webhook: &WebhookId) -> Key {
    limit(account, webhook.as_str())
}

/// Sorts as time does.
pub fn due_time(due: Timestamp) -> String {
    format!("{:013}", due.as_millisecond().max(0))
}

/// When the parked retry with this sort key is due.
pub fn due_of(sk: &str) -> Option<Timestamp> {
    let (ms, _) = sk.split_once('#')?;
    Timestamp::from_millisecond(ms.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn due_times_sort_as_time_does() {
        let at = |ms| due_time(Timestamp::from_millisecond(ms).unwrap());
        assert!(at(999_999_999_999) < at(1_000_000_000_000));
        assert!(at(1_764_000_000_000) < at(9_999_999_999_999));
        let due = Timestamp::from_millisecond(1_764_000_000_123).unwrap();
        let key = parked(due, &DeliveryId::parse("dlv_00").unwrap());
        assert_eq!(due_of(&key.sk), Some(due));
    }

    #[test]
    fn two_accounts_events_never_share_a_key() {
        let of = |account: &str, id: &str| event(&AccountId::parse(account).unwrap(), &EventId::parse(id).unwrap());
        assert_ne!(of("a", "b#c"), of("a-b", "c"));
        assert_eq!(of("a", "b#c").pk, "EVENT#a#b#c");
    }
}
