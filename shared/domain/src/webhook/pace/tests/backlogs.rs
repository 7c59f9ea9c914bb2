//! What backlogs cost, and that the receiver never sees more than the contract allows.

use super::{
    simulation::{Outcome, Scenario, Simulation},
    *,
};

const SECOND: i64 = 1_000_000;

/// A lane in time, and one that is 3 s late.
const STEADY: [(i64, i64); 2] = [(0, 0), (3 * SECOND, 3 * SECOND)];

/// Every message is late by something else, and overtakes others.
const UNSTEADY: (i64, i64) = (0, 3 * SECOND);

/// How a message begins, and when it is in the queue.
type Mix = fn(i64) -> (Asker, i64);

/// Messages that come one after the other, this far apart.
fn stream(count: i64, gap: i64) -> Vec<(Asker, i64)> {
    (0..count).map(|index| (Asker::Newcomer, index * gap)).collect()
}

/// Runs it and asserts the contract. The text has the figures.
fn simulate(scenario: Scenario) -> (Outcome, String) {
    let (limit, late) = (scenario.limit, scenario.late);
    let outcome = Simulation::new(scenario).run();
    assert_contract(limit, outcome.seen.clone());
    let (used, asks, order) = (outcome.used(limit), outcome.asks_each(), outcome.in_order());
    let races = outcome.races;
    let text = format!("{limit:?} late {late:?}: used {used:.3}, asks {asks:.2}, in order {order:.3}, races {races}");
    (outcome, text)
}

#[test]
fn a_backlog_uses_nine_tenths_with_two_asks_each() {
    for (limit, functions, count, jitter) in [
        (limit(5, 1), 10, 1_000, 500_000),
        (limit(200, 1), 10, 10_000, 500_000),
        // As many as it takes at this rate.
        (limit(1_000, 1), 100, 40_000, 500_000),
        (limit(1, 1), 10, 200, 500_000),
        (limit(1, 3), 10, 300, 300_000),
        (limit(1, 60), 10, 40, 500_000),
        (limit(100, 60), 10, 1_000, 500_000),
        (limit(1, 3_600), 10, 6, 500_000),
    ] {
        for late in STEADY {
            let scenario = Scenario { limit, functions, messages: stream(count, 0), late, jitter };
            let (outcome, text) = simulate(scenario);
            assert!(outcome.used(limit) >= 0.9, "{text}");
            assert!(outcome.asks_each() <= 2.05, "{text}");
        }
    }
}

#[test]
fn an_unsteady_lane_costs_rare_slots_little() {
    for (limit, count, used, asks) in [
        (limit(5, 1), 1_000, 0.97, 2.05),
        (limit(100, 60), 1_000, 0.97, 2.05),
        (limit(1, 2), 300, 0.95, 3.0),
        (limit(1, 10), 300, 0.82, 3.2),
        (limit(1, 60), 40, 0.95, 3.0),
    ] {
        let messages = stream(count, 0);
        let (outcome, text) = simulate(Scenario { limit, functions: 10, messages, late: UNSTEADY, jitter: 300_000 });
        assert!(outcome.used(limit) >= used, "{text}");
        assert!(outcome.asks_each() <= asks, "{text}");
    }
}

#[test]
fn twice_what_the_limit_allows_is_sent_oldest_first() {
    for (limit, count, gap) in
        [(limit(5, 1), 1_000, 100_000), (limit(100, 60), 1_000, 300_000), (limit(1, 60), 100, 30 * SECOND)]
    {
        for late in [STEADY[0], STEADY[1], UNSTEADY] {
            let messages = stream(count, gap);
            let (outcome, text) = simulate(Scenario { limit, functions: 10, messages, late, jitter: 500_000 });
            assert!(outcome.in_order() >= 0.95, "{text}");
            assert!(outcome.used(limit) >= 0.9, "{text}");
        }
    }
}

#[test]
fn under_the_limit_nothing_asks_twice() {
    let limit = limit(5, 1);
    for late in STEADY {
        let messages = stream(1_000, 220_000);
        let (outcome, text) = simulate(Scenario { limit, functions: 10, messages, late, jitter: 500_000 });
        assert!(outcome.asks_each() <= 1.01, "{text}");
    }
}

#[test]
fn retries_and_replays_do_not_make_a_backlog_ask_on_and_on() {
    let retries = |index: i64| if index % 2 == 0 { (Asker::Newcomer, 0) } else { (Asker::Returning, index * 200_000) };
    let replays = |index: i64| if index % 2 == 0 { (Asker::Newcomer, 0) } else { (Asker::Replay, 0) };
    let all = |index: i64| match index % 4 {
        0 => (Asker::Newcomer, 0),
        1 => (Asker::Returning, index * 100_000),
        2 => (Asker::Replay, 0),
        _ => (Asker::Replay, index * 100_000),
    };
    // Replays that are left over at the end use half of the limit.
    for (mix, used) in [(retries as Mix, 0.95), (replays, 0.75), (all, 0.75)] {
        for late in [STEADY[0], STEADY[1], UNSTEADY] {
            let messages = (0..2_000).map(mix).collect();
            let limit = limit(5, 1);
            let (outcome, text) = simulate(Scenario { limit, functions: 10, messages, late, jitter: 500_000 });
            assert!(outcome.used(limit) >= used, "{text}");
            assert!(outcome.asks_each() <= 3.5, "{text}");
        }
    }
}

#[test]
fn a_thousand_replays_use_half_with_two_asks_each() {
    let limit = limit(5, 1);
    let messages = vec![(Asker::Replay, 0); 1_000];
    let (outcome, text) = simulate(Scenario { limit, functions: 10, messages, late: (0, 0), jitter: 500_000 });
    assert!((0.45..=0.51).contains(&outcome.used(limit)), "{text}");
    assert!(outcome.asks_each() <= 2.05, "{text}");
}
