//! The event log: what intake stored, in the order in which intake stored it.
//!
//! Intake writes one entry for each account of a batch. An entry names its events; whoever reads it takes everything else from the
//! stored events. The log can list an event twice after a crash, and never leaves one out.

use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{
    super::{
        ids::{AccountId, EventId},
        time,
    },
    Event, EventTime,
    pattern::EventType,
};

/// How long after an entry's time its write must be confirmed for the entry to count. A later one is written again with a new time.
pub const CONFIRMED_WITHIN: Duration = Duration::from_secs(5);

/// How far behind the present a reader stays that promises to pass nothing over: what is older is confirmed, or will get a later
/// time. Twice [`CONFIRMED_WITHIN`], because two machines' clocks differ.
pub const SETTLED_AFTER: Duration = Duration::from_secs(10);

/// An event as the log names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedEvent {
    pub id: EventId,
    pub event_type: EventType,
    pub accepted_at: Timestamp,
    /// How many bytes the body has.
    pub bytes: usize,
    /// The time that the publisher gave.
    pub given_timestamp: Option<String>,
}

impl LoggedEvent {
    pub fn of(event: &Event) -> Self {
        Self {
            id: event.id.clone(),
            event_type: event.event_type.clone(),
            accepted_at: event.accepted_at,
            bytes: event.body_bytes(),
            given_timestamp: match &event.timestamp {
                EventTime::Given(text) => Some(text.clone()),
                EventTime::Arrival(_) => None,
            },
        }
    }

    /// As the body says it.
    pub fn timestamp(&self) -> String {
        self.given_timestamp.clone().unwrap_or_else(|| time::whole_seconds(self.accepted_at))
    }
}

/// One account's events of one batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    pub account: AccountId,
    pub id: EntryId,
    pub events: Vec<LoggedEvent>,
}

/// Names an entry. Ids sort by the time at which intake wrote their entries.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(String);

/// How many characters of an id are its time.
const TIME: usize = 12;

impl EntryId {
    /// The id of an entry about these messages, written at `at`.
    pub fn new<'m>(at: Timestamp, source_ids: impl IntoIterator<Item = &'m str>) -> Self {
        let mut hash = Sha256::new();
        for source_id in source_ids {
            hash.update(source_id.as_bytes());
            hash.update([0]);
        }
        let digest: [u8; 32] = hash.finalize().into();
        Self(format!("{}#{}", hex_time(at), hex::encode(digest.first_chunk::<8>().copied().unwrap_or_default())))
    }

    /// The place before every entry written at `at` or later.
    pub fn first_at(at: Timestamp) -> Self {
        Self(hex_time(at))
    }

    /// Reads what [`EntryId::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let (time, rest) = text.split_at_checked(TIME)?;
        let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let hash = rest.strip_prefix('#').unwrap_or(rest);
        let is_id = is_hex(time) && is_hex(hash) && matches!((rest.len(), hash.len()), (0, 0) | (17, 16));
        is_id.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// When intake wrote the entry.
    pub fn at(&self) -> Timestamp {
        let ms = self.0.get(..TIME).and_then(|text| i64::from_str_radix(text, 16).ok()).unwrap_or_default();
        Timestamp::from_millisecond(ms).unwrap_or_default()
    }

    /// Which of `shards` keys holds the entry.
    pub fn shard(&self, shards: u8) -> u8 {
        let last = self.0.bytes().rev().take(2).fold(0u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
        last.checked_rem(shards).unwrap_or(0)
    }

    /// Whether an entry with this id counts, if `DynamoDB` confirmed its write at `confirmed`.
    pub fn counts(&self, confirmed: Timestamp) -> bool {
        time::between(self.at(), confirmed) <= CONFIRMED_WITHIN
    }
}

/// Sorts as time does until the year 10889.
fn hex_time(at: Timestamp) -> String {
    format!("{:0TIME$x}", at.as_millisecond().max(0))
}

/// A place between two events of the log, for a reader in either direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPlace {
    pub entry: EntryId,
    /// How many of the entry's events the reader has had.
    pub taken: usize,
}

impl LogPlace {
    /// The place before every event stored at `at` or later.
    pub fn first_at(at: Timestamp) -> Self {
        Self { entry: EntryId::first_at(at), taken: 0 }
    }

    /// Reads what [`LogPlace::to_text`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let (entry, taken) = text.rsplit_once('/')?;
        Some(Self { entry: EntryId::parse(entry)?, taken: taken.parse().ok()? })
    }

    pub fn to_text(&self) -> String {
        format!("{}/{}", self.entry.as_str(), self.taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(ms).unwrap()
    }

    #[test]
    fn entries_sort_by_the_time_of_their_writing() {
        let id = |ms| EntryId::new(at(ms), ["m1"]);
        assert!(id(0xffff) < id(0x1_0000));
        assert!(EntryId::first_at(at(7)) < id(7) && id(6) < EntryId::first_at(at(7)));
        assert_eq!(id(1_764_000_000_123).at(), at(1_764_000_000_123));
    }

    #[test]
    fn an_entry_is_named_by_its_messages_in_order() {
        let id = |ids: &[&str]| EntryId::new(at(1), ids.iter().copied());
        assert_eq!(id(&["a", "b"]), id(&["a", "b"]));
        for other in [&["b", "a"][..], &["ab"], &["a"], &[]] {
            assert_ne!(id(&["a", "b"]), id(other), "{other:?}");
        }
    }

    #[test]
    fn an_entry_counts_if_it_was_confirmed_within_five_seconds() {
        let id = EntryId::new(at(1_000), ["m"]);
        for (confirmed, counts) in [(1_000, true), (6_000, true), (6_001, false), (500, true)] {
            assert_eq!(id.counts(at(confirmed)), counts, "{confirmed}");
        }
    }

    #[test]
    fn entries_spread_over_all_shards() {
        let mut seen = [0u32; 8];
        for n in 0..8_000 {
            seen[usize::from(EntryId::new(at(1), [format!("m{n}").as_str()]).shard(8))] += 1;
        }
        assert!(seen.iter().all(|count| (700..1_300).contains(count)), "{seen:?}");
    }

    #[test]
    fn a_place_is_read_as_it_was_written() {
        for place in
            [LogPlace { entry: EntryId::new(at(5), ["m"]), taken: 3 }, LogPlace::first_at(at(1_764_000_000_000))]
        {
            assert_eq!(LogPlace::parse(&place.to_text()), Some(place));
        }
        for bad in ["", "/", "0/1", "00000000000g/0", "000000000001#ff/0", "000000000001/x", "0000000000010000/0"] {
            assert_eq!(LogPlace::parse(bad), None, "{bad}");
        }
    }
}
