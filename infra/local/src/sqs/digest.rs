//! The MD5s that SDKs compare with their own.

use std::collections::{BTreeMap, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use winterbaume_sqs::wire::MessageAttributeValue;

pub fn of_body(body: &str) -> String {
    hex::encode(Md5::digest(body.as_bytes()))
}

/// By name: length and bytes of name and type, a byte for the kind of value, length and bytes of the value.
/// `None` without attributes, as SQS then leaves the field out.
pub fn of_attributes(attributes: &HashMap<String, MessageAttributeValue>) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut hasher = Md5::new();
    for (name, value) in attributes.iter().collect::<BTreeMap<_, _>>() {
        part(&mut hasher, name.as_bytes());
        part(&mut hasher, value.data_type.as_bytes());
        if let Some(binary) = &value.binary_value {
            hasher.update([2]);
            part(&mut hasher, &STANDARD.decode(binary).unwrap_or_default());
        } else {
            hasher.update([1]);
            part(&mut hasher, value.string_value.as_deref().unwrap_or_default().as_bytes());
        }
    }
    Some(hex::encode(hasher.finalize()))
}

fn part(hasher: &mut Md5, bytes: &[u8]) {
    hasher.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    hasher.update(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_attributes_is_the_known_one() {
        // From the tests of moto, which others' SDKs are tested against.
        let value = MessageAttributeValue {
            data_type: "Number".to_owned(),
            string_value: Some("1493147359900".to_owned()),
            ..MessageAttributeValue::default()
        };
        let attributes = HashMap::from([("timestamp".to_owned(), value)]);
        assert_eq!(of_attributes(&attributes).as_deref(), Some("235c5c510d26fb653d073faed50ae77c"));
    }
}
