//! Requests as API Gateway sends them to Lambda, in the payload format 2.0.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use lambda_http::{
    Adapter, LambdaEvent, Service, aws_lambda_events::apigw::ApiGatewayV2httpResponse, request::LambdaRequest,
};
use serde_json::{Value, json};

use crate::testing::router_without_aws;

/// An event as API Gateway sends it: the path is decoded, and cookies are apart from the headers.
fn event(method: &str, path: &str, query: &str, headers: &Value, body: Option<(&str, bool)>) -> String {
    event_with_cookies(&["a=1", "b=2"], method, path, query, headers, body)
}

fn event_with_cookies(
    cookies: &[&str],
    method: &str,
    path: &str,
    query: &str,
    headers: &Value,
    body: Option<(&str, bool)>,
) -> String {
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "cookies": cookies,
        "headers": headers,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "api.example.com",
            "domainPrefix": "api",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "test"},
            "requestId": "id-of-api-gateway",
            "routeKey": "$default",
            "stage": "$default",
            "time": "26/Nov/2026:12:00:00 +0000",
            "timeEpoch": 1_795_694_400_000_i64,
        },
        "isBase64Encoded": false,
    });
    if let Some((body, is_encoded)) = body {
        event["body"] = json!(body);
        event["isBase64Encoded"] = json!(is_encoded);
    }
    event.to_string()
}

async fn response_to(event: &str) -> (i64, Value) {
    let response = answer_to(event).await;
    let body = match response.body {
        Some(lambda_http::Body::Text(text)) => serde_json::from_str(&text).unwrap(),
        _ => Value::Null,
    };
    (response.status_code, body)
}

async fn answer_to(event: &str) -> ApiGatewayV2httpResponse {
    let request: LambdaRequest = serde_json::from_str(event).unwrap();
    let mut adapter = Adapter::from(router_without_aws());
    let response = adapter.call(LambdaEvent::new(request, lambda_http::Context::default())).await.unwrap();
    serde_json::from_value(json!(response)).unwrap()
}

#[tokio::test]
async fn a_request_as_api_gateway_sends_it_is_understood() {
    let host = json!({"host": "api.example.com"});
    let form = json!({"host": "api.example.com", "content-type": "application/x-www-form-urlencoded"});
    let keyed = json!({"host": "api.example.com", "authorization": "Basic x", "content-type": "application/json"});
    for (row, event, status, code) in [
        ("open", event("GET", "/v1/health", "", &host, None), 200, None),
        ("with a query", event("GET", "/api/v1/health", "a=1&a=2", &host, None), 200, None),
        ("a decoded path", event("GET", "/v1/webhooks/a b%", "", &host, None), 401, Some("/code")),
        ("a base64 form", event("POST", "/v1/webhooks", "", &form, Some(("YT0x", true))), 401, Some("/code")),
        ("a plain body", event("POST", "/api/webhooks", "", &keyed, Some(("{}", false))), 401, Some("/error/code")),
        ("an operator's path", event("GET", "/operator/v1/accounts/a.b", "", &host, None), 401, Some("/code")),
        ("elsewhere", event("GET", "/", "", &host, None), 404, Some("/error/code")),
    ] {
        let (found, body) = response_to(&event).await;
        assert_eq!(found, status, "{row}: {body}");
        if let Some(pointer) = code {
            let expected = if status == 401 { "UNAUTHORIZED" } else { "NOT_FOUND" };
            assert_eq!(body.pointer(pointer), Some(&json!(expected)), "{row}: {body}");
        }
    }
}

#[tokio::test]
async fn the_request_id_is_the_one_of_the_access_log() {
    let event = event("GET", "/v1/webhooks", "", &json!({"host": "api.example.com"}), None);
    let request = lambda_http::request::from_str(&event).unwrap();
    let (parts, _) = request.into_parts();
    let request = axum::extract::Request::from_parts(parts, axum::body::Body::empty());
    let incoming = crate::request::Incoming::read(request, None).await;
    assert_eq!(incoming.request_id(), "id-of-api-gateway");
}

/// Whatever must ask the table for a session is 503 here, because there is no table.
#[tokio::test]
async fn the_portals_cookies_and_forms_are_understood_as_api_gateway_sends_them() {
    let token = "0".repeat(64);
    let (secure, plain) = (format!("__Host-posthorn-portal={token}"), format!("posthorn-portal={token}"));
    let form = STANDARD.encode(format!("code={token}&x=%C3%A9"));
    let from = |name: &str, value: &str| json!({"host": "api.example.com", "content-type": "application/x-www-form-urlencoded", name: value});
    let same = from("sec-fetch-site", "same-origin");
    let (own, other) = (from("origin", "https://api.example.com"), from("origin", "https://evil.example"));
    let host = json!({"host": "api.example.com"});
    for (row, cookie, method, path, headers, body, status) in [
        ("no cookie", "a=1", "GET", "/portal/", &host, None, 401),
        ("the cookie of plain http", plain.as_str(), "GET", "/portal/", &host, None, 401),
        ("the secure cookie", secure.as_str(), "GET", "/portal/", &host, None, 503),
        ("the page for codes", "a=1", "GET", "/portal/enter", &host, None, 200),
        ("a form in base64", "a=1", "POST", "/portal/enter", &same, Some((form.as_str(), true)), 503),
        ("a form from its own origin", "a=1", "POST", "/portal/enter", &own, Some((form.as_str(), true)), 503),
        ("a form from elsewhere", "a=1", "POST", "/portal/enter", &other, Some((form.as_str(), true)), 403),
        ("a plain form", "a=1", "POST", "/portal/enter", &same, Some(("code=1", false)), 400),
        ("a form for another page", "a=1", "POST", "/portal/webhooks/a b/enable", &same, Some(("", false)), 401),
    ] {
        let event = event_with_cookies(&["b=2", cookie], method, path, "", headers, body);
        let answer = answer_to(&event).await;
        assert_eq!(answer.status_code, status, "{row}: {:?}", answer.body);
        for (name, value) in
            [("strict-transport-security", "max-age="), ("content-security-policy", "default-src 'none'")]
        {
            let found = answer.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
            assert!(found.starts_with(value), "{row}: {name}: {found}");
        }
    }
}

#[tokio::test]
async fn a_compressed_asset_leaves_lambda_in_base64() {
    let page = answer_to(&event("GET", "/portal/enter", "", &json!({"host": "a"}), None)).await;
    let Some(lambda_http::Body::Text(html)) = page.body else { panic!("a page is text") };
    let path = html.split('"').find(|text| text.ends_with("/portal.css")).unwrap();
    let asset = answer_to(&event("GET", path, "", &json!({"host": "a", "accept-encoding": "gzip, br"}), None)).await;
    assert_eq!((asset.status_code, asset.is_base64_encoded), (200, true));
    assert_eq!(asset.headers["content-encoding"], "gzip");
}
