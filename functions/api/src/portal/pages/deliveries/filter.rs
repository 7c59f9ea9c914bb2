//! The filters of a list of deliveries or events: what was typed, and what is then asked for. All of them stand in the address.

use jiff::Timestamp;
use shared::{
    domain::{
        delivery::Status,
        event::{pattern::EventType, rules::EventRules},
        ids::{EventId, RecoveryId},
    },
    store::deliveries::pages::DeliveryFilter,
};

use crate::{
    portal::{form::Form, pager::address, pages::field::Field, words::utc_field},
    request::query::MAX_NAMES,
};

/// What somebody typed, with what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filters {
    pub(crate) status: Field,
    pub(crate) event: Field,
    pub(crate) since: Field,
    pub(crate) until: Field,
    pub(crate) event_id: Field,
    /// Not typed: a recovery's page leads to its deliveries.
    pub(crate) recovery: Field,
}

impl Filters {
    pub(crate) fn read(query: &Form) -> Self {
        let field = |name| Field::of(query.text(name).trim());
        Self {
            status: field("status"),
            event: field("event"),
            since: field("since"),
            until: field("until"),
            event_id: field("eventId"),
            recovery: field("recovery"),
        }
    }

    /// What is asked for. `None` if something cannot be read: its field then says so.
    pub(crate) fn check(&mut self, rules: &EventRules) -> Option<DeliveryFilter> {
        let filter = DeliveryFilter {
            statuses: self.status.checked(statuses).unwrap_or_default(),
            since: self.since.checked(utc_field::parse).flatten(),
            until: self.until.checked(utc_field::parse).flatten(),
            events: self.event.checked(|text| events(text, rules)).unwrap_or_default(),
            event_id: self
                .event_id
                .checked(optional(|id| EventId::parse(id).ok(), "This is not an event's id."))
                .flatten(),
            recovery: self
                .recovery
                .checked(optional(|id| RecoveryId::parse(id).ok(), "This is not a recovery's id."))
                .flatten(),
        };
        self.fields().iter().all(|(_, field)| field.error.is_none()).then_some(filter)
    }

    /// Whether anything is asked for, so that it can be cleared.
    pub(crate) fn is_set(&self) -> bool {
        self.fields().iter().any(|(_, field)| !field.value.is_empty())
    }

    /// By the names of the address.
    pub(crate) fn parameters(&self) -> Vec<(&'static str, &str)> {
        self.fields().into_iter().map(|(name, field)| (name, field.value.as_str())).collect()
    }

    /// Where a recovery of what is listed begins: the page that counts it. `None` where that would be something else than the list:
    /// a recovery knows no single event, and leaves alone what is retrying. Without "Since", it begins with the oldest.
    pub(crate) fn recovery_path(&self, webhook_path: &str, oldest: Timestamp) -> Option<String> {
        let named = statuses(&self.status.value).ok()?;
        let include: Vec<&str> = match named.as_slice() {
            [] => vec!["failed", "skipped"],
            named if named.contains(&Status::Retrying) => return None,
            named => named.iter().map(|status| status.as_str()).collect(),
        };
        let is_other = !self.event_id.value.is_empty() || !self.recovery.value.is_empty();
        let has_error = self.fields().iter().any(|(_, field)| field.error.is_some());
        if is_other || has_error {
            return None;
        }
        let include = include.into_iter().map(|kind| ("include", kind));
        let events = self.event.value.split(',').map(|event| ("event", event));
        // The page would begin a day ago.
        let since = Some(self.since.value.clone()).filter(|since| !since.is_empty());
        let since = since.unwrap_or_else(|| utc_field::text(oldest));
        let window = [("since", since.as_str()), ("until", self.until.value.as_str())];
        Some(address(&format!("{webhook_path}/recover"), include.chain(window).chain(events)))
    }

    fn fields(&self) -> [(&'static str, &Field); 6] {
        [
            ("status", &self.status),
            ("event", &self.event),
            ("since", &self.since),
            ("until", &self.until),
            ("eventId", &self.event_id),
            ("recovery", &self.recovery),
        ]
    }
}

/// Statuses, separated by commas.
fn statuses(text: &str) -> Result<Vec<Status>, String> {
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    let found = names.map(Status::parse).collect::<Option<Vec<_>>>();
    found.ok_or_else(|| format!("Choose one of {}.", Status::ALL.map(Status::as_str).join(", ")))
}

/// Event types, separated by commas.
pub(crate) fn events(text: &str, rules: &EventRules) -> Result<Vec<EventType>, String> {
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    let known = |name: &str| EventType::parse(name).ok().filter(|event| rules.knows(event));
    let found = names.map(known).collect::<Option<Vec<_>>>().filter(|events| events.len() <= MAX_NAMES);
    found.ok_or_else(|| format!("Write the name of an event type. Valid are: {}.", rules.names_in_words()))
}

/// A reader of a field that may be empty.
fn optional<T>(
    parse: impl Fn(&str) -> Option<T>,
    problem: &'static str,
) -> impl Fn(&str) -> Result<Option<T>, &'static str> {
    move |text| if text.is_empty() { Ok(None) } else { parse(text).map(Some).ok_or(problem) }
}

