//! One header, as `--header` takes it.

/// A header of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// In lower case: HTTP does not distinguish.
    pub name: String,
    pub value: String,
}

/// Reads `name: value`, as curl's `--header` does.
pub fn parse(text: &str) -> Result<Header, String> {
    match text.split_once(':') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok(Header { name: name.trim().to_ascii_lowercase(), value: value.trim().to_owned() })
        }
        _ => Err("write it as 'name: value'".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_without_its_spaces_and_in_lower_case() {
        for (text, name, value) in [
            ("Webhook-Id: dlv_1", "webhook-id", "dlv_1"),
            ("x-webhook-timestamp:2026-11-22T08:00:00Z", "x-webhook-timestamp", "2026-11-22T08:00:00Z"),
            ("webhook-signature: v1,a v1,b ", "webhook-signature", "v1,a v1,b"),
        ] {
            assert_eq!(parse(text), Ok(Header { name: name.to_owned(), value: value.to_owned() }));
        }
    }

    #[test]
    fn a_header_without_a_name_is_rejected() {
        for text in ["", "webhook-id", ": dlv_1"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
