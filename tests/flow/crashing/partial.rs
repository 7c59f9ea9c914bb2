//! Batches that AWS accepts in part.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use local::{stack::Taps, tap::Hook};

use super::weather::{Misfortune, befall};
use crate::harness::{Platform, Receiver, Scene};

#[tokio::test]
async fn the_rest_of_a_partly_accepted_batch_is_sent_at_once() {
    let first = Arc::new(Mutex::new(BTreeSet::new()));
    let hook: Hook = Arc::new(move |call, upstream| {
        let is_first = first.lock().unwrap().insert(call.operation.clone());
        let misfortune = is_first.then_some(Misfortune::DoneInPart);
        Box::pin(async move { befall(misfortune, call, upstream).await })
    });
    let taps = Taps { dynamodb: Some(Arc::clone(&hook)), sqs: Some(hook) };
    let platform = Platform::start_tapped(taps).await;
    let Scene { mut platform, customer, webhook, receiver } =
        Scene::on(platform, "standard", &["*"], Receiver::always(200).await).await;
    let events: Vec<String> = (0..10).map(|number| customer.event("a", &format!("e-{number}"), number)).collect();
    platform.send_as_batch(&events).await;
    customer.deliveries_with(&webhook, &["delivered"; 10]).await;
    platform.settled().await;
    assert_eq!(receiver.requests().len(), 10, "what waited for its visibility timeout was sent twice");
    platform.end().await;
}
