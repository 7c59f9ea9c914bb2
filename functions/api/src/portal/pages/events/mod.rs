//! **Events**: what was published for the account, newest first, by day.

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        event::log::{LogPlace, LoggedEvent},
        profile::Profile,
    },
    store::event_log::{LogPage, LogWindow},
};

use super::deliveries::{event_names, filter::Filters, row::event_path};
use crate::{
    Api,
    actions::event_log::{self, EventQuery},
    error::ApiError,
    portal::{
        frame::Frame,
        pager::{Pager, Place},
        reply::Reply,
        visit::Visit,
        words::{
            days::{Day, by_day},
            moments::Moment,
            quantities::size,
        },
    },
    request::query::DEFAULT_LIMIT,
};

const PATH: &str = "/portal/events";

#[derive(Template)]
#[template(path = "events.html")]
struct EventsPage {
    frame: Frame,
    filters: Filters,
    events: Vec<String>,
    has_open_names: bool,
    days: Vec<Day<Row>>,
    empty: Option<Empty>,
    pager: Pager,
}

/// An event in the list.
struct Row {
    accepted_at: Timestamp,
    at: Moment,
    path: String,
    event: String,
    id: String,
    size: String,
}

/// Why nothing is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Empty {
    Never,
    Filtered,
    SoFar,
    BadFilter,
    /// There is no event log, in the error's words.
    NoLog(String),
}

/// `GET /portal/events`. An event's id leads to its page.
pub(in super::super) async fn show(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let (query, profile) = (visit.asked.query(), visit.caller.profile);
    let (mut filters, place) = (Filters::read(&query), Place::read(&query));
    let Some(filter) = filters.check(&profile.events) else {
        let page = page(visit.frame, profile, filters, &place, Err(Empty::BadFilter), ambient::now());
        return Ok(Reply::page(&page)?.with_status(StatusCode::BAD_REQUEST));
    };
    if let Some(id) = filter.event_id {
        return Ok(Reply::see(&event_path(id.as_str())));
    }
    let window = LogWindow { since: filter.since, until: filter.until };
    let after = place.cursor().and_then(LogPlace::parse);
    let query = EventQuery { after, window, events: filter.events, limit: DEFAULT_LIMIT };
    let (found, status) = match event_log::list(&api, &visit.caller, &query).await {
        Ok(found) => (Ok(found), StatusCode::OK),
        Err(error @ (ApiError::NoEventLog | ApiError::EventLogWasOff { .. })) => {
            (Err(Empty::NoLog(super::delivery::timeline::sentence(&error.to_string()))), error.status())
        }
        Err(error) => return Err(error),
    };
    let page = page(visit.frame, profile, filters, &place, found, ambient::now());
    Ok(Reply::page(&page)?.with_status(status))
}

fn page(
    frame: Frame,
    profile: &Profile,
    filters: Filters,
    place: &Place,
    found: Result<LogPage, Empty>,
    now: Timestamp,
) -> EventsPage {
    let empty = match &found {
        Err(empty) => Some(empty.clone()),
        Ok(page) if !page.events.is_empty() => None,
        Ok(page) if page.next.is_some() => Some(Empty::SoFar),
        Ok(_) if filters.is_set() || place.cursor().is_some() => Some(Empty::Filtered),
        Ok(_) => Some(Empty::Never),
    };
    let LogPage { events, next, .. } = found.unwrap_or_default();
    let rows = events.into_iter().map(|stored| Row::of(&stored.event));
    EventsPage {
        events: event_names(profile),
        has_open_names: profile.events.has_open_names(),
        days: by_day(rows, |row| row.accepted_at, now),
        pager: place.pager(PATH, &filters.parameters(), next.map(|next| next.to_text())),
        empty,
        frame,
        filters,
    }
}

impl Row {
    fn of(event: &LoggedEvent) -> Self {
        Self {
            accepted_at: event.accepted_at,
            at: Moment::within_day(event.accepted_at),
            path: event_path(event.id.as_str()),
            event: event.event_type.to_string(),
            id: event.id.to_string(),
            size: size(event.bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::{
        domain::{event::pattern::EventType, ids::EventId},
        store::event_log::StoredEvent,
    };

    use super::*;
    use crate::{
        portal::form::Form,
        testing::{PROFILES, frame},
    };

    fn html(query: &str, found: Result<LogPage, Empty>) -> String {
        let form = Form::parse(query.as_bytes());
        let mut filters = Filters::read(&form);
        let profile = PROFILES.by_name("go2").unwrap();
        filters.check(&profile.events);
        page(frame(true), profile, filters, &Place::read(&form), found, Timestamp::UNIX_EPOCH).render().unwrap()
    }

    #[test]
    fn an_event_is_listed_with_its_page() {
        let event = LoggedEvent {
            id: EventId::parse("a/b?<&").unwrap(),
            event_type: EventType::parse("click").unwrap(),
            accepted_at: Timestamp::UNIX_EPOCH,
            bytes: 1_536,
            given_timestamp: None,
        };
        let place = LogPlace::first_at(Timestamp::UNIX_EPOCH);
        let found = LogPage { events: vec![StoredEvent { event, place }], ..LogPage::default() };
        let html = html("", Ok(found));
        for text in ["<h1>Events</h1>", "/portal/event?id=a%2Fb%3F%3C%26", "1.5 KB", "Today, 1 January"] {
            assert!(html.contains(text), "{text}: {html}");
        }
        assert!(!html.contains("a/b?<"), "{html}");
    }

    #[test]
    fn an_empty_list_says_why() {
        let more = || LogPage { next: Some(LogPlace::first_at(Timestamp::UNIX_EPOCH)), ..LogPage::default() };
        for (query, found, says) in [
            ("", Ok(LogPage::default()), "No events yet"),
            ("event=click", Ok(LogPage::default()), "No events for these filters"),
            ("event=click", Ok(more()), "None so far"),
            ("since=never", Err(Empty::BadFilter), "INVALID_PARAMETER"),
            ("", Err(Empty::NoLog("It is off.".to_owned())), "NO_EVENT_LOG"),
        ] {
            assert!(html(query, found).contains(says), "{says}");
        }
    }
}
