//! What a recovery learns, added to its counters.

use aws_sdk_dynamodb::{config::retry::RetryConfig, operation::update_item::UpdateItemError, types::ReturnValue};
use domain::{
    delivery::recovery::{Recovery, news::Digest},
    ids::{RecoveryId, WebhookId},
};

use super::{
    super::{
        Store, StoreError,
        error::{failed, is_busy},
        keys,
        values::number,
    },
    item::{recovery, slice_counters},
};

impl Store {
    /// Adds what a batch learned, and returns the recovery as it then is; `None` if there is none.
    ///
    /// The SDK does not repeat this call: if a response is lost, it may have been added already, and must not be twice.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if certainly nothing was added.
    pub async fn add_news(
        &self,
        webhook: &WebhookId,
        id: &RecoveryId,
        digest: &Digest,
    ) -> Result<Option<Recovery>, StoreError> {
        let Digest { delivered, failed: failures, retrying, passed_over, gone, dropped, slices } = digest;
        let totals = [
            ("delivered", *delivered),
            ("failed", *failures),
            ("retrying", *retrying),
            ("passedOver", *passed_over),
            ("gone", *gone),
            ("dropped", *dropped),
        ];
        let of_slices = slices.iter().flat_map(|(slice, outcomes)| slice_counters(*slice, *outcomes));
        let added = totals.into_iter().map(|(name, count)| (name.to_owned(), count));
        let added: Vec<(String, i64)> = added
            .chain(of_slices.map(|(name, count)| (name, i64::from(count))))
            .filter(|(_, count)| *count != 0)
            .collect();
        if added.is_empty() {
            return Ok(None);
        }
        let mut request = self.client.update_item().table_name(&self.table);
        for (place, (name, count)) in added.iter().enumerate() {
            request = request.expression_attribute_names(format!("#n{place}"), name);
            request = request.expression_attribute_values(format!(":n{place}"), number(count));
        }
        let adds: Vec<String> = (0..added.len()).map(|place| format!("#n{place} :n{place}")).collect();
        let request = request
            .set_key(Some(keys::recovery(webhook, id).into_item()))
            .update_expression(format!("ADD {}", adds.join(", ")))
            .condition_expression("attribute_exists(pk)")
            .return_values(ReturnValue::AllNew);
        let once = aws_sdk_dynamodb::config::Builder::new().retry_config(RetryConfig::disabled());
        let error = match request.customize().config_override(once).send().await {
            Ok(answer) => return recovery(&answer.attributes.unwrap_or_default()).map(Some),
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(None),
            Some(busy) if is_busy(busy) => Err(StoreError::Busy),
            _ => Err(failed(error)),
        }
    }
}
