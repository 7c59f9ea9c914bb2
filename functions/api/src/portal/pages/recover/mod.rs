//! **Recover**: choose what is sent again, see how much it would be, and start.

mod choice;
mod kinds;
mod since;

use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use axum::http::StatusCode;
use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        delivery::recovery::{DEFAULT_RATE, Include, MAX_RATE, Recovery, spacing::spacing},
        event::pattern::EventPattern,
        profile::Profile,
        webhook::Webhook,
    },
};

use self::{
    choice::Choice,
    kinds::{Kind, kinds, total},
    since::Since,
};
use super::{
    delivery::timeline::sentence,
    head::WebhookHead,
    recovery::{include_words, path_of},
};
use crate::{
    Api,
    actions::{
        preview::{Counted, preview},
        recoveries::{self, Created},
        webhooks,
    },
    error::ApiError,
    portal::{
        frame::Frame,
        reply::Reply,
        visit::Visit,
        words::{moments::Moment, quantities::count, states::Badge, utc_field},
    },
};

/// How many earlier recoveries the page lists.
const LISTED: usize = 10;

#[derive(Template)]
#[template(path = "recover.html")]
struct RecoverPage {
    frame: Frame,
    head: WebhookHead,
    choice: Choice,
    kinds: Vec<Kind>,
    is_counted: bool,
    since: Vec<SinceChoice>,
    /// Event types that can be chosen, and whether each is.
    events: Vec<(String, bool)>,
    total: Option<String>,
    /// Why no recovery can be started now.
    hindrance: Option<Hindrance>,
    trouble: Option<String>,
    earlier: Vec<Earlier>,
}

/// A choice of the window's beginning.
struct SinceChoice {
    name: &'static str,
    label: &'static str,
    is_chosen: bool,
    /// The time that it stands for.
    time: Option<Moment>,
}

/// Why no recovery can be started.
#[derive(Debug, PartialEq, Eq)]
enum Hindrance {
    Disabled,
    /// One is under way, on this page.
    UnderWay(String),
}

/// A recovery of the webhook.
struct Earlier {
    path: String,
    created: Moment,
    badge: Badge,
    include: String,
    delivered: String,
    expected: String,
}

/// What the page is made from.
struct Shown<'s> {
    webhook: &'s Webhook,
    profile: &'s Profile,
    choice: Choice,
    counts: &'s BTreeMap<Include, Counted>,
    earlier: &'s [Recovery],
    trouble: Option<String>,
    now: Timestamp,
}

/// `GET /portal/webhooks/:id/recover`, with a choice in the address.
pub(in super::super) async fn show(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let webhook = webhooks::get(&api, &visit.caller, &visit.webhook_id()?).await?;
    let choice = Choice::read(&visit.asked.query(), &webhook, false, ambient::now());
    choose(&api, visit, &webhook, choice, None).await
}

/// `POST /portal/webhooks/:id/recover`: counts what was chosen, and changes nothing.
pub(in super::super) async fn count_again(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let webhook = webhooks::get(&api, &visit.caller, &visit.webhook_id()?).await?;
    let choice = Choice::read(visit.form()?, &webhook, true, ambient::now());
    choose(&api, visit, &webhook, choice, None).await
}

/// `POST /portal/webhooks/:id/recoveries`
pub(in super::super) async fn start(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let now = ambient::now();
    let webhook = webhooks::get(&api, &visit.caller, &visit.webhook_id()?).await?;
    let mut choice = Choice::read(visit.form()?, &webhook, true, now);
    let Some(new) = choice.check(visit.caller.profile, &webhook, now) else {
        return choose(&api, visit, &webhook, choice, None).await;
    };
    match recoveries::create(&api, &visit.caller, &webhook, new, None).await {
        Ok(Created::New(recovery) | Created::Before(recovery)) => {
            Ok(Reply::see(&path_of(&WebhookHead::of(&webhook), &recovery)))
        }
        Err(error @ (ApiError::Unavailable | ApiError::NotFound { .. })) => Err(error),
        Err(error) => choose(&api, visit, &webhook, choice, Some(error)).await,
    }
}

