//! **Delivery**: what happened to one event at one webhook, the request, and the payload.

pub(crate) mod payload;
pub(crate) mod sent;
pub(crate) mod timeline;

use std::{sync::Arc, time::Duration};

use askama::Template;
use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        attempt::Reason,
        delivery::{Delivery, Status},
        profile::Profile,
        time,
        webhook::Webhook,
    },
};

use self::{
    payload::Payload,
    sent::{Sending, Sent},
    timeline::Timeline,
};
use super::{
    deliveries::row::{again, event_path},
    head::WebhookHead,
};
use crate::{
    Api,
    actions::{deliveries, resend, webhooks},
    error::ApiError,
    portal::{
        frame::Frame,
        reply::Reply,
        visit::Visit,
        words::{
            curl::PAYLOAD_FILE,
            states::{Badge, delivery_meaning},
        },
    },
};

/// An attempt that is due within this time is waited for.
const SOON: Duration = Duration::from_mins(1);

#[derive(Template)]
#[template(path = "delivery.html", blocks = ["live"])]
struct DeliveryPage {
    frame: Frame,
    head: WebhookHead,
    path: String,
    id: String,
    event: String,
    event_id: String,
    /// None for a test, whose event is stored nowhere.
    event_path: Option<String>,
    badge: Badge,
    meaning: &'static str,
    timeline: Timeline,
    /// How soon to look again, in seconds.
    every: u32,
    /// Changes when what stands around the live region does.
    state: String,
    sent: Option<Sent>,
    payload: Option<Payload>,
    /// The button's name.
    again: Option<&'static str>,
    is_disabled: bool,
    /// How many attempts had been made when one more was asked for, while that one has yet to come.
    awaited: Option<u32>,
}

/// `GET /portal/webhooks/:id/deliveries/:deliveryId`
pub(in super::super) async fn show(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    Reply::page(&load(&api, visit).await?)
}

/// `GET /portal/webhooks/:id/deliveries/:deliveryId/live`: the timeline alone.
pub(in super::super) async fn live(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    Reply::page(&load(&api, visit).await?.as_live())
}

/// `GET /portal/webhooks/:id/deliveries/:deliveryId/payload`
pub(in super::super) async fn payload(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let webhook = webhooks::get(&api, &visit.caller, &visit.webhook_id()?).await?;
    let delivery = deliveries::get(&api, &webhook, &visit.delivery_id()?).await?;
    let payload = delivery.payload.ok_or(ApiError::EventExpired)?;
    Ok(Reply::download(PAYLOAD_FILE, payload.into()))
}

/// `POST /portal/webhooks/:id/deliveries/:deliveryId/resend`
pub(in super::super) async fn resend(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let webhook = webhooks::get(&api, &visit.caller, &visit.webhook_id()?).await?;
    let delivery = resend::resend(&api, &visit.caller, &webhook, &visit.delivery_id()?).await?;
    let (path, made) = (WebhookHead::of(&webhook).path, delivery.attempts_made());
    Ok(Reply::see(&format!("{path}/deliveries/{}?after={made}", delivery.id)))
}

async fn load(api: &Arc<Api>, visit: Visit) -> Result<DeliveryPage, ApiError> {
    let webhook = webhooks::get(api, &visit.caller, &visit.webhook_id()?).await?;
    let delivery = deliveries::get(api, &webhook, &visit.delivery_id()?).await?;
    let after = visit.asked.query().filled("after").and_then(|made| made.parse().ok());
    let awaited = after.filter(|made| delivery.attempts_made() <= *made);
    Ok(page(visit.frame, visit.caller.profile, &webhook, &delivery, awaited, ambient::now()))
}

fn page(
    frame: Frame,
    profile: &Profile,
    webhook: &Webhook,
    delivery: &Delivery,
    awaited: Option<u32>,
    now: Timestamp,
) -> DeliveryPage {
    let (head, may_change) = (WebhookHead::of(webhook), frame.may_change());
    let (body, is_test) = (delivery.payload.as_deref(), delivery.reason == Reason::Test);
    let sending = Sending::again(delivery, now);
    DeliveryPage {
        path: format!("{}/deliveries/{}", head.path, delivery.id),
        id: delivery.id.to_string(),
        event: delivery.event_type.to_string(),
        event_id: delivery.event_id.to_string(),
        event_path: (!is_test && body.is_some()).then(|| event_path(delivery.event_id.as_str())),
        badge: Badge::of_delivery(delivery.status),
        meaning: delivery_meaning(delivery.status),
        timeline: Timeline::of(delivery),
        every: every(delivery, awaited, now),
        state: format!("{}{}", delivery.status.as_str(), if awaited.is_some() { "-awaited" } else { "" }),
        sent: body.map(|body| Sent::of(profile, webhook, delivery, sending, body, may_change)),
        payload: body.map(Payload::of),
        again: again(webhook, delivery, may_change).filter(|_| body.is_some()),
        is_disabled: !webhook.is_active(),
        awaited,
        frame,
        head,
    }
}

/// How soon the timeline may have changed: soon where an attempt is due, or was just asked for.
fn every(delivery: &Delivery, awaited: Option<u32>, now: Timestamp) -> u32 {
    let soon = time::after(now, SOON);
    let is_due = delivery.status == Status::Retrying && delivery.next_attempt_at.is_some_and(|next| next <= soon);
    if is_due || awaited.is_some() { 5 } else { 30 }
}

#[cfg(test)]
mod tests;
