//! Somebody with an API key.

use reqwest::{Method, header};
use serde_json::{Value, json};

use super::{eventually, logs};

#[derive(Clone)]
pub struct Customer {
    pub(super) http: reqwest::Client,
    pub(super) base: String,
    pub account: String,
    pub key: String,
}

/// An answer of the API.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub allow: Option<String>,
    pub content_type: String,
    pub json: Value,
}

impl Answer {
    /// The object inside the profile's envelope.
    pub fn data(&self) -> &Value {
        if self.json.get("success").is_some() { &self.json["data"] } else { &self.json }
    }

    /// The code inside the profile's error envelope.
    pub fn code(&self) -> &str {
        self.json.pointer("/error/code").or(self.json.get("code")).and_then(Value::as_str).unwrap_or("no code")
    }

    /// The text for the client.
    pub fn message(&self) -> &str {
        self.json.pointer("/error/message").or(self.json.get("detail")).and_then(Value::as_str).unwrap_or("no message")
    }
}

impl Customer {
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The same calls with another key.
    pub fn with_key(&self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self.clone() }
    }

    pub async fn request(&self, method: Method, path: &str, body: Option<&str>) -> Answer {
        let mut request = self.http.request(method, self.url(path)).bearer_auth(&self.key);
        if let Some(body) = body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body.to_owned());
        }
        read(request).await
    }

    /// A request made by hand: no key, another type, anything.
    pub async fn raw(&self, make: impl FnOnce(&reqwest::Client, &str) -> reqwest::RequestBuilder) -> Answer {
        read(make(&self.http, &self.base)).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.request(Method::POST, path, Some(&body.to_string())).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.request(Method::PATCH, path, Some(&body.to_string())).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.request(Method::DELETE, path, None).await
    }

    /// Creates a webhook and returns its view with the secret.
    pub async fn webhook(&self, url: &str, events: &[&str]) -> Value {
        let answer = self.post("/webhooks", &json!({"name": "Test", "url": url, "events": events})).await;
        assert_eq!(answer.status, 201, "{:?}", answer.json);
        answer.data().clone()
    }

    /// The deliveries of a webhook, newest first.
    pub async fn deliveries(&self, webhook: &Value) -> Vec<Value> {
        let answer = self.get(&format!("/webhooks/{}/deliveries", webhook["id"].as_str().unwrap())).await;
        assert_eq!(answer.status, 200, "{:?}", answer.json);
        answer.json["data"].as_array().unwrap().clone()
    }

    /// Waits until the webhook has exactly these statuses, newest first.
    pub async fn deliveries_with(&self, webhook: &Value, statuses: &[&str]) -> Vec<Value> {
        eventually(&format!("deliveries {statuses:?}"), || async {
            let deliveries = self.deliveries(webhook).await;
            let found: Vec<&str> = deliveries.iter().filter_map(|delivery| delivery["status"].as_str()).collect();
            (found == statuses).then_some(deliveries.clone())
        })
        .await
    }

    /// The webhook as it is now.
    pub async fn reload(&self, webhook: &Value) -> Value {
        let answer = self.get(&format!("/webhooks/{}", webhook["id"].as_str().unwrap())).await;
        assert_eq!(answer.status, 200, "{:?}", answer.json);
        answer.data().clone()
    }
}

async fn read(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (allow, content_type) = (header(header::ALLOW), header(header::CONTENT_TYPE).unwrap_or_default());
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let json: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    for secret in ["/secret", "/data/secret"] {
        json.pointer(secret).and_then(Value::as_str).into_iter().for_each(logs::forbid);
    }
    Answer { status, allow, content_type, json }
}