/// What the field "Status" offers. What was asked for in the address, and is none of these, is offered too.
pub(crate) fn status_choices(chosen: &str) -> Vec<(String, String)> {
    let capital =
        |name: &str| name.split_at_checked(1).map_or(String::new(), |(first, rest)| first.to_uppercase() + rest);
    let mut choices = vec![(String::new(), "Any".to_owned())];
    choices.extend(Status::ALL.map(|status| (status.as_str().to_owned(), capital(status.as_str()))));
    choices.push(("failed,skipped".to_owned(), "Failed or skipped".to_owned()));
    if choices.iter().all(|(value, _)| value != chosen) && statuses(chosen).is_ok() {
        choices.push((chosen.to_owned(), capital(chosen)));
    }
    choices
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::PROFILES;

    fn checked(query: &str) -> (Filters, Option<DeliveryFilter>) {
        let mut filters = Filters::read(&Form::parse(query.as_bytes()));
        let filter = filters.check(&PROFILES.by_name("go2").unwrap().events);
        (filters, filter)
    }

    #[test]
    fn an_address_says_what_is_listed() {
        let (_, none) = checked("status=&event=&since=&until=&eventId=");
        assert_eq!(none, Some(DeliveryFilter::default()));
        let (filters, filter) = checked(
            "status=failed,skipped&event=click&since=2026-05-25+14:32&until=2026-05-26&eventId=a/b&recovery=rec_1",
        );
        let filter = filter.unwrap();
        assert_eq!(filter.statuses, [Status::Failed, Status::Skipped]);
        assert_eq!(filter.since, "2026-05-25T14:32:00Z".parse().ok());
        assert_eq!(filter.until, "2026-05-26T00:00:00Z".parse().ok());
        assert_eq!((filter.event_id, filter.recovery), (EventId::parse("a/b").ok(), RecoveryId::parse("rec_1").ok()));
        let address = address("/l", filters.parameters());
        assert_eq!(
            address,
            "/l?status=failed%2Cskipped&event=click&since=2026-05-25+14%3A32&until=2026-05-26&eventId=a%2Fb&recovery=rec_1"
        );
    }

    #[test]
    fn what_cannot_be_read_is_kept_and_marked() {
        for (query, field) in [
            ("status=lost", "status"),
            ("event=no.such", "event"),
            ("since=yesterday", "since"),
            ("until=%00", "until"),
            ("eventId=a%20b", "eventId"),
            ("recovery=a/b", "recovery"),
        ] {
            let (filters, filter) = checked(query);
            assert_eq!(filter, None, "{query}");
            let marked: Vec<_> =
                filters.fields().into_iter().filter(|(_, field)| field.error.is_some()).map(|(name, _)| name).collect();
            assert_eq!(marked, [field], "{query}");
            assert!(filters.is_set());
        }
    }

    #[test]
    fn only_what_a_recovery_can_repeat_leads_to_one() {
        for (query, path) in [
            ("", Some("/w/recover?include=failed&include=skipped&since=1970-01-01+00%3A00%3A09")),
            ("status=failed", Some("/w/recover?include=failed&since=1970-01-01+00%3A00%3A09")),
            (
                "status=delivered&event=click",
                Some("/w/recover?include=delivered&since=1970-01-01+00%3A00%3A09&event=click"),
            ),
            ("since=2026-05-25", Some("/w/recover?include=failed&include=skipped&since=2026-05-25")),
            ("status=retrying", None),
            ("status=failed&eventId=e1", None),
            ("recovery=rec_1", None),
            ("since=never", None),
        ] {
            assert_eq!(
                checked(query).0.recovery_path("/w", Timestamp::from_second(9).unwrap()).as_deref(),
                path,
                "{query}"
            );
        }
    }

    #[test]
    fn a_status_of_the_address_can_always_be_chosen() {
        let values = |chosen| status_choices(chosen).into_iter().map(|(value, _)| value).collect::<Vec<_>>();
        let usual = ["", "delivered", "retrying", "failed", "skipped", "failed,skipped"];
        assert_eq!(values("failed"), usual);
        assert_eq!(values("<script>"), usual);
        assert_eq!(values("failed,retrying").last().map(String::as_str), Some("failed,retrying"));
    }
}
