//! How many tests may be under way at once: a lease for each of a few places, of the account and of the installation.

use std::time::Duration;

use domain::{ids::AccountId, time};
use jiff::Timestamp;

use super::{Store, StoreError, Written};

/// The most tests of one account at a time.
const OF_ACCOUNT: usize = 2;

/// The most tests of all accounts at a time: each holds a concurrent execution of the API for as long as the endpoint takes.
const OF_ALL: usize = 10;

/// How long a test may hold its places: longer than any attempt. After a crash they are free again by then.
const HELD: Duration = Duration::from_secs(30);

/// The places of a test that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestPlaces {
    holder: String,
    of_account: String,
    of_all: String,
}

impl Store {
    /// Takes a place for a test; `None` if all are taken. `random` names the holder, and says where the search begins.
    pub async fn take_test_places(
        &self,
        account: &AccountId,
        random: u64,
        now: Timestamp,
    ) -> Result<Option<TestPlaces>, StoreError> {
        let holder = format!("{random:016x}");
        let Some(of_account) = self.take_one(test_leases(account).collect(), random, &holder, now).await? else {
            return Ok(None);
        };
        let all = (0..OF_ALL).map(|place| format!("test#{place}")).collect();
        let of_all = self.take_one(all, random, &holder, now).await;
        if let Ok(Some(of_all)) = of_all {
            return Ok(Some(TestPlaces { holder, of_account, of_all }));
        }
        self.give_back_lease(&of_account, &holder).await?;
        of_all.map(|_none| None)
    }

    /// Gives both places back, whatever becomes of the first.
    pub async fn give_back_test_places(&self, places: &TestPlaces) -> Result<(), StoreError> {
        let of_account = self.give_back_lease(&places.of_account, &places.holder).await;
        self.give_back_lease(&places.of_all, &places.holder).await?;
        of_account
    }

    async fn take_one(
        &self,
        mut names: Vec<String>,
        random: u64,
        holder: &str,
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let places = u64::try_from(names.len()).unwrap_or(1).max(1);
        let first = usize::try_from(random.checked_rem(places).unwrap_or(0)).unwrap_or(0);
        let first = first.min(names.len());
        names.rotate_left(first);
        for name in names {
            if self.take_lease(&name, holder, now, time::after(now, HELD)).await? == Written::Yes {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }
}

/// The names of an account's places.
pub(super) fn test_leases(account: &AccountId) -> impl Iterator<Item = String> {
    let account = account.clone();
    (0..OF_ACCOUNT).map(move |place| format!("test#{account}#{place}"))
}
