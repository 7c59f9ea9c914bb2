//! A panic costs only its own record.

use std::{io, iter::once, net::IpAddr, sync::Arc};

use futures::future::BoxFuture;
use local::queues;
use shared::{
    domain::delivery::lane::Lane,
    net::{resolver::Names, sender::Outside},
};

use crate::harness::{Platform, Receiver, Scene, job};

/// A resolver with a defect.
#[derive(Debug)]
struct Panicking;

impl Names for Panicking {
    fn addresses(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move { panic!("a defect at {name}") })
    }
}

#[tokio::test]
async fn a_panic_costs_only_its_own_record_of_the_batch() {
    let outside = Outside { authorities: Vec::new(), names: Some(Arc::new(Panicking)) };
    let platform = Platform::start_reaching("127.0.0.0/8", outside).await;
    let Scene { mut platform, customer, webhook: healthy, receiver } =
        Scene::on(platform, "standard", &["fine"], Receiver::always(200).await).await;
    let defective = customer.webhook("https://example.com/", &["defect"]).await;
    let fine = (1..=9).map(|number| job(&customer, "standard", &healthy, "fine", number));
    let batch = once(job(&customer, "standard", &defective, "defect", 0)).chain(fine).collect();
    platform.queue_as_batch(Lane::First, batch).await;

    customer.deliveries_with(&healthy, &["delivered"; 9]).await;
    assert_eq!(receiver.requests().len(), 9);
    assert!(customer.deliveries(&defective).await.is_empty(), "nothing is recorded of the one that panicked");
    assert_eq!(platform.sqs().counts(queues::DELIVERY).total(), 1, "its message comes back");
}
