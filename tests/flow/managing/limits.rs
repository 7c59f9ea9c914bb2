//! Limits of an account's webhooks, and forms of requests that look wrong or right but are not.

use reqwest::{Method, header};
use serde_json::json;

use super::samples::URL;
use crate::harness::{Platform, path_of};

#[tokio::test]
async fn patterns_above_a_thousand_bytes_are_rejected() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let most = patterns_of(0, 1_000);
    let webhook = customer.webhook(URL, &most.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let many = patterns_of(0, 1_001);
    for response in [
        customer.post("/webhooks", &json!({"url": URL, "events": many})).await,
        customer.patch(&path_of(&webhook), &json!({"events": many})).await,
    ] {
        assert_eq!((response.status, response.code()), (400, "INVALID_EVENTS"), "{:?}", response.json);
        assert!(response.message().contains("more than 1000 bytes in all"), "{}", response.message());
    }
    platform.end().await;
}

#[tokio::test]
async fn patterns_above_32_kib_in_an_account_are_rejected() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let small = customer.webhook(URL, &["a"]).await;
    let mut created = 0;
    let rejected = loop {
        let body = json!({"url": URL, "events": patterns_of(created, 1_000)});
        let response = customer.post("/webhooks", &body).await;
        if response.status != 201 {
            break response;
        }
        created += 1;
    };
    assert!((30..=33).contains(&created), "{created} webhooks with 1,000 bytes of patterns were created");
    let changed = customer.patch(&path_of(&small), &json!({"events": patterns_of(99, 1_000)})).await;
    for response in [rejected, changed] {
        assert_eq!((response.status, response.code()), (400, "INVALID_EVENTS"), "{:?}", response.json);
        assert!(response.message().contains("32 KiB together"), "{}", response.message());
    }
    assert_eq!(customer.reload(&small).await["events"], json!(["a"]));
    platform.end().await;
}

/// Ten patterns with this many bytes in all.
fn patterns_of(number: usize, bytes: usize) -> Vec<String> {
    let pattern =
        |place: usize| format!("{number}.{place}.{:x>width$}", "", width = 100 - format!("{number}.{place}.").len());
    let mut patterns: Vec<String> = (0..10).map(pattern).collect();
    let more = bytes - patterns.iter().map(String::len).sum::<usize>();
    patterns[0].push_str(&"y".repeat(more));
    patterns
}

#[tokio::test]
async fn a_compressed_body_and_a_byte_order_mark_are_named() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let body = json!({"url": URL, "events": ["a"]}).to_string();
    let gzip = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\xae\x05\x00\x43\xbf\xa6\xa3\x02\x00\x00\x00".to_vec();
    for (encoding, body, status, code, named) in [
        (Some("gzip"), gzip.clone(), 415, "UNSUPPORTED_MEDIA_TYPE", "compressed"),
        (None, gzip, 415, "UNSUPPORTED_MEDIA_TYPE", "compressed"),
        (None, format!("\u{feff}{body}").into_bytes(), 400, "MALFORMED_JSON", "byte order mark"),
    ] {
        let request = customer.prepare(Method::POST, "/webhooks").header(header::CONTENT_TYPE, "application/json");
        let request = match encoding {
            Some(encoding) => request.header(header::CONTENT_ENCODING, encoding),
            None => request,
        };
        let response = customer.raw(|_, _| request.body(body)).await;
        assert_eq!((response.status, response.code()), (status, code), "{:?}", response.json);
        assert!(response.message().contains(named), "{}", response.message());
    }
    assert_eq!(customer.get("/webhooks").await.json["data"], json!([]));
    platform.end().await;
}

#[tokio::test]
async fn a_path_with_a_slash_at_its_end_names_the_same_resource() {
    let platform = Platform::start().await;
    let customer = platform.customer("go2");
    let webhook = customer.webhook(URL, &["click"]).await;
    let path = path_of(&webhook);
    for path in ["/webhooks", &path, &format!("{path}/deliveries"), "/event-types", "/health"] {
        let (plain, slash) = (customer.get(path).await, customer.get(&format!("{path}/?")).await);
        assert_eq!((slash.status, &slash.json), (200, &plain.json), "{path}/");
    }
    let limited = customer.get("/webhooks/?limit=1").await;
    assert_eq!((limited.status, limited.json["data"].as_array().unwrap().len()), (200, 1));
    assert_eq!(customer.delete(&format!("{path}/")).await.status, 200);
    platform.end().await;
}

#[tokio::test]
async fn a_whole_number_may_be_written_with_a_fraction() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let webhook = customer.webhook(URL, &["a"]).await;
    for (text, status) in [("3600.0", 200), ("36e2", 200), ("3600.5", 400)] {
        let body = format!(r#"{{"gracePeriodSeconds":{text}}}"#);
        let path = format!("{}/rotate-secret", path_of(&webhook));
        let response = customer.request(Method::POST, &path, Some(&body)).await;
        assert_eq!(response.status, status, "{text}: {:?}", response.json);
    }
    assert_eq!(platform.stored(&customer, &webhook).await.secrets.previous.len(), 2);
    platform.end().await;
}
