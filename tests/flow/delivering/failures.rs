//! What the delivery log shows for an endpoint that redirects, cannot be reached, or sends back what no terminal should print.

use serde_json::Value;
use tokio::net::TcpListener;

use crate::harness::{Platform, Receiver, Reply, Scene};

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (platform, target) = (Platform::start_with_quick_retries().await, Receiver::always(200).await);
    let url = target.url();
    let receiver = Receiver::scripted(move |_, _| Reply::status(307).header("location", &url)).await;
    let Scene { platform, customer, webhook, .. } = Scene::on(platform, "awsys", &["link.click"], receiver).await;
    platform.publish(&customer, "link.click", "{}").await;
    let deliveries = customer.deliveries_with(&webhook, &["failed"]).await;
    assert!(deliveries[0]["attempts"][0]["error"].as_str().unwrap().contains("redirects are not followed"));
    assert!(target.requests().is_empty(), "the redirect was followed");
    platform.end().await;
}

#[tokio::test]
async fn a_refused_connection_is_reported_as_such() {
    let platform = Platform::start_with_quick_retries().await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let customer = platform.customer("awsys");
    let webhook = customer.webhook(&format!("http://{closed}/"), &["link.click"]).await;
    platform.publish(&customer, "link.click", "{}").await;
    let deliveries = customer.deliveries_with(&webhook, &["failed"]).await;
    let attempt = &deliveries[0]["attempts"][0];
    assert_eq!(attempt["error"], "the connection could not be made: connection refused");
    assert_eq!((&attempt["statusCode"], &attempt["response"]), (&Value::Null, &Value::Null));
    platform.end().await;
}

#[tokio::test]
async fn a_response_is_logged_shortened_and_made_safe() {
    let body = [b"\0\x1b[31m\xff".to_vec(), vec![b'x'; 100_000]].concat();
    let receiver = Receiver::scripted(move |_, _| Reply::status(200).body(&body)).await;
    let Scene { platform, customer, webhook, .. } = Scene::new("standard", &["*"], receiver).await;
    platform.publish(&customer, "a", "1").await;
    let deliveries = customer.deliveries_with(&webhook, &["delivered"]).await;
    let response = deliveries[0]["attempts"][0]["response"].as_str().unwrap();
    assert!(response.starts_with("\u{fffd}\u{fffd}[31m\u{fffd}xxx"), "{response}");
    assert_eq!(response.len(), 1_024, "its own bytes, three for each of the replaced ones");
    platform.end().await;
}
