//! How many events a page with their bodies may have.
//!
//! A body becomes a string of the page, and the page a string of Lambda's own response: its quotes are escaped twice.

use super::Event;

/// The most bytes of events in Lambda's response, which may have 6 MB: the rest is for headers, and for what the count leaves out.
pub const MAX_ESCAPED_BYTES: usize = 5_000_000;

/// What an event takes next to its own texts: the names of its fields, the quotes around them, and its delivery's id.
const FRAME_BYTES: usize = 300;

/// How many of these events, from the first on, a page may have if they may take `most` bytes. The first one fits always: a page
/// without it would end where it begins. `None` is an event that takes no room.
pub fn fitting(events: &[Option<Event>], most: usize) -> usize {
    let mut bytes = 0usize;
    for (place, event) in events.iter().enumerate() {
        let Some(event) = event else { continue };
        let is_first = bytes == 0;
        bytes = bytes.saturating_add(event_bytes(event));
        if bytes > most && !is_first {
            return place;
        }
    }
    events.len()
}

fn event_bytes(event: &Event) -> usize {
    let named_twice = [event.event_type.as_str(), event.timestamp.as_str()];
    let texts = named_twice.into_iter().chain(named_twice).chain([event.id.as_str(), &event.data]);
    texts.map(twice_escaped_bytes).fold(FRAME_BYTES, usize::saturating_add)
}

/// How many bytes a text has at most as a string of a JSON text that is itself a string of a JSON text.
fn twice_escaped_bytes(text: &str) -> usize {
    let bytes = |byte: u8| match byte {
        b'"' | b'\\' => r#"\\\""#.len(),
        ..0x20 => r"\\u0000".len(),
        _ => 1,
    };
    text.bytes().map(bytes).fold(0, usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            super::{ids::EventId, profile::registry::Profiles},
            Arrival,
            message::Message,
        },
        *,
    };

    /// An event whose string has as many quotes, each with its backslash.
    fn event(quotes: usize) -> Event {
        let data = "\\\"".repeat(quotes);
        let text = format!(r#"{{"account":"acme","event":"click","data":"{data}"}}"#);
        let arrival = Arrival { id: EventId::parse("e1").unwrap(), at: "2026-01-01T00:00:00Z".parse().unwrap() };
        let profiles = Profiles::built_in();
        let rules = &profiles.by_name("go2").unwrap().events;
        Event::admit(Message::parse(&text).unwrap(), rules, arrival).unwrap()
    }

    #[test]
    fn no_text_has_more_bytes_twice_escaped_than_counted() {
        for (text, bytes) in [("ab", 2), ("é", 2), ("\"", 4), ("\\", 4), ("a\"b\\", 10), ("\u{1}", 7), ("\u{7f}", 1)] {
            let escaped = serde_json::to_string(&serde_json::to_string(text).unwrap()).unwrap();
            // Without the quotes around the text, which are escaped once, and around all of it.
            assert_eq!((escaped.len() - 6, twice_escaped_bytes(text)), (bytes, bytes), "{text:?}");
        }
        assert_eq!(twice_escaped_bytes("\n"), 7, "a short escape counts as a long one");
    }

    #[test]
    fn a_page_of_events_ends_before_its_most_bytes() {
        // 1,000 quotes with their backslashes are 8,000 bytes twice escaped.
        let events = |quotes: &[usize]| quotes.iter().map(|quotes| Some(event(*quotes))).collect::<Vec<_>>();
        for (quotes, most, expected) in [
            (&[1_000, 1_000, 1_000][..], 20_000, 2),
            (&[1_000, 1_000, 1_000], 30_000, 3),
            (&[1_000, 1], 5_000, 1),
            (&[], 5_000, 0),
        ] {
            assert_eq!(fitting(&events(quotes), most), expected, "{quotes:?} in {most}");
        }
        let two = events(&[1_000, 1_000]);
        let together = two.iter().flatten().map(event_bytes).sum();
        assert_eq!((fitting(&two, together), fitting(&two, together - 1)), (2, 1), "to the byte");
        let absent = [None, Some(event(1_000)), None, Some(event(1_000))];
        assert_eq!(fitting(&absent, 5_000), 3, "what is absent takes no room");
    }
}
