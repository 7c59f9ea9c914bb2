//! The headers that prove where a request came from.
//!
//! Every request carries the Standard Webhooks headers (`webhook-id`, `webhook-timestamp`, `webhook-signature`); a profile's own
//! headers are templates, data of the profile. Signed are the exact bytes of the body.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use super::{
    delivery::Reason,
    id::{DeliveryId, EventId, WebhookId},
    profile::{HeaderValue, Placeholder, Profile},
    secret::Secret,
    subscription::EventType,
    time,
};

/// What the headers of one attempt say.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    pub webhook: &'a WebhookId,
    pub event: &'a EventId,
    pub event_type: &'a EventType,
    pub delivery: &'a DeliveryId,
    pub reason: Reason,
    /// 1 for the first.
    pub attempt: u32,
    pub at: Timestamp,
    pub body: &'a [u8],
}

/// The secrets in force: during a rotation's grace the old one signs too.
#[derive(Debug, Clone, Copy)]
pub struct Secrets<'a> {
    pub current: &'a Secret,
    pub previous: Option<&'a Secret>,
}

impl<'a> Secrets<'a> {
    /// The secret for headers with room for one signature: during the grace, even attempts use the old one, so a receiver that
    /// holds either accepts within two attempts.
    fn single(&self, attempt: u32) -> &'a Secret {
        match self.previous {
            Some(previous) if attempt.is_multiple_of(2) => previous,
            _ => self.current,
        }
    }
}

/// All headers of one attempt, names in lower case.
#[must_use]
pub fn headers(profile: &Profile, secrets: Secrets<'_>, signed: &Signed<'_>) -> Vec<(String, String)> {
    let mut headers = vec![
        ("content-type".to_owned(), "application/json".to_owned()),
        ("user-agent".to_owned(), concat!("Posthorn/", env!("CARGO_PKG_VERSION")).to_owned()),
        ("x-posthorn-attempt".to_owned(), signed.attempt.to_string()),
        ("x-posthorn-reason".to_owned(), signed.reason.as_str().to_owned()),
        ("webhook-id".to_owned(), signed.delivery.to_string()),
        ("webhook-timestamp".to_owned(), signed.at.as_second().to_string()),
        ("webhook-signature".to_owned(), standard_signature(secrets, signed)),
    ];
    for template in profile.headers() {
        headers.push((template.name().to_owned(), fill(template.value(), profile, secrets, signed)));
    }
    headers
}

/// `v1,<base64>` over `id.timestamp.body`, one for each secret in force, separated by a space.
fn standard_signature(secrets: Secrets<'_>, signed: &Signed<'_>) -> String {
    let prefix = format!("{}.{}.", signed.delivery, signed.at.as_second());
    let sign = |secret: &Secret| {
        let mac = hmac(&secret.standard_key(), &[prefix.as_bytes(), signed.body]);
        format!("v1,{}", STANDARD.encode(mac))
    };
    match secrets.previous {
        Some(previous) => format!("{} {}", sign(secrets.current), sign(previous)),
        None => sign(secrets.current),
    }
}

fn fill(value: &HeaderValue, profile: &Profile, secrets: Secrets<'_>, signed: &Signed<'_>) -> String {
    value.render(|placeholder| match placeholder {
        Placeholder::WebhookId => signed.webhook.to_string(),
        Placeholder::EventId => signed.event.to_string(),
        Placeholder::Event => signed.event_type.to_string(),
        Placeholder::DeliveryId => signed.delivery.to_string(),
        Placeholder::AttemptTime => time::whole_seconds(signed.at),
        Placeholder::BodyHmacHex => {
            let key = secrets.single(signed.attempt).key(profile.key_form());
            hex::encode(hmac(&key, &[signed.body]))
        }
    })
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes a key of any length, so this never fails; an empty MAC would verify nowhere.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{profile::Profiles, secret::ClientSecret};

    fn sign(profile: &str, secret: &Secret, previous: Option<&Secret>, attempt: u32) -> Vec<(String, String)> {
        let (webhook, event) = (WebhookId::parse("wh_abc123").unwrap(), EventId::parse("evt-1").unwrap());
        let delivery = DeliveryId::parse("msg_p5jXN8AQM9LWM0D4loKWxJek").unwrap();
        let event_type = EventType::parse("click").unwrap();
        let signed = Signed {
            webhook: &webhook,
            event: &event,
            event_type: &event_type,
            delivery: &delivery,
            reason: Reason::Event,
            attempt,
            at: Timestamp::from_second(1_614_265_330).unwrap(),
            body: br#"{"test": 2432232314}"#,
        };
        let profiles = Profiles::built_in();
        headers(profiles.by_name(profile).unwrap(), Secrets { current: secret, previous }, &signed)
    }

    fn header(headers: &[(String, String)], name: &str) -> String {
        headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default()
    }

    #[test]
    fn the_standard_signature_has_the_known_answer_of_the_specifications_test_vector() {
        let secret = Secret::from_client("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", ClientSecret::Standard).unwrap();
        let headers = sign("standard", &secret, None, 1);
        assert_eq!(header(&headers, "webhook-signature"), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(header(&headers, "webhook-timestamp"), "1614265330");
    }

    #[test]
    fn the_awsys_signature_is_the_bare_hex_and_go2_puts_the_algorithm_before_it() {
        // printf '{"test": 2432232314}' | openssl dgst -sha256 -hmac your-signing-secret
        let known = "d4951e0b55cb89d60c7c169ef0f393a34390089ebe2ca1fd3ed1f0403eada815";
        let secret = Secret::from_client("your-signing-secret", ClientSecret::Text).unwrap();
        assert_eq!(header(&sign("awsys", &secret, None, 1), "x-awsys-signature"), known);
        assert_eq!(header(&sign("go2", &secret, None, 1), "x-webhook-signature"), format!("sha256={known}"));
    }

    #[test]
    fn the_go2_webhook_id_is_unique_per_event_and_starts_with_the_webhooks() {
        let headers = sign("go2", &Secret::generate([1; 32]), None, 3);
        assert_eq!(header(&headers, "x-webhook-id"), "wh_abc123.evt-1");
        assert_eq!(header(&headers, "x-webhook-event"), "click");
        assert_eq!(header(&headers, "x-webhook-timestamp"), "2021-02-25T15:02:10Z");
        assert_eq!(header(&headers, "x-posthorn-attempt"), "3");
    }

    #[test]
    fn during_the_grace_both_secrets_sign_the_list_and_alternate_in_the_single_header() {
        let (new, old) = (Secret::generate([1; 32]), Secret::generate([2; 32]));
        let only = |secret| header(&sign("go2", secret, None, 1), "x-webhook-signature");
        let grace = |attempt| header(&sign("go2", &new, Some(&old), attempt), "x-webhook-signature");
        assert_eq!((grace(1), grace(2), grace(3)), (only(&new), only(&old), only(&new)));
        let listed = header(&sign("go2", &new, Some(&old), 1), "webhook-signature");
        assert_eq!(listed.split(' ').count(), 2);
    }

    #[test]
    fn no_header_name_is_sent_twice() {
        for profile in ["awsys", "go2", "standard"] {
            let mut names: Vec<_> =
                sign(profile, &Secret::generate([1; 32]), None, 1).into_iter().map(|(name, _)| name).collect();
            names.sort();
            let all = names.len();
            names.dedup();
            assert_eq!(names.len(), all, "{profile}");
        }
    }
}
