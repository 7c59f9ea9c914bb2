//! Rate limits as one execution of the API obeys them: its shares, and the buckets behind them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::Timestamp;
use shared::{
    domain::{
        account::{
            bucket::{Bucket, Draw, Rate, Share, retry_after_seconds},
            limits::Limits,
        },
        ids::{AccountId, SessionId},
    },
    store::{
        Store, StoreError,
        limits::{Place, Taken},
    },
};

use crate::error::ApiError;

/// The most shares that are remembered. Beyond that all are forgotten: each account then asks its bucket once more.
const MAX_SHARES: usize = 20_000;

/// The shares of this execution.
#[derive(Debug, Default)]
pub(crate) struct Limiter(Mutex<HashMap<(AccountId, String), SharedShare>>);

/// One request of an account at a time asks its bucket. Otherwise each of many would take a chunk, and use one unit of it.
type SharedShare = Arc<tokio::sync::Mutex<Share>>;

impl Limiter {
    /// Admits a request that needs `units` of one of an account's buckets, or says when to try again.
    pub(crate) async fn draw(
        &self,
        store: &Store,
        account: &AccountId,
        limits: &Limits,
        bucket: Bucket,
        units: u32,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        self.draw_from(store, account, Place { bucket, name: bucket.as_str() }, bucket.rate(limits), units, now).await
    }

    /// Admits a request of a session of the portal, which has a bucket of its own.
    pub(crate) async fn draw_session(
        &self,
        store: &Store,
        account: &AccountId,
        session: &SessionId,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        let (bucket, name) = (Bucket::Session, session.as_str());
        self.draw_from(store, account, Place { bucket, name }, bucket.rate(&Limits::default()), 1, now).await
    }

    async fn draw_from(
        &self,
        store: &Store,
        account: &AccountId,
        place: Place<'_>,
        rate: Rate,
        units: u32,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        let share = self.share(account, place.name);
        let mut share = share.lock().await;
        let chunk = match share.draw(units, rate, now) {
            Draw::Admitted => return Ok(()),
            Draw::OverLimit { retry_after } => return Err(over_limit(retry_after)),
            Draw::Ask { units } => units,
        };
        let (worth, level) = (rate.time_of(chunk), share.level(now));
        // A bucket that many ask at once is a fault of this moment, and no conflict of the client's.
        let taken = match store.take_from_bucket(account, place, worth, level, now).await {
            Err(StoreError::Busy) => return Err(ApiError::Unavailable),
            taken => taken?,
        };
        match taken {
            Taken::Yes { full_at } => {
                share.grant(chunk, units, full_at);
                Ok(())
            }
            Taken::Empty { full_at } => Err(over_limit(share.refuse(place.bucket, full_at, now))),
        }
    }

    fn share(&self, account: &AccountId, name: &str) -> SharedShare {
        let mut shares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if shares.len() >= MAX_SHARES {
            shares.clear();
        }
        Arc::clone(shares.entry((account.clone(), name.to_owned())).or_default())
    }
}

fn over_limit(wait: std::time::Duration) -> ApiError {
    ApiError::RateLimited { retry_after: retry_after_seconds(wait) }
}
