//! The receivers printed in the guides, and the official Standard Webhooks libraries, accept every payload that is sent.

use serde_json::json;

use crate::harness::{Customer, External, Platform};

/// JSON that breaks naive senders: receivers verify it with code that parses the body and prints it again.
const DATA: &[&str] = &[
    r#"{"a":1.0,"b":1e5,"c":1e21,"d":-0,"e":0.1,"f":1.7976931348623157e308,"g":5e-324,"h":123456789.12345679}"#,
    r#"{"b":1,"10":2,"a":3,"2":4,"02":5,"-1":6,"4294967294":7,"4294967295":8}"#,
    r#"{"a":1,"b":2,"a":{"3":1,"1":2}}"#,
    r#"{"html":"<>&'\u0027","accent":"\u00e9é","separators":"\u2028\u2029","emoji":"\ud83d\ude00😀"}"#,
    r#"{"controls":"\u0000\u0001\u001f\u007f\b\f\n\r\t","slash":"\/","quote":"\"\\"}"#,
    "{ \"spaced\" : [ 1 , { } , [ ] , null ,\n\ttrue ] , \"\" : \"\" }",
    r#"{"__proto__":{"a":1},"constructor":1,"toString":null}"#,
    r#"{"noncharacters":"\ufffe\uffff"}"#,
    r#"{"deep":[[[[[[[[[[{"x":[[[[[[1e-7]]]]]]}]]]]]]]]]]}"#,
    r#""just a string""#,
    "-0.0",
    "null",
];

async fn every_payload_is_accepted(platform: &Platform, customer: &Customer, event: &str, mut receiver: External) {
    for data in DATA {
        platform.publish(customer, event, data).await;
        let (status, body) = receiver.responded(data).await;
        assert_eq!(status, 200, "{data} was sent as {body}");
    }
}

#[tokio::test]
async fn the_awsys_guides_receiver_accepts_every_payload() {
    let (platform, mut receiver) = (Platform::start().await, External::start("awsys.js").await);
    let customer = platform.customer("awsys");
    receiver.set_secret("your-signing-secret").await;
    let (url, events) = (receiver.url("/webhooks/awsys"), ["link.click"]);
    let created =
        customer.post("/webhooks", &json!({"url": url, "events": events, "secret": "your-signing-secret"})).await;
    assert_eq!(created.status, 201, "{:?}", created.json);
    every_payload_is_accepted(&platform, &customer, "link.click", receiver).await;
    platform.end().await;
}

#[tokio::test]
async fn the_go2_guides_receiver_accepts_every_payload() {
    let (platform, mut receiver) = (Platform::start().await, External::start("go2.js").await);
    let customer = platform.customer("go2");
    let webhook = customer.webhook(&receiver.url("/webhooks/go2"), &["*"]).await;
    receiver.set_secret(webhook["secret"].as_str().unwrap()).await;
    // Of an event that it knows, the guide's handler would read a field of `data`, which may be null here.
    every_payload_is_accepted(&platform, &customer, "qr.scanned", receiver).await;
    platform.end().await;
}

async fn a_library_accepts_every_payload(file: &str) {
    let (platform, mut receiver) = (Platform::start().await, External::start(file).await);
    let customer = platform.customer("standard");
    let webhook = customer.webhook(&receiver.url("/"), &["*"]).await;
    receiver.set_secret(webhook["secret"].as_str().unwrap()).await;
    every_payload_is_accepted(&platform, &customer, "any.thing", receiver).await;
    platform.end().await;
}

#[tokio::test]
async fn the_official_javascript_library_accepts_every_payload() {
    a_library_accepts_every_payload("standard.mjs").await;
}

#[tokio::test]
async fn the_official_python_library_accepts_every_payload() {
    a_library_accepts_every_payload("standard.py").await;
}

#[tokio::test]
async fn a_receiver_with_another_secret_rejects_the_request() {
    let (platform, mut receiver) = (Platform::start().await, External::start("go2.js").await);
    let customer = platform.customer("go2");
    receiver.set_secret("whsec_somebody-elses").await;
    let webhook = customer.webhook(&receiver.url("/webhooks/go2"), &["click"]).await;
    assert_eq!(customer.test(&webhook, &json!({})).await["statusCode"], 401);
    assert_eq!(receiver.responded("the test event").await.0, 401);
    let deliveries = customer.deliveries(&webhook).await;
    assert_eq!((&deliveries[0]["reason"], &deliveries[0]["status"]), (&json!("test"), &json!("failed")));
    platform.end().await;
}
