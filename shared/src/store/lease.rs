//! Leases: of several runs that start at once, one works.

use aws_sdk_dynamodb::{
    operation::{delete_item::DeleteItemError, put_item::PutItemError},
    types::AttributeValue,
};
use jiff::Timestamp;

use super::{
    Store, StoreError, Written,
    error::failed,
    keys,
    values::{number, text, time},
};

impl Store {
    /// Takes a lease until a time, if it is free: never taken, given back, or ended.
    pub async fn take_lease(
        &self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Written, StoreError> {
        let mut item = keys::lease(name).into_item();
        item.extend([("holder".to_owned(), text(holder)), ("until".to_owned(), time(until))]);
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk) OR #until <= :now OR holder = :holder")
            .expression_attribute_names("#until", "until")
            .expression_attribute_values(":now", number(now.as_millisecond()))
            // The SDK repeats a request whose response was lost.
            .expression_attribute_values(":holder", text(holder));
        let Err(error) = request.send().await else { return Ok(Written::Yes) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(Written::Lost),
            _ => Err(failed(error)),
        }
    }

    /// Gives a lease back, unless it has ended and another run holds it.
    pub async fn give_back_lease(&self, name: &str, holder: &str) -> Result<(), StoreError> {
        let holder: AttributeValue = text(holder);
        let request = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(keys::lease(name).into_item()))
            .condition_expression("holder = :holder")
            .expression_attribute_values(":holder", holder);
        let Err(error) = request.send().await else { return Ok(()) };
        match error.as_service_error() {
            Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(()),
            _ => Err(failed(error)),
        }
    }
}
