//! What a change writes to a webhook and to its route, as update expressions.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    attempt::custom::{CustomHeaders, CustomName, CustomValue},
    event::filter::Filter,
    operations::Note,
    time::after,
    webhook::{
        pace::RateLimit,
        settings::{Activity, Change, Patch},
        standing::WANTED_WITHIN,
    },
};
use jiff::Timestamp;

use super::super::values::{Item, number, text, time};

/// When the streak began that disabled a webhook. A webhook that a customer disables has none.
const LAST_FAILING_FROM: &str = "lastFailingFrom";

/// What only a webhook has that is failing.
pub(super) const STREAK: [&str; 5] = ["failingSince", "failingFrom", "told", "exhaustedAt", "exhausted"];

/// What a change writes to the webhook, and to its route.
#[derive(Debug, Default)]
pub(super) struct Update {
    pub webhook: Changes,
    pub route: Vec<(&'static str, RouteChange)>,
    /// What is to be told of it.
    pub notes: Vec<Note>,
}

/// What a change does to one field of a route.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum RouteChange {
    Set(AttributeValue),
    /// Unless it has a value.
    SetIfAbsent(AttributeValue),
    Remove,
}

impl Update {
    /// What a patch writes.
    pub(super) fn of(patch: Patch, now: Timestamp) -> Self {
        let mut update = Self { webhook: Changes::default().set("updatedAt", time(now)), ..Self::default() };
        let wants_more =
            patch.events.is_some() || patch.filter != Change::Keep || patch.activity == Some(Activity::Enabled);
        update.webhook = update
            .webhook
            .changed("name", patch.name, text)
            .changed("rateLimit", patch.rate_limit, of_rate_limit)
            .changed("retryDelays", patch.retry_delays, |delays| numbers(delays.seconds()))
            .changed("timeout", patch.timeout, |timeout| number(timeout.seconds()))
            .changed("headers", patch.headers.map_or(Change::Keep, Change::Set), |headers| texts(&headers))
            .changed("metadata", patch.metadata.map_or(Change::Keep, Change::Set), |metadata| {
                pairs(metadata.entries())
            });
        if let Some(events) = patch.events {
            let events = AttributeValue::L(events.iter().map(|event| text(event.to_string())).collect());
            update.webhook = update.webhook.set("events", events.clone());
            update.route.push(("e", RouteChange::Set(events)));
        }
        update.filter(patch.filter);
        if wants_more {
            update.webhook = update.webhook.set("wantsSince", time(after(now, WANTED_WITHIN)));
        }
        // What was observed of another URL says nothing about this one.
        let is_new_start =
            patch.url.is_some() || matches!(patch.activity, Some(Activity::Enabled | Activity::StartedAgain));
        if let Some(url) = patch.url {
            update.webhook = update.webhook.set("url", text(url.as_str()));
        }
        if is_new_start {
            update.start_again();
        }
        match patch.activity {
            None => {}
            Some(Activity::Enabled | Activity::StartedAgain) => update.enable(now),
            Some(Activity::Disabled { reason }) => update.disable(reason, now),
        }
        update
    }

    /// Intake judges by the route, and everything else by the webhook.
    fn filter(&mut self, filter: Change<Filter>) {
        let filter = filter.map(|filter| text(filter.as_str()));
        match &filter {
            Change::Keep => {}
            Change::Clear => self.route.push(("f", RouteChange::Remove)),
            Change::Set(text) => self.route.push(("f", RouteChange::Set(text.clone()))),
        }
        self.webhook = std::mem::take(&mut self.webhook).changed("filter", filter, |text| text);
    }

    /// No streak, health `ok`.
    fn start_again(&mut self) {
        let webhook = std::mem::take(&mut self.webhook);
        self.webhook = webhook
            .set("failures", number(0))
            .set("failedDeliveries", number(0))
            .set("health", text("ok"))
            .remove(&STREAK)
            .remove(&["quick"]);
        self.route.push(("h", RouteChange::Set(text("ok"))));
    }

    /// Failures of attempts begun earlier do not count.
    fn enable(&mut self, now: Timestamp) {
        let webhook = std::mem::take(&mut self.webhook);
        self.webhook = webhook
            .set("isActive", AttributeValue::Bool(true))
            .set("enabledAt", time(now))
            .remove(&["disabledAt", "disabledReason"]);
        self.route.push(("a", RouteChange::Set(AttributeValue::Bool(true))));
        self.route.push(("d", RouteChange::Remove));
    }

    /// Disabling once more does not change when and why it was.
    fn disable(&mut self, reason: String, now: Timestamp) {
        let webhook = std::mem::take(&mut self.webhook);
        self.webhook = webhook
            .set("isActive", AttributeValue::Bool(false))
            .set_if_absent("disabledAt", time(now))
            .set_if_absent("disabledReason", text(reason))
            .set_unless("lastDisabledAt", "disabledAt", time(now))
            .remove(&[LAST_FAILING_FROM]);
        self.route.push(("a", RouteChange::Set(AttributeValue::Bool(false))));
        self.route.push(("d", RouteChange::SetIfAbsent(time(now))));
    }
}

fn of_rate_limit(limit: RateLimit) -> AttributeValue {
    let parts = [("requests", limit.requests()), ("seconds", limit.seconds())];
    AttributeValue::M(parts.map(|(name, part)| (name.to_owned(), number(part))).into())
}

fn numbers(values: &[u64]) -> AttributeValue {
    AttributeValue::L(values.iter().map(number).collect())
}

fn pairs(entries: &[(String, String)]) -> AttributeValue {
    AttributeValue::L(entries.iter().map(|(key, value)| AttributeValue::L(vec![text(key), text(value)])).collect())
}

fn texts(headers: &CustomHeaders) -> AttributeValue {
    let pair = |(name, value): (&CustomName, &CustomValue)| (name.as_str().to_owned(), text(value.reveal()));
    AttributeValue::M(headers.iter().map(pair).collect())
}

/// An update expression in the making. Every name is a placeholder, because many are reserved words.
#[derive(Debug, Default)]
pub(super) struct Changes {
    sets: Vec<(&'static str, AttributeValue)>,
    /// Names that take another's value instead, if that is there.
    unless: Vec<(&'static str, &'static str)>,
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

    /// As a patch changes a value, which is written as `value` says.
    fn changed<T>(self, name: &'static str, change: Change<T>, value: impl Fn(T) -> AttributeValue) -> Self {
        match change {
            Change::Keep => self,
            Change::Clear => self.remove(&[name]),
            Change::Set(new) => self.set(name, value(new)),
        }
    }

    /// Leaves a value that is there.
    fn set_if_absent(mut self, name: &'static str, value: AttributeValue) -> Self {
        self.unless.push((name, name));
        self.set(name, value)
    }

    /// Takes the value of `other` instead, if that is there.
    fn set_unless(mut self, name: &'static str, other: &'static str, value: AttributeValue) -> Self {
        self.unless.push((name, other));
        self.set(name, value)
    }

    /// Remembers when the failures began for which the webhook is disabled.
    pub(super) fn failing_from(mut self, from: Option<Timestamp>) -> Self {
        let Some(from) = from else { return self };
        self.removes.retain(|name| *name != LAST_FAILING_FROM);
        self.set(LAST_FAILING_FROM, time(from))
    }

    pub(super) fn remove(mut self, names: &[&'static str]) -> Self {
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
            let other = self.unless.iter().find(|(unless, _)| unless == name);
            match other {
                Some((_, other)) => format!("#{name} = if_not_exists(#{other}, :{name})"),
                None => format!("#{name} = :{name}"),
            }
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
mod tests;
