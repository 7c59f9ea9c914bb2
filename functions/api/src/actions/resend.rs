//! One delivery sent again: one more attempt now, or a retry before its time.

use shared::{
    ambient,
    domain::{
        attempt::Reason,
        delivery::{Delivery, job::Job, lane::Lane, round::Round},
        ids::{DeliveryId, ResendId},
        webhook::Webhook,
    },
    queue::{Body, Dispatch},
};

use crate::{
    Api,
    audit::{Action, Object, audit},
    caller::Caller,
    error::ApiError,
};

/// Has the delivery attempted once more. What that comes to is in its record.
pub(crate) async fn resend(
    api: &Api,
    caller: &Caller,
    webhook: &Webhook,
    id: &DeliveryId,
) -> Result<Delivery, ApiError> {
    let now = ambient::now();
    let delivery = api.store.delivery(&webhook.id, id, now).await?;
    let delivery = delivery.ok_or(ApiError::NotFound { what: "delivery" })?;
    check(webhook, &delivery)?;
    let event = api.store.event(&webhook.account, &delivery.event_id, now).await?;
    event.ok_or(ApiError::EventExpired)?;
    let round = Round::Resend(ResendId::new(now, ambient::random()));
    let dispatch = Dispatch { job: job(caller, webhook, &delivery, round), body: Body::Stored, delay_seconds: 0 };
    let sent = api.queues.send(Lane::Retry, &[&dispatch]).await;
    sent.into_iter().collect::<Result<(), _>>().map_err(|error| {
        tracing::error!("a resend could not be queued: {}", shared::logging::chain(&error));
        ApiError::Unavailable
    })?;
    let object = Object::delivery(webhook.id.as_str(), id.as_str());
    audit(&caller.actor, &caller.account, Action::DeliveryResend, object, &[]);
    Ok(delivery)
}

/// Whether the delivery can be sent again at all.
fn check(webhook: &Webhook, delivery: &Delivery) -> Result<(), ApiError> {
    match () {
        () if delivery.reason == Reason::Test => Err(ApiError::IsATest),
        () if !webhook.wants(&delivery.event_type) => {
            Err(ApiError::NotSubscribed { event: delivery.event_type.to_string() })
        }
        () => Ok(()),
    }
}

fn job(caller: &Caller, webhook: &Webhook, delivery: &Delivery, round: Round) -> Job {
    Job {
        account: webhook.account.clone(),
        profile: caller.profile.name.clone(),
        webhook: webhook.id.clone(),
        event_id: delivery.event_id.clone(),
        event_type: delivery.event_type.clone(),
        delivery: delivery.id.clone(),
        accepted_at: delivery.created_at,
        reason: delivery.reason,
        again: true,
        round: Some(round),
        waited: false,
        at: None,
    }
}
