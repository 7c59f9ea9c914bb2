use super::{secret::ClientSecret, *};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_764_000_000 + seconds).unwrap()
}

fn secret(n: u8) -> Secret {
    Secret::generate([n; 32])
}

fn previous(n: u8, until: i64) -> PreviousSecret {
    PreviousSecret { secret: secret(n), until: at(until) }
}

fn of(current: u8, previous: Vec<PreviousSecret>) -> Secrets {
    Secrets { current: secret(current), previous, rotated_at: Some(at(0)) }
}

#[test]
fn the_standard_signature_has_the_specifications_known_answer() {
    let secret = Secret::from_client("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", ClientSecret::Standard).unwrap();
    let at = Timestamp::from_second(1_614_265_330).unwrap();
    let signed = standard_signatures(&[&secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, br#"{"test": 2432232314}"#);
    assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

#[test]
fn a_text_secret_signs_the_body_as_openssl_does() {
    // printf '{"test": 2432232314}' | openssl dgst -sha256 -hmac your-signing-secret
    let known = "d4951e0b55cb89d60c7c169ef0f393a34390089ebe2ca1fd3ed1f0403eada815";
    let secret = Secret::from_client("your-signing-secret", ClientSecret::Text).unwrap();
    assert_eq!(body_signature(&secret, KeyForm::Text, br#"{"test": 2432232314}"#), known);
}

#[test]
fn a_previous_secret_signs_until_its_own_grace_ends() {
    let secrets = of(3, vec![previous(2, 200), previous(1, 100)]);
    assert_eq!(secrets.in_force(at(99)), [&secret(3), &secret(2), &secret(1)]);
    assert_eq!(secrets.in_force(at(100)), [&secret(3), &secret(2)]);
    assert_eq!(secrets.in_force(at(200)), [&secret(3)]);
}

#[test]
fn a_rotation_keeps_every_unexpired_secret_and_removes_the_rest() {
    let secrets = of(3, vec![previous(2, 50), previous(1, 5)]);
    let rotated = secrets.rotated(secret(4), at(10), at(100)).unwrap();
    assert_eq!(rotated.current, secret(4));
    assert_eq!(rotated.previous, [previous(3, 100), previous(2, 50)]);
}

#[test]
fn a_rotation_without_grace_ends_every_previous_secret() {
    let secrets = of(2, vec![previous(1, 1_000)]);
    assert_eq!(secrets.rotated(secret(3), at(10), at(10)), Ok(Secrets::only(secret(3))));
}

#[test]
fn a_sixth_previous_secret_is_one_too_many() {
    let four: Vec<PreviousSecret> = (1..=4).rev().map(|n| previous(n, 1_000)).collect();
    let secrets = of(5, four).rotated(secret(6), at(0), at(1_000)).unwrap();
    assert_eq!(secrets.previous.len(), 5);
    assert_eq!(secrets.rotated(secret(7), at(0), at(100)), Err(TooManySecrets));
    assert!(secrets.rotated(secret(7), at(1_000), at(2_000)).is_ok(), "the five have ended by then");
    assert!(secrets.rotated(secret(7), at(0), at(0)).is_ok(), "without a grace none is kept");
}

#[test]
fn a_rotation_explains_rejections_for_a_day_of_its_grace() {
    for (until, seconds, explained) in [
        (604_800, 0, true),
        (604_800, 86_399, true),
        (604_800, 86_400, false),
        (3_600, 3_599, true),
        (3_600, 3_600, false),
    ] {
        let secrets = of(2, vec![previous(1, until)]);
        assert_eq!(secrets.explain_rejections(at(seconds)), explained, "grace of {until} s, after {seconds} s");
    }
    assert!(!Secrets::only(secret(1)).explain_rejections(at(0)));
}

#[test]
fn a_secret_whose_grace_has_ended_is_left_out() {
    let secrets = of(3, vec![previous(2, 200), previous(1, 100)]);
    assert!(!secrets.have_ended(at(99)) && secrets.have_ended(at(100)));
    assert_eq!(secrets.without_ended(at(100)).previous, [previous(2, 200)]);
}
