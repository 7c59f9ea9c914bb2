use axum::http::StatusCode;
use serde_json::Value;

use super::*;
use crate::testing::{PROFILES, body_of, router_without_aws};

const BASE_PATHS: [&str; 3] = ["/api", "/api/v1", "/v1"];

fn request(method: &str, uri: &str, body: &'static str) -> Request {
    let builder = Request::builder().method(method).uri(uri).header(header::CONTENT_TYPE, "text/plain");
    builder.body(Body::from(body)).unwrap()
}

async fn code_of(response: Response) -> (StatusCode, String) {
    let status = response.status();
    let body = body_of(response).await;
    let code: Option<&Value> = body.pointer("/error/code").or(body.pointer("/code"));
    (status, code.and_then(Value::as_str).unwrap_or_default().to_owned())
}

#[test]
fn the_base_paths_are_those_of_the_profiles() {
    assert_eq!(PROFILES.all().iter().map(|profile| profile.base_path.as_str()).collect::<Vec<_>>(), BASE_PATHS);
}

/// Everything else that is wrong with these requests stays unsaid: ids, parameters, the content type and the body.
#[tokio::test]
async fn without_a_key_every_keyed_endpoint_responds_401_first() {
    let router = router_without_aws();
    for base in BASE_PATHS {
        for endpoint in ENDPOINTS.iter().filter(|endpoint| matches!(endpoint.access, Access::Keyed { .. })) {
            let path = endpoint.path.replace("{id}", "no%20id").replace("{deliveryId}", "%ff");
            let method = endpoint.method.as_str().to_uppercase();
            let response = router.clone().oneshot(request(&method, &format!("{base}{path}?no=1&no=2"), "{"));
            let response = response.await.unwrap();
            assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer", "{endpoint:?}");
            let expected = (StatusCode::UNAUTHORIZED, "UNAUTHORIZED".to_owned());
            assert_eq!(code_of(response).await, expected, "{endpoint:?}");
        }
    }
}

#[tokio::test]
async fn open_endpoints_and_unknown_paths_need_no_key() {
    let router = router_without_aws();
    for (path, status, code) in [
        ("/health", StatusCode::OK, ""),
        ("/health?any=1", StatusCode::OK, ""),
        ("/openapi.json", StatusCode::OK, ""),
        ("/nothing", StatusCode::NOT_FOUND, "NOT_FOUND"),
        ("/health/", StatusCode::OK, ""),
        ("/health//", StatusCode::NOT_FOUND, "NOT_FOUND"),
        ("", StatusCode::NOT_FOUND, "NOT_FOUND"),
    ] {
        for base in BASE_PATHS {
            let response = router.clone().oneshot(request("GET", &format!("{base}{path}"), "")).await.unwrap();
            assert_eq!(code_of(response).await, (status, code.to_owned()), "{base}{path}");
        }
    }
    let outside = router.oneshot(request("GET", "/elsewhere", "")).await.unwrap();
    assert_eq!(code_of(outside).await, (StatusCode::NOT_FOUND, "NOT_FOUND".to_owned()));
}

#[tokio::test]
async fn another_method_is_405_with_the_supported_ones() {
    let router = router_without_aws();
    for (path, allow) in [
        ("/webhooks", "GET,HEAD,POST"),
        ("/webhooks/wh_1", "GET,HEAD,PATCH,DELETE"),
        ("/webhooks/wh_1/test", "POST"),
        ("/events", "GET,HEAD,POST"),
        ("/health", "GET,HEAD"),
    ] {
        let response = router.clone().oneshot(request("PUT", &format!("/v1{path}"), "")).await.unwrap();
        assert_eq!(response.headers()[header::ALLOW], allow, "{path}");
        assert_eq!(code_of(response).await, (StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED".to_owned()));
    }
}

#[tokio::test]
async fn head_has_the_length_of_get_and_no_body() {
    let router = router_without_aws();
    let response = router.oneshot(request("HEAD", "/v1/health", "")).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_LENGTH], r#"{"status":"ok"}"#.len().to_string());
    assert!(axum::body::to_bytes(response.into_body(), 1).await.unwrap().is_empty());
}
