//! The simulation against arithmetic: where both can say something, they say the same.

use super::{
    arithmetic,
    measured::Measured,
    pollers::Scaling,
    population::{Mix, Responses},
    settings::{Settings, Work},
    table::Capacity,
    world::{Load, World},
};

const STEADY: Responses = Responses { median_ms: 200.0, sigma: 0.0, failing: 0.0 };

/// Without limits of the table, and work that takes no time.
fn settings() -> Settings {
    let much = Capacity { reads: 1e9, writes: 1e9 };
    let work = Work { call_ms: 0.0, intake_ms: 0.0, delivery_ms: 0.0 };
    Settings { table: much, partition: much, work, ..Settings::defaults().unwrap() }
}

fn mix(good: Responses) -> Mix {
    Mix { accounts: 100, endpoints: 100, good, ..Mix::good() }
}

fn backlog(events: u64) -> Load {
    Load { backlog: events, per_second: 0.0, for_seconds: 0 }
}

fn steady(per_second: f64) -> Load {
    Load { backlog: 0, per_second, for_seconds: 3_600 }
}

fn run(settings: Settings, mix: Mix, load: Load, unmeasured: u64, seconds: u64) -> Measured {
    World::new(settings, mix, load, 1).unwrap().run(unmeasured, seconds)
}

/// After how many seconds a mapping with messages has so many executions: from five on, five more each second.
fn seconds_to_reach(executions: f64) -> f64 {
    ((executions - 5.0) / 5.0).max(0.0)
}

#[track_caller]
fn about(found: f64, expected: f64, tolerance: f64) {
    assert!((found / expected - 1.0).abs() < tolerance, "{found} instead of {expected}");
}

#[expect(clippy::cast_precision_loss, reason = "counts of a short simulation")]
fn a_second(count: u64, seconds: u64) -> f64 {
    count as f64 / seconds as f64
}

#[test]
fn executions_at_work_are_what_littles_law_says() {
    let measured = run(settings(), mix(STEADY), steady(500.0), 10, 60);
    let batches = a_second(measured.invocations[1], 60);
    about(measured.busy[1].average(70 * 1_000_000), batches * 0.2, 0.02);
    about(a_second(measured.delivered, 60), 500.0, 0.02);
}

#[test]
fn full_batches_work_off_a_backlog_at_the_rate_of_arithmetic() {
    let responses = Responses { median_ms: 100.0, sigma: 0.6, failing: 0.0 };
    let settings =
        Settings { work: Settings::defaults().unwrap().work, concurrency: [1_000, 50, 100, 100], ..settings() };
    let settings = Settings { executions: 2_000, ..settings };
    let work = settings.work;
    let measured = run(settings, mix(responses), backlog(100_000), 10, 30);
    about(
        a_second(measured.delivered, 30),
        arithmetic::per_second(50.0, arithmetic::delivery_ms(work, responses)),
        0.02,
    );
}

#[test]
fn intake_falls_behind_at_the_rate_of_arithmetic() {
    let work = Settings::defaults().unwrap().work;
    let measured = run(Settings { work, ..settings() }, mix(STEADY), backlog(200_000), 5, 20);
    about(a_second(measured.accepted, 20), arithmetic::per_second(20.0, arithmetic::intake_ms(work)), 0.02);
}

#[test]
fn a_mapping_starts_with_five_and_gets_five_more_each_second() {
    let settings =
        Settings { scaling: Scaling::Gradual, concurrency: [20, 1_000, 100, 100], executions: 2_000, ..settings() };
    let slow = Responses { median_ms: 2_900.0, ..STEADY };
    let mut world = World::new(settings, mix(slow), backlog(1_000_000), 1).unwrap();
    world.run(0, 60);
    // A batch of intake takes no time here, so there is something to do from the beginning.
    about(seconds_to_reach(arithmetic::executions(world.pollers[1].level())), 60.0, 0.05);
}

