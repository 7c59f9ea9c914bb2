//! **Test**: an event of the customer's choice, sent now, and what came of it.

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use shared::domain::{
    attempt::Reason,
    delivery::{Delivery, Status},
    event::pattern::EventPattern,
    ids::DeliveryId,
    profile::Profile,
    webhook::Webhook,
};

use super::{
    delivery::{
        payload::Payload,
        sent::{Sending, Sent},
        timeline::Step,
    },
    field::Field,
    head::WebhookHead,
};
use crate::{
    Api,
    actions::{deliveries, test, webhooks},
    error::ApiError,
    portal::{frame::Frame, pager::address, reply::Reply, visit::Visit, words::indented::indented},
};

#[derive(Template)]
#[template(path = "test.html")]
struct TestPage {
    frame: Frame,
    head: WebhookHead,
    is_disabled: bool,
    event: Field,
    choices: Vec<Choice>,
    result: Option<TestResult>,
}

/// An event type that can be sent.
#[derive(Debug, PartialEq, Eq)]
struct Choice {
    name: String,
    description: String,
    /// Its example `data`. None for a name that the platform does not document.
    sample: Option<String>,
    /// Whether the webhook subscribes to it.
    is_wanted: bool,
}

/// What came of a test.
struct TestResult {
    delivery_path: String,
    is_good: bool,
    step: Step,
    sent: Sent,
    payload: Payload,
}

/// `GET /portal/webhooks/:id/test`, with the test's delivery in `sent`.
pub(in super::super) async fn show(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let webhook = webhooks::get(&api, &visit.caller, &visit.webhook_id()?).await?;
    let query = visit.asked.query();
    let sent = query.filled("sent").and_then(|id| DeliveryId::parse(id).ok());
    let sent = match sent {
        Some(id) => Some(deliveries::get(&api, &webhook, &id).await?),
        None => None,
    };
    let chosen = match &sent {
        Some(test) => test.event_type.to_string(),
        None => query.text("event").trim().to_owned(),
    };
    Reply::page(&page(visit.frame, visit.caller.profile, &webhook, Field::of(&chosen), sent.as_ref()))
}

/// `POST /portal/webhooks/:id/test`
pub(in super::super) async fn send(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let webhook = webhooks::get(&api, &visit.caller, &visit.webhook_id()?).await?;
    let named = visit.form()?.filled("event").map(str::to_owned);
    let head = WebhookHead::of(&webhook);
    match test::send_in_turn(&api, &visit.caller, &webhook, named.as_deref()).await {
        Ok(sent) => {
            Ok(Reply::see(&address(&format!("{}/test", head.path), [("sent", sent.test.delivery_id.as_str())])))
        }
        Err(error @ ApiError::NotAnEventType { .. }) => {
            let typed = Field { value: named.unwrap_or_default(), error: Some(format!("{error}.")) };
            let page = page(visit.frame, visit.caller.profile, &webhook, typed, None);
            Ok(Reply::page(&page)?.with_status(StatusCode::BAD_REQUEST))
        }
        Err(error) => Err(error),
    }
}

fn page(frame: Frame, profile: &Profile, webhook: &Webhook, event: Field, sent: Option<&Delivery>) -> TestPage {
    let head = WebhookHead::of(webhook);
    let may_change = frame.may_change();
    TestPage {
        is_disabled: !webhook.is_active(),
        choices: choices(profile, webhook),
        result: sent.and_then(|test| result(profile, webhook, &head, test, may_change)),
        event,
        frame,
        head,
    }
}

/// The event types that can be sent: first those that the webhook names or the platform documents and it wants, then the others.
fn choices(profile: &Profile, webhook: &Webhook) -> Vec<Choice> {
    let documented = profile.catalogue.iter().map(|entry| Choice {
        name: entry.name.to_string(),
        description: entry.description.clone(),
        sample: Some(indented(&entry.sample).text),
        is_wanted: webhook.wants(&entry.name),
    });
    let mut choices: Vec<Choice> = documented.collect();
    for pattern in &webhook.settings.events {
        let EventPattern::Exactly(event) = pattern else { continue };
        if choices.iter().all(|choice| choice.name != event.as_str()) {
            let (name, description) = (event.to_string(), String::new());
            choices.push(Choice { name, description, sample: None, is_wanted: true });
        }
    }
    choices.sort_by_key(|choice| !choice.is_wanted);
    choices
}

/// `None`: it is no test, or its event was not kept.
fn result(
    profile: &Profile,
    webhook: &Webhook,
    head: &WebhookHead,
    test: &Delivery,
    may_change: bool,
) -> Option<TestResult> {
    let body = test.payload.as_deref().filter(|_| test.reason == Reason::Test)?;
    Some(TestResult {
        delivery_path: format!("{}/deliveries/{}", head.path, test.id),
        is_good: test.status == Status::Delivered,
        step: Step::of(test.attempts.last()?),
        sent: Sent::of(profile, webhook, test, Sending::of_test(test), body, may_change),
        payload: Payload::of(body),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{PROFILES, attempt, delivery, frame, webhook_of};

    fn names(profile: &str, patterns: &[&str]) -> Vec<(String, bool)> {
        let choices = choices(PROFILES.by_name(profile).unwrap(), &webhook_of(patterns));
        choices.into_iter().map(|choice| (choice.name, choice.is_wanted)).collect()
    }

    #[test]
    fn what_the_webhook_wants_is_offered_first() {
        let found = names("go2", &["link.created"]);
        assert_eq!(found[0], ("link.created".to_owned(), true));
        assert!(found[1..].iter().all(|(_, is_wanted)| !is_wanted) && found.len() > 1);
        assert!(names("standard", &["made.up"]).contains(&("made.up".to_owned(), true)));
        assert!(names("standard", &["*"]).iter().all(|(_, is_wanted)| *is_wanted));
    }

    fn html(sent: Option<&Delivery>, may_change: bool) -> String {
        let (profile, webhook) = (PROFILES.by_name("go2").unwrap(), webhook_of(&["click"]));
        page(frame(may_change), profile, &webhook, Field::default(), sent).render().unwrap()
    }

    #[test]
    fn a_result_shows_request_answer_and_verdict() {
        for (status, code, verdict) in [
            (Status::Delivered, Some(200), "The endpoint accepted the test event"),
            (Status::Failed, Some(401), "The endpoint did not accept the test event"),
            (Status::Failed, None, "The endpoint did not accept the test event"),
        ] {
            let payload = Some("{}".to_owned());
            let test =
                Delivery { reason: Reason::Test, payload, ..delivery("click", status, vec![attempt(1, code, 87)]) };
            let html = html(Some(&test), true);
            assert!(html.contains(verdict) && html.contains("87 ms") && html.contains("webhook-signature"), "{html}");
        }
    }

    #[test]
    fn another_delivery_is_no_result() {
        let other = Delivery {
            payload: Some("{}".to_owned()),
            ..delivery("click", Status::Failed, vec![attempt(1, Some(500), 1)])
        };
        for html in [html(Some(&other), true), html(None, true)] {
            assert!(!html.contains("test event</h2>") && html.contains(">Send test event<"), "{html}");
        }
        assert!(!html(None, false).contains(">Send test event<"));
    }
}
