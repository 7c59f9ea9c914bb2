//! `posthorn verify` as the author of a receiver runs it.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::Value;

/// The Standard Webhooks test vector.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ID: &str = "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek";
const TIMESTAMP: &str = "Webhook-Timestamp: 1614265330";
const SIGNATURE: &str = "webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const BODY: &str = r#"{"test": 2432232314}"#;

/// The same request with the header of the go2 profile: openssl, with the whole secret as the key, over the body.
const GO2_SIGNATURE: &str =
    "x-webhook-signature: sha256=80ec8a89ce3cd22133a1066caecb4d04fea7467657c8514d717ec42c38a5c94c";

struct Ran {
    code: i32,
    out: String,
    err: String,
}

/// Runs the command with these headers, the secret in the environment and the body on standard input.
fn verify(secret: Option<&str>, headers: &[&str], more: &[&str], body: &str) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_posthorn"));
    command.arg("verify").args(headers.iter().flat_map(|header| ["--header", header])).args(more);
    command.env_remove("POSTHORN_SECRET").envs(secret.map(|secret| ("POSTHORN_SECRET", secret)));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that rejects its arguments may end before it reads.
    let _ = child.stdin.take().unwrap().write_all(body.as_bytes());
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn every_signature_that_matches_is_named() {
    let ran = verify(Some(SECRET), &[ID, TIMESTAMP, SIGNATURE, GO2_SIGNATURE, "content-type: text/plain"], &[], BODY);
    assert_eq!(ran.out, "webhook-signature matches.\nx-webhook-signature matches.\n", "{}", ran.err);
    assert_eq!(ran.code, 0);
}

#[test]
fn a_newline_at_the_end_of_the_secret_file_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    for (name, ending) in [("plain", ""), ("lf", "\n"), ("crlf", "\r\n")] {
        let file = folder.path().join(name);
        std::fs::write(&file, format!("{SECRET}{ending}")).unwrap();
        let ran =
            verify(Some("ignored"), &[ID, TIMESTAMP, SIGNATURE], &["--secret-file", file.to_str().unwrap()], BODY);
        assert_eq!((ran.code, ran.out.as_str()), (0, "webhook-signature matches.\n"), "{name}: {}", ran.err);
    }
}

#[test]
fn a_mistake_is_named_and_the_exit_code_is_1() {
    let ran = verify(Some(SECRET), &[ID, TIMESTAMP, SIGNATURE], &[], &format!("{BODY}\n"));
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(
        ran.out.starts_with(
            "webhook-signature does not match. This explains it:\n- The body given here ends with a newline"
        )
    );
    let ran = verify(Some(SECRET), &[ID, TIMESTAMP, SIGNATURE], &["--json"], &format!("{BODY}\n"));
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&json["matches"], &json["mistakes"][0]["mistake"]), (&false.into(), &"newlineInBody".into()));
    assert_eq!(ran.code, 1);
}

#[test]
fn one_signature_that_does_not_match_is_enough_for_exit_code_1() {
    let wrong = format!("x-webhook-signature: sha256={}", "0".repeat(64));
    let ran = verify(Some(SECRET), &[ID, TIMESTAMP, SIGNATURE, &wrong], &[], BODY);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains("webhook-signature matches.\nx-webhook-signature does not match. No usual mistake"),
        "{}",
        ran.out
    );
}

#[test]
fn what_cannot_be_checked_has_exit_code_2_and_an_error() {
    for (row, secret, headers, more, expected) in [
        ("no secret", None, [SIGNATURE].as_slice(), [].as_slice(), "use --secret-file, or set POSTHORN_SECRET"),
        ("no file", None, &[SIGNATURE], &["--secret-file", "/nowhere/secret"], "/nowhere/secret"),
        ("no signature", Some(SECRET), &[ID, TIMESTAMP], &[], "x-webhook-signature"),
        ("no timestamp", Some(SECRET), &[ID, SIGNATURE], &[], "without the header 'webhook-timestamp'"),
        ("no headers", Some(SECRET), &[], &[], "--header"),
        ("no header's name", Some(SECRET), &["v1,abc"], &[], "write it as 'name: value'"),
    ] {
        let ran = verify(secret, headers, more, BODY);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{row}: {}", ran.err);
        assert!(ran.err.starts_with("error: ") && ran.err.contains(expected), "{row}: {}", ran.err);
        assert!(!ran.err.contains(SECRET), "{row}: {}", ran.err);
    }
}
