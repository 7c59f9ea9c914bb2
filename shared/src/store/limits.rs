//! Rate limits: one item for each bucket of an account, apart from the account's own.

use std::time::Duration;

use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError,
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use domain::{
    account::bucket::{Bucket, Level},
    ids::AccountId,
    time,
};
use jiff::Timestamp;

use super::{
    Store, StoreError,
    error::failed,
    keys,
    values::{Item, number, time as time_value},
};

/// How many times to ask a bucket that other executions change in the meantime.
const TRIES: usize = 4;

/// What a bucket gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    Yes {
        full_at: Option<Timestamp>,
    },
    /// It is empty, and will be full at this time.
    Empty {
        full_at: Timestamp,
    },
}

/// Which bucket of an account, and what it is called: a session's has the session's id.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub bucket: Bucket,
    pub name: &'a str,
}

impl Store {
    /// Takes as much from a bucket as it fills in `worth`, if there is anything in it. `level` is what it is likely to be.
    pub async fn take_from_bucket(
        &self,
        account: &AccountId,
        place: Place<'_>,
        worth: Duration,
        mut level: Level,
        now: Timestamp,
    ) -> Result<Taken, StoreError> {
        for _ in 0..TRIES {
            let found = match self.try_to_take(account, place, worth, level, now).await? {
                Ok(full_at) => return Ok(Taken::Yes { full_at }),
                Err(found) => found,
            };
            match found {
                Some(full_at) if time::between(now, full_at) >= place.bucket.burst() => {
                    return Ok(Taken::Empty { full_at });
                }
                Some(full_at) if full_at >= now => level = Level::Used,
                Some(_) | None => level = Level::Full,
            }
        }
        Err(StoreError::Busy)
    }

    /// One conditional change. The inner result says when the bucket is full: after the change, or as it was found.
    async fn try_to_take(
        &self,
        account: &AccountId,
        place: Place<'_>,
        worth: Duration,
        level: Level,
        now: Timestamp,
    ) -> Result<Result<Option<Timestamp>, Option<Timestamp>>, StoreError> {
        let brim = time::after(now, place.bucket.burst());
        let ms = i64::try_from(worth.as_millis()).unwrap_or(i64::MAX);
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::limit(account, place.name).into_item()))
            .expression_attribute_values(":now", time_value(now))
            .expression_attribute_values(":ends", number(brim.as_second().saturating_add(KEPT_SECONDS)))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let request = match level {
            Level::Full => request
                .update_expression("SET fullAt = :full, expiresAt = :ends")
                .condition_expression("attribute_not_exists(fullAt) OR fullAt < :now")
                .expression_attribute_values(":full", time_value(time::after(now, worth))),
            Level::Used => request
                .update_expression("SET fullAt = fullAt + :worth, expiresAt = :ends")
                .condition_expression("fullAt >= :now AND fullAt < :brim")
                .expression_attribute_values(":worth", number(ms))
                .expression_attribute_values(":brim", time_value(brim)),
        };
        let error = match Box::pin(request.return_values(ReturnValue::UpdatedNew).send()).await {
            Ok(answer) => return Ok(Ok(answer.attributes().and_then(full_at))),
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(failure)) => {
                Ok(Err(failure.item().and_then(full_at)))
            }
            _ => Err(failed(error)),
        }
    }
}

/// How long an unused bucket is kept once it must be full again, in seconds. It may be far below zero: a publication of 100 events at one
/// event a second takes 100 s to make up for.
const KEPT_SECONDS: i64 = 86_400;

fn full_at(item: &Item) -> Option<Timestamp> {
    let ms = item.get("fullAt").map(AttributeValue::as_n)?.ok()?.parse().ok()?;
    Timestamp::from_millisecond(ms).ok()
}
