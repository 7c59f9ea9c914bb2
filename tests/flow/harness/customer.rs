//! A customer with an API key.

use std::{fmt::Display, time::Duration};

use reqwest::{Method, RequestBuilder, header};
use serde_json::{Value, json};
use shared::{ambient, domain::time};

use super::{response::Response, waiting::eventually};

#[derive(Clone)]
pub struct Customer {
    pub(super) http: reqwest::Client,
    pub(super) base: String,
    pub account: String,
    pub key: String,
}

/// The path of a webhook, below the profile's base path.
pub fn path_of(webhook: &Value) -> String {
    format!("/webhooks/{}", webhook["id"].as_str().unwrap())
}

/// The path of a recovery.
pub fn recovery_path(webhook: &Value, recovery: &Value) -> String {
    format!("{}/recoveries/{}", path_of(webhook), recovery["id"].as_str().unwrap())
}

/// A request for a recovery, with a window that has begun an hour ago.
pub fn since_an_hour(mut body: Value) -> Value {
    let hour_ago = time::before(ambient::now(), Duration::from_hours(1));
    body["since"] = json!(time::milliseconds(hour_ago));
    body
}

/// Any request.
impl Customer {
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The same customer with another key.
    pub fn with_key(&self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self.clone() }
    }

    /// A request with the customer's key, for the story to finish and send.
    pub fn prepare(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, self.url(path)).bearer_auth(&self.key)
    }

    pub async fn request(&self, method: Method, path: &str, body: Option<&str>) -> Response {
        let mut request = self.prepare(method, path);
        if let Some(body) = body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body.to_owned());
        }
        Response::to(request).await
    }

    /// A request made by hand: without a key, of another type, anything.
    pub async fn raw(&self, make: impl FnOnce(&reqwest::Client, &str) -> RequestBuilder) -> Response {
        Response::to(make(&self.http, &self.base)).await
    }

    pub async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Response {
        self.request(Method::POST, path, Some(&body.to_string())).await
    }

    /// Sends a body under an idempotency key.
    pub async fn post_under(&self, key: &str, path: &str, body: &str) -> Response {
        let request = self.prepare(Method::POST, path).header(header::CONTENT_TYPE, "application/json");
        Response::to(request.header("idempotency-key", key).body(body.to_owned())).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Response {
        self.request(Method::PUT, path, Some(&body.to_string())).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Response {
        self.request(Method::PATCH, path, Some(&body.to_string())).await
    }

    pub async fn delete(&self, path: &str) -> Response {
        self.request(Method::DELETE, path, None).await
    }
}

/// What customers do to their webhooks.
impl Customer {
    /// Creates a webhook and returns its view with the secret.
    pub async fn webhook(&self, url: &str, events: &[&str]) -> Value {
        let response = self.post("/webhooks", &json!({"name": "Test", "url": url, "events": events})).await;
        assert_eq!(response.status, 201, "{:?}", response.json);
        response.data().clone()
    }

    /// The webhook as it is now.
    pub async fn reload(&self, webhook: &Value) -> Value {
        let response = self.get(&path_of(webhook)).await;
        assert_eq!(response.status, 200, "{:?}", response.json);
        response.data().clone()
    }

    /// Changes the webhook and returns its view.
    pub async fn change(&self, webhook: &Value, change: &Value) -> Value {
        let response = self.patch(&path_of(webhook), change).await;
        assert_eq!(response.status, 200, "{:?}", response.json);
        response.data().clone()
    }

    pub async fn remove(&self, webhook: &Value) {
        let response = self.delete(&path_of(webhook)).await;
        assert_eq!((response.status, &response.data()["deleted"]), (200, &json!(true)), "{:?}", response.json);
    }

    /// Sends a test event, when fewer than two others are under way, and returns the attempt.
    pub async fn test(&self, webhook: &Value, body: &Value) -> Value {
        let path = format!("{}/test", path_of(webhook));
        let response = eventually("there is room for a test", || async {
            let response = self.post(&path, body).await;
            (response.status != 429).then_some(response)
        })
        .await;
        assert_eq!(response.status, 200, "{:?}", response.json);
        response.data().clone()
    }

    /// Rotates the secret and returns the new one.
    pub async fn rotate_secret(&self, webhook: &Value, body: &Value) -> String {
        let response = self.post(&format!("{}/rotate-secret", path_of(webhook)), body).await;
        assert_eq!(response.status, 200, "{:?}", response.json);
        response.data()["secret"].as_str().unwrap().to_owned()
    }

    /// The deliveries of a webhook, newest first.
    pub async fn deliveries(&self, webhook: &Value) -> Vec<Value> {
        let response = self.get(&format!("{}/deliveries", path_of(webhook))).await;
        assert_eq!(response.status, 200, "{:?}", response.json);
        response.json["data"].as_array().unwrap().clone()
    }

    /// Waits until the webhook's deliveries have exactly these statuses, newest first.
    pub async fn deliveries_with(&self, webhook: &Value, statuses: &[&str]) -> Vec<Value> {
        eventually(&format!("deliveries {statuses:?}"), || async {
            let deliveries = self.deliveries(webhook).await;
            let found: Vec<&str> = deliveries.iter().filter_map(|delivery| delivery["status"].as_str()).collect();
            (found == statuses).then_some(deliveries.clone())
        })
        .await
    }

    /// Waits until the webhook is disabled, and returns its view.
    pub async fn disabled(&self, webhook: &Value) -> Value {
        eventually("the webhook is disabled", || async {
            let webhook = self.reload(webhook).await;
            (webhook["isActive"] == false).then_some(webhook)
        })
        .await
    }

    /// Has a delivery sent again.
    pub async fn resend(&self, webhook: &Value, delivery: &Value) -> Response {
        let id = delivery["id"].as_str().unwrap();
        self.request(Method::POST, &format!("{}/deliveries/{id}/resend", path_of(webhook)), None).await
    }

    /// Creates a recovery of what the body says, since an hour ago.
    pub async fn recover(&self, webhook: &Value, body: Value) -> Value {
        let response = self.post(&format!("{}/recoveries", path_of(webhook)), &since_an_hour(body)).await;
        assert_eq!(response.status, 201, "{:?}", response.json);
        response.data().clone()
    }

    /// The recovery as it is now.
    pub async fn recovery(&self, webhook: &Value, recovery: &Value) -> Value {
        let response = self.get(&recovery_path(webhook, recovery)).await;
        assert_eq!(response.status, 200, "{:?}", response.json);
        response.data().clone()
    }

    /// Waits until the recovery has this status.
    pub async fn recovery_with(&self, webhook: &Value, recovery: &Value, status: &str) -> Value {
        eventually(&format!("the recovery is {status}"), || async {
            let recovery = self.recovery(webhook, recovery).await;
            (recovery["status"] == status).then_some(recovery)
        })
        .await
    }

    /// Pauses, resumes or cancels a recovery.
    pub async fn order(&self, webhook: &Value, recovery: &Value, order: &str) -> Response {
        self.request(Method::POST, &format!("{}/{order}", recovery_path(webhook, recovery)), None).await
    }

    /// An event as a publisher writes it for the event queue; `data` is JSON text.
    pub fn event(&self, event: &str, id: &str, data: impl Display) -> String {
        format!(r#"{{"account":"{}","event":"{event}","id":"{id}","data":{data}}}"#, self.account)
    }
}
