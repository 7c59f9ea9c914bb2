//! What a sender attaches to a message.

use std::collections::HashMap;

use aws_lambda_events::encodings::Base64Data;
use serde::{Deserialize, Serialize};

/// Milliseconds since 1970.
pub type Millis = u64;

/// The attributes of a message, by name.
pub type Attributes = HashMap<String, Attribute>;

/// One value that a sender attached to a message.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Attribute {
    pub data_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binary_value: Option<Base64Data>,
}
