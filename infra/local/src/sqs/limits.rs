//! What SQS refuses: sizes, characters, names and numbers out of range.

use std::collections::{HashMap, HashSet};

use winterbaume_sqs::wire::MessageAttributeValue;

use super::error::SqsError;

/// One message, and one batch in all.
pub const MAX_MESSAGE_BYTES: usize = 1 << 20;
const MAX_DELAY_SECS: i32 = 900;
const MAX_VISIBILITY_SECS: i32 = 43_200;
const MAX_WAIT_SECS: i32 = 20;
const MAX_BATCH_ENTRIES: usize = 10;
const MAX_ATTRIBUTES: usize = 10;
const MAX_GROUP_ID_CHARS: usize = 128;

type Attributes = HashMap<String, MessageAttributeValue>;

/// The bytes SQS counts: the body and each attribute's name, type and value.
pub fn size(body: &str, attributes: &Attributes) -> usize {
    let values = |value: &MessageAttributeValue| {
        let text = value.string_value.as_ref().map_or(0, String::len);
        let binary = value.binary_value.as_ref().map_or(0, |encoded| encoded.len() / 4 * 3);
        value.data_type.len() + text + binary
    };
    body.len() + attributes.iter().map(|(name, value)| name.len() + values(value)).sum::<usize>()
}

/// Checks one message as `SendMessage` does.
pub fn check_message(
    body: &str,
    attributes: &Attributes,
    group: Option<&str>,
    max_size: usize,
) -> Result<(), SqsError> {
    if body.is_empty() {
        return Err(SqsError::MissingParameter("MessageBody"));
    }
    if size(body, attributes) > max_size {
        return Err(SqsError::invalid(format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {max_size} bytes."
        )));
    }
    check_text(body)?;
    check_attributes(attributes)?;
    group.map_or(Ok(()), check_group)
}

/// SQS takes the characters XML 1.0 takes.
fn check_text(text: &str) -> Result<(), SqsError> {
    if text.chars().all(is_accepted) { Ok(()) } else { Err(SqsError::InvalidMessageContents) }
}

fn is_accepted(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

fn check_attributes(attributes: &Attributes) -> Result<(), SqsError> {
    if attributes.len() > MAX_ATTRIBUTES {
        return Err(SqsError::invalid(format!(
            "Number of message attributes [{}] exceeds the allowed maximum [{MAX_ATTRIBUTES}].",
            attributes.len()
        )));
    }
    attributes.iter().try_for_each(|(name, value)| check_attribute(name, value))
}

fn check_attribute(name: &str, value: &MessageAttributeValue) -> Result<(), SqsError> {
    let lower = name.to_ascii_lowercase();
    let named = !name.is_empty()
        && name.len() <= 256
        && name.chars().all(|char| char.is_ascii_alphanumeric() || "_-.".contains(char))
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !lower.starts_with("aws.")
        && !lower.starts_with("amazon.");
    let base_type = value.data_type.split('.').next().unwrap_or_default();
    let given = match base_type {
        "String" | "Number" => value.string_value.as_deref(),
        "Binary" => value.binary_value.as_deref(),
        _ => None,
    };
    match given {
        Some(given) if named && !given.is_empty() => check_text(given),
        _ => Err(SqsError::invalid(format!(
            "The message attribute '{name}' needs a valid name, a type of String, Number or Binary, and a non-empty value."
        ))),
    }
}

/// Fair queues: a standard queue takes a group id too.
fn check_group(group: &str) -> Result<(), SqsError> {
    let fine =
        !group.is_empty() && group.len() <= MAX_GROUP_ID_CHARS && group.chars().all(|char| char.is_ascii_graphic());
    if fine { Ok(()) } else { Err(SqsError::invalid("Value for parameter MessageGroupId is invalid.".to_owned())) }
}

/// Checks what must hold for a batch as a whole; `bytes` is of all its messages.
pub fn check_batch<'a>(ids: impl Iterator<Item = &'a str>, bytes: usize) -> Result<(), SqsError> {
    let ids: Vec<_> = ids.collect();
    let acceptable = |id: &&str| {
        !id.is_empty() && id.len() <= 80 && id.chars().all(|char| char.is_ascii_alphanumeric() || "_-".contains(char))
    };
    match ids.len() {
        0 => Err(SqsError::EmptyBatch),
        1..=MAX_BATCH_ENTRIES if !ids.iter().all(acceptable) => Err(SqsError::InvalidBatchEntryId),
        1..=MAX_BATCH_ENTRIES if ids.iter().collect::<HashSet<_>>().len() < ids.len() => {
            Err(SqsError::BatchIdsNotDistinct)
        }
        1..=MAX_BATCH_ENTRIES if bytes > MAX_MESSAGE_BYTES => Err(SqsError::BatchTooLong(bytes)),
        1..=MAX_BATCH_ENTRIES => Ok(()),
        many => Err(SqsError::TooManyEntries(many)),
    }
}

pub fn delay(seconds: i32) -> Result<u64, SqsError> {
    in_range("DelaySeconds", seconds, 0, MAX_DELAY_SECS)
}

pub fn visibility(seconds: i32) -> Result<u64, SqsError> {
    in_range("VisibilityTimeout", seconds, 0, MAX_VISIBILITY_SECS)
}

pub fn wait(seconds: i32) -> Result<u64, SqsError> {
    in_range("WaitTimeSeconds", seconds, 0, MAX_WAIT_SECS)
}

pub fn batch_size(messages: i32) -> Result<usize, SqsError> {
    in_range("MaxNumberOfMessages", messages, 1, 10).map(|size| usize::try_from(size).unwrap_or(1))
}

fn in_range(name: &'static str, value: i32, least: i32, most: i32) -> Result<u64, SqsError> {
    let refused = || {
        SqsError::invalid(format!(
            "Value {value} for parameter {name} is invalid. Reason: Must be between {least} and {most}, if provided."
        ))
    };
    if (least..=most).contains(&value) { u64::try_from(value).map_err(|_| refused()) } else { Err(refused()) }
}
