use super::*;
use crate::{
    attempt::{custom::HeaderChanges, timing::OwnTimeout},
    profile::registry::Profiles,
    signing::PreviousSecret,
    target::TargetPolicy,
};

type Pairs = Vec<(String, String)>;

fn headers_of(profile: &str, secrets: &Secrets, reason: Reason, attempt: u32) -> Vec<(String, String)> {
    let (mut headers, custom, _) = request_of(profile, secrets, reason, attempt);
    headers.extend(custom);
    headers
}

/// Posthorn's headers, the customer's own, and the time limit, of a webhook with its own timeout.
fn request_of(profile: &str, secrets: &Secrets, reason: Reason, attempt: u32) -> (Pairs, Pairs, Duration) {
    let (webhook, event) = (WebhookId::parse("wh_abc123").unwrap(), EventId::parse("evt-1").unwrap());
    let delivery = DeliveryId::parse("msg_1").unwrap();
    let event_type = EventType::parse("click").unwrap();
    let letter = Letter {
        webhook: &webhook,
        event: &event,
        event_type: &event_type,
        delivery: &delivery,
        reason,
        attempt,
        at: Timestamp::from_second(1_614_265_330).unwrap(),
        body: r#"{"a":1}"#,
    };
    let url = TargetPolicy::default().check("https://example.com/x").unwrap();
    let profiles = Profiles::built_in();
    let timing = OwnTiming { timeout: OwnTimeout::new(3), ..OwnTiming::default() };
    // No profile had these headers when the customer chose them.
    let chosen =
        ["Authorization", "x-awsys-signature", "x-webhook-event"].map(|name| (name.to_owned(), Some("v".into())));
    let custom = CustomHeaders::default().merged(&HeaderChanges::parse(chosen, &[]).unwrap()).unwrap();
    let recipient = Recipient { url: &url, secrets, headers: &custom, timing: &timing };
    let request = request(&profiles.by_name(profile).unwrap().attempts, &recipient, &letter);
    let custom = request.custom.iter().map(|(name, value)| (name.as_str().to_owned(), value.reveal().to_owned()));
    (request.headers, custom.collect(), request.limit)
}

#[test]
fn a_webhooks_own_headers_go_with_every_request() {
    for (profile, expected) in [
        ("awsys", &["authorization", "x-webhook-event"][..]),
        ("go2", &["authorization", "x-awsys-signature"]),
        ("standard", &["authorization", "x-awsys-signature", "x-webhook-event"]),
    ] {
        for reason in [Reason::Event, Reason::Retry, Reason::Test, Reason::Resend, Reason::Replay] {
            let (_, custom, _) = request_of(profile, &rotating(), reason, 1);
            let names: Vec<&str> = custom.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, expected, "{profile} {reason:?}");
        }
    }
}

#[test]
fn a_webhooks_own_timeout_limits_its_requests_where_the_profile_allows_one() {
    for (profile, seconds) in [("awsys", 10), ("go2", 10), ("standard", 3)] {
        let (_, _, limit) = request_of(profile, &rotating(), Reason::Event, 1);
        assert_eq!(limit.as_secs(), seconds, "{profile}");
    }
}

fn header(headers: &[(String, String)], name: &str) -> String {
    headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default()
}

/// Three secrets, all in force.
fn rotating() -> Secrets {
    let until = Timestamp::from_second(1_614_265_400).unwrap();
    let previous = [2, 1].map(|n| PreviousSecret { secret: Secret::generate([n; 32]), until });
    Secrets { current: Secret::generate([3; 32]), previous: previous.into(), rotated_at: None }
}

#[test]
fn the_awsys_signature_is_bare_hex_and_go2_names_the_algorithm() {
    let secrets = Secrets::only(Secret::generate([1; 32]));
    let awsys = header(&headers_of("awsys", &secrets, Reason::Event, 1), "x-awsys-signature");
    assert_eq!(awsys.len(), 64, "{awsys}");
    let go2 = header(&headers_of("go2", &secrets, Reason::Event, 1), "x-webhook-signature");
    assert_eq!(go2, format!("sha256={awsys}"));
}

#[test]
fn the_go2_webhook_id_is_unique_per_event_and_names_the_webhook() {
    let headers = headers_of("go2", &Secrets::only(Secret::generate([1; 32])), Reason::Event, 3);
    assert_eq!(header(&headers, "x-webhook-id"), "wh_abc123.evt-1");
    assert_eq!(header(&headers, "x-webhook-event"), "click");
    assert_eq!(header(&headers, "x-webhook-timestamp"), "2021-02-25T15:02:10Z");
    assert_eq!(header(&headers, "x-posthorn-attempt"), "3");
}

#[test]
fn every_profile_sends_the_events_id_and_the_standard_headers() {
    for profile in ["awsys", "go2", "standard"] {
        let headers = headers_of(profile, &Secrets::only(Secret::generate([1; 32])), Reason::Event, 1);
        assert_eq!(header(&headers, "x-posthorn-event-id"), "evt-1", "{profile}");
        assert_eq!(header(&headers, "webhook-id"), "msg_1", "{profile}");
        assert_eq!(header(&headers, "webhook-timestamp"), "1614265330", "{profile}");
        assert!(header(&headers, "webhook-signature").starts_with("v1,"), "{profile}");
    }
}

#[test]
fn all_secrets_in_force_sign_the_list_and_take_turns_in_the_rest() {
    let secrets = rotating();
    let of = |attempt| header(&headers_of("go2", &secrets, Reason::Event, attempt), "x-webhook-signature");
    let only = |n| {
        let secrets = Secrets::only(Secret::generate([n; 32]));
        header(&headers_of("go2", &secrets, Reason::Event, 1), "x-webhook-signature")
    };
    assert_eq!([1, 2, 3, 4].map(of), [only(3), only(2), only(1), only(3)]);
    let listed = header(&headers_of("go2", &secrets, Reason::Event, 1), "webhook-signature");
    assert_eq!(listed.split(' ').count(), 3);
}

#[test]
fn tests_and_resends_are_signed_with_the_newest_secret() {
    let secrets = rotating();
    let newest = header(&headers_of("go2", &secrets, Reason::Event, 1), "x-webhook-signature");
    for reason in [Reason::Test, Reason::Resend] {
        assert_eq!(header(&headers_of("go2", &secrets, reason, 2), "x-webhook-signature"), newest, "{reason:?}");
    }
}

#[test]
fn no_header_name_is_sent_twice() {
    for profile in ["awsys", "go2", "standard"] {
        let headers = headers_of(profile, &rotating(), Reason::Event, 1);
        let mut names: Vec<_> = headers.iter().map(|(name, _)| name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), headers.len(), "{profile}");
    }
}
