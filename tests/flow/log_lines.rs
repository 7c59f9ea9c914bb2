//! What is logged is for operators: it never holds what belongs to customers. Every story is watched; this one does everything
//! that could say too much.

use serde_json::json;

use crate::harness::{MARKER, Platform, Receiver, Reply};

#[tokio::test]
async fn no_log_line_holds_a_secret_a_key_or_a_payload() {
    let platform = Platform::start().await;
    let echo = Receiver::scripted(|number, request| {
        let reply = Reply::status(if number % 2 == 1 { 500 } else { 200 }).body(request.body.as_bytes());
        reply.header("x-echo", MARKER)
    })
    .await;
    let customer = platform.customer("standard");
    let webhook = customer.webhook(&format!("{}?token={MARKER}", echo.url()), &["*"]).await;
    let path = format!("/webhooks/{}", webhook["id"].as_str().unwrap());
    let data = json!({"card": MARKER});
    assert_eq!(customer.post(&format!("{path}/rotate-secret"), &json!({})).await.status, 200);
    assert_eq!(customer.post(&format!("{path}/test"), &json!({"event": "a"})).await.status, 200);
    assert_eq!(customer.post("/events", &json!({"event": "a", "data": data})).await.status, 202);
    assert_eq!(customer.post("/events", &json!({"event": "a", "data": data, "more": MARKER})).await.status, 400);
    assert_eq!(customer.with_key(MARKER).get("/webhooks").await.status, 401);
    platform.publish(&customer, "a", &data.to_string()).await;
    platform.send(&format!("{{\"{MARKER}\"")).await;
    platform.rejected().await;
    platform.send_to_delivery(MARKER).await;
    platform.rejected().await;
    customer.deliveries_with(&webhook, &["delivered", "delivered", "failed"]).await;
    platform.end().await;
}

#[tokio::test]
async fn a_line_that_holds_one_would_be_found() {
    let platform = Platform::start().await;
    assert_eq!(crate::harness::leaks_in(&format!("{{\"body\":\"{MARKER}\"}}")), 1);
    assert_eq!(crate::harness::leaks_in("{\"body\":\"nothing\"}"), 0);
    platform.end().await;
}
