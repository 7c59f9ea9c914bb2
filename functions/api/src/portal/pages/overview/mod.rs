//! The overview of a webhook, headed by its name: how it is, why, and what to do about it.

mod chart;
mod errors;
mod figures;
mod trouble;

use std::sync::Arc;

use askama::Template;
use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        delivery::recovery::Recovery,
        profile::Profile,
        webhook::{Webhook, settings::Activity},
    },
};

use self::{
    chart::Chart,
    errors::{ErrorRow, commonest},
    figures::{Figures, Scope},
    trouble::{Disabled, refusal, standing_words},
};
use super::{address::Address, head::WebhookHead};
use crate::{
    Api,
    actions::{
        enabling::{enable_and_recover, set_activity},
        recoveries::{self, Created},
        statistics::{self, Statistics},
        webhooks,
    },
    error::ApiError,
    portal::{
        frame::Frame,
        pager::address,
        reply::Reply,
        visit::Visit,
        words::{moments::Moment, states::Badge},
    },
};

#[derive(Template)]
#[template(path = "overview.html", blocks = ["live"])]
struct OverviewPage {
    frame: Frame,
    head: WebhookHead,
    address: Address,
    events: Vec<String>,
    created: Moment,
    now: Now,
    disabled: Option<Disabled>,
    figures: Figures,
    chart: Option<Chart>,
    errors: Vec<ErrorRow>,
    /// What a form before this page did, if it is worth a word.
    done: Option<Done>,
}

/// What may change while the page is open.
#[derive(Debug, PartialEq, Eq)]
struct Now {
    badge: Badge,
    /// How near the webhook is to being disabled, if anything failed.
    standing: Option<String>,
    recovery: Option<Running>,
    /// How soon to ask again, in seconds.
    every: u32,
}

/// The recovery that is under way.
#[derive(Debug, PartialEq, Eq)]
struct Running {
    path: String,
    badge: Badge,
    permille: u32,
    percent: String,
}

/// What a form did.
#[derive(Debug, PartialEq, Eq)]
struct Done {
    is_good: bool,
    words: &'static str,
}

/// `GET /portal/webhooks/:id`
pub(in super::super) async fn show(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let webhook = webhooks::get(&api, &visit.caller, &visit.webhook_id()?).await?;
    let recovery = running(&api, &webhook).await?;
    let statistics = statistics::of(&api, &webhook).await?;
    let done = Done::of(visit.asked.query().text("done"), visit.asked.query().filled("refused"));
    let profile = visit.caller.profile;
    Reply::page(&OverviewPage::of(visit.frame, profile, &webhook, recovery.as_ref(), &statistics, done, ambient::now()))
}

/// `GET /portal/webhooks/:id/live`: what may change, alone. It reads no statistics.
pub(in super::super) async fn live(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let webhook = webhooks::get(&api, &visit.caller, &visit.webhook_id()?).await?;
    let recovery = running(&api, &webhook).await?;
    let profile = visit.caller.profile;
    let page = OverviewPage::of(
        visit.frame,
        profile,
        &webhook,
        recovery.as_ref(),
        &Statistics::default(),
        None,
        ambient::now(),
    );
    Reply::page(&page.as_live())
}

/// `POST /portal/webhooks/:id/enable`
pub(in super::super) async fn enable(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let webhook = set_activity(&api, &visit.caller, &visit.webhook_id()?, Activity::Enabled).await?;
    Ok(see(&webhook, &[("done", "enabled")]))
}

/// `POST /portal/webhooks/:id/disable`
pub(in super::super) async fn disable(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let activity = Activity::Disabled { reason: "turned off in the portal".to_owned() };
    let webhook = set_activity(&api, &visit.caller, &visit.webhook_id()?, activity).await?;
    Ok(see(&webhook, &[("done", "disabled")]))
}

/// `POST /portal/webhooks/:id/enable-and-recover`
pub(in super::super) async fn recover(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let (webhook, created) = enable_and_recover(&api, &visit.caller, &visit.webhook_id()?).await?;
    Ok(match created {
        Ok(Created::New(recovery) | Created::Before(recovery)) => {
            Reply::see(&super::recovery::path_of(&WebhookHead::of(&webhook), &recovery))
        }
        Err(error) => see(&webhook, &[("done", "enabled"), ("refused", error.code())]),
    })
}

fn see(webhook: &Webhook, query: &[(&str, &str)]) -> Reply {
    Reply::see(&address(&WebhookHead::of(webhook).path, query.iter().copied()))
}

async fn running(api: &Api, webhook: &Webhook) -> Result<Option<Recovery>, ApiError> {
    let Some(id) = &webhook.standing.recovery else { return Ok(None) };
    match recoveries::get(api, &webhook.id, id).await {
        Ok(recovery) => Ok(Some(recovery)),
        // It ended, or expired, in the meantime.
        Err(ApiError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

impl OverviewPage {
    fn of(
        frame: Frame,
        profile: &Profile,
        webhook: &Webhook,
        recovery: Option<&Recovery>,
        statistics: &Statistics,
        done: Option<Done>,
        now: Timestamp,
    ) -> Self {
        let head = WebhookHead::of(webhook);
        Self {
            frame,
            address: Address::of(webhook.settings.url.as_str()),
            events: webhook.settings.events.iter().map(ToString::to_string).collect(),
            created: Moment::of(webhook.standing.created_at),
            now: Now::of(profile, &head, webhook, recovery),
            disabled: Disabled::of(webhook, statistics, now),
            figures: Figures::of(statistics),
            chart: Chart::of(&statistics.recent),
            errors: commonest(&statistics.troubled),
            done,
            head,
        }
    }

    fn is_disabled(&self) -> bool {
        self.disabled.is_some()
    }
}

impl Now {
    fn of(profile: &Profile, head: &WebhookHead, webhook: &Webhook, recovery: Option<&Recovery>) -> Self {
        let recovery = recovery.map(|recovery| {
            let permille = super::recovery::permille(recovery.progress());
            Running {
                path: super::recovery::path_of(head, recovery),
                badge: Badge::of_recovery(recovery.status),
                permille,
                percent: format!("{} %", permille / 10),
            }
        });
        Self {
            badge: Badge::of_webhook(webhook),
            standing: standing_words(&profile.disable, webhook),
            every: if recovery.is_some() { 5 } else { 30 },
            recovery,
        }
    }
}

impl Done {
    fn of(done: &str, refused: Option<&str>) -> Option<Self> {
        match (done, refused) {
            ("enabled", Some(code)) => Some(Self { is_good: false, words: refusal(code) }),
            ("enabled", None) => {
                Some(Self { is_good: true, words: "The webhook is enabled. New events are sent from now on." })
            }
            ("disabled", _) => Some(Self {
                is_good: true,
                words: "The webhook is disabled. Events are skipped until it is enabled again.",
            }),
            ("saved", _) => Some(Self { is_good: true, words: "The settings are saved." }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
