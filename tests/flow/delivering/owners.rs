//! One delivery with several messages: SQS delivered one twice, or the message that owned the delivery is lost.

use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;
use shared::{
    ambient,
    domain::{delivery::lane::Lane, time},
};

use crate::harness::{Receiver, Reply, Scene, eventually, job};

#[tokio::test]
async fn a_delivery_received_twice_has_one_record_and_one_chain() {
    let cases = [(Lane::First, [200, 200, 200]), (Lane::First, [500, 500, 200]), (Lane::Retry, [500, 500, 200])];
    join_all(cases.map(|(lane, statuses)| received_twice(lane, statuses))).await;
}

/// Two messages of one delivery in a lane, whose attempts get these statuses.
async fn received_twice(lane: Lane, statuses: [u16; 3]) {
    let what = format!("{lane:?} {statuses:?}");
    let receiver = Receiver::scripted(move |_, request| Reply::status(statuses[request.attempt() - 1])).await;
    let Scene { mut platform, customer, webhook, receiver } = Scene::new("go2", &["*"], receiver).await;
    let twice = job(&customer, "go2", &webhook, "click", 1);
    platform.queue_as_batch(lane, vec![twice.clone(), twice]).await;
    let attempts = statuses.iter().position(|status| *status == 200).unwrap() + 1;
    let deliveries = eventually("the delivery is recorded", || async {
        let deliveries = customer.deliveries(&webhook).await;
        deliveries.iter().any(|delivery| delivery["status"] == "delivered").then_some(deliveries)
    })
    .await;
    platform.settled().await;
    assert_eq!(deliveries.len(), 1, "{what}");
    assert_eq!(deliveries[0]["attempts"].as_array().unwrap().len(), attempts, "{what}");
    // Without a record both messages make the first attempt. From then on the one that claims the delivery goes on.
    let allowed = |(number, times): (&usize, &usize)| *times == 1 || (*times == 2 && *number == 1);
    let times = receiver.attempts();
    assert!(times.iter().all(allowed), "{what}: {times:?}");
    platform.end().await;
}

#[tokio::test]
async fn two_messages_of_a_due_retry_make_one_attempt() {
    let Scene { mut platform, customer, webhook, receiver } =
        Scene::new("go2", &["*"], Receiver::always(200).await).await;
    let twice = job(&customer, "go2", &webhook, "click", 1);
    platform.put_retrying(&twice, ambient::now(), None).await;
    platform.queue_as_batch(Lane::Retry, vec![twice.clone(), twice]).await;
    customer.deliveries_with(&webhook, &["delivered"]).await;
    platform.settled().await;
    assert_eq!(receiver.attempts(), [(2, 1)].into(), "the message that claims the retry attempts it");
    platform.end().await;
}

#[tokio::test]
async fn a_delivery_that_lost_its_owner_continues_exactly_once() {
    let Scene { platform, customer, webhook, receiver } = Scene::new("go2", &["*"], Receiver::always(200).await).await;
    for (number, overdue_minutes, expected) in [(1, 61, 1), (2, 59, 1)] {
        let job = job(&customer, "go2", &webhook, "click", number);
        platform.put_retrying(&job, overdue_by(overdue_minutes), Some(OWNER)).await;
        platform.queue(Lane::Retry, vec![job]).await;
        platform.settled().await;
        assert_eq!(receiver.requests().len(), expected, "overdue by {overdue_minutes} minutes");
    }
    platform.end().await;
}

#[tokio::test]
async fn a_redriven_owner_goes_on_before_it_counts_as_lost() {
    let Scene { platform, customer, webhook, receiver } = Scene::new("go2", &["*"], Receiver::always(200).await).await;
    let job = job(&customer, "go2", &webhook, "click", 1);
    platform.put_retrying(&job, overdue_by(10), Some(OWNER)).await;
    platform.redrive(&job, "another-message").await;
    platform.settled().await;
    assert_eq!(receiver.requests().len(), 0, "the delivery has another owner");
    platform.redrive(&job, OWNER).await;
    customer.deliveries_with(&webhook, &["delivered"]).await;
    platform.settled().await;
    assert_eq!(receiver.attempts(), [(2, 1)].into());
    platform.end().await;
}

const OWNER: &str = "a-message-in-the-dead-letter-queue";

fn overdue_by(minutes: u64) -> Timestamp {
    time::before(ambient::now(), Duration::from_mins(minutes))
}
