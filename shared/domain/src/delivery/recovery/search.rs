//! In which order a recovery searches for deliveries.

use std::time::Duration;

use jiff::Timestamp;

use super::{super::super::time, Cursor, Include, Plan};

/// How much of the window's end is searched once more.
const AGAIN: Duration = Duration::from_mins(10);

/// Where the search begins.
pub(super) fn first_cursor(plan: &Plan) -> Cursor {
    if plan.include.iter().any(|include| *include != Include::Missing) {
        Cursor::Records { after: None }
    } else {
        Cursor::Missing { after: None }
    }
}

/// Where the search goes on after the end of one part.
pub fn next_part(plan: &Plan, cursor: &Cursor) -> Cursor {
    match cursor {
        Cursor::Records { .. } => Cursor::Again { after: None },
        Cursor::Again { .. } if plan.include.contains(&Include::Missing) => Cursor::Missing { after: None },
        Cursor::Again { .. } | Cursor::Missing { .. } | Cursor::End => Cursor::End,
    }
}

/// From when on records are searched for.
pub fn records_since(plan: &Plan, cursor: &Cursor) -> Timestamp {
    match cursor {
        Cursor::Again { .. } => time::before(plan.until, AGAIN).max(plan.since),
        Cursor::Records { .. } | Cursor::Missing { .. } | Cursor::End => plan.since,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(include: &[Include]) -> Plan {
        let at = Timestamp::UNIX_EPOCH;
        Plan { include: include.to_vec(), since: at, until: at, events: None, rate: 1, wants_since: at }
    }

    #[test]
    fn the_search_goes_through_the_records_twice_and_then_the_log() {
        for (include, parts) in [
            (&[Include::Failed][..], vec!["records", "again", "end"]),
            (&[Include::Failed, Include::Missing], vec!["records", "again", "missing", "end"]),
            (&[Include::Missing], vec!["missing", "end"]),
        ] {
            let plan = plan(include);
            let (mut cursor, mut found) = (first_cursor(&plan), Vec::new());
            loop {
                found.push(match cursor {
                    Cursor::Records { .. } => "records",
                    Cursor::Again { .. } => "again",
                    Cursor::Missing { .. } => "missing",
                    Cursor::End => "end",
                });
                if cursor == Cursor::End {
                    break;
                }
                cursor = next_part(&plan, &cursor);
            }
            assert_eq!(found, parts, "{include:?}");
        }
    }
}
