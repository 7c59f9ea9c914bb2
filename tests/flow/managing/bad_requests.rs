//! Requests that the management API rejects, each with a status, a code and a message that says what to change.

use reqwest::{Method, header};
use serde_json::json;

use super::samples::{PROFILES, URL, valid_for};
use crate::harness::{Platform, path_of};

#[tokio::test]
async fn a_bad_create_request_names_its_fault_and_creates_nothing() {
    let platform = Platform::start().await;
    for (profile, change, code) in [
        ("awsys", json!({"events": ["click"]}), "INVALID_EVENTS"),
        ("awsys", json!({"events": ["link.click", "click"]}), "INVALID_EVENTS"),
        ("awsys", json!({"events": ["*"]}), "INVALID_EVENTS"),
        ("go2", json!({"events": ["link.click"]}), "INVALID_EVENTS"),
        ("standard", json!({"events": ["a b"]}), "INVALID_EVENTS"),
        ("standard", json!({"events": []}), "INVALID_EVENTS"),
        ("standard", json!({"events": ["a", "a"]}), "INVALID_EVENTS"),
        ("standard", json!({"events": "a"}), "INVALID_FIELD"),
        ("standard", json!({"events": [1]}), "INVALID_FIELD"),
        ("standard", json!({"events": null}), "INVALID_FIELD"),
        ("go2", json!({"name": ""}), "INVALID_FIELD"),
        ("go2", json!({"name": 7}), "INVALID_FIELD"),
        ("go2", json!({"name": "x".repeat(201)}), "INVALID_FIELD"),
        ("go2", json!({"secret": "whsec_my-own"}), "INVALID_SECRET"),
        ("awsys", json!({"secret": "short"}), "INVALID_SECRET"),
        ("standard", json!({"secret": "whsec_AAAA"}), "INVALID_SECRET"),
        ("go2", json!({"url": "http://your-server.com/"}), "INVALID_URL"),
        ("go2", json!({"url": "https://169.254.169.254/"}), "INVALID_URL"),
        ("go2", json!({"url": "https://10.0.0.1/"}), "INVALID_URL"),
        ("go2", json!({"url": "https://u:p@your-server.com/"}), "INVALID_URL"),
        ("go2", json!({"url": "https://your-server.com:22/"}), "INVALID_URL"),
        ("go2", json!({"url": "https://your-server.com/#x"}), "INVALID_URL"),
        ("go2", json!({"url": 7}), "INVALID_FIELD"),
        ("go2", json!({"isActive": true}), "UNKNOWN_FIELD"),
    ] {
        let customer = platform.customer(profile);
        let mut body = valid_for(profile);
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let response = customer.post("/webhooks", &body).await;
        assert_eq!((response.status, response.code()), (400, code), "{profile} {change}: {:?}", response.json);
        assert!(response.message().len() > 10, "{profile} {change}");
    }
    for missing in ["name", "url", "events"] {
        let mut body = valid_for("go2");
        body.as_object_mut().unwrap().remove(missing);
        let response = platform.customer("go2").post("/webhooks", &body).await;
        assert_eq!((response.status, response.code()), (400, "MISSING_FIELD"), "{missing}");
    }
    for profile in PROFILES {
        assert_eq!(platform.customer(profile).get("/webhooks").await.json["data"], json!([]), "{profile}");
    }
    platform.end().await;
}

