use proptest::{collection::vec, prelude::*};

use super::*;

/// One batch: how long after the batch before it, in thousandths of the spacing, and who asks, each with how late it then is, in
/// thousandths of the tolerance.
type Batch = (i64, Vec<(Asker, i64)>);

fn limits() -> impl Strategy<Value = RateLimit> {
    let all = (REQUESTS, SECONDS);
    let slow = (1..=3u32, 1..=60u32);
    prop_oneof![all, slow].prop_map(|(requests, seconds)| limit(requests, seconds))
}

fn asker() -> impl Strategy<Value = Asker> {
    prop_oneof![Just(Asker::Newcomer), Just(Asker::Returning), Just(Asker::Replay), Just(Asker::ReturningReplay)]
}

/// Bursts, steady asking, and pauses.
fn batches() -> impl Strategy<Value = Vec<Batch>> {
    let gap = prop_oneof![Just(0i64), 0..1_000i64, 0..20_000i64];
    let late = prop_oneof![Just(0i64), Just(1_000i64), 0..=1_000i64];
    vec((gap, vec((asker(), late), 1..=10)), 1..150)
}

/// Every turn given, with the time and the asker, and how much later than its slot it reaches the receiver.
fn play(limit: RateLimit, batches: &[Batch]) -> Vec<(i64, Asker, Turn, i64)> {
    let micros = |duration: Duration| i64::try_from(duration.as_micros()).unwrap();
    let (mut now, mut pace, mut given) = (START, Pace::default(), vec![]);
    for (gap, batch) in batches {
        now += micros(limit.spacing()) * gap / 1_000;
        let askers: Vec<Asker> = batch.iter().map(|(asker, _)| *asker).collect();
        let (next, turns) = pace.reserve(limit, &askers, Timestamp::from_microsecond(now).unwrap());
        assert_eq!(turns.len(), askers.len());
        pace = next;
        for ((asker, late), turn) in batch.iter().zip(turns) {
            given.push((now, *asker, turn, micros(limit.tolerance()) * late / 1_000));
        }
    }
    given
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_interval_has_more_attempts_than_allowed(limit in limits(), batches in batches()) {
        let seen = play(limit, &batches).into_iter().filter_map(|(_, _, turn, late)| match turn {
            Turn::Slot(slot) => Some(slot.as_microsecond() + late),
            Turn::Later(_) => None,
        });
        assert_contract(limit, seen.collect());
    }

    #[test]
    fn slots_are_within_two_seconds_and_turns_a_second_away(limit in limits(), batches in batches()) {
        for (now, asker, turn, _) in play(limit, &batches) {
            match turn {
                Turn::Slot(slot) => {
                    let ahead = slot.as_microsecond() - now;
                    prop_assert!((0..=2_000_000).contains(&ahead), "{:?} waits {} µs for its slot", asker, ahead);
                }
                Turn::Later(turn) => prop_assert!(turn.as_microsecond() - now >= 1_000_000),
            }
        }
    }

    #[test]
    fn replays_get_at_most_half(limit in limits(), batches in batches()) {
        let replays = play(limit, &batches).into_iter().filter_map(|(_, asker, turn, _)| match (asker, turn) {
            (Asker::Replay | Asker::ReturningReplay, Turn::Slot(slot)) => Some(slot.as_microsecond()),
            _ => None,
        });
        let replays: Vec<i64> = replays.collect();
        let spacing = 2 * i64::try_from(limit.spacing().as_micros()).unwrap();
        for (first, from) in replays.iter().enumerate() {
            for (last, to) in replays.iter().enumerate().skip(first) {
                let most = (to - from + 3_000_000) / spacing + 1;
                prop_assert!(i64::try_from(last - first + 1).unwrap() <= most, "{} µs", to - from);
            }
        }
    }

    #[test]
    fn a_limit_can_be_used_to_nine_tenths(limit in limits()) {
        let used = f64::from(limit.seconds()) / (f64::from(limit.requests()) * limit.spacing().as_secs_f64());
        prop_assert!((0.9..=1.0).contains(&used), "{}", used);
    }
}
