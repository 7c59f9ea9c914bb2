//! What a receiver does to trust a request, written without any of Posthorn's own code.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::receiver::Request;

/// The three ways to sign.
#[derive(Debug, Clone, Copy)]
pub enum Scheme {
    Awsys,
    Go2,
    Standard,
}

impl Scheme {
    pub fn explained(self) -> &'static str {
        match self {
            Self::Awsys => "x-awsys-signature: hex HMAC-SHA256 of the body, key: the secret",
            Self::Go2 => "x-webhook-signature: sha256= and hex HMAC-SHA256 of the body, key: the secret with whsec_",
            Self::Standard => {
                "webhook-signature: v1, and base64 HMAC-SHA256 of id.timestamp.body, key: the secret decoded after whsec_"
            }
        }
    }

    /// Whether the request was signed with the secret.
    pub fn verifies(self, secret: &str, request: &Request) -> bool {
        match self {
            Self::Awsys => {
                let given = hex::decode(request.header("x-awsys-signature")).unwrap_or_default();
                is_mac(secret.as_bytes(), &[&request.body], &given)
            }
            Self::Go2 => {
                let given = request.header("x-webhook-signature").strip_prefix("sha256=").unwrap_or_default();
                is_mac(secret.as_bytes(), &[&request.body], &hex::decode(given).unwrap_or_default())
            }
            Self::Standard => verifies_standard(secret, request),
        }
    }
}

fn verifies_standard(secret: &str, request: &Request) -> bool {
    let Some(Ok(key)) = secret.strip_prefix("whsec_").map(|encoded| STANDARD.decode(encoded)) else { return false };
    let (id, timestamp) = (request.header("webhook-id"), request.header("webhook-timestamp"));
    let signed: [&[u8]; 5] = [id.as_bytes(), b".", timestamp.as_bytes(), b".", &request.body];
    request.header("webhook-signature").split(' ').any(|signature| {
        let given = signature.strip_prefix("v1,").and_then(|encoded| STANDARD.decode(encoded).ok());
        given.is_some_and(|given| is_mac(&key, &signed, &given))
    })
}

/// In constant time.
fn is_mac(key: &[u8], parts: &[&[u8]], given: &[u8]) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return false };
    for part in parts {
        mac.update(part);
    }
    mac.verify_slice(given).is_ok()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::*;

    fn request(header: &'static str, signature: &'static str) -> Request {
        let mut headers = HeaderMap::new();
        headers.insert(header, signature.parse().unwrap());
        headers.insert("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek".parse().unwrap());
        headers.insert("webhook-timestamp", "1614265330".parse().unwrap());
        Request { path: "/".to_owned(), headers, body: r#"{"test": 2432232314}"#.into() }
    }

    #[test]
    fn the_known_answer_of_standard_webhooks_is_verified_and_nothing_else() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let good = request("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let bad = request("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OA=");
        assert!(Scheme::Standard.verifies(secret, &good));
        assert!(!Scheme::Standard.verifies(secret, &bad));
        assert!(!Scheme::Standard.verifies("whsec_AAAA", &good));
    }

    #[test]
    fn a_request_without_a_signature_is_not_verified() {
        let unsigned = request("x-other", "");
        for scheme in [Scheme::Awsys, Scheme::Go2, Scheme::Standard] {
            assert!(!scheme.verifies("whsec_AAAA", &unsigned), "{scheme:?}");
        }
    }
}
