//! A response of the management API.

use reqwest::{RequestBuilder, header};
use serde_json::Value;

use super::logs;

#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    pub allow: Option<String>,
    /// In seconds.
    pub retry_after: Option<u64>,
    pub content_type: String,
    pub json: Value,
}

impl Response {
    /// Sends the request and reads the response. From then on, no log line may hold a secret that the response shows.
    pub(super) async fn to(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let retry_after = header(header::RETRY_AFTER).and_then(|seconds| seconds.parse().ok());
        let (allow, content_type) = (header(header::ALLOW), header(header::CONTENT_TYPE).unwrap_or_default());
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        let json: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        for secret in ["/secret", "/data/secret", "/key"] {
            json.pointer(secret).and_then(Value::as_str).into_iter().for_each(logs::forbid);
        }
        Self { status, allow, retry_after, content_type, json }
    }

    /// The object inside the profile's envelope.
    pub fn data(&self) -> &Value {
        if self.json.get("success").is_some() { &self.json["data"] } else { &self.json }
    }

    /// This field of every item on a page.
    pub fn texts(&self, field: &str) -> Vec<String> {
        let items = self.json["data"].as_array().unwrap();
        items.iter().map(|item| item[field].as_str().unwrap().to_owned()).collect()
    }

    /// The code inside the profile's error envelope.
    pub fn code(&self) -> &str {
        self.json.pointer("/error/code").or(self.json.get("code")).and_then(Value::as_str).unwrap_or("no code")
    }

    /// The text that the client reads.
    pub fn message(&self) -> &str {
        self.json.pointer("/error/message").or(self.json.get("detail")).and_then(Value::as_str).unwrap_or("no message")
    }
}
