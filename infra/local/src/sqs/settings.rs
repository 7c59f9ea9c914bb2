//! Queue attributes: always text, with names and ranges of their own.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::Deserialize;
use serde_json::Value;

use super::error::SqsError;
use super::limits::{DELAY_SECS, MAX_MESSAGE_BYTES, VISIBILITY_SECS, WAIT_SECS, in_range};
use super::name_of;

const MESSAGE_BYTES: RangeInclusive<i32> = 1_024..=1_048_576;
const RETENTION_SECS: RangeInclusive<i32> = 60..=1_209_600;
const RECEIVES: RangeInclusive<i32> = 1..=1_000;

/// The attributes of a queue that its owner chooses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub visibility_timeout_secs: u64,
    pub delay_secs: u64,
    pub wait_secs: u64,
    pub maximum_message_bytes: usize,
    /// Only reported: messages here never expire.
    retention_secs: u64,
    pub redrive: Option<Redrive>,
}

/// Where a message goes that was received too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redrive {
    /// The dead-letter queue's name.
    pub target: String,
    pub max_receive_count: u32,
    /// The attribute's text, as it was set.
    policy: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            visibility_timeout_secs: 30,
            delay_secs: 0,
            wait_secs: 0,
            maximum_message_bytes: MAX_MESSAGE_BYTES,
            retention_secs: 345_600,
            redrive: None,
        }
    }
}

impl Settings {
    /// These settings with the attributes given changed.
    pub fn with(&self, attributes: &BTreeMap<String, String>) -> Result<Self, SqsError> {
        let mut changed = self.clone();
        for (name, value) in attributes {
            match name.as_str() {
                "VisibilityTimeout" => changed.visibility_timeout_secs = number(name, value, VISIBILITY_SECS)?,
                "DelaySeconds" => changed.delay_secs = number(name, value, DELAY_SECS)?,
                "ReceiveMessageWaitTimeSeconds" => changed.wait_secs = number(name, value, WAIT_SECS)?,
                "MaximumMessageSize" => changed.maximum_message_bytes = number(name, value, MESSAGE_BYTES)?,
                "MessageRetentionPeriod" => changed.retention_secs = number(name, value, RETENTION_SECS)?,
                "RedrivePolicy" => changed.redrive = redrive(value)?,
                "FifoQueue" => return Err(SqsError::Unsupported("FIFO queues are not offered here.")),
                "Policy"
                | "RedriveAllowPolicy"
                | "KmsMasterKeyId"
                | "KmsDataKeyReusePeriodSeconds"
                | "SqsManagedSseEnabled" => {
                    return Err(SqsError::Unsupported("Policies and encryption of queues are not offered here."));
                }
                _ => return Err(SqsError::UnknownAttribute(name.clone())),
            }
        }
        Ok(changed)
    }

    /// The attributes that say the same.
    pub fn attributes(&self) -> BTreeMap<String, String> {
        let always = [
            ("VisibilityTimeout", self.visibility_timeout_secs.to_string()),
            ("DelaySeconds", self.delay_secs.to_string()),
            ("ReceiveMessageWaitTimeSeconds", self.wait_secs.to_string()),
            ("MaximumMessageSize", self.maximum_message_bytes.to_string()),
            ("MessageRetentionPeriod", self.retention_secs.to_string()),
        ];
        let redrive = self.redrive.as_ref().map(|redrive| ("RedrivePolicy", redrive.policy.clone()));
        always.into_iter().chain(redrive).map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// The first of the attributes given that these settings do not have.
    pub fn differs_in<'a>(&self, attributes: &'a BTreeMap<String, String>) -> Option<&'a str> {
        let own = self.attributes();
        attributes.iter().find(|(name, value)| own.get(*name) != Some(value)).map(|(name, _)| name.as_str())
    }
}

fn number<T: TryFrom<i32>>(name: &str, value: &str, range: RangeInclusive<i32>) -> Result<T, SqsError> {
    let number = value.parse().map_err(|_| invalid(name, value, "It must be a whole number."))?;
    in_range(name, number, range)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RedrivePolicy {
    dead_letter_target_arn: String,
    max_receive_count: Value,
}

/// An empty policy removes the one there is. SQS accepts `maxReceiveCount` as a number and as text.
fn redrive(policy: &str) -> Result<Option<Redrive>, SqsError> {
    if policy.is_empty() {
        return Ok(None);
    }
    let RedrivePolicy { dead_letter_target_arn, max_receive_count } = serde_json::from_str(policy).map_err(|_| {
        invalid("RedrivePolicy", policy, "It must be JSON with deadLetterTargetArn and maxReceiveCount.")
    })?;
    let receives = max_receive_count.as_str().map_or_else(|| max_receive_count.to_string(), str::to_owned);
    Ok(Some(Redrive {
        target: name_of(&dead_letter_target_arn).to_owned(),
        max_receive_count: number("maxReceiveCount", &receives, RECEIVES)?,
        policy: policy.to_owned(),
    }))
}

fn invalid(name: &str, value: &str, reason: &str) -> SqsError {
    SqsError::invalid(format!("Value {value} for parameter {name} is invalid. Reason: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &str, value: &str) -> Result<Settings, SqsError> {
        Settings::default().with(&BTreeMap::from([(name.to_owned(), value.to_owned())]))
    }

    #[test]
    fn an_attribute_out_of_its_range_is_refused() {
        let cases = [
            ("VisibilityTimeout", "0", "43200", "43201"),
            ("DelaySeconds", "0", "900", "901"),
            ("ReceiveMessageWaitTimeSeconds", "0", "20", "21"),
            ("MaximumMessageSize", "1024", "1048576", "1048577"),
            ("MessageRetentionPeriod", "60", "1209600", "1209601"),
        ];
        for (name, least, most, too_much) in cases {
            for accepted in [least, most] {
                assert_eq!(with(name, accepted).unwrap().attributes()[name], accepted, "{name}");
            }
            for refused in [too_much, "-1", "", "1.5", "soon"] {
                assert_eq!(with(name, refused).unwrap_err().codes().1, "InvalidParameterValue", "{name} {refused}");
            }
        }
    }

    #[test]
    fn a_redrive_policy_counts_with_numbers_and_text() {
        for count in ["7", r#""7""#] {
            let policy = format!(r#"{{"deadLetterTargetArn":"arn:aws:sqs:r:1:dead","maxReceiveCount":{count}}}"#);
            let redrive = with("RedrivePolicy", &policy).unwrap().redrive.unwrap();
            assert_eq!((redrive.target.as_str(), redrive.max_receive_count), ("dead", 7), "{count}");
        }
        for count in ["0", "1001", "-1", "null", "true"] {
            let policy = format!(r#"{{"deadLetterTargetArn":"arn:aws:sqs:r:1:dead","maxReceiveCount":{count}}}"#);
            assert!(with("RedrivePolicy", &policy).is_err(), "{count}");
        }
        assert_eq!(with("RedrivePolicy", "").unwrap().redrive, None);
    }

    #[test]
    fn an_attribute_that_has_no_effect_here_is_refused() {
        for (name, code) in [("Policy", "UnsupportedOperation"), ("FifoQueue", "UnsupportedOperation")] {
            assert_eq!(with(name, "{}").unwrap_err().codes().0, code, "{name}");
        }
        assert_eq!(with("Colour", "red").unwrap_err().codes().0, "InvalidAttributeName");
    }
}
