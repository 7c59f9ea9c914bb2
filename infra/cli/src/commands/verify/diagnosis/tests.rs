//! Known answers: the Standard Webhooks test vector, and openssl for everything else, as
//! `printf '%s' "$content" | openssl dgst -sha256 -mac HMAC -macopt key:"$secret" -binary | base64` prints it (`hexkey:` and the
//! decoded key where the key is decoded; `-hex` for hex).

use super::*;

/// The Standard Webhooks test vector.
const VECTOR_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const VECTOR_ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const VECTOR_TIMESTAMP: &str = "1614265330";
const VECTOR_BODY: &[u8] = br#"{"test": 2432232314}"#;
const VECTOR_SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

/// The secret of the awsys guide.
const TEXT_SECRET: &str = "your-signing-secret";

fn received<'a>(secret: &'a str, body: &'a [u8]) -> Received<'a> {
    Received { secret, id: Some(VECTOR_ID), timestamp: Some(VECTOR_TIMESTAMP), body }
}

fn scheme(prefix: &str, encoding: Encoding, key: Key, content: Content) -> Scheme {
    Scheme { prefix: prefix.to_owned(), encoding, key, content }
}

fn standard() -> Scheme {
    scheme("v1,", Encoding::Base64, Key::Decoded, Content::IdTimestampBody)
}

fn awsys() -> Scheme {
    scheme("", Encoding::Hex, Key::Text, Content::Body)
}

fn go2() -> Scheme {
    scheme("sha256=", Encoding::Hex, Key::Text, Content::Body)
}

fn prefix(found: &str, expected: &str) -> Mistake {
    Mistake::Prefix { found: found.to_owned(), expected: expected.to_owned() }
}

#[test]
fn a_signature_of_the_contract_matches() {
    let hex = "d4951e0b55cb89d60c7c169ef0f393a34390089ebe2ca1fd3ed1f0403eada815";
    for (row, scheme, secret, value) in [
        ("standard", standard(), VECTOR_SECRET, VECTOR_SIGNATURE.to_owned()),
        (
            "one of two during a rotation",
            standard(),
            VECTOR_SECRET,
            format!("v1,{} {VECTOR_SIGNATURE}", "A".repeat(43) + "="),
        ),
        ("another version before it", standard(), VECTOR_SECRET, format!("v1a,xyz {VECTOR_SIGNATURE}")),
        ("awsys", awsys(), TEXT_SECRET, hex.to_owned()),
        ("awsys, upper case", awsys(), TEXT_SECRET, hex.to_uppercase()),
        ("go2", go2(), TEXT_SECRET, format!("sha256={hex}")),
    ] {
        assert_eq!(verdict_of(&[scheme], &value, &received(secret, VECTOR_BODY)), Verdict::Matches, "{row}");
    }
}

#[test]
fn each_usual_mistake_of_standard_webhooks_is_found() {
    let key = |found| Mistake::Key { found, expected: Key::Decoded };
    let content = Mistake::Content { found: Content::Body, expected: Content::IdTimestampBody };
    let encoding = |found| Mistake::Encoding { found, expected: Encoding::Base64 };
    for (value, mistakes) in [
        ("v1,83484cf52b04f8e4cf2531adfed9882ad4b2665137b852442d594d20e2c9d4e1", vec![encoding(Encoding::Hex)]),
        (
            "v1,ODM0ODRjZjUyYjA0ZjhlNGNmMjUzMWFkZmVkOTg4MmFkNGIyNjY1MTM3Yjg1MjQ0MmQ1OTRkMjBlMmM5ZDRlMQ==",
            vec![encoding(Encoding::Base64OfHex)],
        ),
        ("v1,TcxlhK9b6UD6iVI1ZU2tTqp8PEVfYRseNNfa6b+LcUg=", vec![key(Key::Text)]),
        ("v1,ELhqG0Ku1gwOc1f4jyKdp3SFGFLAOdJ9bvpWLciCakI=", vec![key(Key::TextAfterPrefix)]),
        ("v1,4stPUlFXJTnUWL+4p621M7CIAeanlEZ+Bvdx3ruwgYs=", vec![content.clone()]),
        ("v1,FIt3hYjPQCdyuyMOw+0dZwwjGRAx1Il4CsgdFnOmrcc=", vec![Mistake::NewlineSigned]),
        ("g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", vec![prefix("", "v1,")]),
        (
            "sha256=80ec8a89ce3cd22133a1066caecb4d04fea7467657c8514d717ec42c38a5c94c",
            vec![prefix("sha256=", "v1,"), encoding(Encoding::Hex), key(Key::Text), content],
        ),
    ] {
        let verdict = verdict_of(&[standard()], value, &received(VECTOR_SECRET, VECTOR_BODY));
        assert_eq!(verdict, Verdict::Mistaken(mistakes), "{value}");
    }
}

