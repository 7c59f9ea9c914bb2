//! Whose the keys were that this execution has seen. The key is read for every request all the same, and so is the account's standing:
//! this only allows to ask for both at once (docs/design/adr/0042-read-a-key-and-its-account-together.md).

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use shared::domain::{
    account::key::{ApiKey, KeyHash},
    ids::AccountId,
};

/// The most keys that are remembered, which take some 2 MB. Beyond that all are forgotten: each is then read before its account once more.
const MAX_KEYS: usize = 10_000;

/// The accounts of the keys that were found.
#[derive(Debug, Default)]
pub(crate) struct Owners(Mutex<HashMap<KeyHash, AccountId>>);

impl Owners {
    /// The account that a key belonged to when it was read last.
    pub(super) fn of(&self, hash: &KeyHash) -> Option<AccountId> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(hash).cloned()
    }

    pub(super) fn remember(&self, key: &ApiKey) {
        let mut owners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if owners.get(&key.hash) == Some(&key.account) {
            return;
        }
        if owners.len() >= MAX_KEYS {
            owners.clear();
        }
        owners.insert(key.hash.clone(), key.account.clone());
    }
}
