//! A request as it was sent, or as it would be sent now. What is secret is masked.

use jiff::Timestamp;
use shared::domain::{
    attempt::{
        Reason,
        request::{Letter, Recipient, request},
    },
    delivery::Delivery,
    profile::Profile,
    signing::{Secrets, secret::Secret},
    webhook::Webhook,
};

use crate::portal::words::{curl, visible};

/// What stands for the signatures where the reader may only look: with them, the request could be sent again.
const MASK: &str = "••••";

/// A header as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeaderLine {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) is_masked: bool,
}

/// A request as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) url: String,
    pub(crate) headers: Vec<HeaderLine>,
    /// A command that sends it.
    pub(crate) curl: String,
}

/// Which attempt's request is meant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sending {
    pub(crate) reason: Reason,
    pub(crate) attempt: u32,
    pub(crate) at: Timestamp,
}

impl Sending {
    /// One more attempt of a delivery, now.
    pub(crate) fn again(delivery: &Delivery, now: Timestamp) -> Self {
        Self { reason: Reason::Resend, attempt: delivery.attempts_made().saturating_add(1), at: now }
    }

    /// The only attempt of a test, which was signed when it was made.
    pub(crate) fn of_test(test: &Delivery) -> Self {
        Self { reason: Reason::Test, attempt: 1, at: test.created_at }
    }
}

impl Sent {
    /// The request of an attempt with this body. Values of the customer's own headers are masked; the signatures are too, where the
    /// reader may only look.
    pub(crate) fn of(
        profile: &Profile,
        webhook: &Webhook,
        delivery: &Delivery,
        sending: Sending,
        body: &str,
        may_change: bool,
    ) -> Self {
        let letter = Letter {
            webhook: &webhook.id,
            event: &delivery.event_id,
            event_type: &delivery.event_type,
            delivery: &delivery.id,
            reason: sending.reason,
            attempt: sending.attempt,
            at: sending.at,
            body,
        };
        let whole = request(&profile.attempts, &webhook.recipient(), &letter);
        // A header that another secret would change is a signature.
        let other = Secrets::only(Secret::generate([0; 32]));
        let otherwise = request(&profile.attempts, &Recipient { secrets: &other, ..webhook.recipient() }, &letter);
        let headers = whole.headers.iter().zip(&otherwise.headers).map(|((name, value), (_, unsigned))| {
            let is_masked = !may_change && value != unsigned;
            let value = if is_masked { MASK.to_owned() } else { value.clone() };
            HeaderLine { name: name.clone(), value, is_masked }
        });
        let custom = whole.custom.iter().map(|(name, value)| HeaderLine {
            name: name.as_str().to_owned(),
            value: value.masked(),
            is_masked: true,
        });
        let headers: Vec<HeaderLine> = headers.chain(custom).collect();
        let lines = headers.iter().map(|line| (line.name.as_str(), line.value.as_str()));
        let url = whole.url.as_str();
        Self { curl: curl::command(url, lines, body), url: visible::line(url), headers }
    }

    pub(crate) fn has_masks(&self) -> bool {
        self.headers.iter().any(|line| line.is_masked)
    }
}

#[cfg(test)]
mod tests {
    use shared::domain::{
        attempt::custom::{CustomHeaders, HeaderChanges},
        delivery::Status,
    };

    use super::*;
    use crate::testing::{PROFILES, delivery, webhook_of};

    fn sent(profile: &str, may_change: bool) -> Sent {
        let mut webhook = webhook_of(&["click"]);
        let changes = [("x-token".to_owned(), Some("a-long-secret-7f3a".to_owned()))];
        let changes = HeaderChanges::parse(changes, &[]).unwrap();
        webhook.settings.headers = CustomHeaders::default().merged(&changes).unwrap();
        let delivery = delivery("click", Status::Failed, Vec::new());
        let sending = Sending::again(&delivery, Timestamp::UNIX_EPOCH);
        Sent::of(PROFILES.by_name(profile).unwrap(), &webhook, &delivery, sending, "{}", may_change)
    }

    fn value<'s>(sent: &'s Sent, name: &str) -> &'s str {
        &sent.headers.iter().find(|line| line.name == name).unwrap().value
    }

    #[test]
    fn a_customers_header_is_masked_for_everybody() {
        for may_change in [true, false] {
            let sent = sent("go2", may_change);
            assert_eq!(value(&sent, "x-token"), "••••7f3a");
            assert!(sent.has_masks() && !sent.curl.contains("a-long-secret"), "{}", sent.curl);
        }
    }

    #[test]
    fn signatures_are_masked_where_the_reader_may_only_look() {
        for profile in ["standard", "go2", "awsys"] {
            let (own, looking) = (sent(profile, true), sent(profile, false));
            assert!(value(&own, "webhook-signature").starts_with("v1,"), "{profile}");
            let masked = |sent: &Sent| sent.headers.iter().filter(|line| line.value == MASK).count();
            let profiles_own = PROFILES.by_name(profile).unwrap().attempts.headers.len();
            assert_eq!(masked(&own), 0, "{profile}");
            assert!(masked(&looking) == 1 || (masked(&looking) == 2 && profiles_own > 0), "{profile}");
            assert_eq!(value(&looking, "webhook-id"), "dlv_1");
            let signature = value(&own, "webhook-signature");
            assert!(own.curl.contains(signature) && !looking.curl.contains(signature), "{profile}");
        }
    }
}
