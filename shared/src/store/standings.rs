//! What an operator says of an account: next to the account's routes, because the API reads it for each request and delivery for each
//! batch.

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use domain::{
    account::{limits::Limits, standing::AccountStanding, status::AccountStatus},
    ids::AccountId,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Store, StoreError, Written, keys,
    transact::Transacted,
    values::{Item, number, optional_ms, text, time, to_item},
};

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StandingItem {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(flatten)]
    status: StatusItem,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    webhooks: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    events_per_second: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    requests_per_second: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tests_per_minute: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_ms")]
    resumed_at: Option<Timestamp>,
    version: u32,
}

/// A status as it stands in an account's items.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct StatusItem {
    /// Absent: active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_ms")]
    since: Option<Timestamp>,
}

impl StatusItem {
    fn of(status: AccountStatus) -> Self {
        Self { status: status.since().map(|_| status.as_str().to_owned()), since: status.since() }
    }

    /// An unknown status comes from a newer version. Until this one is gone, nothing of the account is sent.
    pub(super) fn into_status(self) -> AccountStatus {
        let since = self.since.unwrap_or_default();
        match self.status.as_deref() {
            None | Some("active") => AccountStatus::Active,
            Some("deleting") => AccountStatus::Deleting { since },
            Some(_) => AccountStatus::Suspended { since },
        }
    }
}

impl StandingItem {
    fn of(standing: AccountStanding) -> Self {
        let AccountStanding { name, status, limits, resumed_at, version } = standing;
        let Limits { webhooks, events_per_second, requests_per_second, tests_per_minute } = limits;
        let status = StatusItem::of(status);
        Self { name, status, webhooks, events_per_second, requests_per_second, tests_per_minute, resumed_at, version }
    }

    fn into_standing(self) -> AccountStanding {
        let Self { name, status, webhooks, events_per_second, requests_per_second, tests_per_minute, .. } = self;
        AccountStanding {
            name,
            status: status.into_status(),
            limits: Limits { webhooks, events_per_second, requests_per_second, tests_per_minute },
            resumed_at: self.resumed_at,
            version: self.version,
        }
    }
}

/// The standing that an item says.
pub(super) fn standing(item: Item) -> Result<AccountStanding, StoreError> {
    let item: StandingItem = serde_dynamo::from_item(item)?;
    Ok(item.into_standing())
}

impl Store {
    /// An account's standing, read consistently. Without one there is no such account.
    pub async fn standing(&self, account: &AccountId) -> Result<Option<AccountStanding>, StoreError> {
        self.raw_item(keys::standing(account)).await?.map(standing).transpose()
    }

    /// Writes a standing that was made from the one with version `read`, and what of it intake must know.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another change to the account was under way.
    pub async fn save_standing(
        &self,
        account: &AccountId,
        read: u32,
        standing: &AccountStanding,
    ) -> Result<Written, StoreError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(standing_item(account, standing.clone())?))
            .condition_expression("version = :read")
            .expression_attribute_values(":read", number(read))
            .build()?;
        let mut items = vec![TransactWriteItem::builder().put(put).build(), self.copied_status(account, standing)?];
        if let AccountStatus::Deleting { since } = standing.status {
            let mut mark = keys::erasing(account).into_item();
            mark.extend([("since".to_owned(), time(since))]);
            let put = Put::builder().table_name(&self.table).set_item(Some(mark)).build()?;
            items.push(TransactWriteItem::builder().put(put).build());
        }
        Ok(match self.transact(items).await? {
            Transacted::Yes => Written::Yes,
            Transacted::ConditionFailed => Written::Lost,
        })
    }

    /// The status in the account's own item, where intake reads it with the routes.
    fn copied_status(&self, account: &AccountId, standing: &AccountStanding) -> Result<TransactWriteItem, StoreError> {
        let StatusItem { status, since } = StatusItem::of(standing.status);
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(keys::account(account).into_item()))
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#since", "since")
            .condition_expression("attribute_exists(pk)");
        let update = match status.zip(since) {
            Some((status, since)) => update
                .update_expression("SET #status = :status, #since = :since")
                .expression_attribute_values(":status", text(status))
                .expression_attribute_values(":since", AttributeValue::N(since.as_millisecond().to_string())),
            None => update.update_expression("REMOVE #status, #since"),
        };
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }
}

pub(super) fn standing_item(account: &AccountId, standing: AccountStanding) -> Result<Item, StoreError> {
    let mut item = keys::standing(account).into_item();
    item.extend(to_item(StandingItem::of(standing))?);
    Ok(item)
}

#[cfg(test)]
mod tests {
    use domain::account::limits::Limit;

    use super::*;

    #[test]
    fn a_standing_is_read_as_it_was_written() {
        let since = Timestamp::from_millisecond(5).unwrap();
        for status in [AccountStatus::Active, AccountStatus::Suspended { since }, AccountStatus::Deleting { since }] {
            let written = AccountStanding {
                name: Some("Acme".to_owned()),
                status,
                limits: Limits::default().with(Limit::EventsPerSecond, Some(7)),
                resumed_at: Some(since),
                version: 3,
            };
            let item = to_item(StandingItem::of(written.clone())).unwrap();
            assert_eq!(standing(item).unwrap(), written, "{status:?}");
        }
    }

    #[test]
    fn a_status_of_a_newer_version_sends_nothing() {
        let item = StatusItem { status: Some("frozen".to_owned()), since: None };
        assert!(matches!(item.into_status(), AccountStatus::Suspended { .. }));
    }
}
