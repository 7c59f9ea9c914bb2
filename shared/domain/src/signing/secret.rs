//! Signing secrets: what a customer may choose, what we make, and which bytes become the HMAC key.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use super::super::text::is_invisible;

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
    /// 8 to 256 characters that can be seen, used as they are.
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

/// The fewest characters that a customer's own secret may have.
const MIN_TEXT: usize = 8;

/// The most characters that a customer's own secret may have.
const MAX_TEXT: usize = 256;

/// Why a customer's secret was rejected. Never holds the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    #[error("must have {MIN_TEXT} to {MAX_TEXT} characters, not {characters}")]
    Length { characters: usize },
    #[error("must not begin or end with white space: remove it, because copying a secret often loses or adds some")]
    Padded,
    #[error(
        "must not contain U+{code:04X}: use characters that can be seen and, between them, plain spaces; no line breaks, \
         control characters, other white space or zero-width characters"
    )]
    Unprintable { code: u32 },
    #[error("must be 'whsec_' followed by the base64 of 24 to 64 bytes")]
    NotStandard,
    #[error("cannot be chosen here: leave it out, and the response shows the generated one once")]
    Refused,
}

impl Secret {
    /// Accepts a secret that a customer brought, or says which rule it breaks.
    pub fn from_client(text: &str, form: ClientSecret) -> Result<Self, SecretError> {
        match form {
            ClientSecret::Refused => Err(SecretError::Refused),
            ClientSecret::Text => check_text(text).map(|()| Self(text.to_owned())),
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

/// Checks that what signs is what the customer sees: a secret is copied by hand between two systems.
fn check_text(text: &str) -> Result<(), SecretError> {
    let unprintable = |char: &char| char.is_control() || is_invisible(*char) || (char.is_whitespace() && *char != ' ');
    let characters = text.chars().count();
    if !(MIN_TEXT..=MAX_TEXT).contains(&characters) {
        Err(SecretError::Length { characters })
    } else if text.trim() != text {
        Err(SecretError::Padded)
    } else if let Some(char) = text.chars().find(unprintable) {
        Err(SecretError::Unprintable { code: char.into() })
    } else {
        Ok(())
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

    fn of_text(text: &str) -> Result<(), SecretError> {
        Secret::from_client(text, ClientSecret::Text).map(|_| ())
    }

    #[test]
    fn a_text_secret_has_8_to_256_characters_not_bytes() {
        for (text, expected) in [
            ("12345678".to_owned(), Ok(())),
            ("pässwörd".to_owned(), Ok(())),
            ("two words".to_owned(), Ok(())),
            ("é".repeat(256), Ok(())),
            ("😀".repeat(256), Ok(())),
            (String::new(), Err(SecretError::Length { characters: 0 })),
            ("éééé".to_owned(), Err(SecretError::Length { characters: 4 })),
            ("1234567".to_owned(), Err(SecretError::Length { characters: 7 })),
            ("é".repeat(257), Err(SecretError::Length { characters: 257 })),
        ] {
            assert_eq!(of_text(&text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_blank_or_padded_text_secret_is_rejected() {
        for text in
            ["        ", " 12345678", "12345678 ", "\t12345678", "12345678\n", "\u{a0}12345678", "12345678\u{3000}"]
        {
            assert_eq!(of_text(text), Err(SecretError::Padded), "{text:?}");
        }
    }

    #[test]
    fn a_character_that_cannot_be_seen_is_rejected_and_named() {
        for char in
            ['\n', '\t', '\0', '\u{7f}', '\u{85}', '\u{a0}', '\u{ad}', '\u{200b}', '\u{202e}', '\u{2060}', '\u{feff}']
        {
            let text = format!("12345{char}67890");
            assert_eq!(of_text(&text), Err(SecretError::Unprintable { code: char.into() }), "{text:?}");
        }
        let error = of_text("\u{feff}12345678").unwrap_err().to_string();
        assert!(error.starts_with("must not contain U+FEFF: "), "{error}");
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
