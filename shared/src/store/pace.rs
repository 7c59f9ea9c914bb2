//! The pace of webhooks with a rate limit: one item each, next to the buckets of its account, and changed by whoever read it last.

use aws_sdk_dynamodb::{
    operation::put_item::PutItemError,
    types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem},
};
use domain::{
    ids::{AccountId, WebhookId},
    operations::Note,
    webhook::pace::{Pace, Reported, Track},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Store, StoreError,
    error::failed,
    keys,
    transact::Transacted,
    values::{Item, number, to_item},
};

/// How long a pace is kept that nobody asks for. By then nothing waits, and every slot is free.
const KEPT_SECONDS: i64 = 86_400;

/// A pace as it was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReadPace {
    pub pace: Pace,
    /// Zero: there is no item.
    version: u64,
}

/// What writing a pace found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaceWritten {
    Yes,
    /// Another execution was first, and left this.
    Lost(ReadPace),
}

/// A track in microseconds: a millisecond may be the whole distance of two slots.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct TrackItem {
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    last_slot: Option<i64>,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    last_returner: Option<i64>,
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    last_newcomer: Option<i64>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PaceItem {
    pk: String,
    sk: String,
    #[serde(default)]
    all: TrackItem,
    #[serde(default)]
    replays: TrackItem,
    /// Whether an operational event has reported the backlog.
    #[serde(default)]
    reported: bool,
    version: u64,
    expires_at: i64,
}

impl From<Track> for TrackItem {
    fn from(track: Track) -> Self {
        let us = |time: Option<Timestamp>| time.map(Timestamp::as_microsecond);
        let Track { last_slot, last_returner, last_newcomer } = track;
        Self { last_slot: us(last_slot), last_returner: us(last_returner), last_newcomer: us(last_newcomer) }
    }
}

impl From<TrackItem> for Track {
    fn from(item: TrackItem) -> Self {
        let time = |us: Option<i64>| us.and_then(|us| Timestamp::from_microsecond(us).ok());
        let TrackItem { last_slot, last_returner, last_newcomer } = item;
        Self { last_slot: time(last_slot), last_returner: time(last_returner), last_newcomer: time(last_newcomer) }
    }
}

impl From<PaceItem> for ReadPace {
    fn from(item: PaceItem) -> Self {
        let reported = if item.reported { Reported::Behind } else { Reported::Nothing };
        let pace = Pace { all: item.all.into(), replays: item.replays.into(), reported };
        Self { pace, version: item.version }
    }
}

impl Store {
    /// The pace of a webhook.
    pub async fn pace(&self, account: &AccountId, webhook: &WebhookId) -> Result<ReadPace, StoreError> {
        let item: Option<PaceItem> = self.item(keys::pace(account, webhook)).await?;
        Ok(item.map_or_else(ReadPace::default, ReadPace::from))
    }

    /// The paces of some webhooks of an account, in their order.
    pub async fn paces(&self, account: &AccountId, webhooks: &[&WebhookId]) -> Result<Vec<Pace>, StoreError> {
        let wanted = webhooks.iter().map(|webhook| keys::pace(account, webhook)).collect();
        let found: Vec<Result<Option<PaceItem>, StoreError>> = self.items(wanted).await;
        found.into_iter().map(|item| Ok(item?.map_or_else(Pace::default, |item| ReadPace::from(item).pace))).collect()
    }

    /// The same, with a note of it.
    pub async fn write_told_pace(
        &self,
        account: &AccountId,
        webhook: &WebhookId,
        read: ReadPace,
        pace: Pace,
        note: &Note,
        now: Timestamp,
    ) -> Result<PaceWritten, StoreError> {
        let put = self.pace_put(account, webhook, read, pace, now)?;
        let items = [TransactWriteItem::builder().put(put).build(), self.note_put(note)?];
        Ok(match self.transact(items).await? {
            Transacted::Yes => PaceWritten::Yes,
            Transacted::ConditionFailed => PaceWritten::Lost(self.pace(account, webhook).await?),
        })
    }

    /// Writes a pace that was reserved from `read`, unless another execution wrote in between.
    pub async fn write_pace(
        &self,
        account: &AccountId,
        webhook: &WebhookId,
        read: ReadPace,
        pace: Pace,
        now: Timestamp,
    ) -> Result<PaceWritten, StoreError> {
        let put = self.pace_put(account, webhook, read, pace, now)?;
        let request = self
            .client
            .put_item()
            .table_name(put.table_name())
            .set_item(Some(put.item().clone()))
            .set_condition_expression(put.condition_expression().map(str::to_owned))
            .set_expression_attribute_values(put.expression_attribute_values().cloned())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = request.send().await else { return Ok(PaceWritten::Yes) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failure)) => {
                Ok(PaceWritten::Lost(failure.item().map(read_pace).transpose()?.unwrap_or_default()))
            }
            _ => Err(failed(error)),
        }
    }

    /// The conditional write, alone or as a part of a transaction.
    fn pace_put(
        &self,
        account: &AccountId,
        webhook: &WebhookId,
        read: ReadPace,
        pace: Pace,
        now: Timestamp,
    ) -> Result<Put, StoreError> {
        let keys::Key { pk, sk } = keys::pace(account, webhook);
        let until = pace.behind_until(now).unwrap_or(now);
        let item = PaceItem {
            pk,
            sk,
            all: pace.all.into(),
            replays: pace.replays.into(),
            reported: pace.reported == Reported::Behind,
            version: read.version.saturating_add(1),
            expires_at: until.as_second().saturating_add(KEPT_SECONDS),
        };
        let put = Put::builder().table_name(&self.table).set_item(Some(to_item(item)?));
        let put = match read.version {
            0 => put.condition_expression("attribute_not_exists(pk)"),
            version => {
                put.condition_expression("version = :version").expression_attribute_values(":version", number(version))
            }
        };
        Ok(put.build()?)
    }
}

fn read_pace(item: &Item) -> Result<ReadPace, StoreError> {
    let item: PaceItem = serde_dynamo::from_item(item.clone())?;
    Ok(item.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_read_as_it_was_written_to_the_microsecond() {
        let at = |us| Timestamp::from_microsecond(us).ok();
        let track = Track { last_slot: at(1_764_000_000_000_001), last_returner: None, last_newcomer: at(7) };
        for reported in [Reported::Nothing, Reported::Behind] {
            let pace = Pace { all: track, replays: Track::default(), reported };
            let item = PaceItem {
                pk: String::new(),
                sk: String::new(),
                all: pace.all.into(),
                replays: pace.replays.into(),
                reported: reported == Reported::Behind,
                version: 3,
                expires_at: 0,
            };
            assert_eq!(read_pace(&to_item(item).unwrap()).unwrap(), ReadPace { pace, version: 3 });
        }
    }
}
