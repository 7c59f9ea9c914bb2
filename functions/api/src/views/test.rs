use serde::Serialize;
use serde_json::{Map, Value};
use shared::domain::{
    delivery::Status,
    event::pattern::EventType,
    ids::{DeliveryId, EventId},
};

use super::delivery::AttemptView;
use crate::actions::test::TestSent;

/// The attempt, and what was sent.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TestView<'a> {
    delivery_id: &'a DeliveryId,
    event_id: &'a EventId,
    event: &'a EventType,
    status: Status,
    #[serde(flatten)]
    attempt: AttemptView<'a>,
    request: RequestView<'a>,
}

#[derive(Debug, Serialize)]
struct RequestView<'a> {
    url: &'a str,
    headers: Map<String, Value>,
    body: &'a str,
}

impl<'a> TestView<'a> {
    pub(crate) fn of(sent: &'a TestSent) -> Self {
        let headers = sent.headers.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str())));
        Self {
            delivery_id: &sent.test.delivery_id,
            event_id: &sent.test.event_id,
            event: &sent.test.event_type,
            status: sent.status,
            attempt: AttemptView::of(&sent.attempt),
            request: RequestView { url: &sent.url, headers: headers.collect(), body: &sent.test.body },
        }
    }
}
