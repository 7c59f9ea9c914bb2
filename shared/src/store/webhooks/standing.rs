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
    signing::Secrets,
    webhook::{
        Webhook,
        settings::{Activity, Patch},
        standing::{Pulse, Streak},
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
    update::{Changes, RouteChange, Update},
};

const UNCHANGED: &str = "isActive = :active AND enabledAt = :enabled AND #url = :url";

impl Store {
    /// Adds failures to the streak and returns the webhook as it then is. `None` if it is gone, disabled, or was enabled again
    /// or moved since, in which case the failures do not count.
    ///
    /// The SDK does not repeat this call: if a response is lost, the failures may have been added already, and must not be twice.
    pub async fn add_failures(&self, webhook: &Webhook, added: Streak) -> Result<Option<Webhook>, StoreError> {
        let since = added.since.unwrap_or(webhook.standing.enabled_at);
        let request = self
            .streak_update(webhook)
            .update_expression(
                "ADD failures :failures, failedDeliveries :deliveries SET failingSince = if_not_exists(failingSince, :since)",
            )
            .expression_attribute_values(":failures", number(added.failures))
            .expression_attribute_values(":deliveries", number(added.failed_deliveries))
            .expression_attribute_values(":since", time(since));
        let once = aws_sdk_dynamodb::config::Builder::new().retry_config(RetryConfig::disabled());
        streak_changed(request.customize().config_override(once).send().await)
    }

    /// Ends the streak. Nothing happens if the webhook is gone, disabled or was enabled again.
    pub async fn reset_failures(&self, webhook: &Webhook) -> Result<Option<Webhook>, StoreError> {
        let request = self
            .streak_update(webhook)
            .update_expression("SET failures = :zero, failedDeliveries = :zero REMOVE failingSince")
            .expression_attribute_values(":zero", number(0));
        streak_changed(request.send().await)
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
        let update = Update { webhook: webhook_changes, route };
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
        now: Timestamp,
    ) -> Result<Changed, StoreError> {
        let activity = Some(Activity::Disabled { reason: reason.to_owned() });
        let mut update = Update::of(Patch { activity, ..Patch::default() }, now);
        update.webhook = update
            .webhook
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
