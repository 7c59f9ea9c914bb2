//! The documented verification code, in five languages: each accepts genuine requests and no others.
//!
//! Node and Python must be installed. Go, Ruby and PHP run where they are installed.

use std::{path::PathBuf, process::Stdio};

use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, process::Command};

use crate::harness::{Platform, Receiver};

#[tokio::test]
async fn the_documented_code_accepts_only_genuine_requests() {
    let (requests, genuine) = requests().await;
    for (program, arguments, is_required) in [
        ("node", ["check/check.js"].as_slice(), true),
        ("python3", &["check/check.py"], true),
        ("go", &["run", "verify.go", "check.go"], false),
        ("ruby", &["check/check.rb"], false),
        ("php", &["check/check.php"], false),
    ] {
        match verdicts(program, arguments, &requests).await {
            Some(verdicts) => assert_eq!(verdicts, genuine, "{program}"),
            None => assert!(!is_required, "{program} is not installed"),
        }
    }
}

/// Requests as sent and as tampered with, and which of them are genuine.
async fn requests() -> (Value, Value) {
    let (platform, receiver) = (Platform::start().await, Receiver::always(200).await);
    let mut all = Vec::new();
    for (profile, event, header) in [
        ("awsys", "link.click", "x-awsys-signature"),
        ("go2", "click", "x-webhook-signature"),
        ("standard", "webhook.test", "webhook-signature"),
    ] {
        let customer = platform.customer(profile);
        let webhook = customer.webhook(&receiver.url(), &[event]).await;
        let sent = customer.test(&webhook, &json!({})).await["request"].clone();
        let good = json!({
            "profile": profile, "secret": webhook["secret"], "headers": sent["headers"], "body": sent["body"],
        });
        all.extend(variants(profile, header, &good));
    }
    platform.end().await;
    let (requests, genuine): (Vec<Value>, Vec<bool>) = all.into_iter().unzip();
    (Value::Array(requests), json!(genuine))
}

/// A genuine request and changed ones, each with whether it is still genuine.
fn variants(profile: &str, header: &str, good: &Value) -> Vec<(Value, bool)> {
    let with = |pointer: &str, value: String| {
        let mut changed = good.clone();
        *changed.pointer_mut(pointer).unwrap() = json!(value);
        changed
    };
    let (body, signature) = (good["body"].as_str().unwrap(), good["headers"][header].as_str().unwrap());
    let at = format!("/headers/{header}");
    let mut all = vec![
        (good.clone(), true),
        (with("/body", format!("{body} ")), false),
        (with("/secret", format!("whsec_{}", "A".repeat(44))), false),
        (with(&at, String::new()), false),
        (with(&at, signature.strip_suffix(|_: char| true).unwrap().to_owned()), false),
        (with(&at, format!("{signature}x")), false),
        (with(&at, signature.replace('=', "é")), profile == "awsys"),
    ];
    if profile == "standard" {
        all.push((with(&at, format!("v1,AAAA v1a,{signature} {signature}")), true));
        all.push((with("/headers/webhook-timestamp", "1700000000".to_owned()), false));
        all.push((with("/headers/webhook-timestamp", "now".to_owned()), false));
        all.push((with("/headers/webhook-id", "dlv_other".to_owned()), false));
    }
    all
}

/// Which requests a language's code accepts; `None` if the language is not installed.
async fn verdicts(program: &str, arguments: &[&str], requests: &Value) -> Option<Value> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/snippets"));
    let mut process = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    process.stdin.take().unwrap().write_all(requests.to_string().as_bytes()).await.unwrap();
    let output = process.wait_with_output().await.unwrap();
    assert!(output.status.success(), "{program}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}
