//! How a receiver verifies that a request is genuine, in the profile's own terms.

use shared::domain::{
    attempt::{AttemptRules, headers::Placeholder},
    signing::secret::KeyForm,
};

/// What a developer must know to verify a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verifying {
    /// The header with the profile's own signature. `None`: the headers of Standard Webhooks are the profile's own.
    pub(super) header: Option<String>,
    /// What the header says.
    pub(super) value: String,
    pub(super) key: &'static str,
    /// A function for Node.js, the language of both guides' receivers.
    pub(super) code: String,
}

impl Verifying {
    pub(super) fn of(rules: &AttemptRules) -> Self {
        let signed = rules.headers.iter().find_map(|header| {
            let mut has_signature = false;
            let value = header.value.render(|placeholder| {
                has_signature |= placeholder == Placeholder::BodyHmacHex;
                String::new()
            });
            has_signature.then(|| (header.name.clone(), value))
        });
        let key = match rules.key {
            KeyForm::Text => "the secret as it stands above, all of it",
            KeyForm::Base64 => "the bytes that the part after whsec_ stands for in base64",
        };
        match signed {
            Some((name, prefix)) => {
                let code = own_signature(&name, &prefix, rules.key);
                Self { header: Some(name), value: format!("{prefix}…"), key, code }
            }
            None => Self { header: None, value: String::new(), key, code: STANDARD.to_owned() },
        }
    }
}

const STANDARD: &str = "\
import { Webhook } from \"standardwebhooks\";

// `body` is the raw request body, before any JSON parser has seen it.
// It throws if the request is not genuine.
const event = new Webhook(secret).verify(body, request.headers);";

fn own_signature(header: &str, prefix: &str, key: KeyForm) -> String {
    let key = match key {
        KeyForm::Text => "secret",
        KeyForm::Base64 => "Buffer.from(secret.slice(6), \"base64\")",
    };
    let prefix = if prefix.is_empty() { String::new() } else { format!("\"{prefix}\" + ") };
    format!(
        "import {{ createHmac, timingSafeEqual }} from \"node:crypto\";

// `body` is the raw request body, before any JSON parser has seen it.
export function isGenuine(body, headers, secret) {{
  const sent = Buffer.from(headers[\"{header}\"] ?? \"\");
  const expected = Buffer.from({prefix}createHmac(\"sha256\", {key}).update(body).digest(\"hex\"));
  return sent.length === expected.length && timingSafeEqual(sent, expected);
}}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::PROFILES;

    #[test]
    fn each_profile_is_verified_in_its_own_terms() {
        for (name, header, value, in_code) in [
            ("awsys", Some("x-awsys-signature"), "…", r#"Buffer.from(createHmac("sha256", secret)"#),
            ("go2", Some("x-webhook-signature"), "sha256=…", r#"Buffer.from("sha256=" + createHmac("sha256", secret)"#),
            ("standard", None, "", "standardwebhooks"),
        ] {
            let verifying = Verifying::of(&PROFILES.by_name(name).unwrap().attempts);
            assert_eq!((verifying.header.as_deref(), verifying.value.as_str()), (header, value), "{name}");
            assert!(verifying.code.contains(in_code), "{name}: {}", verifying.code);
        }
    }
}
