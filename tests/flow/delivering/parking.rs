//! Retries that wait in the table until the schedule finds them due.

use std::time::Duration;

use futures::future::join_all;
use local::queues;
use shared::{
    ambient,
    domain::{delivery::job::Job, time},
    store::keys::SHARDS,
};

use crate::harness::{Faults, Moment, Platform, Receiver, Scene, Step, job};

const PARKED: usize = 50;

#[tokio::test]
async fn two_runs_of_the_schedule_send_each_parked_retry_once() {
    // At full scale the local schedule runs once a minute, so only the runs of this story work.
    let platform = Platform::start_scaled(1.0).await;
    let Scene { mut platform, customer, webhook, receiver } =
        Scene::on(platform, "standard", &["*"], Receiver::always(200).await).await;
    platform.kill().await;
    let jobs: Vec<Job> = (0..PARKED).map(|number| job(&customer, "standard", &webhook, "a", number)).collect();
    park(&platform, &jobs).await;

    let functions = [platform.delivery_function(), platform.delivery_function()];
    join_all(functions.iter().map(delivery::Handler::handle_minute)).await;
    assert_eq!(platform.sqs().counts(queues::RETRY).total(), PARKED, "each parked retry has one message");

    platform.restart().await;
    platform.settled().await;
    assert_eq!(receiver.requests().len(), PARKED);
    functions[0].handle_minute().await;
    assert_eq!(platform.sqs().counts(queues::RETRY).total(), 0, "nothing is parked any more");
    platform.end().await;
}

#[tokio::test]
async fn unreadable_items_do_not_hold_up_a_parked_retry() {
    let platform = Platform::start_scaled(1.0).await;
    let Scene { platform, customer, webhook, receiver } =
        Scene::on(platform, "standard", &["*"], Receiver::always(200).await).await;
    let due = job(&customer, "standard", &webhook, "a", 1);
    let shard = format!("DUE#{}", due.delivery.shard(SHARDS));
    for number in 0..30 {
        let sk = format!("0000000000001#unreadable-{number:02}");
        platform.put_item(&[("pk", &shard), ("sk", &sk), ("job", "not a job")]).await;
    }
    park(&platform, &[due]).await;

    platform.delivery_function().handle_minute().await;
    receiver.requests_at_least(1).await;
    assert_eq!(platform.items("ASIDE").await.len(), 30, "an operator can look at them");
    assert!(platform.items(&shard).await.is_empty(), "the next run reads none of them again");
    platform.end().await;
}

#[tokio::test]
async fn a_run_that_dies_with_the_lease_delays_a_retry_only() {
    let faults = Faults::default();
    let platform = Platform::start_tapped(faults.taps()).await;
    let Scene { mut platform, customer, webhook, receiver } =
        Scene::on(platform, "standard", &["*"], Receiver::always(200).await).await;
    let taken = Step { call: "PutItem lease".to_owned(), occurrence: 1 };
    faults.arm(Some((taken, Moment::After)));
    faults.reached("the schedule takes its lease").await;
    let due = job(&customer, "standard", &webhook, "a", 1);
    park(&platform, &[due]).await;
    platform.kill().await;
    faults.disarm();
    assert_eq!(platform.items("LEASE").await.len(), 1, "nothing gave the lease back");
    platform.restart().await;
    receiver.requests_at_least(1).await;
    platform.settled().await;
    assert_eq!(receiver.attempts(), [(2, 1)].into());
    platform.end().await;
}

/// Parks the second attempts of deliveries that failed once. They have been due for a minute.
async fn park(platform: &Platform, jobs: &[Job]) {
    let due = time::before(ambient::now(), Duration::from_mins(1));
    for job in jobs {
        platform.put_event_of(job).await;
        platform.put_retrying(job, due, None).await;
        platform.store().park(job, due).await.unwrap();
    }
}
