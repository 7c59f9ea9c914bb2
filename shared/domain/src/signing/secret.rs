//! Signing secrets: what a customer may choose, what we make, and which bytes become the HMAC key.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

/// The prefix of secrets made here and of every Standard Webhooks secret.
const PREFIX: &str = "whsec_";

/// A webhook's signing secret. It never prints itself.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Whether a customer may bring a secret, and of which form: profile data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientSecret {
    /// 8 to 256 printable characters, used as they are.
    Text,
    /// `whsec_` and the base64 of 24 to 64 bytes.
    Standard,
    /// The server always makes it.
    Refused,
}

/// Which bytes of the secret are the HMAC key: profile data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyForm {
    /// The secret's UTF-8 bytes, prefix included.
    Text,
    /// The decoded part after `whsec_`.
    Base64,
}

/// Why a customer's secret was not taken. Never holds the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    #[error("must have 8 to 256 printable characters")]
    NotPrintable,
    #[error("must be 'whsec_' followed by the base64 of 24 to 64 bytes")]
    NotStandard,
    #[error("cannot be chosen here: leave it out, and the answer shows the generated one once")]
    Refused,
}

impl Secret {
    /// Takes a secret that a customer brought.
    pub fn from_client(text: &str, form: ClientSecret) -> Result<Self, SecretError> {
        match form {
            ClientSecret::Refused => Err(SecretError::Refused),
            ClientSecret::Text => {
                let printable = !text.chars().any(char::is_control);
                if printable && (8..=256).contains(&text.chars().count()) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(SecretError::NotPrintable)
                }
            }
            ClientSecret::Standard => match decode(text) {
                Some(bytes) if (24..=64).contains(&bytes.len()) => Ok(Self(text.to_owned())),
                _ => Err(SecretError::NotStandard),
            },
        }
    }

    /// A new secret from 32 random bytes, good in every profile.
    pub fn generate(random: [u8; 32]) -> Self {
        Self(format!("{PREFIX}{}", STANDARD.encode(random)))
    }

    /// The secret itself: for its owner's eyes at creation and rotation, and for the store.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The HMAC key of the profile's own signature.
    pub fn key(&self, form: KeyForm) -> Vec<u8> {
        match form {
            KeyForm::Text => self.0.as_bytes().to_vec(),
            KeyForm::Base64 => self.standard_key(),
        }
    }

    /// The HMAC key of the Standard Webhooks signature: decoded if it can be, else the secret's bytes.
    pub fn standard_key(&self) -> Vec<u8> {
        decode(&self.0).unwrap_or_else(|| self.0.as_bytes().to_vec())
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text.strip_prefix(PREFIX)?).ok().filter(|bytes| !bytes.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print_itself() {
        assert_eq!(format!("{:?}", Secret::generate([7; 32])), "Secret(…)");
    }

    #[test]
    fn a_text_secret_has_8_to_256_printable_characters() {
        for (text, good) in [
            ("your-signing-secret", true),
            ("12345678", true),
            ("1234567", false),
            ("pässwörd", true),
            ("with\nnewline", false),
            ("nul\0nul\0nul", false),
        ] {
            assert_eq!(Secret::from_client(text, ClientSecret::Text).is_ok(), good, "{text:?}");
        }
        assert!(Secret::from_client(&"é".repeat(256), ClientSecret::Text).is_ok());
        assert!(Secret::from_client(&"é".repeat(257), ClientSecret::Text).is_err());
    }

    #[test]
    fn a_standard_secret_is_the_base64_of_24_to_64_bytes() {
        let of = |bytes: usize| format!("whsec_{}", STANDARD.encode(vec![1u8; bytes]));
        for (text, good) in [
            (of(23), false),
            (of(24), true),
            (of(64), true),
            (of(65), false),
            (STANDARD.encode([1u8; 32]), false),
            ("whsec_not base64 at all, not base64".to_owned(), false),
        ] {
            assert_eq!(Secret::from_client(&text, ClientSecret::Standard).is_ok(), good, "{text}");
        }
    }

    #[test]
    fn the_go2_key_is_the_whole_secret_and_the_standard_key_the_decoded_part() {
        let secret = Secret::generate([7; 32]);
        assert_eq!(secret.key(KeyForm::Text), secret.reveal().as_bytes());
        assert_eq!(secret.key(KeyForm::Base64), [7; 32]);
        let own = Secret::from_client("whsec_!not-base64", ClientSecret::Text).unwrap();
        assert_eq!(own.standard_key(), b"whsec_!not-base64");
    }
}
