//! One delivery with several messages: SQS delivered one twice, or the message that owned the delivery is lost.

use std::time::Duration;

use futures::future::join_all;
use shared::{
    ambient,
    domain::{
        delivery::{
            Delivery, Status,
            admission::Stopped,
            lane::Lane,
            transition::{Write, stopped},
        },
        ids::MessageId,
        time,
    },
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
    // There are two messages until one owns the delivery, which the second attempt decides.
    let allowed = |(number, times): (&usize, &usize)| *times == 1 || (*times == 2 && *number < 3);
    let times = receiver.attempts();
    assert!(times.iter().all(allowed), "{what}: {times:?}");
    platform.end().await;
}

#[tokio::test]
async fn a_delivery_that_lost_its_owner_continues_exactly_once() {
    let Scene { platform, customer, webhook, receiver } = Scene::new("go2", &["*"], Receiver::always(200).await).await;
    for (number, overdue_minutes, expected) in [(1, 61, 1), (2, 59, 1)] {
        let job = job(&customer, "go2", &webhook, "click", number);
        let now = ambient::now();
        let record = Delivery {
            status: Status::Retrying,
            owner: Some(MessageId::parse("a-message-in-the-dead-letter-queue").unwrap()),
            next_attempt_at: Some(time::before(now, Duration::from_mins(overdue_minutes))),
            ..stopped(&job, None, Stopped::Disabled).record
        };
        platform.store().record(record, Write::IfAbsent, None, now).await.unwrap();
        platform.queue(Lane::Retry, vec![job]).await;
        platform.settled().await;
        assert_eq!(receiver.requests().len(), expected, "overdue by {overdue_minutes} minutes");
    }
    platform.end().await;
}
