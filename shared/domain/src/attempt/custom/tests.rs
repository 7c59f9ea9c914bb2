use proptest::prelude::*;

use super::*;
use crate::profile::registry::Profiles;

fn changes_in(profile: &str, sent: &[(&str, Option<&str>)]) -> Result<HeaderChanges, HeadersError> {
    let profiles = Profiles::built_in();
    let sent = sent.iter().map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned)));
    HeaderChanges::parse(sent, &profiles.by_name(profile).unwrap().attempts.headers)
}

fn changes(sent: &[(&str, Option<&str>)]) -> Result<HeaderChanges, HeadersError> {
    changes_in("standard", sent)
}

fn headers(sent: &[(&str, &str)]) -> CustomHeaders {
    let sent: Vec<_> = sent.iter().map(|(name, value)| (*name, Some(*value))).collect();
    CustomHeaders::default().merged(&changes(&sent).unwrap()).unwrap()
}

fn shown(headers: &CustomHeaders) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.masked())).collect()
}

#[test]
fn a_name_is_a_token_of_64_characters_in_lower_case() {
    let name = |text: &str| CustomName::parse(text).map(|name| name.0).ok();
    for (text, good) in [
        ("Authorization".to_owned(), true),
        ("x".repeat(64), true),
        ("x".repeat(65), false),
        (String::new(), false),
        ("!#$%&'*+-.^_`|~09".to_owned(), true),
        ("a b".to_owned(), false),
        ("a:b".to_owned(), false),
        ("a\r\nb".to_owned(), false),
        ("é".to_owned(), false),
        ("(x)".to_owned(), false),
    ] {
        assert_eq!(name(&text), good.then(|| text.to_ascii_lowercase()), "{text:?}");
    }
}

#[test]
fn a_value_has_1_to_1024_visible_characters_and_blanks_inside() {
    for (value, good) in [
        ("Bearer abc".to_owned(), true),
        ("a".to_owned(), true),
        ("a".repeat(1_024), true),
        ("a".repeat(1_025), false),
        (String::new(), false),
        (" a".to_owned(), false),
        ("a ".to_owned(), false),
        (" ".to_owned(), false),
        ("a\tb".to_owned(), false),
        ("a\r\nb".to_owned(), false),
        ("a\0b".to_owned(), false),
        ("a\u{7f}".to_owned(), false),
        ("é".to_owned(), false),
        ("\u{2022}abc".to_owned(), false),
    ] {
        let parsed = changes(&[("x-a", Some(&value))]);
        let expected = if good { None } else { Some(HeadersError::Value { name: "x-a".to_owned() }) };
        assert_eq!(parsed.err(), expected, "{value:?}");
    }
}

#[test]
fn names_that_are_not_the_customers_are_rejected() {
    for name in [
        "Connection",
        "keep-alive",
        "TE",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "proxy-connection",
        "Proxy-Authorization",
        "host",
        "content-type",
        "Content-Length",
        "content-encoding",
        "cookie",
        "date",
        "expect",
        "User-Agent",
        "forwarded",
        "via",
        "x-forwarded-for",
        "X-Amz-Date",
        "x-amzn-trace-id",
        "sec-fetch-site",
        "webhook-id",
        "Webhook-Anything",
        "x-posthorn-attempt",
    ] {
        for profile in ["awsys", "go2", "standard"] {
            let error = changes_in(profile, &[(name, Some("x"))]).unwrap_err();
            assert_eq!(error, HeadersError::Reserved { name: name.to_owned() }, "{profile}");
        }
        assert!(changes(&[(name, None)]).is_ok(), "{name} may be removed");
    }
}

#[test]
fn a_profiles_own_headers_are_rejected_in_that_profile_only() {
    for (profile, name, good) in [
        ("awsys", "X-Awsys-Signature", false),
        ("go2", "x-awsys-signature", true),
        ("go2", "X-Webhook-Id", false),
        ("standard", "x-webhook-id", true),
        ("standard", "authorization", true),
        ("standard", "hosts", true),
        ("standard", "dates", true),
        ("standard", "accept", true),
    ] {
        assert_eq!(changes_in(profile, &[(name, Some("x"))]).is_ok(), good, "{profile} {name}");
    }
}

#[test]
fn the_last_four_of_twelve_characters_are_shown() {
    for (value, mask) in [
        ("secret-7f3a", "\u{2022}\u{2022}\u{2022}\u{2022}"),
        ("secrets-7f3a", "\u{2022}\u{2022}\u{2022}\u{2022}7f3a"),
        ("x", "\u{2022}\u{2022}\u{2022}\u{2022}"),
    ] {
        assert_eq!(CustomValue(value.to_owned()).masked(), mask, "{value}");
    }
}

