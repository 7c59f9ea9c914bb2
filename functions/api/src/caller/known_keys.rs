//! Remembers which account each key belonged to when this execution read it last. Every request still reads the key and the account's
//! standing; this lets it read both at once (docs/design/adr/0042-read-a-key-and-its-account-together.md).

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use shared::domain::{
    account::key::{ApiKey, KeyHash},
    ids::AccountId,
};

/// The most keys that are remembered, which take about 2 MB. Beyond that all are forgotten, and each is read before its account once more.
const MAX_KEYS: usize = 10_000;

/// The keys that this execution has found, with their accounts.
#[derive(Debug, Default)]
pub(crate) struct KnownKeys(Mutex<HashMap<KeyHash, AccountId>>);

impl KnownKeys {
    pub(super) fn account_of(&self, hash: &KeyHash) -> Option<AccountId> {
        self.accounts().get(hash).cloned()
    }

    pub(super) fn remember(&self, key: &ApiKey) {
        let mut accounts = self.accounts();
        if accounts.get(&key.hash) == Some(&key.account) {
            return;
        }
        if accounts.len() >= MAX_KEYS {
            accounts.clear();
        }
        accounts.insert(key.hash.clone(), key.account.clone());
    }

    /// There is no such key any more.
    pub(super) fn forget(&self, hash: &KeyHash) {
        self.accounts().remove(hash);
    }

    fn accounts(&self) -> MutexGuard<'_, HashMap<KeyHash, AccountId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use shared::domain::{account::key::Scopes, ids::ProfileName};

    use super::*;

    fn key(number: usize) -> ApiKey {
        ApiKey {
            hash: KeyHash::of(&format!("phk_{number}")),
            account: AccountId::parse(&format!("account-{number}")).unwrap(),
            profile: ProfileName::parse("go2").unwrap(),
            scopes: Scopes::new([]),
            name: None,
            created_at: Timestamp::UNIX_EPOCH,
            expires_at: None,
        }
    }

    #[test]
    fn a_key_is_known_until_it_is_forgotten() {
        let known = KnownKeys::default();
        let (one, other) = (key(1), key(2));
        known.remember(&one);
        known.remember(&other);
        assert_eq!(known.account_of(&one.hash), Some(one.account));
        known.forget(&one.hash);
        assert_eq!(known.account_of(&one.hash), None);
        assert_eq!(known.account_of(&other.hash), Some(other.account));
    }

    #[test]
    fn keys_take_no_more_memory_than_the_most_of_them() {
        let known = KnownKeys::default();
        (0..=MAX_KEYS).for_each(|number| known.remember(&key(number)));
        assert_eq!(known.account_of(&key(0).hash), None);
        assert_eq!(known.account_of(&key(MAX_KEYS).hash), Some(key(MAX_KEYS).account));
    }
}
