use shared::domain::{event::pattern::EventType, ids::EventId};

use super::*;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap()
}

fn event(id: &str, accepted_ms: i64) -> LoggedEvent {
    LoggedEvent {
        id: EventId::parse(id).unwrap(),
        event_type: EventType::parse("click").unwrap(),
        accepted_at: at(accepted_ms),
        bytes: 10,
        given_timestamp: None,
    }
}

fn drafted(events: Vec<LoggedEvent>, state: State) -> Drafted {
    let entry = LogEntry { account: AccountId::parse("acme").unwrap(), id: EntryId::new(at(1_000), ["m"]), events };
    Drafted { entry, state }
}

#[test]
fn an_entry_is_written_again_unless_it_is_right_and_counts() {
    let (a, b) = (event("a", 1), event("b", 1));
    for (row, drafts, state, turned_out, is_written) in [
        ("all new", vec![a.clone(), b.clone()], State::Counts, vec![a.clone(), b.clone()], false),
        ("not confirmed", vec![a.clone()], State::Unknown, vec![a.clone()], true),
        ("one published before", vec![a.clone(), b.clone()], State::Counts, vec![a.clone()], true),
        ("all published before", vec![a.clone()], State::Counts, vec![], true),
        ("stored with another time", vec![a.clone()], State::Counts, vec![event("a", 2)], true),
        ("one not planned", vec![a.clone(), b.clone()], State::Counts, vec![b.clone()], true),
    ] {
        let corrected = corrected(drafted(drafts, state), turned_out.clone());
        assert_eq!(corrected.is_some(), is_written, "{row}");
        assert!(corrected.is_none_or(|entry| entry.events == turned_out), "{row}");
    }
}

#[test]
fn an_entry_names_each_event_once() {
    let (first, again, other) = (event("a", 1), event("a", 2), event("b", 1));
    assert_eq!(each_once([first.clone(), other.clone(), again]), [first, other]);
}

#[test]
fn only_an_entry_confirmed_in_time_counts() {
    for (written, confirmed, state) in [
        (Written::Yes, 6_000, State::Counts),
        (Written::Yes, 6_001, State::Unknown),
        (Written::Lost, 1_001, State::Unknown),
    ] {
        let account = AccountId::parse("acme").unwrap();
        let mut draft = Draft([(account.clone(), drafted(vec![event("a", 1)], State::Unknown))].into());
        draft.confirm(vec![written], at(confirmed));
        assert_eq!(draft.0.get(&account).map(|drafted| drafted.state), Some(state), "{written:?} at {confirmed}");
    }
}
