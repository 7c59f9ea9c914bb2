//! The management API as its users call it.

use serde_json::Value;

use super::DemoError;
use crate::loopback;

/// Calls with one account's key under its profile's base path.
pub struct Api {
    base: String,
    key: String,
    client: reqwest::Client,
}

/// The response to creating a webhook, as far as it is needed here.
pub struct Created {
    pub id: String,
    pub secret: String,
}

impl Api {
    pub fn new(base: String, key: String) -> Result<Self, DemoError> {
        Ok(Self { base, key, client: loopback::client()? })
    }

    pub async fn create(&self, webhook: &Value) -> Result<Created, DemoError> {
        let request = self.client.post(format!("{}/webhooks", self.base));
        let request = request.header("content-type", "application/json").body(webhook.to_string());
        let answer = self.call("POST", "/webhooks", request).await?;
        // One profile wraps its responses.
        let webhook = answer.get("data").unwrap_or(&answer);
        let text = |field: &str| webhook[field].as_str().unwrap_or_default().to_owned();
        Ok(Created { id: text("id"), secret: text("secret") })
    }

    /// The newest entry of a webhook's log; null while there is none.
    pub async fn latest_delivery(&self, webhook: &str) -> Result<Value, DemoError> {
        let path = format!("/webhooks/{webhook}/deliveries");
        let answer = self.call("GET", &path, self.client.get(format!("{}{path}?limit=1", self.base))).await?;
        Ok(answer["data"][0].clone())
    }

    /// Deletes the webhooks an earlier demonstration left in the data directory.
    pub async fn remove_named(&self, name: &str) -> Result<(), DemoError> {
        let found = self.call("GET", "/webhooks", self.client.get(format!("{}/webhooks?limit=100", self.base))).await?;
        let webhooks = found["data"].as_array().map(Vec::as_slice).unwrap_or_default();
        for id in webhooks.iter().filter(|webhook| webhook["name"] == name).filter_map(|webhook| webhook["id"].as_str())
        {
            let path = format!("/webhooks/{id}");
            self.call("DELETE", &path, self.client.delete(format!("{}{path}", self.base))).await?;
        }
        Ok(())
    }

    async fn call(
        &self,
        method: &'static str,
        path: &str,
        request: reqwest::RequestBuilder,
    ) -> Result<Value, DemoError> {
        let answer = request.bearer_auth(&self.key).send().await?;
        let status = answer.status();
        let body = answer.bytes().await?;
        if status.is_success() {
            return Ok(serde_json::from_slice(&body).unwrap_or_default());
        }
        let body = String::from_utf8_lossy(&body).into_owned();
        Err(DemoError::Refused { method, path: path.to_owned(), status: status.as_u16(), body })
    }
}
