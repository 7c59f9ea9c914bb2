//! An event as filters look at it.

use std::cell::OnceCell;

use super::{
    Event,
    filter::{Filter, Subject},
    pattern::EventType,
};

/// An event's type and data. The data is parsed at most once, however many filters look at it, and not at all if none does.
pub struct Content<'e> {
    event_type: &'e EventType,
    data: &'e str,
    subject: OnceCell<Option<Subject<'e>>>,
}

impl<'e> Content<'e> {
    pub fn of(event: &'e Event) -> Self {
        Self { event_type: &event.event_type, data: &event.data, subject: OnceCell::new() }
    }

    pub fn event_type(&self) -> &'e EventType {
        self.event_type
    }

    /// Whether a webhook with this filter, or with none, gets the event.
    pub fn passes(&self, filter: Option<&Filter>) -> bool {
        let Some(filter) = filter else { return true };
        let subject = self.subject.get_or_init(|| Subject::parse(self.data).ok());
        // An event's data is canonical JSON, which can be parsed. Were it not, one event too many would be better than one too few.
        subject.as_ref().is_none_or(|subject| filter.matches(self.event_type, subject))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        event::{Arrival, message::Message},
        ids::EventId,
        profile::registry::Profiles,
    };

    #[test]
    fn an_event_passes_no_filter_and_one_that_matches() {
        let message = Message::parse(r#"{"account":"acme","event":"order.paid","data":{"amount":250}}"#).unwrap();
        let arrival = Arrival { id: EventId::parse("e1").unwrap(), at: "2026-01-01T00:00:00Z".parse().unwrap() };
        let event = Event::admit(message, &Profiles::built_in().by_name("standard").unwrap().events, arrival).unwrap();
        let content = Content::of(&event);
        for (filter, passes) in [
            (None, true),
            (Some(r#"{"data":{"amount":[{"numeric":[">",100]}]}}"#), true),
            (Some(r#"{"event":["order.paid"]}"#), true),
            (Some(r#"{"event":["order.sent"]}"#), false),
            (Some(r#"{"data":{"amount":[{"numeric":[">",250]}]}}"#), false),
        ] {
            let parsed = filter.map(|text| Filter::parse(text).unwrap());
            assert_eq!(content.passes(parsed.as_ref()), passes, "{filter:?}");
        }
    }
}
