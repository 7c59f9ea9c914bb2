use super::*;

mod backlogs;
mod properties;
mod simulation;

const START: i64 = 1_764_000_000_000_000;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_microsecond(START + ms * 1_000).unwrap()
}

fn limit(requests: u32, seconds: u32) -> RateLimit {
    RateLimit::new(requests, seconds).unwrap()
}

/// The most attempts that the contract allows in an interval, times `seconds` in microseconds: a whole number.
fn allowed(limit: RateLimit, micros: i64) -> i64 {
    let (requests, period) = (i64::from(limit.requests()), i64::from(limit.seconds()) * 1_000_000);
    requests * micros + period.max(requests * 3_000_000)
}

/// Asserts the contract over every interval between two of these times, in microseconds.
///
/// From the i-th to the j-th, there are `j - i + 1`. So the highest of `(j + 1) - rate * time(j)` less the lowest earlier
/// `i - rate * time(i)` decides.
fn assert_contract(limit: RateLimit, mut seen: Vec<i64>) {
    seen.sort_unstable();
    let period = i64::from(limit.seconds()) * 1_000_000;
    let requests = i64::from(limit.requests());
    let first = seen.first().copied().unwrap_or_default();
    let mut lowest = i64::MAX;
    for (index, time) in (0..).zip(seen) {
        let level = index * period - requests * (time - first);
        lowest = lowest.min(level);
        let over = level + period - lowest;
        assert!(over <= allowed(limit, 0), "{limit:?}: too many up to attempt {index} at {} µs", time - first);
    }
}

/// A pace with a slot at 0, and a line of newcomers that ends at this time.
fn with_line(end: i64) -> Pace {
    let all = Track { last_slot: Some(at(0)), last_newcomer: Some(at(end)), last_returner: None };
    Pace { all, ..Pace::default() }
}

fn slots(pace: &Pace, limit: RateLimit, asker: Asker, count: usize, now: Timestamp) -> (Pace, Vec<Turn>) {
    pace.reserve(limit, &vec![asker; count], now)
}

#[test]
fn a_burst_gets_slots_within_two_seconds_and_turns_after() {
    let (pace, turns) = slots(&Pace::default(), limit(5, 1), Asker::Newcomer, 20, at(0));
    let expected: Vec<Turn> = (0..20)
        .map(|index| match -1_000 + 200 * index {
            slot if slot <= 2_000 => Turn::Slot(at(slot.max(0))),
            turn => Turn::Later(at(turn - 1_000)),
        })
        .collect();
    assert_eq!(turns, expected);
    assert_eq!(pace.all.last_slot, Some(at(2_000)));
    assert_eq!(pace.behind_until(at(0)), Some(at(2_800)));
}

#[test]
fn who_may_take_a_free_slot_depends_on_who_waits() {
    let now = at(1_000);
    let replays = Pace { replays: with_line(9_000).all, ..Pace::default() };
    let early = Pace { replays: Track { last_slot: Some(at(2_700)), ..Track::default() }, ..Pace::default() };
    for (name, pace, asker, expected) in [
        ("nobody waits", with_line(0), Asker::Newcomer, Turn::Slot(now)),
        ("others wait", with_line(9_000), Asker::Newcomer, Turn::Later(at(8_200))),
        ("it was its turn", with_line(9_000), Asker::Returning, Turn::Slot(now)),
        ("replays do not mind who waits", with_line(9_000), Asker::Replay, Turn::Slot(now)),
        ("replays wait for replays", replays, Asker::Replay, Turn::Later(at(8_400))),
        ("it was the replay's turn", replays, Asker::ReturningReplay, Turn::Slot(now)),
        ("others do not wait for replays", replays, Asker::Newcomer, Turn::Slot(now)),
        ("replays have had their share", early, Asker::ReturningReplay, Turn::Later(at(2_100))),
    ] {
        assert_eq!(pace.reserve(limit(5, 1), &[asker], now).1, [expected], "{name}");
    }
}

