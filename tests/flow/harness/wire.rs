//! The functions' own HTTP sender, without a platform around it: for stories about names and connections.

use std::time::Duration;

use shared::{
    domain::{
        attempt::{outcome::Exchange, request::Request},
        target::{TargetPolicy, address::Allowance},
    },
    net::sender::{Outside, Sender},
};

pub struct Wire {
    policy: TargetPolicy,
    sender: Sender,
}

impl Wire {
    /// A sender that may dial these addresses, and otherwise only what is public.
    pub fn new(allowed: &str, outside: &Outside) -> Self {
        let policy = TargetPolicy { allowance: Allowance::parse(allowed).unwrap(), ..TargetPolicy::default() };
        Self { sender: Sender::new(policy.clone(), outside), policy }
    }

    /// Sends one request to a URL that the policy accepts.
    pub async fn send(&self, url: &str) -> Exchange {
        let url = self.policy.check(url).unwrap();
        let limit = Duration::from_secs(10);
        self.sender.send(&Request { url: &url, headers: Vec::new(), custom: Vec::new(), body: "{}", limit }).await
    }
}
