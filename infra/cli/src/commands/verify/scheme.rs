//! Which headers carry a signature, and how each is made: Standard Webhooks, and what the profiles say.

use shared::domain::{
    attempt::headers::{Header, HeaderValue, Placeholder},
    profile::{Profile, registry::Profiles},
    signing::secret::KeyForm,
};

use super::way::{Content, Encoding, Key, STANDARD_PREFIX, Scheme};

const STANDARD_HEADER: &str = "webhook-signature";

/// How the signature in this header may be made. Two profiles may use the same header; a header without a signature has none.
pub(super) fn schemes_of(header: &str, secret: &str) -> Vec<Scheme> {
    if header == STANDARD_HEADER {
        return vec![standard(secret)];
    }
    let profiles = Profiles::built_in();
    let own =
        profiles.all().into_iter().flat_map(|profile| profile.attempts.headers.iter().map(move |own| (profile, own)));
    let own = own.filter(|(_, own)| own.name == header);
    own.filter_map(|(profile, own)| of_profile(profile, own, secret)).collect()
}

/// Every header that carries a signature in some profile.
pub(super) fn signature_headers() -> Vec<String> {
    let profiles = Profiles::built_in();
    let mut names = vec![STANDARD_HEADER.to_owned()];
    for header in profiles.all().iter().flat_map(|profile| &profile.attempts.headers) {
        if text_before_signature(&header.value).is_some() {
            names.push(header.name.clone());
        }
    }
    names
}

fn standard(secret: &str) -> Scheme {
    Scheme {
        prefix: STANDARD_PREFIX.to_owned(),
        encoding: Encoding::Base64,
        key: Key::of_standard_webhooks(secret),
        content: Content::IdTimestampBody,
    }
}

fn of_profile(profile: &Profile, header: &Header, secret: &str) -> Option<Scheme> {
    let key = match profile.attempts.key {
        KeyForm::Text => Key::Text,
        KeyForm::Base64 => Key::of_standard_webhooks(secret),
    };
    let prefix = text_before_signature(&header.value)?;
    Some(Scheme { prefix, encoding: Encoding::Hex, key, content: Content::Body })
}

/// The literal text before the signature, such as `sha256=`; nothing if the header carries no signature.
fn text_before_signature(value: &HeaderValue) -> Option<String> {
    let place = '\0';
    let filled = value.render(|placeholder| match placeholder {
        Placeholder::BodyHmacHex => place.to_string(),
        _ => String::new(),
    });
    filled.split_once(place).map(|(before, _)| before.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_signature_header_has_the_scheme_of_its_contract() {
        let whsec = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let scheme =
            |prefix: &str, encoding, key, content| vec![Scheme { prefix: prefix.to_owned(), encoding, key, content }];
        for (header, secret, expected) in [
            ("webhook-signature", whsec, scheme("v1,", Encoding::Base64, Key::Decoded, Content::IdTimestampBody)),
            ("webhook-signature", "my-own", scheme("v1,", Encoding::Base64, Key::Text, Content::IdTimestampBody)),
            ("x-awsys-signature", whsec, scheme("", Encoding::Hex, Key::Text, Content::Body)),
            ("x-webhook-signature", whsec, scheme("sha256=", Encoding::Hex, Key::Text, Content::Body)),
            ("x-webhook-id", whsec, Vec::new()),
            ("content-type", whsec, Vec::new()),
        ] {
            assert_eq!(schemes_of(header, secret), expected, "{header} {secret}");
        }
    }

    #[test]
    fn every_header_that_is_listed_can_be_checked() {
        let listed = signature_headers();
        assert_eq!(listed, ["webhook-signature", "x-awsys-signature", "x-webhook-signature"]);
        assert!(listed.iter().all(|header| !schemes_of(header, "secret").is_empty()));
    }
}
