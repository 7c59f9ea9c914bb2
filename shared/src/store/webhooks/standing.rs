//! What attempts change: the streak, the health, and disabling.
//!
//! What attempts mean counts only for the webhook that they were made for: active, not enabled again since, at the same URL.

use aws_sdk_dynamodb::{
    config::retry::RetryConfig,
    error::SdkError,
    operation::update_item::{UpdateItemError, UpdateItemOutput, builders::UpdateItemFluentBuilder},
    types::{AttributeValue, ReturnValue},
};
use domain::{
    operations::Note,
    signing::Secrets,
    webhook::{
        Webhook,
        settings::{Activity, Patch},
        standing::{Pulse, Streak, Told},
    },
};
use jiff::Timestamp;

use super::{
    super::{
        Store, StoreError, Written,
        error::{failed, is_busy},
        keys,
        values::{number, text, time},
    },
    changed::Changed,
    item::{PreviousSecretItem, WebhookItem},
    update::{Changes, RouteChange, STREAK, Update},
};

const UNCHANGED: &str = "isActive = :active AND enabledAt = :enabled AND #url = :url";

impl Store {
    /// Adds failures to the streak and returns the webhook as it then is. `None` if it is gone, disabled, or was enabled again
    /// or moved since, in which case the failures do not count.
    ///
    /// The SDK does not repeat this call: if a response is lost, the failures may have been added already, and must not be twice.
    pub async fn add_failures(&self, webhook: &Webhook, added: Streak) -> Result<Option<Webhook>, StoreError> {
        let since = added.since.unwrap_or(webhook.standing.enabled_at);
        let from = if added.first_created_at.is_some() { ", failingFrom :from" } else { "" };
        let request = self
            .streak_update(webhook)
            .update_expression(format!(
                "ADD failures :failures, failedDeliveries :deliveries{from} SET failingSince = if_not_exists(failingSince, :since)"
            ))
            .expression_attribute_values(":failures", number(added.failures))
            .expression_attribute_values(":deliveries", number(added.failed_deliveries))
            .expression_attribute_values(":since", time(since));
        let request = match added.first_created_at {
            Some(at) => {
                request.expression_attribute_values(":from", AttributeValue::Ns(vec![at.as_second().to_string()]))
            }
            None => request,
        };
        let once = aws_sdk_dynamodb::config::Builder::new().retry_config(RetryConfig::disabled());
        streak_changed(request.customize().config_override(once).send().await)
    }

    /// Ends the streak, of which as much was told as `webhook` says. Nothing happens if the webhook is gone, disabled or was enabled
    /// again.
    pub async fn reset_failures(&self, webhook: &Webhook) -> Result<Option<Webhook>, StoreError> {
        let request = self
            .streak_update(webhook)
            .update_expression(format!("SET failures = :zero, failedDeliveries = :zero REMOVE {}", STREAK.join(", ")))
            .condition_expression(format!("{UNCHANGED} AND (told = :told OR attribute_not_exists(told))"))
            .expression_attribute_values(":told", number(webhook.standing.streak.told.level))
            .expression_attribute_values(":zero", number(0));
        streak_changed(request.send().await)
    }

    /// Ends a streak that was told, and leaves a note of it: on condition that it is still the same streak.
    pub async fn reset_told(&self, webhook: &Webhook, note: Note) -> Result<Changed, StoreError> {
        let changes = Changes::default().set("failures", number(0)).set("failedDeliveries", number(0)).remove(&STREAK);
        self.tell(webhook, changes, vec![note]).await
    }

    /// Remembers what is told of a streak, and leaves the notes of it: on condition that nobody told it before.
    pub async fn tell_streak(&self, webhook: &Webhook, told: Told, notes: Vec<Note>) -> Result<Changed, StoreError> {
        let changes = Changes::default().set("told", number(told.level)).set("exhausted", number(told.exhausted));
        let changes = match told.exhausted_at {
            Some(at) => changes.set("exhaustedAt", time(at)),
            None => changes,
        };
        self.tell(webhook, changes, notes).await
    }

    async fn tell(&self, webhook: &Webhook, changes: Changes, notes: Vec<Note>) -> Result<Changed, StoreError> {
        let Streak { since, told, .. } = webhook.standing.streak;
        let since = since.unwrap_or(webhook.standing.enabled_at);
        let changes = changes.compared("failingSince", time(since)).with_value(":before", number(told.level));
        let changes = changes.with_value(":exhaustedBefore", number(told.exhausted));
        let update = Update { webhook: changes, route: Vec::new(), notes };
        let same = |name: &str, value: &str| format!("({name} = {value} OR attribute_not_exists({name}))");
        let condition = format!(
            "isActive = :active AND #failingSince = :failingSince AND {} AND {}",
            same("told", ":before"),
            same("exhausted", ":exhaustedBefore"),
        );
        let update = Update { webhook: update.webhook.with_value(":active", AttributeValue::Bool(true)), ..update };
        self.change_webhook(&webhook.account, &webhook.id, update, &condition).await
    }

