//! **Recovery**: how far a recovery is, and what came of it so far.

use std::{sync::Arc, time::Duration};

use askama::Template;
use shared::domain::{
    delivery::recovery::{Include, Recovery, RecoveryStatus, spacing::spacing},
    event::pattern::EventPattern,
    webhook::Webhook,
};

use super::{delivery::timeline::sentence, head::WebhookHead};
use crate::{
    Api,
    actions::{
        recoveries::{self, Order},
        webhooks,
    },
    error::ApiError,
    portal::{
        frame::Frame,
        pager::address,
        reply::Reply,
        visit::Visit,
        words::{
            moments::Moment,
            quantities::{about, count, time_for},
            states::{Badge, recovery_meaning},
        },
    },
};

#[derive(Template)]
#[template(path = "recovery.html", blocks = ["live"])]
struct RecoveryPage {
    frame: Frame,
    head: WebhookHead,
    path: String,
    id: String,
    progress: Progress,
    /// Which deliveries it is about, as names with values.
    plan: Vec<(&'static str, String)>,
    since: Moment,
    until: Moment,
    deliveries_path: String,
    can: Can,
}

/// What changes while a recovery runs.
#[derive(Debug, PartialEq, Eq)]
struct Progress {
    badge: Badge,
    meaning: &'static str,
    /// Why it is held, or was cancelled.
    why: Option<String>,
    /// How much is settled, of a thousand.
    permille: u32,
    percent: String,
    settled: String,
    expected: String,
    counts: [(&'static str, String); 5],
    left: Option<String>,
    reached: Option<Moment>,
    started: Option<Moment>,
    finished: Option<Moment>,
    every: u32,
    state: &'static str,
}

/// Which buttons would work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Can {
    pause: bool,
    resume: bool,
    cancel: bool,
}

/// `GET /portal/webhooks/:id/recoveries/:recoveryId`
pub(in super::super) async fn show(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    Reply::page(&load(&api, visit).await?)
}

/// `GET /portal/webhooks/:id/recoveries/:recoveryId/live`: what changes, alone.
pub(in super::super) async fn live(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    Reply::page(&load(&api, visit).await?.as_live())
}

/// `POST /portal/webhooks/:id/recoveries/:recoveryId/pause`
pub(in super::super) async fn pause(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    order(&api, &visit, Order::Pause).await
}

/// `POST /portal/webhooks/:id/recoveries/:recoveryId/resume`
pub(in super::super) async fn resume(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    order(&api, &visit, Order::Resume).await
}

/// `POST /portal/webhooks/:id/recoveries/:recoveryId/cancel`
pub(in super::super) async fn cancel(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    order(&api, &visit, Order::Cancel).await
}

async fn order(api: &Arc<Api>, visit: &Visit, order: Order) -> Result<Reply, ApiError> {
    let webhook = webhooks::get(api, &visit.caller, &visit.webhook_id()?).await?;
    let recovery = recoveries::order(api, &visit.caller.actor, &webhook, &visit.recovery_id()?, order).await?;
    Ok(Reply::see(&path_of(&WebhookHead::of(&webhook), &recovery)))
}

async fn load(api: &Arc<Api>, visit: Visit) -> Result<RecoveryPage, ApiError> {
    let webhook = webhooks::get(api, &visit.caller, &visit.webhook_id()?).await?;
    let recovery = recoveries::get(api, &webhook.id, &visit.recovery_id()?).await?;
    Ok(page(visit.frame, &webhook, &recovery))
}

/// Where a recovery is shown.
pub(crate) fn path_of(head: &WebhookHead, recovery: &Recovery) -> String {
    format!("{}/recoveries/{}", head.path, recovery.id)
}

fn page(frame: Frame, webhook: &Webhook, recovery: &Recovery) -> RecoveryPage {
    let head = WebhookHead::of(webhook);
    let can = if frame.may_change() { Can::of(recovery.status) } else { Can::default() };
    RecoveryPage {
        path: path_of(&head, recovery),
        id: recovery.id.to_string(),
        progress: Progress::of(recovery, webhook),
        plan: plan(recovery),
        since: Moment::of(recovery.plan.since),
        until: Moment::of(recovery.plan.until),
        deliveries_path: address(&format!("{}/deliveries", head.path), [("recovery", recovery.id.as_str())]),
        can,
        frame,
        head,
    }
}

impl Can {
    fn of(status: RecoveryStatus) -> Self {
        let is_paused = status == RecoveryStatus::Paused;
        let is_over = status.is_over();
        Self { pause: !is_over && !is_paused, resume: is_paused, cancel: !is_over }
    }
}

/// What a recovery includes, in words.
pub(crate) fn include_words(include: &[Include]) -> String {
    include.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ")
}

fn plan(recovery: &Recovery) -> Vec<(&'static str, String)> {
    let plan = &recovery.plan;
    let events = match plan.events.as_deref() {
        None | Some([]) => "all that the webhook wants".to_owned(),
        Some(events) => events.iter().map(EventPattern::to_string).collect::<Vec<_>>().join(", "),
    };
    vec![
        ("What", include_words(&plan.include)),
        ("Events", events),
        ("Rate", format!("{} a second", count(plan.rate.into()))),
    ]
}

impl Progress {
    fn of(recovery: &Recovery, webhook: &Webhook) -> Self {
        let counts = &recovery.counts;
        let (expected, settled) = (counts.estimated.max(counts.queued), settled(recovery));
        let permille = permille(recovery.progress());
        Self {
            badge: Badge::of_recovery(recovery.status),
            meaning: recovery_meaning(recovery.status),
            why: recovery.status_reason.as_deref().map(sentence),
            permille,
            percent: format!("{} %", permille / 10),
            settled: count(settled),
            expected: count(expected),
            counts: [
                ("Queued", count(counts.queued)),
                ("Delivered", count(counts.delivered)),
                ("Failed", count(counts.failed)),
                ("Retrying", count(counts.retrying)),
                ("Passed over", count(counts.passed_over)),
            ],
            left: left(recovery, webhook, expected.saturating_sub(settled)),
            reached: recovery.reached_at.map(Moment::of),
            started: recovery.started_at.map(Moment::of),
            finished: recovery.finished_at.map(Moment::of),
            every: if recovery.status.is_over() { 30 } else { 5 },
            state: recovery.status.as_str(),
        }
    }
}

/// How many deliveries have an outcome.
fn settled(recovery: &Recovery) -> u64 {
    recovery.counts.queued.saturating_sub(recovery.unsettled().into())
}

/// A share from 0 to 1, of a thousand.
pub(super) fn permille(share: f64) -> u32 {
    // A domain value that is rounded to thousandths already: the comparison finds the same one without a cast.
    (0..=1_000).rev().find(|step| f64::from(*step) / 1_000.0 <= share).unwrap_or(0)
}

/// How long it goes on, as far as its rate, the endpoint's health and the webhook's rate limit say.
fn left(recovery: &Recovery, webhook: &Webhook, remaining: u64) -> Option<String> {
    match recovery.status {
        RecoveryStatus::Waiting | RecoveryStatus::Running => {
            Some(about(time_for(remaining, spacing(recovery.plan.rate, webhook))))
        }
        RecoveryStatus::Draining => Some(about(Duration::ZERO)),
        RecoveryStatus::Finished | RecoveryStatus::Held | RecoveryStatus::Paused | RecoveryStatus::Cancelled => None,
    }
}

#[cfg(test)]
mod tests;
