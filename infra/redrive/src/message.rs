//! One dead letter, and what is sent in its place.

use aws_sdk_sqs::{
    error::BuildError,
    types::{Message, MessageAttributeValue, MessageSystemAttributeName},
};
use shared::queue::{JOB_ATTRIBUTE, SOURCE_ID_ATTRIBUTE};
use std::collections::HashMap;

/// What a queue carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Event,
    Delivery,
}

/// A dead letter that can be sent again.
#[derive(Debug, Clone)]
pub struct Again {
    /// The id it has in the dead-letter queue, which SQS kept on the way there.
    pub message_id: String,
    pub receipt_handle: String,
    pub body: String,
    pub attributes: HashMap<String, MessageAttributeValue>,
    pub group: Option<String>,
}

/// Why a message cannot be sent again as this kind.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    #[error("SQS gave no id, receipt handle or body")]
    Incomplete,
    #[error("it is a delivery, not an event: it has the attribute '{JOB_ATTRIBUTE}'")]
    IsDelivery,
    #[error("it is not a delivery: the attribute '{JOB_ATTRIBUTE}' is missing")]
    IsNoDelivery,
    #[error("its source id could not be written")]
    Build(#[from] BuildError),
}

/// Body, attributes and group as they are. An event gets the id of its message as its source, unless it came with one: intake then
/// recognises what it has already stored.
///
/// # Errors
/// The message stays where it is.
pub fn again(kind: Kind, message: Message) -> Result<Again, Unfit> {
    let group = MessageSystemAttributeName::MessageGroupId;
    let group = message.attributes.as_ref().and_then(|system| system.get(&group)).cloned();
    let mut attributes = message.message_attributes.unwrap_or_default();
    let (Some(message_id), Some(receipt_handle), Some(body)) =
        (message.message_id, message.receipt_handle, message.body)
    else {
        return Err(Unfit::Incomplete);
    };
    match (kind, attributes.contains_key(JOB_ATTRIBUTE)) {
        (Kind::Event, true) => return Err(Unfit::IsDelivery),
        (Kind::Delivery, false) => return Err(Unfit::IsNoDelivery),
        (Kind::Event, false) if !attributes.contains_key(SOURCE_ID_ATTRIBUTE) => {
            let source = MessageAttributeValue::builder().data_type("String").string_value(&message_id).build()?;
            attributes.insert(SOURCE_ID_ATTRIBUTE.to_owned(), source);
        }
        (Kind::Event, false) | (Kind::Delivery, true) => {}
    }
    Ok(Again { message_id, receipt_handle, body, attributes, group })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(attributes: &[(&str, &str)]) -> Message {
        let text = |value: &str| MessageAttributeValue::builder().data_type("String").string_value(value).build();
        let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), text(value).unwrap()));
        Message::builder()
            .message_id("m-1")
            .receipt_handle("r-1")
            .body("{}")
            .attributes(MessageSystemAttributeName::MessageGroupId, "acme")
            .set_message_attributes(Some(attributes.collect()))
            .build()
    }

    fn source_of(again: &Again) -> Option<&str> {
        again.attributes.get(SOURCE_ID_ATTRIBUTE)?.string_value()
    }

    #[test]
    fn an_event_keeps_the_id_it_had_first() {
        assert_eq!(source_of(&again(Kind::Event, letter(&[])).unwrap()), Some("m-1"));
        let earlier = letter(&[(SOURCE_ID_ATTRIBUTE, "m-0"), ("other", "kept")]);
        let earlier = again(Kind::Event, earlier).unwrap();
        assert_eq!(source_of(&earlier), Some("m-0"));
        assert_eq!(earlier.attributes["other"].string_value(), Some("kept"));
    }

    #[test]
    fn a_delivery_is_sent_as_it_is() {
        let sent = again(Kind::Delivery, letter(&[(JOB_ATTRIBUTE, "{}")])).unwrap();
        assert_eq!((source_of(&sent), sent.group.as_deref(), sent.body.as_str()), (None, Some("acme"), "{}"));
        assert_eq!(sent.attributes.len(), 1);
    }

    #[test]
    fn a_message_of_the_other_kind_stays_where_it_is() {
        assert!(matches!(again(Kind::Event, letter(&[(JOB_ATTRIBUTE, "{}")])), Err(Unfit::IsDelivery)));
        assert!(matches!(again(Kind::Delivery, letter(&[])), Err(Unfit::IsNoDelivery)));
    }
}