/// The page with this choice, counted. What is wrong with it decides the status.
async fn choose(
    api: &Arc<Api>,
    visit: Visit,
    webhook: &Webhook,
    mut choice: Choice,
    refused: Option<ApiError>,
) -> Result<Reply, ApiError> {
    let now = ambient::now();
    let counted = match refused {
        Some(error) => Err(Some(error)),
        None => count_chosen(api, &visit, webhook, &mut choice, now).await,
    };
    let (counts, error) = match counted {
        Ok(counts) => (counts, None),
        Err(error) => (BTreeMap::new(), Some(error)),
    };
    let status = error.as_ref().map(|error| error.as_ref().map_or(StatusCode::BAD_REQUEST, ApiError::status));
    let trouble = error.flatten().filter(|error| !choice.complain(error)).map(|error| sentence(&error.to_string()));
    let earlier = recoveries::list(api, webhook, None, LISTED).await?.recoveries;
    let profile = visit.caller.profile;
    let shown = Shown { webhook, profile, choice, counts: &counts, earlier: &earlier, trouble, now };
    Ok(Reply::page(&page(visit.frame, shown))?.with_status(status.unwrap_or(StatusCode::OK)))
}

/// How much the choice would be, kind by kind. An error without a value: the choice says itself what is wrong with it.
async fn count_chosen(
    api: &Arc<Api>,
    visit: &Visit,
    webhook: &Webhook,
    choice: &mut Choice,
    now: Timestamp,
) -> Result<BTreeMap<Include, Counted>, Option<ApiError>> {
    // Who may only look chooses nothing, so that nothing is counted for them.
    if !visit.frame.may_change() {
        return Ok(BTreeMap::new());
    }
    let new = choice.check(visit.caller.profile, webhook, now).ok_or(None::<ApiError>)?;
    Ok(preview(api, &visit.caller, webhook, &new).await?.counts)
}

fn page(frame: Frame, shown: Shown<'_>) -> RecoverPage {
    let Shown { webhook, profile, mut choice, counts, earlier, trouble, now } = shown;
    let head = WebhookHead::of(webhook);
    let rate = choice.rate.value.trim().parse().unwrap_or(DEFAULT_RATE).clamp(1, MAX_RATE);
    if choice.from != Since::Custom && choice.since.error.is_none() {
        choice.since.value.clear();
    }
    if let (Since::Custom, Ok(Some(at))) = (choice.from, utc_field::parse(&choice.since.value)) {
        choice.since.value = utc_field::text(at);
    }
    RecoverPage {
        kinds: kinds(&choice.include, counts),
        is_counted: !counts.is_empty(),
        since: since(webhook, choice.from, now),
        events: events(profile, webhook, &choice.events),
        total: total(&choice.include, counts, spacing(rate, webhook)),
        hindrance: hindrance(webhook, &head),
        earlier: earlier.iter().map(|recovery| Earlier::of(&head, recovery)).collect(),
        trouble,
        choice,
        frame,
        head,
    }
}

fn since(webhook: &Webhook, chosen: Since, now: Timestamp) -> Vec<SinceChoice> {
    let choice = |since: Since| SinceChoice {
        name: since.name(),
        label: since.label(),
        is_chosen: since == chosen,
        time: matches!(since, Since::Failure | Since::Disabled)
            .then(|| since.time(webhook, now).map(Moment::of))
            .flatten(),
    };
    Since::offered(webhook, now).into_iter().map(choice).collect()
}

/// The event types that the webhook wants, as far as the platform documents or the webhook names them, and what else was chosen.
fn events(profile: &Profile, webhook: &Webhook, chosen: &[String]) -> Vec<(String, bool)> {
    let documented = profile.catalogue.iter().map(|entry| &entry.name).filter(|name| webhook.wants(name));
    let mut names: Vec<String> = documented.map(ToString::to_string).collect();
    let exact = webhook.settings.events.iter().filter(|pattern| matches!(pattern, EventPattern::Exactly(_)));
    for name in exact.map(ToString::to_string).chain(chosen.iter().cloned()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.into_iter().map(|name| (name.clone(), chosen.contains(&name))).collect()
}

fn hindrance(webhook: &Webhook, head: &WebhookHead) -> Option<Hindrance> {
    match &webhook.standing.recovery {
        Some(recovery) => Some(Hindrance::UnderWay(format!("{}/recoveries/{recovery}", head.path))),
        None if !webhook.is_active() => Some(Hindrance::Disabled),
        None => None,
    }
}

impl Earlier {
    fn of(head: &WebhookHead, recovery: &Recovery) -> Self {
        let counts = &recovery.counts;
        Self {
            path: path_of(head, recovery),
            created: Moment::of(recovery.created_at),
            badge: Badge::of_recovery(recovery.status),
            include: include_words(&recovery.plan.include),
            delivered: count(counts.delivered),
            expected: count(counts.estimated.max(counts.queued)),
        }
    }
}

#[cfg(test)]
mod tests;
