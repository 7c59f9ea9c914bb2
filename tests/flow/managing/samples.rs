//! What several stories about the management API send, and how they read headers.

use serde_json::{Value, json};

/// A target that every profile accepts and that no story sends to.
pub const URL: &str = "https://your-server.com/webhooks";
pub const PROFILES: [&str; 3] = ["awsys", "go2", "standard"];

/// An event that webhooks of the profile can subscribe to.
pub fn event_of(profile: &str) -> &'static str {
    if profile == "awsys" { "link.click" } else { "click" }
}

/// The body of a request that creates a webhook.
pub fn valid_for(profile: &str) -> Value {
    json!({"name": "Click Tracker", "url": URL, "events": [event_of(profile)]})
}

pub fn header_of(response: &reqwest::Response, name: &str) -> String {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}
