//! What SQS rejects: sizes, characters, names and numbers out of range.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use super::attributes::{Attribute, Attributes};
use super::error::SqsError;
use super::wire::Entry;

/// The most bytes of one message, and of one batch in all.
pub const MAX_MESSAGE_BYTES: usize = 1 << 20;
pub const DELAY_SECS: RangeInclusive<i32> = 0..=900;
pub const VISIBILITY_SECS: RangeInclusive<i32> = 0..=43_200;
pub const WAIT_SECS: RangeInclusive<i32> = 0..=20;
const BATCH_MESSAGES: RangeInclusive<i32> = 1..=10;
/// The most queues that one response lists.
const LISTED_QUEUES: RangeInclusive<i32> = 1..=1_000;
/// The most entries of a batch.
const MAX_BATCH_ENTRIES: usize = 10;
/// The most attributes of a message.
const MAX_ATTRIBUTES: usize = 10;
/// The most characters of a message group's id.
const MAX_GROUP_ID_CHARS: usize = 128;
/// The most characters of a queue's name.
const MAX_QUEUE_NAME_CHARS: usize = 80;

/// The bytes SQS counts: the body and each attribute's name, type and value.
pub fn size(body: &str, attributes: &Attributes) -> usize {
    let values = |value: &Attribute| {
        let text = value.string_value.as_ref().map_or(0, String::len);
        let binary = value.binary_value.as_ref().map_or(0, |binary| binary.len());
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

/// SQS accepts the characters that XML 1.0 accepts.
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

fn check_attribute(name: &str, value: &Attribute) -> Result<(), SqsError> {
    if is_attribute_name(name) && has_value(value) {
        return value.string_value.as_deref().map_or(Ok(()), check_text);
    }
    Err(SqsError::invalid(format!(
        "The message attribute '{name}' needs a valid name, a type of String, Number or Binary, and a non-empty value."
    )))
}

fn is_attribute_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    !name.is_empty()
        && name.len() <= 256
        && name.chars().all(|char| char.is_ascii_alphanumeric() || "_-.".contains(char))
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !lower.starts_with("aws.")
        && !lower.starts_with("amazon.")
}

fn has_value(value: &Attribute) -> bool {
    match value.data_type.split('.').next() {
        Some("String" | "Number") => value.string_value.as_ref().is_some_and(|text| !text.is_empty()),
        Some("Binary") => value.binary_value.as_ref().is_some_and(|binary| !binary.is_empty()),
        _ => false,
    }
}

/// A standard queue accepts a group id as well, for fair queues.
fn check_group(group: &str) -> Result<(), SqsError> {
    let fine =
        !group.is_empty() && group.len() <= MAX_GROUP_ID_CHARS && group.chars().all(|char| char.is_ascii_graphic());
    if fine { Ok(()) } else { Err(SqsError::invalid("Value for parameter MessageGroupId is invalid.".to_owned())) }
}

/// Checks what must hold for a batch as a whole; `bytes` is of all its messages.
pub fn check_batch<E: Entry>(entries: &[E], bytes: usize) -> Result<(), SqsError> {
    let ids: Vec<_> = entries.iter().map(Entry::id).collect();
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

/// A queue's name as it may be created.
pub fn check_queue_name(name: &str) -> Result<(), SqsError> {
    let fine = |char: char| char.is_ascii_alphanumeric() || "_-".contains(char);
    match name.len() {
        0 => Err(SqsError::MissingParameter("QueueName")),
        1..=MAX_QUEUE_NAME_CHARS if name.chars().all(fine) => Ok(()),
        _ => Err(SqsError::invalid(format!(
            "The queue name '{name}' is invalid. A name has 1 to {MAX_QUEUE_NAME_CHARS} letters, digits, hyphens and underscores."
        ))),
    }
}

pub fn delay(seconds: i32) -> Result<u64, SqsError> {
    in_range("DelaySeconds", seconds, DELAY_SECS)
}

pub fn visibility(seconds: i32) -> Result<u64, SqsError> {
    in_range("VisibilityTimeout", seconds, VISIBILITY_SECS)
}

pub fn wait(seconds: i32) -> Result<u64, SqsError> {
    in_range("WaitTimeSeconds", seconds, WAIT_SECS)
}

pub fn batch_size(messages: i32) -> Result<usize, SqsError> {
    in_range("MaxNumberOfMessages", messages, BATCH_MESSAGES)
}

pub fn page_size(queues: i32) -> Result<usize, SqsError> {
    in_range("MaxResults", queues, LISTED_QUEUES)
}

/// `value` as the type wanted, if it is in the range, which has no negative numbers.
pub fn in_range<T: TryFrom<i32>>(name: &str, value: i32, range: RangeInclusive<i32>) -> Result<T, SqsError> {
    let (least, most) = (range.start(), range.end());
    range.contains(&value).then(|| T::try_from(value).ok()).flatten().ok_or_else(|| {
        SqsError::invalid(format!(
            "Value {value} for parameter {name} is invalid. Reason: Must be between {least} and {most}, if provided."
        ))
    })
}
