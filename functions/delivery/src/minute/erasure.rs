//! Accounts that are being deleted: what they had is erased, a part at each run of the schedule.
//!
//! Nothing is noted of how far a run got, because what is deleted is not found again.

use std::time::Duration;

use jiff::Timestamp;
use shared::{
    ambient,
    config::EventLog,
    domain::{
        account::status::{LogCoverage, forgotten_from},
        ids::AccountId,
        time,
    },
    logging::chain,
    store::{StoreError, Written, deletions::Erasing, erasure::Belongings},
};
use tokio::time::Instant;

use crate::Handler;

/// How long a run may begin new steps: it ends before the function does, and the next run goes on.
const RUN: Duration = Duration::from_secs(40);

/// The name of the lease on erasing accounts.
const ERASURE: &str = "erasure";

/// How far a run got with an account.
enum Progress {
    NothingLeft { erased: usize },
    OutOfTime { erased: usize },
}

impl Handler {
    /// Erases what accounts had whose deletion began long enough ago. What cannot be done now is done at the next run.
    ///
    /// The lease lets one run work. Otherwise a late one could erase what was made under the same id after the account was forgotten.
    /// Nearly always there is no account, and then a run costs one read.
    pub async fn handle_erasure(&self) {
        if !self.accounts_to_erase().await.is_empty() {
            self.under_lease(ERASURE, Box::pin(self.erase_accounts())).await;
        }
    }

    async fn erase_accounts(&self) {
        let begun = Instant::now();
        let until = begun.checked_add(RUN).unwrap_or(begun);
        for erasing in self.accounts_to_erase().await {
            if Instant::now() >= until {
                break;
            }
            if let Err(error) = self.erase(&erasing, until).await {
                let cause = chain(&error);
                tracing::error!(account.id = %erasing.account, "an account could not be erased; the next run goes on: {cause}");
            }
        }
    }

    /// Those whose deletion began first come first.
    async fn accounts_to_erase(&self) -> Vec<Erasing> {
        let mut accounts = self.store.accounts_to_erase().await.unwrap_or_else(|error| {
            tracing::error!("accounts to erase could not be read; the next run tries again: {}", chain(&error));
            Vec::new()
        });
        accounts.sort_by_key(|erasing| erasing.since);
        accounts
    }

    async fn erase(&self, erasing: &Erasing, until: Instant) -> Result<(), StoreError> {
        let Erasing { account, since, next_at } = erasing;
        let now = ambient::now();
        let from = next_at.unwrap_or_else(|| time::after(*since, self.writers_end_after));
        if now < from || !self.store.is_being_erased(erasing).await? {
            return Ok(());
        }
        let erased = match self.erase_belongings(account, until).await? {
            Progress::OutOfTime { erased } => {
                tracing::info!(account.id = %account, "{erased} items of an account were erased; the next run goes on");
                return Ok(());
            }
            Progress::NothingLeft { erased } => erased,
        };
        let forgotten_from = self.forgotten_from(*since).await?;
        if now < forgotten_from {
            tracing::info!(account.id = %account, "an account waits until {forgotten_from}, when its last events have expired");
            return self.store.postpone_erasure(erasing, forgotten_from).await;
        }
        self.store.erase_strays(account).await?;
        if self.store.forget_account(erasing).await? == Written::Yes {
            tracing::info!(account.id = %account, "an account is erased; the last run erased {erased} items");
        }
        Ok(())
    }

    async fn forgotten_from(&self, deleted_at: Timestamp) -> Result<Timestamp, StoreError> {
        let coverage = match self.event_log {
            EventLog::Off => LogCoverage::None,
            EventLog::On => self.store.log_off_until().await?.map_or(LogCoverage::Whole, LogCoverage::Since),
        };
        Ok(forgotten_from(deleted_at, coverage, self.writers_end_after, self.store.retention()))
    }

    async fn erase_belongings(&self, account: &AccountId, until: Instant) -> Result<Progress, StoreError> {
        let mut erased = 0usize;
        for kind in Belongings::ALL {
            loop {
                if Instant::now() >= until {
                    return Ok(Progress::OutOfTime { erased });
                }
                match self.store.erase_some(account, kind).await? {
                    0 => break,
                    some => erased = erased.saturating_add(some),
                }
            }
        }
        Ok(Progress::NothingLeft { erased })
    }
}
