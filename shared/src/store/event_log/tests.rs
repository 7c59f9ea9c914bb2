use super::*;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap()
}

fn entry(ms: i64, ids: &[&str]) -> LogEntry {
    let event = |id: &&str| LoggedEvent {
        id: EventId::parse(id).unwrap(),
        event_type: EventType::parse("click").unwrap(),
        accepted_at: at(1),
        bytes: 100,
        given_timestamp: None,
    };
    LogEntry {
        account: AccountId::parse("acme").unwrap(),
        id: EntryId::new(at(ms), ids.iter().copied()),
        events: ids.iter().map(event).collect(),
    }
}

fn ids(page: &LogPage) -> Vec<&str> {
    page.events.iter().map(|stored| stored.event.id.as_str()).collect()
}

const ALL: LogLimit = LogLimit { events: 100, bytes: usize::MAX };

#[test]
fn an_entry_is_read_as_it_was_written() {
    let written = entry(5, &["a", "b"]);
    let item = to_item(EntryItem::of(&written, 9)).unwrap();
    let read: EntryItem = serde_dynamo::from_item(item).unwrap();
    assert_eq!(read.into_events(), written.events);
}

#[test]
fn a_full_entry_fits_a_write_unit() {
    let ids: Vec<String> = (0..10).map(|n| format!("0f0e0d0c-1111-2222-3333-44445555666{n}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let item = to_item(EntryItem::of(&entry(1_764_000_000_000, &ids), 1_767_000_000)).unwrap();
    // What DynamoDB counts: names and values, a number as half its digits and one, and 1 to 3 bytes for each list and element.
    let text = serde_json::to_string(&EntryItem::of(&entry(1_764_000_000_000, &ids), 1_767_000_000)).unwrap();
    assert!(text.len() < 1_024, "{} bytes of JSON for {} attributes", text.len(), item.len());
}

#[test]
fn a_page_ends_within_an_entry_and_the_next_goes_on_there() {
    let entries = vec![entry(1, &["a", "b"]), entry(2, &["c", "d"])];
    let limit = LogLimit { events: 3, ..ALL };
    let page = take(entries.clone(), None, &|_| true, None, limit);
    assert_eq!(ids(&page), ["a", "b", "c"]);
    let place = page.next.unwrap();
    let rest = take(entries[1..].to_vec(), None, &|_| true, Some(&place), limit);
    assert_eq!((ids(&rest), rest.next.is_none()), (vec!["d"], true));
}

#[test]
fn a_page_ends_at_its_bytes_but_has_at_least_one_event() {
    for (bytes, expected) in [(1, vec!["a"]), (200, vec!["a", "b"]), (299, vec!["a", "b"]), (300, vec!["a", "b", "c"])]
    {
        let page = take(vec![entry(1, &["a", "b", "c"])], None, &|_| true, None, LogLimit { events: 9, bytes });
        assert_eq!(ids(&page), expected, "{bytes}");
    }
}

#[test]
fn what_is_not_wanted_takes_no_room() {
    let wanted = |event: &LoggedEvent| event.id.as_str() != "b";
    let page = take(vec![entry(1, &["a", "b", "c"])], None, &wanted, None, LogLimit { events: 2, ..ALL });
    assert_eq!((ids(&page), page.next.is_none()), (vec!["a", "c"], true));
}

#[test]
fn a_page_that_was_not_read_to_its_end_goes_on_after_what_was_read() {
    let last = entry(2, &["x"]).id;
    let page = take(vec![entry(1, &["a"])], Some(last.clone()), &|_| true, None, ALL);
    let next = page.next.unwrap();
    assert_eq!(next.entry, last);
    let rest = take(vec![entry(2, &["x"]), entry(3, &["y"])], None, &|_| true, Some(&next), ALL);
    assert_eq!(ids(&rest), ["y"]);
}

#[test]
fn a_window_includes_its_beginning_and_not_its_end() {
    let window = LogWindow { since: Some(at(100)), until: Some(at(200)) };
    let (least, most) = bounds(window, None, None);
    for (ms, is_in) in [(99, false), (100, true), (199, true), (200, false)] {
        let id = entry(ms, &["a"]).id;
        assert_eq!((least.as_str()..=most.as_str()).contains(&id.as_str()), is_in, "{ms}");
    }
}
