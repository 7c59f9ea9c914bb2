//! A webhook and its route changed in one transaction, both or neither.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update as UpdateItem, builders::UpdateBuilder};
use domain::ids::{AccountId, WebhookId};

use super::{
    super::{Store, StoreError, keys, transact::Transacted},
    changed::Changed,
    update::{Changes, RouteChange, Update},
};

impl Store {
    /// Writes a change to a webhook and to its route, on a condition about the webhook.
    pub(super) async fn change_webhook(
        &self,
        account: &AccountId,
        id: &WebhookId,
        update: Update,
        condition: &str,
    ) -> Result<Changed, StoreError> {
        let mut items = vec![self.webhook_update(account, id, &update.webhook, condition)?];
        for note in &update.notes {
            items.push(self.note_put(note)?);
        }
        if !update.route.is_empty() {
            items.push(self.route_change(account, id, update)?);
        }
        let transacted = self.transact(items).await?;
        let webhook = self.webhook(account, id).await?;
        Ok(match (transacted, webhook) {
            (_, None) => Changed::Gone,
            (Transacted::Yes, Some(webhook)) => Changed::Yes(Box::new(webhook)),
            (Transacted::ConditionFailed, Some(_)) => Changed::Lost,
        })
    }

    pub(super) fn webhook_update(
        &self,
        account: &AccountId,
        id: &WebhookId,
        changes: &Changes,
        condition: &str,
    ) -> Result<TransactWriteItem, StoreError> {
        let update = UpdateItem::builder()
            .table_name(&self.table)
            .set_key(Some(keys::webhook(account, id).into_item()))
            .update_expression(changes.expression())
            .condition_expression(condition)
            .set_expression_attribute_names(Some(changes.names()))
            .set_expression_attribute_values(Some(changes.values()))
            .build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    pub(super) fn route_update(&self, account: &AccountId, id: &WebhookId) -> UpdateBuilder {
        UpdateItem::builder()
            .table_name(&self.table)
            .set_key(Some(keys::account(account).into_item()))
            .expression_attribute_names("#id", id.as_str())
    }

    fn route_change(
        &self,
        account: &AccountId,
        id: &WebhookId,
        change: Update,
    ) -> Result<TransactWriteItem, StoreError> {
        let mut update = self
            .route_update(account, id)
            .update_expression(route_expression(&change.route))
            .condition_expression("attribute_exists(routes.#id)");
        for (field, change) in change.route {
            if let RouteChange::Set(value) | RouteChange::SetIfAbsent(value) = change {
                update = update.expression_attribute_values(format!(":{field}"), value);
            }
        }
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }
}

fn route_expression(changes: &[(&str, RouteChange)]) -> String {
    let (mut sets, mut removes) = (Vec::new(), Vec::new());
    for (field, change) in changes {
        let path = format!("routes.#id.{field}");
        match change {
            RouteChange::Set(_) => sets.push(format!("{path} = :{field}")),
            RouteChange::SetIfAbsent(_) => sets.push(format!("{path} = if_not_exists({path}, :{field})")),
            RouteChange::Remove => removes.push(path),
        }
    }
    // A clause without a path is no expression that DynamoDB reads.
    let clauses = [("SET", sets), ("REMOVE", removes)].into_iter().filter(|(_, paths)| !paths.is_empty());
    clauses.map(|(clause, paths)| format!("{clause} {}", paths.join(", "))).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;

    use super::*;

    #[test]
    fn an_expression_has_only_the_clauses_that_it_needs() {
        let (set, remove) = (|| RouteChange::Set(AttributeValue::Bool(true)), || RouteChange::Remove);
        for (changes, expected) in [
            (vec![("a", set())], "SET routes.#id.a = :a"),
            (vec![("f", remove())], "REMOVE routes.#id.f"),
            (vec![("a", set()), ("d", remove())], "SET routes.#id.a = :a REMOVE routes.#id.d"),
        ] {
            assert_eq!(route_expression(&changes), expected);
        }
    }
}
