//! A panic costs its own record only.

use std::{io, net::IpAddr};

use futures::future::BoxFuture;
use shared::{
    domain::delivery::Lane,
    net::{resolver::Names, sender::Outside},
};

use crate::harness::{Platform, Receiver, job};

/// A resolver with a defect.
#[derive(Debug)]
struct Panicking;

impl Names for Panicking {
    fn addresses(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move { panic!("a defect at {name}") })
    }
}

#[tokio::test]
async fn a_panic_costs_its_own_record_and_no_other_of_the_batch() {
    let outside = Outside { authorities: Vec::new(), names: Some(std::sync::Arc::new(Panicking)) };
    let mut platform = Platform::start_reaching("127.0.0.0/8", outside).await;
    let receiver = Receiver::always(200).await;
    let customer = platform.customer("standard");
    let healthy = customer.webhook(&receiver.url(), &["fine"]).await;
    let defective = customer.webhook("https://example.com/", &["defect"]).await;
    platform.kill().await;
    let fine = (1..=9).map(|number| job(&customer, "standard", &healthy, "fine", number));
    let batch = std::iter::once(job(&customer, "standard", &defective, "defect", 0)).chain(fine).collect();
    platform.queue(Lane::First, batch).await;
    platform.restart().await;

    customer.deliveries_with(&healthy, &["delivered"; 9]).await;
    assert_eq!(receiver.requests().len(), 9);
    // Nothing was recorded of the other, and its message comes back.
    assert!(customer.deliveries(&defective).await.is_empty());
    assert_eq!(platform.sqs().counts(local::queues::DELIVERY).total(), 1);
}
