//! **Event**: one event, and who got it.

use std::sync::Arc;

use askama::Template;
use shared::domain::{
    delivery::Delivery,
    event::{Event, log::LoggedEvent},
    ids::EventId,
};

use super::{
    deliveries::row::{RESEND, again},
    delivery::payload::Payload,
    head::WebhookHead,
};
use crate::{
    Api,
    actions::event_log,
    error::ApiError,
    portal::{
        frame::Frame,
        pager::address,
        reply::Reply,
        visit::Visit,
        words::{
            curl::PAYLOAD_FILE,
            moments::Moment,
            quantities::{answer, count},
            states::Badge,
        },
    },
};

const NOT_FOUND: ApiError = ApiError::NotFound { what: "event" };

#[derive(Template)]
#[template(path = "event.html")]
struct EventPage {
    frame: Frame,
    event: String,
    id: String,
    timestamp: String,
    accepted: Moment,
    payload: Payload,
    payload_path: String,
    receivers: Vec<Receiver>,
}

/// A webhook that the event went to.
struct Receiver {
    head: WebhookHead,
    path: String,
    badge: Badge,
    attempts: String,
    last: Option<String>,
    again: Option<&'static str>,
}

/// `GET /portal/event?id=…`
pub(in super::super) async fn show(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let found = event_log::with_receivers(&api, &visit.caller, &asked_for(&visit)?).await?;
    let may_change = visit.frame.may_change();
    let receivers = found.receivers.iter().map(|(webhook, delivery)| {
        let head = WebhookHead::of(webhook);
        Receiver::of(head, delivery, again(webhook, delivery, may_change).map(|_| RESEND))
    });
    Reply::page(&page(visit.frame, &found.event, receivers.collect()))
}

/// `GET /portal/event/payload?id=…`
pub(in super::super) async fn payload(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let found = event_log::stored(&api, &visit.caller, &asked_for(&visit)?).await?;
    Ok(Reply::download(PAYLOAD_FILE, found.body().into()))
}

/// What cannot be an event's id is not found.
fn asked_for(visit: &Visit) -> Result<EventId, ApiError> {
    let query = visit.asked.query();
    let id = query.filled("id").ok_or(NOT_FOUND)?;
    EventId::parse(&id.replace(' ', "+")).map_err(|_| NOT_FOUND)
}

fn page(frame: Frame, event: &Event, receivers: Vec<Receiver>) -> EventPage {
    let (logged, id) = (LoggedEvent::of(event), event.id.as_str());
    EventPage {
        event: event.event_type.to_string(),
        id: id.to_owned(),
        timestamp: logged.timestamp(),
        accepted: Moment::of(event.accepted_at),
        payload: Payload::of(&event.body()),
        payload_path: address("/portal/event/payload", [("id", id)]),
        receivers,
        frame,
    }
}

impl Receiver {
    fn of(head: WebhookHead, delivery: &Delivery, again: Option<&'static str>) -> Self {
        Self {
            path: format!("{}/deliveries/{}", head.path, delivery.id),
            badge: Badge::of_delivery(delivery.status),
            attempts: count(delivery.attempts_made().into()),
            last: delivery.attempts.last().map(answer),
            again,
            head,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use shared::domain::{
        delivery::Status,
        event::{EventTime, pattern::EventType, rules::TypeKey},
        ids::AccountId,
    };

    use super::*;
    use crate::testing::{attempt, delivery, frame, webhook_of};

    #[test]
    fn an_event_shows_who_got_it_and_can_be_sent_again_to_one() {
        let event = Event {
            account: AccountId::parse("acme").unwrap(),
            id: EventId::parse("a&b").unwrap(),
            event_type: EventType::parse("click").unwrap(),
            accepted_at: Timestamp::UNIX_EPOCH,
            timestamp: EventTime::Given("2026-05-25T14:32:01Z".to_owned()),
            type_key: TypeKey::Event,
            data: r#"{"n":9007199254740993}"#.to_owned(),
        };
        let (webhook, delivery) =
            (webhook_of(&["click"]), delivery("click", Status::Failed, vec![attempt(1, Some(503), 9)]));
        for (may_change, has_button) in [(true, true), (false, false)] {
            let head = WebhookHead::of(&webhook);
            let receiver = Receiver::of(head, &delivery, again(&webhook, &delivery, may_change));
            let html = page(frame(may_change), &event, vec![receiver]).render().unwrap();
            for text in ["<h1>Event</h1>", "9007199254740993", "503 · 9 ms", "example.com", "?id=a%26b"] {
                assert!(html.contains(text), "{text}");
            }
            assert_eq!(html.contains(">Resend<"), has_button);
        }
    }
}
