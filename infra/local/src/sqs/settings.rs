//! Queue attributes (always strings) and what they mean for messages.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use super::name_of;
use super::queue::{Redrive, Settings};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RedrivePolicy {
    dead_letter_target_arn: String,
    max_receive_count: Value,
}

/// Applies the attributes given to what was in force.
pub fn apply(settings: &mut Settings, attributes: &HashMap<String, String>) {
    for (name, value) in attributes {
        match name.as_str() {
            "VisibilityTimeout" => set(&mut settings.visibility_timeout_secs, value),
            "DelaySeconds" => set(&mut settings.delay_secs, value),
            "ReceiveMessageWaitTimeSeconds" => set(&mut settings.wait_secs, value),
            "MaximumMessageSize" => set(&mut settings.maximum_message_size, value),
            "RedrivePolicy" => settings.redrive = redrive(value),
            _ => {}
        }
    }
}

fn set<T: std::str::FromStr>(setting: &mut T, value: &str) {
    if let Ok(value) = value.parse() {
        *setting = value;
    }
}

/// AWS takes `maxReceiveCount` as a number and as a string.
fn redrive(policy: &str) -> Option<Redrive> {
    let policy: RedrivePolicy = serde_json::from_str(policy).ok()?;
    let max_receive_count = match &policy.max_receive_count {
        Value::String(text) => text.parse().ok()?,
        number => u32::try_from(number.as_u64()?).ok()?,
    };
    Some(Redrive { target: name_of(&policy.dead_letter_target_arn).to_owned(), max_receive_count })
}
