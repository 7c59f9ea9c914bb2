//! Paths and methods.

use reqwest::Method;
use serde_json::json;

use super::samples::{PROFILES, URL, event_of, header_of};
use crate::harness::{Platform, path_of};

#[tokio::test]
async fn a_wrong_path_or_method_is_reported_in_the_profiles_envelope() {
    let platform = Platform::start().await;
    for profile in PROFILES {
        let customer = platform.customer(profile);
        let nothing = customer.get("/nothing").await;
        assert_eq!((nothing.status, nothing.code()), (404, "NOT_FOUND"), "{profile}");
        for (method, path, allow) in [
            (Method::PUT, "/webhooks", "GET,HEAD,POST"),
            (Method::POST, "/webhooks/wh_1", "GET,HEAD,PATCH,DELETE"),
            (Method::GET, "/webhooks/wh_1/test", "POST"),
            (Method::DELETE, "/events", "GET,HEAD,POST"),
        ] {
            let response = customer.request(method.clone(), path, None).await;
            assert_eq!((response.status, response.code()), (405, "METHOD_NOT_ALLOWED"), "{profile} {method} {path}");
            assert_eq!(response.allow.as_deref(), Some(allow), "{profile} {method} {path}");
        }
        let expected = if profile == "standard" { "application/problem+json" } else { "application/json" };
        assert_eq!(nothing.content_type, expected, "{profile}");
    }
    platform.end().await;
}

#[tokio::test]
async fn a_path_is_decoded_and_then_matched_exactly() {
    let platform = Platform::start().await;
    let customer = platform.customer("go2");
    let webhook = customer.webhook(URL, &["click"]).await;
    let id = webhook["id"].as_str().unwrap();
    for path in [format!("/webhooks/wh%5F{}", id.trim_start_matches("wh_")), format!("/webhooks/{id}/")] {
        let same = customer.get(&path).await;
        assert_eq!((same.status, &same.data()["id"]), (200, &json!(id)), "{path}");
    }
    for path in [
        format!("//webhooks/{id}"),
        format!("/webhooks/{id}//"),
        format!("/Webhooks/{id}"),
        format!("/webhooks/{id}%20"),
        format!("/webhooks/{id}%00"),
        format!("/webhooks/x%2F..%2F{id}"),
        "/webhooks/%FF".to_owned(),
        "/webhooks/%e2%98%83".to_owned(),
        format!("/webhooks/{}", "x".repeat(65)),
        format!("/webhooks/{id}/deliveries/%FF"),
        format!("/webhooks/{id}/deliveries/{}", "x".repeat(4_000)),
        format!("/webhooks/{id}/nothing"),
    ] {
        let response = customer.get(&path).await;
        assert_eq!((response.status, response.code()), (404, "NOT_FOUND"), "{path:.100}");
        assert_eq!(response.json["success"], false, "{path:.100}");
    }
    platform.end().await;
}

#[tokio::test]
async fn head_gets_the_headers_of_get_and_no_body() {
    let platform = Platform::start().await;
    for profile in PROFILES {
        let customer = platform.customer(profile);
        let webhook = customer.webhook(URL, &[event_of(profile)]).await;
        for (path, status) in [
            ("/webhooks".to_owned(), 200),
            (path_of(&webhook), 200),
            ("/webhooks/wh_none".to_owned(), 404),
            ("/nothing".to_owned(), 404),
            ("/health".to_owned(), 200),
            ("/openapi.json".to_owned(), 200),
            ("/events".to_owned(), 200),
        ] {
            let send = async |method| customer.prepare(method, &path).send().await.unwrap();
            let (head, get) = (send(Method::HEAD).await, send(Method::GET).await);
            assert_eq!((head.status().as_u16(), get.status().as_u16()), (status, status), "{profile} {path}");
            for name in ["content-type", "content-length", "cache-control", "allow"] {
                assert_eq!(header_of(&head, name), header_of(&get, name), "{profile} {path} {name}");
            }
            assert_eq!(head.bytes().await.unwrap().len(), 0, "{profile} {path}");
        }
    }
    platform.end().await;
}
