//! Rate limits as one execution of the API obeys them: its shares, and the buckets behind them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::Timestamp;
use shared::{
    domain::{
        account::{
            bucket::{Bucket, Draw, Share, retry_after_seconds},
            limits::Limits,
        },
        ids::AccountId,
    },
    store::{Store, StoreError, limits::Taken},
};

use crate::error::ApiError;

/// The most shares that are remembered. Beyond that all are forgotten: each account then asks its bucket once more.
const MAX_SHARES: usize = 20_000;

/// The shares of this execution.
#[derive(Debug, Default)]
pub(crate) struct Limiter(Mutex<HashMap<(AccountId, Bucket), SharedShare>>);

/// One request of an account at a time asks its bucket. Otherwise each of many would take a chunk, and use one unit of it.
type SharedShare = Arc<tokio::sync::Mutex<Share>>;

impl Limiter {
    /// Admits a request that needs `units`, or says when to try again.
    pub(crate) async fn draw(
        &self,
        store: &Store,
        account: &AccountId,
        limits: &Limits,
        bucket: Bucket,
        units: u32,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        let (rate, share) = (bucket.rate(limits), self.share(account, bucket));
        let mut share = share.lock().await;
        let chunk = match share.draw(units, rate, now) {
            Draw::Admitted => return Ok(()),
            Draw::OverLimit { retry_after } => return Err(over_limit(retry_after)),
            Draw::Ask { units } => units,
        };
        let (worth, level) = (rate.time_of(chunk), share.level(now));
        // A bucket that many ask at once is a fault of this moment, and no conflict of the client's.
        let taken = match store.take_from_bucket(account, bucket, worth, level, now).await {
            Err(StoreError::Busy) => return Err(ApiError::Unavailable),
            taken => taken?,
        };
        match taken {
            Taken::Yes { full_at } => {
                share.grant(chunk, units, full_at);
                Ok(())
            }
            Taken::Empty { full_at } => Err(over_limit(share.refuse(bucket, full_at, now))),
        }
    }

    fn share(&self, account: &AccountId, bucket: Bucket) -> SharedShare {
        let mut shares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if shares.len() >= MAX_SHARES {
            shares.clear();
        }
        Arc::clone(shares.entry((account.clone(), bucket)).or_default())
    }
}

fn over_limit(wait: std::time::Duration) -> ApiError {
    ApiError::RateLimited { retry_after: retry_after_seconds(wait) }
}