#[tokio::test]
async fn a_bad_request_names_its_fault_and_changes_nothing() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let webhook = customer.webhook(URL, &["a"]).await;
    let before = customer.reload(&webhook).await;
    let many: Vec<String> = (0..101).map(|n| format!("n{n}")).collect();
    let long: Vec<String> = (0..30).map(|n| format!("{n}{}", "x".repeat(110))).collect();
    for (method, below, body, code) in [
        (Method::PATCH, "", json!({"url": "http://your-server.com/"}).to_string(), "INVALID_URL"),
        (Method::PATCH, "", json!({"url": "https://[::ffff:10.0.0.1]/"}).to_string(), "INVALID_URL"),
        (Method::PATCH, "", json!({"url": null}).to_string(), "INVALID_FIELD"),
        (Method::PATCH, "", json!({"events": []}).to_string(), "INVALID_EVENTS"),
        (Method::PATCH, "", json!({"events": ["a", "é"]}).to_string(), "INVALID_EVENTS"),
        (Method::PATCH, "", json!({ "events": many }).to_string(), "INVALID_EVENTS"),
        (Method::PATCH, "", json!({ "events": long }).to_string(), "INVALID_EVENTS"),
        (Method::PATCH, "", json!({"name": " "}).to_string(), "INVALID_FIELD"),
        (Method::PATCH, "", json!({"name": "a\nb"}).to_string(), "INVALID_FIELD"),
        (Method::PATCH, "", json!({"isActive": "yes"}).to_string(), "INVALID_FIELD"),
        (Method::PATCH, "", json!({"isActive": null}).to_string(), "INVALID_FIELD"),
        (Method::PATCH, "", json!({"secret": "whsec_x"}).to_string(), "UNKNOWN_FIELD"),
        (Method::PATCH, "", json!({"name": "good", "id": "wh_2"}).to_string(), "INVALID_FIELD"),
        (Method::PATCH, "", r#"{"name":"a","name":"b"}"#.to_owned(), "INVALID_FIELD"),
        (Method::PATCH, "", "{\"name\":\"a\"} x".to_owned(), "MALFORMED_JSON"),
        (Method::PATCH, "", "[]".to_owned(), "MALFORMED_JSON"),
        (Method::PATCH, "", String::new(), "MALFORMED_JSON"),
        (Method::PATCH, "?x=1", "{}".to_owned(), "INVALID_PARAMETER"),
        (Method::POST, "/test", json!({"event": "a b"}).to_string(), "INVALID_EVENTS"),
        (Method::POST, "/test", json!({"event": "*"}).to_string(), "INVALID_EVENTS"),
        (Method::POST, "/test", json!({"event": 7}).to_string(), "INVALID_FIELD"),
        (Method::POST, "/test", json!({"evnt": "a"}).to_string(), "UNKNOWN_FIELD"),
        (Method::POST, "/test", "null".to_owned(), "MALFORMED_JSON"),
        (Method::POST, "/rotate-secret", json!({"gracePeriodSeconds": -1}).to_string(), "INVALID_FIELD"),
        (Method::POST, "/rotate-secret", json!({"gracePeriodSeconds": 604_801}).to_string(), "INVALID_FIELD"),
        (Method::POST, "/rotate-secret", json!({"gracePeriodSeconds": 1.5}).to_string(), "INVALID_FIELD"),
        (Method::POST, "/rotate-secret", json!({"gracePeriodSeconds": "1"}).to_string(), "INVALID_FIELD"),
        (Method::POST, "/rotate-secret", "{\"gracePeriodSeconds\":1e999}".to_owned(), "INVALID_FIELD"),
        (Method::POST, "/rotate-secret", json!({"secret": "whsec_x"}).to_string(), "UNKNOWN_FIELD"),
        (Method::POST, "/rotate-secret", "\"\"".to_owned(), "MALFORMED_JSON"),
    ] {
        let path = format!("{}{below}", path_of(&webhook));
        let response = customer.request(method.clone(), &path, Some(&body)).await;
        assert_eq!(
            (response.status, response.code()),
            (400, code),
            "{method} {below} {body:.200}: {:?}",
            response.json
        );
        assert!(response.message().len() > 10, "{method} {below} {body:.200}");
    }
    assert_eq!(customer.reload(&webhook).await, before);
    assert!(customer.deliveries(&webhook).await.is_empty(), "no test was sent");
    platform.end().await;
}

#[tokio::test]
async fn a_bad_query_parameter_is_rejected_on_every_path() {
    let platform = Platform::start().await;
    let customer = platform.customer("go2");
    let path = path_of(&customer.webhook(URL, &["click"]).await);
    let long = format!("?cursor={}", "77".repeat(4_000));
    for (path, query) in [
        ("/webhooks", "?limit=0"),
        ("/webhooks", "?limit=101"),
        ("/webhooks", "?limit=1.0"),
        ("/webhooks", "?limit=99999999999999999999"),
        ("/webhooks", "?limit=1&limit=2"),
        ("/webhooks", "?cursor="),
        ("/webhooks", "?cursor=zz"),
        ("/webhooks", long.as_str()),
        ("/webhooks", "?status=failed"),
        (&path, "?limit=1"),
        (&format!("{path}/deliveries"), "?limit=-1"),
        (&format!("{path}/deliveries"), "?status="),
        (&format!("{path}/deliveries"), "?status=ok"),
        (&format!("{path}/deliveries"), "?status=failed,,skipped"),
        (&format!("{path}/deliveries"), "?cursor=00ff"),
        (&format!("{path}/deliveries"), long.as_str()),
        (&format!("{path}/deliveries"), "?order=asc"),
        (&format!("{path}/deliveries/dlv_1"), "?full=1"),
        ("/event-types", "?limit=1"),
    ] {
        let response = customer.get(&format!("{path}{query}")).await;
        assert_eq!((response.status, response.code()), (400, "INVALID_PARAMETER"), "{path}{query:.80}");
    }
    platform.end().await;
}

#[tokio::test]
async fn a_malformed_mistyped_or_oversized_body_is_rejected() {
    let platform = Platform::start().await;
    let customer = platform.customer("go2");
    for (content_type, body, status, code) in [
        ("application/json", "{".to_owned(), 400, "MALFORMED_JSON"),
        ("application/json", String::new(), 400, "MALFORMED_JSON"),
        ("application/json", "[]".to_owned(), 400, "MALFORMED_JSON"),
        ("application/x-www-form-urlencoded", "{}".to_owned(), 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("text/plain", "{}".to_owned(), 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("application/json", "x".repeat(300_000), 413, "BODY_TOO_LARGE"),
    ] {
        let request = customer.prepare(Method::POST, "/webhooks").header(header::CONTENT_TYPE, content_type).body(body);
        let response = customer.raw(|_, _| request).await;
        assert_eq!((response.status, response.code()), (status, code), "{:?}", response.json);
        assert_eq!(response.json["success"], false);
    }
    platform.end().await;
}

#[tokio::test]
async fn a_missing_content_type_and_an_unneeded_body_are_accepted() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let body = json!({"url": URL, "events": ["a"]}).to_string();
    let created = customer.raw(|_, _| customer.prepare(Method::POST, "/webhooks").body(body)).await;
    assert_eq!(created.status, 201, "{:?}", created.json);
    for (method, path) in [(Method::GET, "/webhooks".to_owned()), (Method::DELETE, path_of(created.data()))] {
        assert_eq!(customer.request(method.clone(), &path, Some("not JSON")).await.status, 200, "{method}");
    }
    platform.end().await;
}
