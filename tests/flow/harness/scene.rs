//! How most stories begin.

use serde_json::Value;

use super::{customer::Customer, platform::Platform, receiver::Receiver};

/// A platform with one customer, whose one webhook points at one receiver.
pub struct Scene {
    pub platform: Platform,
    pub customer: Customer,
    pub webhook: Value,
    pub receiver: Receiver,
}

impl Scene {
    pub async fn new(profile: &str, events: &[&str], receiver: Receiver) -> Self {
        Self::on(Platform::start().await, profile, events, receiver).await
    }

    /// On a platform that the story started in its own way.
    pub async fn on(platform: Platform, profile: &str, events: &[&str], receiver: Receiver) -> Self {
        let customer = platform.customer(profile);
        let webhook = customer.webhook(&receiver.url(), events).await;
        Self { platform, customer, webhook, receiver }
    }
}
