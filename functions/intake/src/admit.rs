//! What a record turns out to be: an event, or a message that is rejected.

use shared::{
    domain::{
        account::Account,
        event::{Arrival, Event, message::Message, rejection::Rejection},
        ids::{AccountId, EventId},
        profile::registry::Profiles,
    },
    store::{Written, events::EventStored},
};

use crate::record::{Accounts, IntakeError, Read, Record};

/// What a record turned out to be.
#[derive(Debug)]
pub(crate) enum Admitted<'r> {
    Event {
        record: &'r Record,
        account: &'r Account,
        event: Event,
        /// Whether the event was stored together with others. Until then each is stored by itself.
        inserted: Written,
    },
    Rejected {
        record: &'r Record,
        /// `None` if the message names no account that exists.
        account: Option<&'r Account>,
        rejection: Rejection,
        /// The event that an earlier receive of the message may have stored, before its account was deleted.
        leftover: Option<Leftover>,
    },
}

/// An event that nobody wants any more.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Leftover {
    pub account: AccountId,
    pub event: EventId,
}

/// Checks one message by itself: what it says, and what its account's profile allows.
pub(crate) fn admit<'r>(
    profiles: &Profiles,
    accounts: &'r Accounts,
    Read { record, message, named }: Read<'r>,
) -> Result<Admitted<'r>, IntakeError> {
    let rejected = |account, rejection| Ok(Admitted::Rejected { record, account, rejection, leftover: None });
    let message = match message {
        Ok(message) => message,
        Err(rejection) => {
            let found = named.and_then(|named| accounts.get(&named)).and_then(|found| found.as_ref().ok()?.as_ref());
            return rejected(found, rejection);
        }
    };
    let account = match accounts.get(&message.account) {
        Some(Ok(Some(account))) if !account.status.is_deleting() => account,
        Some(Ok(_)) => {
            let event = message.id.or_else(|| EventId::parse(&record.source_id).ok());
            let event = event.filter(|_| record.may_have_been_stored());
            let leftover = event.map(|event| Leftover { account: message.account.clone(), event });
            let rejection = Rejection::UnknownAccount { account: message.account };
            return Ok(Admitted::Rejected { record, account: None, rejection, leftover });
        }
        // The read failed for all events of this account; its error was logged once.
        Some(Err(_)) | None => return Err(IntakeError::Account { account: message.account }),
    };
    match event(profiles, record, account, message)? {
        Ok(event) => Ok(Admitted::Event { record, account, event, inserted: Written::Lost }),
        Err(rejection) => rejected(Some(account), rejection),
    }
}

fn event(
    profiles: &Profiles,
    record: &Record,
    account: &Account,
    message: Message<'_>,
) -> Result<Result<Event, Rejection>, IntakeError> {
    let unknown = || IntakeError::Profile { profile: account.profile.clone() };
    let profile = profiles.get(&account.profile).ok_or_else(unknown)?;
    let arrival = EventId::parse(&record.source_id).map_err(Rejection::Id);
    let arrival = arrival.map(|id| Arrival { id, at: record.sent_at });
    Ok(arrival.and_then(|arrival| Event::admit(message, &profile.events, arrival)))
}

/// What is decided about an event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decided {
    Deliver {
        event: Event,
        /// Whether it may have been fanned out before: then deliveries read their record first.
        again: bool,
    },
    /// Published before: nothing to do.
    Repeated,
}

/// Whether an event is new, the same message again, published before, or another event with a known id: by what the store found
/// under its id.
pub(crate) fn decide(event: Event, stored: EventStored) -> Result<Decided, Rejection> {
    match stored {
        EventStored::New => Ok(Decided::Deliver { event, again: false }),
        // The content and times that were stored first are those that count.
        EventStored::Again(stored) if event.repeats(&stored) => Ok(Decided::Deliver { event: stored, again: true }),
        EventStored::Taken(stored) if event.repeats(&stored) => Ok(Decided::Repeated),
        EventStored::Again(_) | EventStored::Taken(_) => Err(Rejection::IdReused),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(data: &str, at: &str) -> Event {
        let text = format!(r#"{{"account":"acme","event":"click","data":{data}}}"#);
        let arrival = Arrival { id: EventId::parse("e1").unwrap(), at: at.parse().unwrap() };
        let profiles = Profiles::built_in();
        let rules = &profiles.by_name("go2").unwrap().events;
        Event::admit(Message::parse(&text).unwrap(), rules, arrival).unwrap()
    }

    #[test]
    fn what_is_stored_under_an_id_decides_about_its_event() {
        let (mine, earlier) = (event("1", "2026-01-01T00:00:09Z"), event("1", "2026-01-01T00:00:01Z"));
        let other = event("2", "2026-01-01T00:00:01Z");
        for (row, stored, decided) in [
            ("new", EventStored::New, Ok(Decided::Deliver { event: mine.clone(), again: false })),
            (
                "the same message again",
                EventStored::Again(earlier.clone()),
                Ok(Decided::Deliver { event: earlier.clone(), again: true }),
            ),
            ("published before", EventStored::Taken(earlier), Ok(Decided::Repeated)),
            ("other content, same message", EventStored::Again(other.clone()), Err(Rejection::IdReused)),
            ("other content", EventStored::Taken(other), Err(Rejection::IdReused)),
        ] {
            assert_eq!(decide(mine.clone(), stored), decided, "{row}");
        }
    }
}
