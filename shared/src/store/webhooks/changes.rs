//! What a change writes to a webhook and to its route, as update expressions.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::{
    super::{Item, number, text},
    Activity, WebhookPatch, ms,
};

/// What a patch writes to the webhook and to its route.
pub(super) fn patch_changes(patch: WebhookPatch, now: Timestamp) -> (Changes, Vec<(&'static str, AttributeValue)>) {
    let mut webhook = Changes::default().set("updatedAt", ms(now));
    let mut route = Vec::new();
    if let Some(name) = patch.name {
        webhook = webhook.set("name", text(name));
    }
    if let Some(url) = patch.url {
        webhook = webhook.set("url", text(url.as_str()));
    }
    if let Some(events) = patch.events {
        let events = AttributeValue::L(events.iter().map(|event| text(event.to_string())).collect());
        webhook = webhook.set("events", events.clone());
        route.push(("e", events));
    }
    match patch.activity {
        None => {}
        Some(Activity::Enabled) => {
            webhook = webhook
                .set("isActive", AttributeValue::Bool(true))
                .set("enabledAt", ms(now))
                .set("failures", number(0))
                .set("failedDeliveries", number(0))
                .set("health", text("ok"))
                .remove(&["disabledAt", "disabledReason", "failingSince"]);
            route.extend([("a", AttributeValue::Bool(true)), ("h", text("ok"))]);
        }
        Some(Activity::Disabled { reason }) => {
            webhook = webhook
                .set("isActive", AttributeValue::Bool(false))
                // Disabling once more does not change when and why it was.
                .set_if_absent("disabledAt", ms(now))
                .set_if_absent("disabledReason", text(reason));
            route.push(("a", AttributeValue::Bool(false)));
        }
    }
    (webhook, route)
}

/// An update expression in the making; every name is a placeholder, for many are reserved words.
#[derive(Debug, Default)]
pub(super) struct Changes {
    sets: Vec<(&'static str, AttributeValue)>,
    absent: Vec<&'static str>,
    removes: Vec<&'static str>,
    /// Names that only the condition uses.
    compared: Vec<&'static str>,
    values: Item,
}

impl Changes {
    pub(super) fn set(mut self, name: &'static str, value: AttributeValue) -> Self {
        self.sets.push((name, value));
        self
    }

    /// Leaves a value that is there.
    fn set_if_absent(mut self, name: &'static str, value: AttributeValue) -> Self {
        self.absent.push(name);
        self.set(name, value)
    }

    fn remove(mut self, names: &[&'static str]) -> Self {
        self.removes.extend(names);
        self
    }

    /// A name, with its value, that only the condition uses.
    pub(super) fn compared(mut self, name: &'static str, value: AttributeValue) -> Self {
        self.compared.push(name);
        self.with_value(&format!(":{name}"), value)
    }

    /// A value that only the condition uses.
    pub(super) fn with_value(mut self, name: &str, value: AttributeValue) -> Self {
        self.values.insert(name.to_owned(), value);
        self
    }

    pub(super) fn expression(&self) -> String {
        let set = |name: &&'static str| {
            let value = if self.absent.contains(name) {
                format!("if_not_exists(#{name}, :{name})")
            } else {
                format!(":{name}")
            };
            format!("#{name} = {value}")
        };
        let sets: Vec<String> = self.sets.iter().map(|(name, _)| set(name)).collect();
        let removes: Vec<String> = self.removes.iter().map(|name| format!("#{name}")).collect();
        let remove = if removes.is_empty() { String::new() } else { format!(" REMOVE {}", removes.join(", ")) };
        format!("SET {}{remove}", sets.join(", "))
    }

    pub(super) fn names(&self) -> std::collections::HashMap<String, String> {
        let names = self.sets.iter().map(|(name, _)| *name).chain(self.removes.iter().copied());
        let names = names.chain(self.compared.iter().copied());
        names.map(|name| (format!("#{name}"), name.to_owned())).collect()
    }

    pub(super) fn values(&self) -> Item {
        let sets = self.sets.iter().map(|(name, value)| (format!(":{name}"), value.clone()));
        sets.chain(self.values.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enabling_again_begins_a_new_streak() {
        let patch = WebhookPatch { activity: Some(Activity::Enabled), ..WebhookPatch::default() };
        let (webhook, route) = patch_changes(patch, Timestamp::UNIX_EPOCH);
        let expression = webhook.expression();
        for part in ["#failures = :failures", "#enabledAt = :enabledAt", "REMOVE #disabledAt, #disabledReason"] {
            assert!(expression.contains(part), "{expression}");
        }
        assert_eq!(webhook.values().get(":failures"), Some(&number(0)));
        assert!(route.contains(&("a", AttributeValue::Bool(true))));
    }

    #[test]
    fn a_patch_writes_only_what_it_names() {
        let patch = WebhookPatch { name: Some("x".to_owned()), ..WebhookPatch::default() };
        let (webhook, route) = patch_changes(patch, Timestamp::UNIX_EPOCH);
        assert_eq!(webhook.expression(), "SET #updatedAt = :updatedAt, #name = :name");
        assert!(route.is_empty());
    }
}