    /// Writes a changed pulse to the webhook, and a changed health to its route, on condition that the health is still the one `webhook` was read with,
    /// and that the webhook was neither enabled again nor given another URL since.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another change to the webhook was under way.
    pub async fn set_pulse(&self, webhook: &Webhook, pulse: Pulse) -> Result<Changed, StoreError> {
        let value = serde_dynamo::to_attribute_value::<_, AttributeValue>(pulse.health)?;
        let before = serde_dynamo::to_attribute_value(webhook.standing.pulse.health)?;
        let is_new = pulse.health != webhook.standing.pulse.health;
        let webhook_changes = Changes::default()
            .set("health", value.clone())
            .set("quick", number(pulse.quick))
            .with_value(":before", before)
            .with_value(":enabled", time(webhook.standing.enabled_at))
            .compared("url", text(webhook.settings.url.as_str()));
        let route = if is_new { vec![("h", RouteChange::Set(value))] } else { Vec::new() };
        let update = Update { webhook: webhook_changes, route, notes: Vec::new() };
        let condition = "#health = :before AND #url = :url AND enabledAt = :enabled";
        self.change_webhook(&webhook.account, &webhook.id, update, condition).await
    }

    /// Removes secrets whose grace has ended, on condition that the secrets are still those that `webhook` was read with.
    pub async fn remove_ended_secrets(&self, webhook: &Webhook, now: Timestamp) -> Result<Written, StoreError> {
        let items = |secrets: &Secrets| {
            let previous: Vec<_> = secrets.previous.iter().cloned().map(PreviousSecretItem::from).collect();
            serde_dynamo::to_attribute_value::<_, AttributeValue>(previous)
        };
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::webhook(&webhook.account, &webhook.id).into_item()))
            .update_expression("SET previousSecrets = :left")
            .condition_expression("previousSecrets = :read")
            .expression_attribute_values(":left", items(&webhook.secrets.without_ended(now))?)
            .expression_attribute_values(":read", items(&webhook.secrets)?);
        let Err(error) = request.send().await else { return Ok(Written::Yes) };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(Written::Lost),
            Some(busy) if is_busy(busy) => Err(StoreError::Busy),
            _ => Err(failed(error)),
        }
    }

    /// Disables a webhook for its failures, exactly once: on condition that it is active and was neither enabled again nor given
    /// another URL since it was read.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another change to the webhook was under way.
    pub async fn disable_webhook(
        &self,
        webhook: &Webhook,
        reason: &str,
        notes: Vec<Note>,
        now: Timestamp,
    ) -> Result<Changed, StoreError> {
        let activity = Some(Activity::Disabled { reason: reason.to_owned() });
        let mut update = Update::of(Patch { activity, ..Patch::default() }, now);
        update.notes = notes;
        update.webhook = update
            .webhook
            .failing_from(webhook.standing.streak.first_created_at)
            .with_value(":enabled", time(webhook.standing.enabled_at))
            .with_value(":active", AttributeValue::Bool(true))
            .compared("url", text(webhook.settings.url.as_str()));
        self.change_webhook(&webhook.account, &webhook.id, update, UNCHANGED).await
    }

    fn streak_update(&self, webhook: &Webhook) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::webhook(&webhook.account, &webhook.id).into_item()))
            .condition_expression(UNCHANGED)
            .expression_attribute_names("#url", "url")
            .expression_attribute_values(":url", text(webhook.settings.url.as_str()))
            .expression_attribute_values(":active", AttributeValue::Bool(true))
            .expression_attribute_values(":enabled", time(webhook.standing.enabled_at))
            .return_values(ReturnValue::AllNew)
    }
}

fn streak_changed(
    answered: Result<UpdateItemOutput, SdkError<UpdateItemError>>,
) -> Result<Option<Webhook>, StoreError> {
    let error = match answered {
        Ok(answer) => {
            let item: WebhookItem = serde_dynamo::from_item(answer.attributes.unwrap_or_default())?;
            return Ok(Some(item.into()));
        }
        Err(error) => error,
    };
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(None),
        Some(busy) if is_busy(busy) => Err(StoreError::Busy),
        _ => Err(failed(error)),
    }
}