#[test]
fn a_table_without_units_lets_through_what_it_has() {
    let table = Capacity { writes: 3_000.0, reads: 1e9 };
    let measured = run(Settings { table, ..settings() }, mix(STEADY), backlog(500_000), 10, 60);
    // With 100 accounts, a batch of ten events has about 9.6: the event, its delivery, its share of the log.
    about(measured.write_units / 60.0, 3_000.0, 0.03);
    assert!(a_second(measured.accepted, 60) < 1_600.0, "{}", measured.accepted);
}

#[test]
fn what_a_throttled_table_did_not_record_is_sent_again() {
    let table = Capacity { writes: 200.0, reads: 1e9 };
    let mut world = World::new(Settings { table, ..settings() }, mix(STEADY), backlog(2_000), 1).unwrap();
    let measured = world.run(0, 7_200);
    assert!(measured.repeated > 0 && world.table.throttled > 0);
    assert_eq!((measured.delivered, world.events.waiting()), (2_000, 0));
}

#[test]
fn endpoints_that_hang_get_as_many_attempts_as_executions_allow() {
    let hanging = Mix { hanging: 1_000, ..mix(STEADY) };
    let measured = run(settings(), hanging, steady(200.0), 300, 300);
    // 100 executions, batches of ten, 15 s each.
    about(a_second(measured.attempts[2], 300), 100.0 * 10.0 / 15.0, 0.02);
    assert_eq!(measured.attempts[0], 0, "after five minutes everyone knows that they fail");
}

#[test]
fn a_lane_never_has_more_in_flight_than_its_quota() {
    let refusing = Mix { refusing: 1_000, ..mix(STEADY) };
    let settings = Settings { in_flight: 2_000, ..settings() };
    let mut world = World::new(settings, refusing, steady(100.0), 1).unwrap();
    world.run(0, 900);
    assert!((1_000..=2_000).contains(&world.lanes[2].most_in_flight), "{}", world.lanes[2].most_in_flight);
    assert!(world.measured.parked > 0, "from half of the quota on, long waits leave the queue");
}

#[test]
fn an_account_without_executions_costs_a_visibility_timeout() {
    let work = Work { call_ms: 10.0, ..settings().work };
    let settings = Settings { executions: 4, work, ..settings() };
    let mut world = World::new(settings, mix(STEADY), backlog(10_000), 1).unwrap();
    let measured = world.run(0, 100);
    assert!(measured.throttles > 0);
    let measured = world.run(0, 3_600);
    assert!(measured.first.at(1_000) > 180_000.0, "{}", measured.first.at(1_000));
}

#[test]
fn a_limited_webhook_gets_no_more_than_its_limit() {
    let limited = Mix { accounts: 1, endpoints: 1, limited: 1_000, ..mix(STEADY) };
    let limited = Mix { limit: domain::webhook::pace::RateLimit::new(5, 1), ..limited };
    let measured = run(settings(), limited, backlog(1_000), 30, 60);
    about(a_second(measured.delivered, 60), 5.0, 0.05);
}

#[test]
fn everything_that_is_published_is_delivered_or_waits() {
    let usual = Mix { accounts: 100, endpoints: 1_000, ..Mix::usual() };
    let mut world = World::new(settings(), usual, Load { backlog: 0, per_second: 50.0, for_seconds: 60 }, 1).unwrap();
    let first = world.run(0, 60);
    // The standard schedule lasts 30 hours.
    let then = world.run(0, 40 * 3_600);
    let waiting = u64::try_from(world.records.len()).unwrap() + world.events.waiting();
    assert_eq!((first.delivered + then.delivered + first.failed + then.failed, waiting), (world.deliveries, 0));
    assert!(then.failed > 0 && first.accepted > 2_500);
}

#[test]
fn a_run_with_the_same_seed_is_the_same_run() {
    let figures = |seed| {
        let measured = World::new(Settings::defaults().unwrap(), Mix::usual(), steady(300.0), seed).unwrap().run(0, 30);
        (measured.accepted, measured.attempts, measured.sqs_requests, measured.first.at(990).to_bits())
    };
    assert_eq!(figures(7), figures(7));
    assert_ne!(figures(7), figures(8));
}
