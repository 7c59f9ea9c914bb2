//! Secrets, keys and payloads: no response repeats them where it should not, and no log line holds them.

use reqwest::Method;
use serde_json::json;

use super::samples::{PROFILES, event_of};
use crate::harness::{MARKER, Platform, Receiver, Reply, leaks_in, path_of};

#[tokio::test]
async fn a_secret_is_shown_only_at_creation_and_rotation() {
    let (platform, receiver) = (Platform::start().await, Receiver::always(200).await);
    for profile in PROFILES {
        let customer = platform.customer(profile);
        let webhook = customer.webhook(&receiver.url(), &[event_of(profile)]).await;
        let path = path_of(&webhook);
        let rotated = customer.request(Method::POST, &format!("{path}/rotate-secret"), None).await;
        let secrets = [&webhook["secret"], &rotated.data()["secret"]].map(|secret| secret.as_str().unwrap());
        assert_ne!(secrets[0], secrets[1], "{profile}");
        customer.request(Method::POST, &format!("{path}/test"), None).await;
        for (method, path, body) in [
            (Method::GET, "/webhooks".to_owned(), ""),
            (Method::GET, path.clone(), ""),
            (Method::PATCH, path.clone(), r#"{"name":"x"}"#),
            (Method::GET, format!("{path}/deliveries"), ""),
            (Method::POST, format!("{path}/test"), ""),
            (Method::DELETE, path.clone(), ""),
        ] {
            let request = customer.prepare(method.clone(), &path).body(body.to_owned());
            let text = request.send().await.unwrap().text().await.unwrap();
            assert!(!secrets.iter().any(|secret| text.contains(secret)), "{profile} {method} {path}: {text}");
            assert!(!text.contains(&customer.key), "{profile} {method} {path}");
        }
    }
    platform.end().await;
}

#[tokio::test]
async fn no_error_repeats_a_secret() {
    let platform = Platform::start().await;
    for (profile, body) in [
        ("awsys", r#"{"url":"https://your-server.com/","events":["link.click"],"secret":"hunter2"}"#),
        ("awsys", r#"{"url":"https://your-server.com/","events":["link.click"],"secret":["hunter2"]}"#),
        ("go2", r#"{"name":"x","url":"https://your-server.com/","events":["click"],"secret":"hunter2"}"#),
        ("standard", r#"{"url":"https://your-server.com/","events":["a"],"secret":"whsec_hunter2"}"#),
        ("standard", r#"{"url":"https://user:hunter2@your-server.com/","events":["a"]}"#),
        ("standard", r#"{"url":"http://your-server.com/?token=hunter2","events":["a"]}"#),
        ("standard", r#"{"secret":"hunter2","#),
        ("standard", r#"{"secret":"hunter2","secret":"hunter2"}"#),
    ] {
        let response = platform.customer(profile).request(Method::POST, "/webhooks", Some(body)).await;
        assert_eq!(response.status, 400, "{body}");
        assert!(!response.json.to_string().contains("hunter2"), "{body}: {:?}", response.json);
    }
    platform.end().await;
}

/// Every story is watched for such lines; this one does everything that could write one.
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
    let data = json!({"card": MARKER});
    customer.rotate_secret(&webhook, &json!({})).await;
    customer.test(&webhook, &json!({"event": "a"})).await;
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
async fn a_log_line_with_a_payload_would_be_found() {
    let platform = Platform::start().await;
    assert_eq!(leaks_in(&format!("{{\"body\":\"{MARKER}\"}}")), 1);
    assert_eq!(leaks_in("{\"body\":\"nothing\"}"), 0);
    platform.end().await;
}
