//! A test event, sent now: what a customer needs to see while setting up an endpoint.
//!
//! The same signer, address policy and client as any delivery; logged, never retried, never counted.

use axum::http::StatusCode;
use bytes::Bytes;
use serde::Serialize;
use shared::{
    ambient,
    domain::{
        api_key::Scope,
        delivery::{Delivery, Reason, Status},
        event::compose,
        id::{DeliveryId, EventId},
        outcome::{Attempt, Verdict, judge},
        profile::Profile,
        signing::{Signed, headers},
        subscription::{EventPattern, EventType},
        time,
        webhook::Webhook,
    },
    net::sender::Outgoing,
};

use super::{WebhookPath, webhook};
use crate::{
    answer::Answer,
    context::Context,
    error::ApiError,
    fields::{JsonBody, shortened},
};

/// The attempt, and what exactly was sent.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TestView<'a> {
    delivery_id: &'a DeliveryId,
    event_id: &'a EventId,
    event: &'a EventType,
    status: Status,
    #[serde(flatten)]
    attempt: &'a Attempt,
    request: RequestView<'a>,
}

#[derive(Debug, Serialize)]
struct RequestView<'a> {
    url: &'a str,
    headers: serde_json::Map<String, serde_json::Value>,
    body: &'a str,
}

/// `POST /webhooks/:id/test`
pub async fn send(context: Context, path: WebhookPath, body: JsonBody) -> Result<Answer, ApiError> {
    let account = context.authorise(Scope::Manage).await?;
    context.parameters()?.finish("none")?;
    let id = path.id()?;
    let mut fields = body.optional_fields()?;
    let named: Option<String> = fields.optional("event", "must be a string")?;
    fields.finish("event")?;
    let webhook = webhook(&context, &account, &id).await?;
    let profile = context.profile()?;
    let event_type = match named {
        Some(name) => known(profile, &name)?,
        None => default_event(profile, &webhook)?,
    };
    let now = ambient::now();
    let test = Test {
        event: EventId::new(now, ambient::random()),
        delivery: DeliveryId::new(now, ambient::random()),
        body: compose(profile, &event_type, &time::whole_seconds(now), sample(profile, &event_type)),
        event_type,
    };
    test.run(&context, profile, &webhook).await
}

struct Test {
    event: EventId,
    event_type: EventType,
    delivery: DeliveryId,
    body: String,
}

impl Test {
    async fn run(self, context: &Context, profile: &Profile, webhook: &Webhook) -> Result<Answer, ApiError> {
        let now = ambient::now();
        let signed = Signed {
            webhook: &webhook.id,
            event: &self.event,
            event_type: &self.event_type,
            delivery: &self.delivery,
            reason: Reason::Test,
            attempt: 1,
            at: now,
            body: self.body.as_bytes(),
        };
        let headers = headers(profile, webhook.secrets(now), &signed);
        let outgoing = Outgoing {
            url: &webhook.url,
            headers: &headers,
            body: Bytes::copy_from_slice(self.body.as_bytes()),
            limit: profile.attempt_timeout(),
        };
        let (attempt, verdict) = judge(1, context.api.sender.send(outgoing).await);
        let status = if verdict == Verdict::Success { Status::Delivered } else { Status::Failed };
        let record = self.record(webhook, status, attempt.clone(), now);
        context.api.store.record_first(record, now).await?;
        let headers = headers.into_iter().map(|(name, value)| (name, value.into())).collect();
        let view = TestView {
            delivery_id: &self.delivery,
            event_id: &self.event,
            event: &self.event_type,
            status,
            attempt: &attempt,
            request: RequestView { url: webhook.url.as_str(), headers, body: &self.body },
        };
        Answer::object(StatusCode::OK, &view)
    }

    fn record(&self, webhook: &Webhook, status: Status, attempt: Attempt, now: jiff::Timestamp) -> Delivery {
        Delivery {
            id: self.delivery.clone(),
            webhook: webhook.id.clone(),
            event_id: self.event.clone(),
            event_type: self.event_type.clone(),
            reason: Reason::Test,
            status,
            status_reason: None,
            created_at: now,
            next_attempt_at: None,
            attempts: vec![attempt],
            owner: None,
            payload: Some(self.body.clone()),
        }
    }
}

fn known(profile: &Profile, name: &str) -> Result<EventType, ApiError> {
    EventType::parse(name).ok().filter(|event| profile.knows(event)).ok_or_else(|| ApiError::InvalidEvents {
        problem: format!("'{}' is not an event type; valid are: {}", shortened(name), profile.event_names()),
    })
}

/// The webhook's first event, or the catalogue's first that it wants, or the catalogue's first.
fn default_event(profile: &Profile, webhook: &Webhook) -> Result<EventType, ApiError> {
    if let Some(EventPattern::Exactly(event)) = webhook.events.first() {
        return Ok(event.clone());
    }
    let catalogue = profile.catalogue();
    let wanted = catalogue.iter().find(|entry| webhook.wants(&entry.name)).or(catalogue.first());
    wanted.map(|entry| entry.name.clone()).ok_or(ApiError::Unavailable)
}

/// The event type's own sample; for a name of the platform's own the catalogue's first.
fn sample<'p>(profile: &'p Profile, event: &EventType) -> &'p str {
    let catalogue = profile.catalogue();
    let entry = catalogue.iter().find(|entry| entry.name == *event).or(catalogue.first());
    entry.map_or("{}", |entry| entry.sample.as_str())
}