#[test]
fn what_is_stored_is_what_was_sent() {
    let stored = headers(&[("X-A", "Bearer 0123-7f3a"), ("x-b", "2")]);
    let revealed: Vec<_> = stored.iter().map(|(name, value)| (name.as_str(), value.reveal())).collect();
    assert_eq!(revealed, [("x-a", "Bearer 0123-7f3a"), ("x-b", "2")]);
}

#[test]
fn only_what_names_no_header_is_empty() {
    let (none, one) = (changes(&[]).unwrap(), changes(&[("x-a", None)]).unwrap());
    assert_eq!((none.is_empty(), one.is_empty()), (true, false));
    assert_eq!((headers(&[]).is_empty(), headers(&[("x-a", "1")]).is_empty()), (true, false));
}

#[test]
fn changes_are_merged_and_null_removes() {
    let before = headers(&[("Authorization", "Bearer 0123-7f3a"), ("x-a", "1"), ("x-b", "2")]);
    let changes =
        changes(&[("X-A", None), ("x-b", Some("a new value")), ("x-c", Some("3")), ("x-none", None)]).unwrap();
    let after = before.merged(&changes).unwrap();
    let expected = headers(&[("authorization", "Bearer 0123-7f3a"), ("x-b", "a new value"), ("x-c", "3")]);
    assert_eq!(after, expected);
}

#[test]
fn a_value_sent_as_it_is_shown_stays() {
    let before = headers(&[("authorization", "Bearer 0123-7f3a"), ("x-short", "1")]);
    let sent: Vec<_> = shown(&before);
    let sent: Vec<_> = sent.iter().map(|(name, mask)| (name.as_str(), Some(mask.as_str()))).collect();
    assert_eq!(before.merged(&changes(&sent).unwrap()).unwrap(), before);
    for (name, mask) in [("authorization", "\u{2022}\u{2022}\u{2022}\u{2022}7f3b"), ("x-none", MASK)] {
        let sent = changes(&[(name, Some(mask))]).unwrap();
        assert_eq!(before.merged(&sent), Err(HeadersError::OtherMask { name: name.to_owned() }));
    }
}

#[test]
fn names_that_differ_in_case_only_are_one_name_twice() {
    let error = changes(&[("X-A", Some("1")), ("x-a", None)]).unwrap_err();
    assert_eq!(error, HeadersError::Repeated { name: "x-a".to_owned() });
}

#[test]
fn a_webhook_has_ten_headers_after_merging() {
    let names: Vec<String> = (0..11).map(|n| format!("x-{n}")).collect();
    let ten: Vec<_> = names.iter().take(10).map(|name| (name.as_str(), "v")).collect();
    let before = headers(&ten);
    assert_eq!(before.merged(&changes(&[("x-10", Some("v"))]).unwrap()), Err(HeadersError::TooMany { count: 11 }));
    assert!(before.merged(&changes(&[("x-10", Some("v")), ("x-0", None)]).unwrap()).is_ok());
    assert!(before.merged(&changes(&[("x-0", Some("w"))]).unwrap()).is_ok());
}

#[test]
fn an_error_names_the_header_that_is_wrong() {
    for (sent, name) in [
        (vec![("a b", Some("x"))], "a b"),
        (vec![("Host", Some("x"))], "Host"),
        (vec![("X-A", Some("1")), ("x-a", Some("2"))], "x-a"),
        (vec![("x-a", Some(""))], "x-a"),
    ] {
        assert_eq!(changes(&sent).unwrap_err().name(), Some(name));
    }
    assert_eq!(HeadersError::OtherMask { name: "x-a".to_owned() }.name(), Some("x-a"));
    assert_eq!(HeadersError::TooMany { count: 11 }.name(), None);
}

#[test]
fn values_do_not_print_themselves() {
    let sent = changes(&[("authorization", Some("hunter2-hunter2"))]).unwrap();
    let stored = CustomHeaders::default().merged(&sent).unwrap();
    for text in [format!("{sent:?}"), format!("{stored:?}")] {
        assert!(text.contains("authorization") && text.contains("CustomValue(…)"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

proptest! {
    #[test]
    fn what_is_accepted_can_be_sent(name in ".{0,70}", value in ".{0,20}") {
        if let Ok(changes) = changes(&[(&name, Some(&value))])
            && let Ok(headers) = CustomHeaders::default().merged(&changes)
        {
            for (name, value) in headers.iter() {
                prop_assert!(name.as_str().bytes().all(|byte| is_token(byte) && !byte.is_ascii_uppercase()));
                prop_assert!(value.reveal().bytes().all(|byte| (b' '..=b'~').contains(&byte)));
            }
        }
    }
}
