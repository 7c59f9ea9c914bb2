//! Requests as API Gateway sends them to Lambda, in the payload format 2.0.

use lambda_http::{
    Adapter, LambdaEvent, Service, aws_lambda_events::apigw::ApiGatewayV2httpResponse, request::LambdaRequest,
};
use serde_json::{Value, json};

use crate::testing::router_without_aws;

/// An event as API Gateway sends it: the path is decoded, and cookies are apart from the headers.
fn event(method: &str, path: &str, query: &str, headers: &Value, body: Option<(&str, bool)>) -> String {
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "cookies": ["a=1", "b=2"],
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
    let request: LambdaRequest = serde_json::from_str(event).unwrap();
    let mut adapter = Adapter::from(router_without_aws());
    let response = adapter.call(LambdaEvent::new(request, lambda_http::Context::default())).await.unwrap();
    let response: ApiGatewayV2httpResponse = serde_json::from_value(json!(response)).unwrap();
    let body = match response.body {
        Some(lambda_http::Body::Text(text)) => serde_json::from_str(&text).unwrap(),
        _ => Value::Null,
    };
    (response.status_code, body)
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