#[test]
fn each_usual_mistake_of_the_older_contracts_is_found() {
    let encoding = Mistake::Encoding { found: Encoding::Base64, expected: Encoding::Hex };
    let content = Mistake::Content { found: Content::IdTimestampBody, expected: Content::Body };
    let key = |found| Mistake::Key { found, expected: Key::Text };
    for (scheme, secret, value, mistakes) in [
        (awsys(), TEXT_SECRET, "1JUeC1XLidYMfBae8POTo0OQCJ6+LKH9PtHwQD6tqBU=", vec![encoding]),
        (
            awsys(),
            TEXT_SECRET,
            "sha256=d4951e0b55cb89d60c7c169ef0f393a34390089ebe2ca1fd3ed1f0403eada815",
            vec![prefix("sha256=", "")],
        ),
        (awsys(), TEXT_SECRET, "6d321a0025bb3a7d592d1f0e4c5ddc5e294ca80317b5391de47ef21041dcd188", vec![content]),
        (
            awsys(),
            TEXT_SECRET,
            "449c269f21f87fd024bf692137569622a3de3fe7075f894644d9bf580db2b86f",
            vec![key(Key::TextAndNewline)],
        ),
        (
            awsys(),
            TEXT_SECRET,
            "ea77db8e78cb8feecde6943f69cce5d9a0d2e84222f08c01c640a8cc4f9e5455",
            vec![Mistake::NewlineSigned],
        ),
        (
            go2(),
            VECTOR_SECRET,
            "sha256=e2cb4f5251572539d458bfb8a7adb533b08801e6a794467e06f771debbb0818b",
            vec![key(Key::Decoded)],
        ),
        (
            go2(),
            TEXT_SECRET,
            "d4951e0b55cb89d60c7c169ef0f393a34390089ebe2ca1fd3ed1f0403eada815",
            vec![prefix("", "sha256=")],
        ),
    ] {
        let verdict = verdict_of(&[scheme], value, &received(secret, VECTOR_BODY));
        assert_eq!(verdict, Verdict::Mistaken(mistakes), "{value}");
    }
}

#[test]
fn a_newline_that_was_added_to_the_body_is_found() {
    for ending in ["\n", "\r\n"] {
        let body = [VECTOR_BODY, ending.as_bytes()].concat();
        let verdict = verdict_of(&[standard()], VECTOR_SIGNATURE, &received(VECTOR_SECRET, &body));
        assert_eq!(verdict, Verdict::Mistaken(vec![Mistake::NewlineInBody]), "{ending:?}");
    }
}

#[test]
fn what_no_usual_mistake_explains_is_not_guessed() {
    let other = format!("v1,{}=", "A".repeat(43));
    for (row, secret, body, value, verdict) in [
        ("another signature", VECTOR_SECRET, VECTOR_BODY, other.as_str(), Verdict::Unexplained),
        ("another secret", TEXT_SECRET, VECTOR_BODY, VECTOR_SIGNATURE, Verdict::Unexplained),
        ("another body", VECTOR_SECRET, br#"{"test":2432232314}"#.as_slice(), VECTOR_SIGNATURE, Verdict::Unexplained),
        ("empty", VECTOR_SECRET, VECTOR_BODY, "", Verdict::Unreadable),
        ("cut", VECTOR_SECRET, VECTOR_BODY, "v1,g0hM9SsE+OTPJTGt", Verdict::Unreadable),
        ("a word", VECTOR_SECRET, VECTOR_BODY, "v1,<signature>", Verdict::Unreadable),
    ] {
        assert_eq!(verdict_of(&[standard()], value, &received(secret, body)), verdict, "{row}");
    }
}

#[test]
fn a_body_scheme_needs_neither_id_nor_timestamp() {
    let hex = "d4951e0b55cb89d60c7c169ef0f393a34390089ebe2ca1fd3ed1f0403eada815";
    let received = Received { id: None, timestamp: None, ..received(TEXT_SECRET, VECTOR_BODY) };
    assert_eq!(verdict_of(&[awsys()], hex, &received), Verdict::Matches);
    assert_eq!(verdict_of(&[standard()], VECTOR_SIGNATURE, &received), Verdict::Unexplained);
}

#[test]
fn a_header_of_two_contracts_matches_by_either() {
    let hex = "d4951e0b55cb89d60c7c169ef0f393a34390089ebe2ca1fd3ed1f0403eada815";
    let schemes = [go2(), awsys()];
    assert_eq!(verdict_of(&schemes, hex, &received(TEXT_SECRET, VECTOR_BODY)), Verdict::Matches);
}
