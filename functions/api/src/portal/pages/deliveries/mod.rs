//! **Deliveries**: what was sent to a webhook, newest first, by day.

pub(crate) mod filter;
pub(crate) mod row;

use std::{sync::Arc, time::Duration};

use askama::Template;
use axum::http::StatusCode;
use jiff::Timestamp;
use shared::{
    ambient,
    domain::{ids::DeliveryId, profile::Profile, time, webhook::Webhook},
    store::deliveries::pages::{DeliveryPage, DeliveryQuery},
};

use self::{
    filter::{Filters, status_choices},
    row::Row,
};
use super::head::WebhookHead;
use crate::{
    Api,
    actions::{deliveries, webhooks},
    error::ApiError,
    portal::{
        frame::Frame,
        pager::{Pager, Place},
        reply::Reply,
        visit::Visit,
        words::days::{Day, by_day},
    },
    request::query::DEFAULT_LIMIT,
};

#[derive(Template)]
#[template(path = "deliveries.html")]
struct DeliveriesPage {
    frame: Frame,
    head: WebhookHead,
    filters: Filters,
    statuses: Vec<(String, String)>,
    /// The names that the field "Event" offers.
    events: Vec<String>,
    /// Whether others may be written too.
    has_open_names: bool,
    days: Vec<Day<Row>>,
    empty: Option<Empty>,
    recover: Option<String>,
    pager: Pager,
}

/// Why nothing is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Empty {
    /// There was nothing yet.
    Never,
    Filtered,
    /// As far as the list was read; older ones may be.
    SoFar,
    /// The filter cannot be read.
    BadFilter,
}

/// `GET /portal/webhooks/:id/deliveries`
pub(in super::super) async fn show(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let webhook = webhooks::get(&api, &visit.caller, &visit.webhook_id()?).await?;
    let query = visit.asked.query();
    let (mut filters, place) = (Filters::read(&query), Place::read(&query));
    let Some(filter) = filters.check(&visit.caller.profile.events) else {
        let page = page(visit.frame, visit.caller.profile, &webhook, filters, &place, None, ambient::now());
        return Ok(Reply::page(&page)?.with_status(StatusCode::BAD_REQUEST));
    };
    let before = place.cursor().and_then(|cursor| DeliveryId::parse(cursor).ok());
    let query = DeliveryQuery { before, filter, limit: DEFAULT_LIMIT };
    let found = deliveries::list(&api, &webhook, &query).await?;
    let (frame, profile) = (visit.frame, visit.caller.profile);
    Reply::page(&page(frame, profile, &webhook, filters, &place, Some(found), ambient::now()))
}

/// The page. `found` is none if the filter cannot be read.
fn page(
    frame: Frame,
    profile: &Profile,
    webhook: &Webhook,
    filters: Filters,
    place: &Place,
    found: Option<DeliveryPage>,
    now: Timestamp,
) -> DeliveriesPage {
    let (head, may_change) = (WebhookHead::of(webhook), frame.may_change());
    let empty = empty(found.as_ref(), &filters, place);
    let DeliveryPage { deliveries, next } = found.unwrap_or_default();
    let rows = deliveries.iter().map(|delivery| Row::of(webhook, &head.path, delivery, may_change));
    let path = format!("{}/deliveries", head.path);
    DeliveriesPage {
        statuses: status_choices(&filters.status.value),
        events: event_names(profile),
        has_open_names: profile.events.has_open_names(),
        days: by_day(rows, |row| row.created_at, now),
        recover: filters
            .recovery_path(&head.path, oldest_recovered(webhook, now))
            .filter(|_| may_change && empty.is_none()),
        pager: place.pager(&path, &filters.parameters(), next.map(String::from)),
        empty,
        frame,
        head,
        filters,
    }
}

/// What is younger can be recovered whatever `RETENTION_DAYS` is: it is 21 at least, and the last twelve of them are a recovery's margin.
const ALWAYS_RECOVERABLE: Duration = Duration::from_hours(9 * 24 - 1);

/// The oldest delivery that a recovery may begin with, however long deliveries are kept.
fn oldest_recovered(webhook: &Webhook, now: Timestamp) -> Timestamp {
    webhook.standing.created_at.max(time::before(now, ALWAYS_RECOVERABLE))
}

fn empty(found: Option<&DeliveryPage>, filters: &Filters, place: &Place) -> Option<Empty> {
    match found {
        None => Some(Empty::BadFilter),
        Some(page) if !page.deliveries.is_empty() => None,
        Some(page) if page.next.is_some() => Some(Empty::SoFar),
        Some(_) if filters.is_set() || place.cursor().is_some() => Some(Empty::Filtered),
        Some(_) => Some(Empty::Never),
    }
}

/// The event types that the platform documents.
pub(crate) fn event_names(profile: &Profile) -> Vec<String> {
    profile.catalogue.iter().map(|entry| entry.name.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use shared::domain::delivery::Status;

    use super::*;
    use crate::{
        portal::form::Form,
        testing::{PROFILES, delivery, frame, webhook_of},
    };

    #[test]
    fn an_empty_list_says_why() {
        let one = || DeliveryPage { deliveries: vec![delivery("click", Status::Failed, Vec::new())], next: None };
        let more = || DeliveryPage { deliveries: Vec::new(), next: DeliveryId::parse("dlv_1").ok() };
        for (found, query, expected) in [
            (Some(one()), "", None),
            (Some(DeliveryPage::default()), "", Some(Empty::Never)),
            (Some(DeliveryPage::default()), "status=failed", Some(Empty::Filtered)),
            (Some(DeliveryPage::default()), "at=dlv_1", Some(Empty::Filtered)),
            (Some(more()), "status=failed", Some(Empty::SoFar)),
            (None, "since=never", Some(Empty::BadFilter)),
        ] {
            let form = Form::parse(query.as_bytes());
            assert_eq!(empty(found.as_ref(), &Filters::read(&form), &Place::read(&form)), expected, "{query}");
        }
    }

    fn shown(query: &str, may_change: bool, found: Option<DeliveryPage>) -> String {
        let form = Form::parse(query.as_bytes());
        let mut filters = Filters::read(&form);
        let profile = PROFILES.by_name("go2").unwrap();
        filters.check(&profile.events);
        let (frame, webhook) = (frame(may_change), webhook_of(&["click"]));
        let now = Timestamp::UNIX_EPOCH;
        page(frame, profile, &webhook, filters, &Place::read(&form), found, now).render().unwrap()
    }

    #[test]
    fn a_read_only_page_has_no_button_that_changes_something() {
        let found = || DeliveryPage { deliveries: vec![delivery("click", Status::Failed, Vec::new())], next: None };
        for (may_change, expected) in [(true, true), (false, false)] {
            let html = shown("status=failed", may_change, Some(found()));
            for name in [">Resend<", ">Recover these<"] {
                assert_eq!(html.contains(name), expected, "{name} {may_change}");
            }
            assert!(html.contains(">Clear filters<") && html.contains("<h1>Deliveries</h1>"));
        }
    }

    #[test]
    fn a_hostile_filter_is_shown_as_text() {
        let html = shown("eventId=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&since=%22onfocus=x", true, None);
        assert!(!html.contains("<script>alert") && !html.contains("\"onfocus"), "{html}");
        assert!(html.contains("aria-invalid=\"true\""));
    }
}
