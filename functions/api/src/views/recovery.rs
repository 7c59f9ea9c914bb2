use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use shared::domain::{
    delivery::recovery::{Include, Recovery},
    event::pattern::EventPattern,
    ids::RecoveryId,
    time,
};

use crate::actions::estimate::Estimate;

/// A recovery.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecoveryView<'a> {
    id: &'a RecoveryId,
    status: &'static str,
    status_reason: Option<&'a str>,
    include: Vec<&'static str>,
    since: String,
    until: String,
    /// Null: all that the webhook wants.
    events: Option<&'a [EventPattern]>,
    rate: u32,
    counts: CountsView,
    reached_at: Option<String>,
    progress: f64,
    created_at: String,
    started_at: Option<String>,
    finished_at: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CountsView {
    estimated: u64,
    queued: u64,
    delivered: u64,
    failed: u64,
    retrying: u64,
    passed_over: u64,
}

impl<'a> RecoveryView<'a> {
    pub(crate) fn of(recovery: &'a Recovery) -> Self {
        let Recovery { plan, counts, .. } = recovery;
        Self {
            id: &recovery.id,
            status: recovery.status.as_str(),
            status_reason: recovery.status_reason.as_deref(),
            include: plan.include.iter().map(|include| include.as_str()).collect(),
            since: time::milliseconds(plan.since),
            until: time::milliseconds(plan.until),
            events: plan.events.as_deref(),
            rate: plan.rate,
            counts: CountsView {
                estimated: counts.estimated,
                queued: counts.queued,
                delivered: counts.delivered,
                failed: counts.failed,
                retrying: counts.retrying,
                passed_over: counts.passed_over,
            },
            reached_at: recovery.reached_at.map(time::milliseconds),
            progress: recovery.progress(),
            created_at: time::milliseconds(recovery.created_at),
            started_at: recovery.started_at.map(time::milliseconds),
            finished_at: recovery.finished_at.map(time::milliseconds),
        }
    }
}

/// How much a recovery would send.
#[derive(Debug, Serialize)]
pub(crate) struct EstimateView {
    counts: BTreeMap<&'static str, Value>,
    complete: bool,
}

impl EstimateView {
    pub(crate) fn of(estimate: &Estimate) -> Self {
        let count = |(include, count): (&Include, &u64)| match include {
            // Whether an event has a record, and whether a filter lets it through, was not looked up.
            Include::Missing => (include.as_str(), json!({"atMost": count})),
            Include::Failed | Include::Skipped | Include::Delivered => (include.as_str(), json!(count)),
        };
        Self { counts: estimate.counts.iter().map(count).collect(), complete: estimate.complete }
    }
}
