//! The MD5 digests that SDKs compare with their own.

use std::collections::BTreeMap;

use md5::Context;

use super::attributes::{Attribute, Attributes};

pub fn of_body(body: &str) -> String {
    hex::encode(*md5::compute(body))
}

/// By name: length and bytes of name and type, a byte for the kind of value, length and bytes of the value.
/// `None` without attributes, as SQS then leaves the field out.
pub fn of_attributes(attributes: &Attributes) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut context = Context::new();
    for (name, value) in attributes.iter().collect::<BTreeMap<&String, &Attribute>>() {
        part(&mut context, name.as_bytes());
        part(&mut context, value.data_type.as_bytes());
        if let Some(binary) = &value.binary_value {
            context.consume([2]);
            part(&mut context, &binary.0);
        } else {
            context.consume([1]);
            part(&mut context, value.string_value.as_deref().unwrap_or_default().as_bytes());
        }
    }
    Some(hex::encode(*context.compute()))
}

fn part(context: &mut Context, bytes: &[u8]) {
    context.consume(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    context.consume(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_attributes_is_the_known_one() {
        // From the tests of moto, which others' SDKs are tested against.
        let value = Attribute {
            data_type: "Number".to_owned(),
            string_value: Some("1493147359900".to_owned()),
            ..Attribute::default()
        };
        let attributes = Attributes::from([("timestamp".to_owned(), value)]);
        assert_eq!(of_attributes(&attributes).as_deref(), Some("235c5c510d26fb653d073faed50ae77c"));
    }
}
