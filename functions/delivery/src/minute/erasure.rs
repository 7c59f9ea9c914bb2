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
    store::{
        StoreError,
        erasure::{Belongings, Erasing},
    },
};
use tokio::time::Instant;

use crate::Handler;

/// How long a run may begin new steps: it ends before the function does, and the next run goes on.
const RUN: Duration = Duration::from_secs(40);

/// How far a run got with an account.
enum Progress {
    NothingLeft { erased: usize },
    OutOfTime { erased: usize },
}

impl Handler {
    /// Erases what accounts had whose deletion began long enough ago. What cannot be done now is done at the next run.
    pub async fn handle_erasure(&self) {
        let begun = Instant::now();
        let until = begun.checked_add(RUN).unwrap_or(begun);
        let mut accounts = match self.store.accounts_to_erase().await {
            Ok(accounts) => accounts,
            Err(error) => {
                return tracing::error!(
                    "accounts to erase could not be read; the next run tries again: {}",
                    chain(&error)
                );
            }
        };
        accounts.sort_by_key(|erasing| erasing.since);
        for erasing in accounts {
            if Instant::now() >= until {
                break;
            }
            if let Err(error) = self.erase(&erasing, until).await {
                let cause = chain(&error);
                tracing::error!(account.id = %erasing.account, "an account could not be erased; the next run goes on: {cause}");
            }
        }
    }

    async fn erase(&self, erasing: &Erasing, until: Instant) -> Result<(), StoreError> {
        let Erasing { account, since } = erasing;
        let now = ambient::now();
        if now < time::after(*since, self.writers_end_after) {
            return Ok(());
        }
        match self.erase_belongings(account, until).await? {
            Progress::OutOfTime { erased } => {
                tracing::info!(account.id = %account, "{erased} items of an account were erased; the next run goes on");
            }
            Progress::NothingLeft { .. } if now < self.forgotten_from(*since).await? => {}
            Progress::NothingLeft { erased } => {
                self.store.erase_strays(account).await?;
                self.store.forget_account(account).await?;
                tracing::info!(account.id = %account, "an account is erased; the last run erased {erased} items");
            }
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
