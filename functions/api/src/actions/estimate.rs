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

/// What counting may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effort {
    /// How long it goes on: with the last page under way, it seldom comes to `cut_off`.
    time: Duration,
    /// What is not counted by then is left out.
    cut_off: Duration,
    /// The most bytes that are read. The last round of a page may read somewhat more.
    bytes: f64,
}

/// For whoever asks for nothing else: a response comes within 3 s.
pub(super) const WHOLE: Effort =
    Effort { time: Duration::from_secs(2), cut_off: Duration::from_millis(2_500), bytes: 20_000_000.0 };

/// For one of three counts of a page that has other things to show: together they read 8 MB within 2 s.
pub(super) const PART_OF_A_PAGE: Effort =
    Effort { time: Duration::from_millis(1_500), cut_off: Duration::from_secs(2), bytes: 2_500_000.0 };

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
    effort: Effort,
    now: Timestamp,
) -> Result<Estimate, StoreError> {
    let search = Search { webhook, plan, recovery: None, made_before: now };
    let mut found = Estimate { counts: plan.include.iter().map(|include| (*include, 0)).collect(), complete: true };
    let counting = timeout(effort.cut_off, count(api, search, effort, &mut found)).await;
    match counting {
        Ok(counted) => counted?,
        Err(_) => found.complete = false,
    }
    Ok(found)
}

async fn count(api: &Api, search: Search<'_>, effort: Effort, found: &mut Estimate) -> Result<(), StoreError> {
    let include = &search.plan.include;
    let mut budget = Budget { until: time::after(search.made_before, effort.time), bytes: effort.bytes };
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