#[test]
fn lines_that_nobody_comes_from_hold_up_nobody() {
    for (name, limit, seconds, expected, end) in [
        ("a slot is free", limit(5, 1), 1, Turn::Later(at(899_200)), Some(at(900_200))),
        ("a slot would be lost", limit(5, 1), 2, Turn::Slot(at(2_000)), Some(at(900_000))),
        ("nobody came for half a minute", limit(5, 1), 31, Turn::Slot(at(31_000)), None),
        ("nobody is late yet", limit(1, 60), 85, Turn::Later(at(961_000)), Some(at(962_000))),
        ("a rare slot stays free", limit(1, 60), 92, Turn::Slot(at(92_000)), None),
    ] {
        let (pace, turns) = with_line(900_000).reserve(limit, &[Asker::Newcomer], at(seconds * 1_000));
        assert_eq!((turns, pace.all.last_newcomer), (vec![expected], end), "{name}");
    }
}

#[test]
fn a_replay_ends_a_deserted_line_of_newcomers() {
    let (pace, turns) = with_line(900_000).reserve(limit(1, 60), &[Asker::Replay, Asker::Newcomer], at(92_000));
    assert_eq!(turns, [Turn::Slot(at(92_000)), Turn::Later(at(153_000))]);
    assert_eq!(pace.all.last_newcomer, Some(at(154_000)));
}

#[test]
fn a_batch_that_finds_no_slot_returns_one_after_the_other() {
    let full = Pace { all: Track { last_slot: Some(at(2_000)), ..Track::default() }, ..Pace::default() };
    let (pace, first) = slots(&full, limit(1, 1), Asker::Returning, 2, at(0));
    let (_, second) = pace.reserve(limit(1, 1), &[Asker::Newcomer, Asker::Returning, Asker::Newcomer], at(0));
    let later = |ms| Turn::Later(at(ms));
    assert_eq!(first, [later(2_000), later(3_000)]);
    assert_eq!(second, [later(4_000), later(4_000), later(5_000)], "newcomers wait behind all");
}

#[test]
fn a_changed_limit_applies_from_the_next_slot_on() {
    let (pace, _) = slots(&Pace::default(), limit(1, 3_600), Asker::Newcomer, 9, at(0));
    let (_, turns) = pace.reserve(limit(5, 1), &[Asker::Returning], at(100));
    assert_eq!(turns, [Turn::Slot(at(200))]);
}

#[test]
fn no_askers_change_nothing() {
    let pace = Pace { reported: Reported::Behind, ..with_line(9_000) };
    assert_eq!(pace.reserve(limit(1, 1), &[], at(60_000)), (pace, vec![]));
}

#[test]
fn a_backlog_is_reported_once_until_it_is_caught_up() {
    let mut pace = Pace::default();
    let mut reported = vec![];
    for (seconds, asker, count) in [
        (0, Asker::Newcomer, 63),
        (1, Asker::Newcomer, 1),
        (2, Asker::Newcomer, 1),
        (3, Asker::Newcomer, 100),
        (170, Asker::Returning, 1),
        (200, Asker::Newcomer, 60),
        (201, Asker::Newcomer, 9),
    ] {
        let (next, _) = slots(&pace, limit(1, 1), asker, count, at(seconds * 1_000));
        if next.fell_behind(&pace) {
            reported.push(seconds);
        }
        pace = next;
    }
    assert_eq!(reported, [0, 201]);
}

#[test]
fn behind_until_is_the_last_turn_that_somebody_waits_for() {
    for (name, pace, now, until) in [
        ("nobody ever asked", Pace::default(), 0, None),
        ("a line", with_line(9_000), 1_000, Some(at(9_000))),
        ("its end has passed", with_line(9_000), 9_000, None),
        ("everyone had a slot", with_line(0), -5_000, None),
        ("only replays wait", Pace { replays: with_line(9_000).all, ..Pace::default() }, 0, None),
    ] {
        assert_eq!(pace.behind_until(at(now)), until, "{name}");
    }
}
