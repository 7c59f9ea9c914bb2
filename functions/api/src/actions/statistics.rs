//! How a webhook has been doing: what its page shows of its newest deliveries. Each part reads within its share of what a view may take, so
//! that a busy webhook's page comes within seconds, and says how far it looked.

use std::time::Duration;

use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        delivery::{Delivery, Status},
        time,
        webhook::Webhook,
    },
    store::{
        StoreError,
        deliveries::pages::{DeliveryFilter, DeliveryPage, DeliveryQuery, ReadLimit},
    },
};
use tokio::time::timeout;

use crate::{Api, error::ApiError};

/// How many deliveries the picture of response times shows.
pub(crate) const RECENT: usize = 60;

/// How many troubled deliveries the commonest errors are of.
pub(crate) const TROUBLED: usize = 200;

/// How many skipped deliveries are counted.
const SKIPPED: usize = 500;

/// How many of a day's deliveries are counted.
const DAY: usize = 4_000;

/// How long a day's deliveries are counted.
const TIME: Duration = Duration::from_secs(2);

/// Together 64 queries and 8 MB.
const FOR_RECENT: ReadLimit = ReadLimit { queries: 16, bytes: 700_000.0 };
const FOR_TROUBLED: ReadLimit = ReadLimit { queries: 16, bytes: 1_500_000.0 };
const FOR_SKIPPED: ReadLimit = ReadLimit { queries: 8, bytes: 800_000.0 };
const FOR_DAY: ReadLimit = ReadLimit { queries: 24, bytes: 5_000_000.0 };

/// What was found, newest first.
#[derive(Debug, Clone, Default)]
pub struct Statistics {
    /// At most [`RECENT`].
    pub(crate) recent: Vec<Delivery>,
    /// At most [`TROUBLED`] that failed or are tried again.
    pub(crate) troubled: Vec<Delivery>,
    /// Since it was disabled. None of an active webhook.
    pub(crate) skipped: Vec<Delivery>,
    /// Whether there are more skipped ones than were counted.
    pub(crate) more_skipped: bool,
    /// Of the last 24 hours. `None` if they could not be counted in time.
    pub(crate) day: Option<Vec<Delivery>>,
    /// Whether the day began earlier than what was counted of it.
    pub(crate) more_of_day: bool,
}

/// Reads all parts at the same time.
pub(crate) async fn of(api: &Api, webhook: &Webhook) -> Result<Statistics, ApiError> {
    let now = ambient::now();
    let day_ago = time::before(now, Duration::from_hours(24));
    let troubled = vec![Status::Failed, Status::Retrying];
    let (recent, troubled, skipped, day) = tokio::try_join!(
        read(api, webhook, DeliveryFilter::default(), RECENT, FOR_RECENT, now),
        read(
            api,
            webhook,
            DeliveryFilter { statuses: troubled, ..DeliveryFilter::default() },
            TROUBLED,
            FOR_TROUBLED,
            now
        ),
        skipped(api, webhook, now),
        day(api, webhook, DeliveryFilter { since: Some(day_ago), ..DeliveryFilter::default() }, now),
    )?;
    let more_of_day = day.as_ref().is_some_and(|day| day.next.is_some());
    Ok(Statistics {
        recent: recent.deliveries,
        troubled: troubled.deliveries,
        more_skipped: skipped.next.is_some(),
        skipped: skipped.deliveries,
        day: day.map(|day| day.deliveries),
        more_of_day,
    })
}

async fn skipped(api: &Api, webhook: &Webhook, now: Timestamp) -> Result<DeliveryPage, StoreError> {
    let Some(disabled) = &webhook.standing.disabled else { return Ok(DeliveryPage::default()) };
    let filter =
        DeliveryFilter { statuses: vec![Status::Skipped], since: Some(disabled.at), ..DeliveryFilter::default() };
    read(api, webhook, filter, SKIPPED, FOR_SKIPPED, now).await
}

async fn day(
    api: &Api,
    webhook: &Webhook,
    filter: DeliveryFilter,
    now: Timestamp,
) -> Result<Option<DeliveryPage>, StoreError> {
    timeout(TIME, read(api, webhook, filter, DAY, FOR_DAY, now)).await.ok().transpose()
}

async fn read(
    api: &Api,
    webhook: &Webhook,
    filter: DeliveryFilter,
    limit: usize,
    within: ReadLimit,
    now: Timestamp,
) -> Result<DeliveryPage, StoreError> {
    let query = DeliveryQuery { before: None, filter, limit };
    api.store.deliveries_within(&webhook.id, &query, within, now).await
}
