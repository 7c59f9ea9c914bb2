//! How much a recovery would send: counted within seconds, so that it may be only a part.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        delivery::recovery::{Include, Plan},
        time,
        webhook::Webhook,
    },
    store::{
        StoreError,
        event_log::LogLimit,
        recoveries::candidates::{RecordLimit, Search},
    },
};
use tokio::time::timeout;

use crate::Api;

/// How long counting goes on: with the last page under way, it seldom comes to [`CUT_OFF`].
const TIME: Duration = Duration::from_secs(2);

/// How long counting may take: what is not counted by then is left out, so that a response comes within 3 s.
const CUT_OFF: Duration = Duration::from_millis(2_500);

/// The most bytes that counting may read. The last round of a page may read somewhat more.
const BYTES: f64 = 20_000_000.0;

/// How many candidates are counted at once.
const PAGE: usize = 2_000;

/// What was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estimate {
    /// For each kind that the recovery includes.
    pub(crate) counts: BTreeMap<Include, u64>,
    /// Whether everything was counted. Else there are at least as many.
    pub(crate) complete: bool,
}

impl Estimate {
    pub(crate) fn total(&self) -> u64 {
        self.counts.values().copied().fold(0, u64::saturating_add)
    }

    fn add(&mut self, kind: Include, count: usize) {
        let slot = self.counts.entry(kind).or_default();
        *slot = slot.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }
}

/// What is left of what counting may take.
struct Budget {
    until: Timestamp,
    bytes: f64,
}

impl Budget {
    fn is_spent(&self) -> bool {
        ambient::now() >= self.until || self.bytes <= 0.0
    }
}

/// Counts what the plan includes.
pub(super) async fn estimate(
    api: &Api,
    webhook: &Webhook,
    plan: &Plan,
    now: Timestamp,
) -> Result<Estimate, StoreError> {
    let search = Search { webhook, plan, recovery: None, made_before: now };
    let mut found = Estimate { counts: plan.include.iter().map(|include| (*include, 0)).collect(), complete: true };
    let counting = timeout(CUT_OFF, count(api, search, &mut found)).await;
    match counting {
        Ok(counted) => counted?,
        Err(_) => found.complete = false,
    }
    Ok(found)
}

async fn count(api: &Api, search: Search<'_>, found: &mut Estimate) -> Result<(), StoreError> {
    let include = &search.plan.include;
    let mut budget = Budget { until: time::after(search.made_before, TIME), bytes: BYTES };
    if include.iter().any(|include| *include != Include::Missing) {
        count_records(api, search, found, &mut budget).await?;
    }
    if include.contains(&Include::Missing) {
        if budget.is_spent() {
            found.complete = false;
        } else {
            count_missing(api, search, found, &mut budget).await?;
        }
    }
    Ok(())
}

async fn count_records(
    api: &Api,
    search: Search<'_>,
    found: &mut Estimate,
    budget: &mut Budget,
) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let since = search.plan.since;
        let limit = RecordLimit { records: PAGE, bytes: budget.bytes };
        let page = api.store.record_candidates(search, since, after.as_ref(), limit, search.made_before).await?;
        for candidate in &page.found {
            // A first attempt that was called off counts as what it will be.
            let kind = if found.counts.contains_key(&candidate.kind) { candidate.kind } else { Include::Skipped };
            found.add(kind, 1);
        }
        budget.bytes -= page.bytes;
        match page.next {
            None => return Ok(()),
            Some(_) if budget.is_spent() => {
                found.complete = false;
                return Ok(());
            }
            next => after = next,
        }
    }
}

async fn count_missing(
    api: &Api,
    search: Search<'_>,
    found: &mut Estimate,
    budget: &mut Budget,
) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let limit = LogLimit { events: PAGE, bytes: usize::MAX };
        let page = api.store.missing_events(search, after.as_ref(), limit, search.made_before).await?;
        found.add(Include::Missing, page.events.len());
        budget.bytes -= page.bytes;
        match page.next {
            None => return Ok(()),
            Some(_) if budget.is_spent() => {
                found.complete = false;
                return Ok(());
            }
            next => after = next,
        }
    }
}
