//! The verification code that the README shows, in five languages: each accepts what is genuine and nothing else.
//!
//! Node and Python must be there; Go, Ruby and PHP are run where they are installed.

use std::{path::PathBuf, process::Stdio};

use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, process::Command};

use crate::harness::{Platform, Receiver};

#[tokio::test]
async fn the_readmes_verification_code_accepts_what_is_genuine_and_nothing_else() {
    let (requests, genuine) = requests().await;
    for (program, arguments, is_required) in [
        ("node", ["check/check.js"].as_slice(), true),
        ("python3", &["check/check.py"], true),
        ("go", &["run", "verify.go", "check/check.go"], false),
        ("ruby", &["check/check.rb"], false),
        ("php", &["check/check.php"], false),
    ] {
        match judged(program, arguments, &requests).await {
            Some(judged) => assert_eq!(judged, genuine, "{program}"),
            None => assert!(!is_required, "{program} is not installed"),
        }
    }
}

/// Requests as sent and as tampered with, and which of them are genuine.
async fn requests() -> (Value, Value) {
    let (platform, receiver) = (Platform::start().await, Receiver::always(200).await);
    let (mut requests, mut genuine) = (Vec::new(), Vec::new());
    for (profile, event, header) in [
        ("awsys", "link.click", "x-awsys-signature"),
        ("go2", "click", "x-webhook-signature"),
        ("standard", "webhook.test", "webhook-signature"),
    ] {
        let customer = platform.customer(profile);
        let webhook = customer.webhook(&receiver.url(), &[event]).await;
        let path = format!("/webhooks/{}", webhook["id"].as_str().unwrap());
        let sent = customer.post(&format!("{path}/test"), &json!({})).await.data()["request"].clone();
        let good = json!({
            "profile": profile, "secret": webhook["secret"], "headers": sent["headers"], "body": sent["body"],
        });
        let signature = sent["headers"][header].as_str().unwrap();
        let with = |pointer: &str, value: Value| {
            let mut changed = good.clone();
            *changed.pointer_mut(pointer).unwrap() = value;
            changed
        };
        let at = format!("/headers/{header}");
        let mut all = vec![
            (good.clone(), true),
            (with("/body", json!(format!("{} ", sent["body"].as_str().unwrap()))), false),
            (with("/secret", json!(format!("whsec_{}", "A".repeat(44)))), false),
            (with(&at, json!("")), false),
            (with(&at, json!(signature.strip_suffix(|_: char| true).unwrap())), false),
            (with(&at, json!(format!("{signature}x"))), false),
            (with(&at, json!(signature.replace('=', "é"))), profile == "awsys"),
        ];
        if profile == "standard" {
            all.push((with(&at, json!(format!("v1,AAAA v1a,{signature} {signature}"))), true));
            all.push((with("/headers/webhook-timestamp", json!("1700000000")), false));
            all.push((with("/headers/webhook-timestamp", json!("now")), false));
            all.push((with("/headers/webhook-id", json!("dlv_other")), false));
        }
        for (request, is_genuine) in all {
            requests.push(request);
            genuine.push(is_genuine);
        }
    }
    platform.end().await;
    (Value::Array(requests), json!(genuine))
}

/// What a language makes of the requests; `None` if it is not installed.
async fn judged(program: &str, arguments: &[&str], requests: &Value) -> Option<Value> {
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
